// What the catalog of an installed database says of the patterns' objects, as plain values. Platform and jobs are not ours.
import type { AdminSession } from '../../core/database.ts';

export interface Table {
  readonly name: string;
  readonly columns: readonly { name: string; type: string; rest: string }[];
  readonly constraints: readonly {
    name: string;
    kind: 'p' | 'u' | 'c' | 'f' | 'x';
    text: string;
    target: string | null;
  }[];
  readonly indexes: readonly string[];
  readonly partitionKey: string | null;
  readonly secured: boolean;
}
export interface Routine {
  readonly name: string;
  readonly signature: string;
  readonly args: string;
  readonly result: string;
  readonly language: string;
  readonly traits: string;
  readonly settings: readonly string[];
  readonly body: string;
}
export interface Policy {
  readonly name: string;
  readonly table: string;
  readonly command: string;
  readonly permissive: boolean;
  readonly roles: readonly string[];
  readonly using: string | null;
  readonly check: string | null;
}
export interface Grant {
  readonly on: string;
  readonly role: string;
  readonly privilege: string;
  /** Columns it is limited to; empty is the whole object. */
  readonly columns: readonly string[];
}
export interface Catalog {
  readonly schemas: readonly string[];
  readonly roles: readonly string[];
  readonly extensions: readonly string[];
  readonly tables: readonly Table[];
  readonly routines: readonly Routine[];
  readonly views: readonly { name: string; options: readonly string[]; text: string }[];
  readonly triggers: readonly { table: string; name: string; text: string }[];
  readonly policies: readonly Policy[];
  readonly schemaGrants: readonly Grant[];
  readonly tableGrants: readonly Grant[];
  readonly routineGrants: readonly Grant[];
  /** Tables whose changes Supabase's realtime tells. */
  readonly published: readonly string[];
  /** Kinds of objects that the printer does not know; must be empty. */
  readonly unknown: readonly string[];
}

const ours = `('public', 'loam')`;
const schemaOf = (oid: string): string => `${oid}::regnamespace::text`;
const notOfExtension = (oid: string): string =>
  `not exists (select from pg_depend where objid = ${oid} and deptype = 'e')`;
const tables = `
  select c.oid, c.oid::regclass::text as name
  from pg_class c
  where relkind in ('r', 'p') and not relispartition and ${schemaOf('relnamespace')} in ${ours} and ${notOfExtension('c.oid')}`;
/** Tables of the platform that patterns put policies, triggers and grants on. */
const touched = `
  select c.oid, c.oid::regclass::text as name
  from pg_class c
  where relkind in ('r', 'p') and not relispartition and ${schemaOf('relnamespace')} in ('public', 'loam', 'auth', 'storage')`;
const routines = `
  select p.*
  from pg_proc p
  where prokind in ('f', 'p') and ${schemaOf('pronamespace')} in ${ours} and ${notOfExtension('p.oid')}`;

const queries: Readonly<Record<keyof Catalog, string>> = {
  schemas: `select to_json(nspname) as item, nspname::text as place from pg_namespace where nspname like 'loam%'`,
  roles: `select to_json(rolname) as item, rolname::text as place from pg_roles where rolname like 'loam\\_%'`,
  extensions: `select to_json(extname) as item, extname::text as place from pg_extension where extname = 'vector'`,
  tables: `
    select t.name as place, json_build_object(
      'name', t.name,
      'columns', (
        select json_agg(json_build_object(
          'name', quote_ident(attname),
          'type', format_type(atttypid, atttypmod),
          'rest', concat_ws(' ',
            case when attgenerated = 's' then 'generated always as (' || pg_get_expr(adbin, adrelid) || ') stored' end,
            case when attidentity <> '' then 'generated ' || case attidentity when 'a' then 'always' else 'by default' end || ' as identity' end,
            case when attgenerated = '' then 'default ' || pg_get_expr(adbin, adrelid) end,
            case when attnotnull then 'not null' end
          )) order by attnum)
        from pg_attribute left join pg_attrdef on adrelid = attrelid and adnum = attnum
        where attrelid = t.oid and attnum > 0 and not attisdropped
      ),
      'constraints', (
        select coalesce(json_agg(json_build_object(
          'name', quote_ident(conname), 'kind', contype, 'text', pg_get_constraintdef(k.oid), 'target', nullif(confrelid, 0)::regclass::text
        ) order by array_position(array['p', 'u', 'x', 'c', 'f'], contype::text), conname), '[]')
        from pg_constraint k
        where conrelid = t.oid and contype in ('p', 'u', 'x', 'c', 'f')
      ),
      'indexes', (
        select coalesce(json_agg(pg_get_indexdef(indexrelid) order by indexrelid::regclass::text), '[]')
        from pg_index
        where indrelid = t.oid and not exists (select from pg_constraint where conindid = indexrelid and conrelid = t.oid and contype in ('p', 'u', 'x'))
      ),
      'partitionKey', pg_get_partkeydef(t.oid),
      'secured', (select relrowsecurity from pg_class where oid = t.oid)
    ) as item
    from (${tables}) t`,
  routines: `
    select oid::regprocedure::text as place, json_build_object(
      'name', oid::regproc::text,
      'signature', oid::regprocedure::text,
      'args', pg_get_function_arguments(oid),
      'result', pg_get_function_result(oid),
      'language', (select lanname from pg_language where oid = prolang),
      'traits', concat_ws(' ',
        case provolatile when 'i' then 'immutable' when 's' then 'stable' end,
        case when proisstrict then 'strict' end,
        case when prosecdef then 'security definer' end,
        case when proleakproof then 'leakproof' end,
        case proparallel when 's' then 'parallel safe' when 'r' then 'parallel restricted' end,
        case when procost <> 100 then 'cost ' || procost end,
        case when prorows not in (0, 1000) then 'rows ' || prorows end
      ),
      'settings', coalesce(to_json(proconfig), '[]'),
      'body', prosrc
    ) as item
    from (${routines}) p`,
  views: `
    select c.oid::regclass::text as place, json_build_object('name', c.oid::regclass::text, 'options', coalesce(to_json(reloptions), '[]'), 'text', pg_get_viewdef(c.oid, 100)) as item
    from pg_class c
    where relkind = 'v' and ${schemaOf('relnamespace')} in ${ours} and ${notOfExtension('c.oid')}`,
  triggers: `
    select t.name || ' ' || tgname as place, json_build_object('table', t.name, 'name', quote_ident(tgname), 'text', pg_get_triggerdef(g.oid)) as item
    from pg_trigger g join (${touched}) t on t.oid = tgrelid
    where not tgisinternal and (select ${schemaOf('pronamespace')} from pg_proc where oid = tgfoid) in ${ours}`,
  policies: `
    select t.name || ' ' || polname as place, json_build_object(
      'name', polname,
      'table', t.name,
      'command', case polcmd when 'r' then 'select' when 'a' then 'insert' when 'w' then 'update' when 'd' then 'delete' else 'all' end,
      'permissive', polpermissive,
      'roles', (select json_agg(case role when 0 then 'public' else role::regrole::text end order by role::regrole::text) from unnest(polroles) role),
      'using', pg_get_expr(polqual, polrelid),
      'check', pg_get_expr(polwithcheck, polrelid)
    ) as item
    from pg_policy join (${touched}) t on t.oid = polrelid`,
  schemaGrants: `
    select nspname || ' ' || grantee::regrole || privilege_type as place,
      json_build_object('on', nspname, 'role', grantee::regrole::text, 'privilege', lower(privilege_type), 'columns', '[]'::json) as item
    from pg_namespace, aclexplode(nspacl)
    where grantee <> nspowner and (nspname like 'loam%' or grantee::regrole::text like 'loam\\_%')`,
  tableGrants: `
    select name || role || privilege || columns::text as place, json_build_object('on', name, 'role', role, 'privilege', privilege, 'columns', columns) as item
    from (
      select c.oid::regclass::text as name, grantee::regrole::text as role, lower(privilege_type) as privilege, '[]'::json as columns
      from pg_class c, aclexplode(relacl)
      where grantee <> relowner and relkind in ('r', 'p', 'v', 'S') and not relispartition and ${notOfExtension('c.oid')}
        and (${schemaOf('relnamespace')} in ${ours} or ${schemaOf('relnamespace')} in ('auth', 'storage') and grantee::regrole::text ~ '^(loam_|authenticated$)')
      union all
      select attrelid::regclass::text, grantee::regrole::text, lower(privilege_type), json_agg(quote_ident(attname) order by attnum)
      from pg_attribute, aclexplode(attacl)
      where attrelid in (select oid from pg_class where ${schemaOf('relnamespace')} in ('public', 'loam', 'auth', 'storage'))
      group by 1, 2, 3
    ) as each`,
  routineGrants: `
    select oid::regprocedure || ' ' || grantee::regrole as place,
      json_build_object('on', oid::regprocedure::text, 'role', case grantee when 0 then 'public' else grantee::regrole::text end, 'privilege', 'execute', 'columns', '[]'::json) as item
    from (${routines}) p, aclexplode(coalesce(proacl, acldefault('f', proowner)))
    where grantee <> proowner`,
  published: `select to_json(prrelid::regclass::text) as item, prrelid::regclass::text as place from pg_publication_rel`,
  unknown: `
    select to_json(kind || ' ' || name) as item, kind || name as place
    from (
      select 'type' as kind, typname::text as name from pg_type
      where ${schemaOf('typnamespace')} in ${ours} and (typtype in ('e', 'd', 'r', 'm') or typtype = 'c' and (select relkind from pg_class where oid = typrelid) = 'c') and ${notOfExtension('pg_type.oid')}
      union all
      select 'rule', rulename from pg_rewrite join pg_class c on c.oid = ev_class where ${schemaOf('relnamespace')} in ${ours} and rulename <> '_RETURN'
      union all
      select 'aggregate', proname from pg_proc p where prokind not in ('f', 'p') and ${schemaOf('pronamespace')} in ${ours} and ${notOfExtension('p.oid')}
      union all
      select 'materialised view', relname from pg_class where relkind in ('m', 'f') and ${schemaOf('relnamespace')} in ${ours}
      union all
      select 'free sequence', relname from pg_class c where relkind = 'S' and ${schemaOf('relnamespace')} in ${ours} and not exists (select from pg_depend where objid = c.oid and deptype in ('a', 'i'))
    ) as each`,
};

/** Reads all of it, each kind in the order of its names. The names are qualified: nothing is on the search path. */
export async function readCatalog(session: AdminSession): Promise<Catalog> {
  await session.exec(`set search_path to ''`);
  const entries: [string, unknown][] = [];
  for (const [kind, query] of Object.entries(queries)) {
    const [row] = await session.rows(
      `select coalesce(json_agg(item order by place collate "C"), '[]') from (${query}) as each`,
    );
    entries.push([kind, JSON.parse(row?.[0] ?? '[]')]);
  }
  await session.exec(`set search_path to public, extensions`);
  return Object.fromEntries(entries) as unknown as Catalog; // checked: each query builds the items of its kind
}
