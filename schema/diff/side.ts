// One side of a comparison: its catalog, what depends on what in it, and what new objects are granted by default.
import type { Catalog, Grant } from '../catalog/model.ts';
import { readCatalog } from '../catalog/read.ts';
import type { Session } from '../session.ts';
import { type Edges, readEdges } from './edges.ts';

export interface DefaultGrant extends Grant {
  /** null: in every schema. */
  readonly schema: string | null;
  /** As pg_default_acl has it: r relations, S sequences, f functions, T types, n schemas. */
  readonly object: string;
}

export interface Rule {
  readonly schema: string;
  readonly table: string;
  readonly name: string;
  readonly text: string;
}

export interface Side {
  readonly catalog: Catalog;
  readonly edges: Edges;
  /** Of this login, for what it makes. */
  readonly defaults: readonly DefaultGrant[];
  /** Object kinds for which the default of a whole database is replaced: PostgreSQL's own then plays no part. */
  readonly replaced: ReadonlySet<string>;
  readonly rules: readonly Rule[];
  /** The login, and the roles that stand above all: objects of theirs belong to nobody in particular. */
  readonly masters: ReadonlySet<string>;
  /** What exists and is not compared, in words, with its name. */
  readonly beyond: readonly string[];
}

const ownSchemas = `nspname !~ '^pg_' and nspname <> 'information_schema'`;
const member = (catalog: string, oid: string): string =>
  `exists (select from pg_depend where classid = '${catalog}'::regclass and objid = ${oid} and deptype = 'e')`;

const query = `
  select json_build_object(
    'defaults', (
      select coalesce(json_agg(json_build_object(
        'schema', nspname, 'object', defaclobjtype,
        'grantee', case grantee when 0 then 'public' else pg_get_userbyid(grantee) end,
        'privilege', privilege_type, 'grantable', is_grantable)), '[]')
      from pg_default_acl left join pg_namespace on pg_namespace.oid = defaclnamespace cross join lateral aclexplode(defaclacl)
      where defaclrole = current_user::regrole and grantee <> defaclrole
    ),
    'replaced', (select coalesce(json_agg(defaclobjtype), '[]') from pg_default_acl where defaclrole = current_user::regrole and defaclnamespace = 0),
    'rules', (
      select coalesce(json_agg(json_build_object('schema', nspname, 'table', relname, 'name', rulename, 'text', pg_get_ruledef(r.oid)) order by nspname, relname, rulename), '[]')
      from pg_rewrite as r join pg_class as c on c.oid = ev_class join pg_namespace as n on n.oid = relnamespace
      where rulename <> '_RETURN' and ${ownSchemas} and not ${member('pg_class', 'c.oid')}
    ),
    'masters', (select json_agg(rolname) from pg_roles where rolsuper or rolname in (current_user, 'pg_database_owner')),
    'beyond', (
      select coalesce(json_agg(kind || ' ' || name order by kind, name), '[]')
      from (
        select 'aggregate' as kind, nspname || '.' || proname as name, pronamespace as namespace
        from pg_proc as p join pg_namespace as n on n.oid = pronamespace where prokind = 'a' and ${ownSchemas} and not ${member('pg_proc', 'p.oid')}
        union all
        select 'range type', nspname || '.' || typname, typnamespace
        from pg_type as t join pg_namespace as n on n.oid = typnamespace where typtype = 'r' and ${ownSchemas} and not ${member('pg_type', 't.oid')}
        union all
        select 'foreign table', nspname || '.' || relname, relnamespace
        from pg_class as c join pg_namespace as n on n.oid = relnamespace where relkind = 'f' and ${ownSchemas}
        union all
        select 'operator', nspname || '.' || oprname, oprnamespace
        from pg_operator as o join pg_namespace as n on n.oid = oprnamespace where ${ownSchemas} and not ${member('pg_operator', 'o.oid')}
        union all
        select 'statistics', nspname || '.' || stxname, stxnamespace
        from pg_statistic_ext join pg_namespace as n on n.oid = stxnamespace where ${ownSchemas}
        union all
        select 'collation', nspname || '.' || collname, collnamespace
        from pg_collation as c join pg_namespace as n on n.oid = collnamespace where ${ownSchemas}
        union all
        select 'text search configuration', nspname || '.' || cfgname, cfgnamespace
        from pg_ts_config as c join pg_namespace as n on n.oid = cfgnamespace where ${ownSchemas}
        union all
        select 'event trigger', evtname, null from pg_event_trigger as e where not ${member('pg_event_trigger', 'e.oid')}
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
      defaults: DefaultGrant[];
      replaced: string[];
      rules: Rule[];
      masters: string[];
      beyond: string[];
    }; // checked: the query builds it
    return {
      ...found,
      catalog,
      edges,
      replaced: new Set(found.replaced),
      masters: new Set(found.masters),
    };
  } finally {
    await session.exec(`set search_path to "$user", public, extensions`);
  }
}
