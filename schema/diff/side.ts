// One side of a comparison: its catalog, what depends on what in it, and what exists there and is not compared.
import type { Catalog } from '../catalog/model.ts';
import { readCatalog } from '../catalog/read.ts';
import type { Session } from '../session.ts';
import { type Edges, readEdges } from './edges.ts';

export interface Rule {
  readonly schema: string;
  readonly table: string;
  readonly name: string;
  readonly text: string;
}

export interface Side {
  readonly catalog: Catalog;
  readonly edges: Edges;
  /** Who looks; what is made is this role's. */
  readonly login: string;
  readonly rules: readonly Rule[];
  /** The login, and the roles that stand above all: objects of theirs belong to nobody in particular. */
  readonly masters: ReadonlySet<string>;
  /** What exists and is not compared, in words, with its name. */
  readonly beyond: readonly string[];
}

const ownSchemas = `nspname !~ '^pg_' and nspname <> 'information_schema'`;
const member = (catalog: string, oid: string): string =>
  `exists (select from pg_depend where classid = '${catalog}'::regclass and objid = ${oid} and deptype = 'e')`;

const unlike = (kind: string, catalog: string, name: string, namespace: string, where = 'true'): string => `
        select '${kind}' as kind, nspname || '.' || ${name} as name
        from ${catalog} as o join pg_namespace as n on n.oid = ${namespace}
        where ${ownSchemas} and ${where} and not ${member(catalog, 'o.oid')}`;

const query = `
  select json_build_object(
    'login', current_user,
    'rules', (
      select coalesce(json_agg(json_build_object('schema', nspname, 'table', relname, 'name', rulename, 'text', pg_get_ruledef(r.oid)) order by nspname, relname, rulename), '[]')
      from pg_rewrite as r join pg_class as c on c.oid = ev_class join pg_namespace as n on n.oid = relnamespace
      where rulename <> '_RETURN' and ${ownSchemas} and not ${member('pg_class', 'c.oid')}
    ),
    'masters', (select json_agg(rolname) from pg_roles where rolsuper or rolname in (current_user, 'pg_database_owner')),
    'beyond', (
      select coalesce(json_agg(kind || ' ' || name order by kind, name), '[]')
      from (${[
        unlike('collation', 'pg_collation', 'collname', 'collnamespace'),
        unlike('operator class', 'pg_opclass', 'opcname', 'opcnamespace'),
        unlike('operator family', 'pg_opfamily', 'opfname', 'opfnamespace'),
        unlike('conversion', 'pg_conversion', 'conname', 'connamespace'),
        unlike('text search parser', 'pg_ts_parser', 'prsname', 'prsnamespace'),
        unlike('text search template', 'pg_ts_template', 'tmplname', 'tmplnamespace'),
        unlike('base type', 'pg_type', 'typname', 'typnamespace', "typtype = 'b' and typcategory <> 'A'"),
        `
        select 'user mapping', coalesce(rolname, 'public') || ' on ' || srvname
        from pg_user_mapping join pg_foreign_server on pg_foreign_server.oid = umserver left join pg_roles on pg_roles.oid = umuser`,
        `
        select 'language', lanname from pg_language as o where lanispl and not ${member('pg_language', 'o.oid')}`,
      ].join('\n        union all')}
      ) as found
    )
  )`;

/** Reads all that a comparison needs. The session's search path is as it was afterwards. */
export async function readSide(session: Session): Promise<Side> {
  const catalog = await readCatalog(session);
  const edges = await readEdges(session);
  await session.exec(`set search_path to ''`);
  try {
    const [row] = await session.rows(query);
    const found = JSON.parse(row?.[0] ?? '{}') as {
      login: string;
      rules: Rule[];
      masters: string[];
      beyond: string[];
    }; // checked: the query builds it
    return {
      ...found,
      catalog,
      edges,
      masters: new Set(found.masters),
    };
  } finally {
    await session.exec(`set search_path to "$user", public, extensions`);
  }
}
