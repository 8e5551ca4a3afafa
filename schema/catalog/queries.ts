// The queries over pg_catalog: one a kind, each answering one JSON array. $1 is the schemas wanted, or null for all.
import { comment, grants, list, named, own, wanted } from './fragments.ts';
import { functions, sequences, triggers, types } from './queries-objects.ts';
import { uncommon } from './queries-uncommon.ts';

const columnGrants = `case when attacl is null then '[]' else (
    select ${list(
      `json_build_object(
        'grantee', case grantee when 0 then 'public' else pg_get_userbyid(grantee) end,
        'privilege', privilege_type,
        'grantable', is_grantable
      )`,
      'grantee, privilege_type',
    )}
    from aclexplode(attacl)
  ) end`;

/** For every relation wanted: its oid and its columns. */
const columns = `
  select json_object_agg(attrelid, columns) from (
    select attrelid, ${list(
      `json_build_object(
        'name', attname,
        'position', attnum,
        'type', format_type(atttypid, atttypmod),
        'typeSchema', type_schema.nspname,
        'typeName', typname,
        'typeKind', case typtype
          when 'b' then 'base' when 'e' then 'enum' when 'd' then 'domain' when 'c' then 'composite' when 'r' then 'range'
          else 'other' end,
        'array', typcategory = 'A',
        'typmod', atttypmod,
        'notNull', attnotnull,
        'default', pg_get_expr(adbin, adrelid),
        'generated', case attgenerated when 's' then 'stored' when 'v' then 'virtual' end,
        'identity', case attidentity when 'a' then 'always' when 'd' then 'by default' end,
        'collation', case when attcollation <> 0 and attcollation <> typcollation then attcollation::regcollation::text end,
        'comment', ${comment('pg_class', 'attrelid', 'attnum')},
        'grants', ${columnGrants}
      )`,
      'attnum',
    )} as columns
    from pg_attribute
    join pg_class as c on c.oid = attrelid and relkind in ('r', 'p', 'f', 'v', 'm')
    join pg_namespace as n on n.oid = relnamespace
    join pg_type on pg_type.oid = atttypid
    join pg_namespace as type_schema on type_schema.oid = typnamespace
    left join pg_attrdef on adrelid = attrelid and adnum = attnum
    where attnum > 0 and not attisdropped and ${wanted('n.nspname')}
    group by attrelid
  ) as found`;

const names = (relation: string, numbers: string): string => `(
    select ${list('attname', 'place')}
    from unnest(${numbers}) with ordinality as key (number, place)
    join pg_attribute on attrelid = ${relation} and attnum = number
  )`;

const action = (letter: string): string =>
  `case ${letter} when 'a' then 'no action' when 'r' then 'restrict' when 'c' then 'cascade' when 'n' then 'set null'
    when 'd' then 'set default' end`;

const constraints = `
  select json_object_agg(conrelid, constraints) from (
    select conrelid, ${list(
      `json_build_object(
        'name', conname,
        'kind', case contype when 'p' then 'primary key' when 'u' then 'unique' when 'f' then 'foreign key' when 'c' then 'check'
          else 'exclusion' end,
        'columns', ${names('conrelid', 'conkey')},
        'target', case when contype = 'f' then json_build_object(
          'schema', target_schema.nspname, 'name', target.relname, 'columns', ${names('confrelid', 'confkey')}
        ) end,
        'onDelete', case when contype = 'f' then ${action('confdeltype')} end,
        'onUpdate', case when contype = 'f' then ${action('confupdtype')} end,
        'deferrable', condeferrable,
        'deferred', condeferred,
        'validated', convalidated,
        'inherited', coninhcount > 0 or conparentid <> 0,
        'index', constraint_index.relname,
        'text', pg_get_constraintdef(pg_constraint.oid),
        'comment', ${comment('pg_constraint', 'pg_constraint.oid')}
      )`,
      'contype, conname',
    )} as constraints
    from pg_constraint
    join pg_class as c on c.oid = conrelid
    join pg_namespace as n on n.oid = c.relnamespace
    left join pg_class as target on target.oid = confrelid
    left join pg_namespace as target_schema on target_schema.oid = target.relnamespace
    left join pg_class as constraint_index on constraint_index.oid = conindid
    where contype in ('p', 'u', 'f', 'c', 'x') and ${wanted('n.nspname')}
    group by conrelid
  ) as found`;

const keys = `(
    select ${list(
      `json_build_object(
        'column', attname,
        'expression', case when number <> 0 then quote_ident(attname) else pg_get_indexdef(indexrelid, place::int, true) end,
        'opclass', opcname,
        'descending', indoption[place - 1] & 1 <> 0,
        'nullsFirst', indoption[place - 1] & 2 <> 0
      )`,
      'place',
    )}
    from unnest(indkey, indclass) with ordinality as key (number, class, place)
    join pg_opclass on pg_opclass.oid = class
    left join pg_attribute on attrelid = indrelid and attnum = number and number <> 0
    where place <= indnkeyatts
  )`;

const indexes = `
  select json_object_agg(indrelid, indexes) from (
    select indrelid, ${list(
      `json_build_object(
        'name', i.relname,
        'method', amname,
        'unique', indisunique,
        'primary', indisprimary,
        'nullsNotDistinct', indnullsnotdistinct,
        'valid', indisvalid,
        'keys', ${keys},
        'included', ${names('indrelid', 'indkey[indnkeyatts:]')},
        'predicate', pg_get_expr(indpred, indrelid),
        'options', coalesce(to_json(i.reloptions), '[]'),
        'constraint', (select conname from pg_constraint where conindid = i.oid and conrelid = indrelid and contype in ('p', 'u', 'x')),
        'partitionOf', (select inhparent::regclass::text from pg_inherits where inhrelid = i.oid),
        'text', pg_get_indexdef(i.oid),
        'comment', ${comment('pg_class', 'i.oid')}
      )`,
      'i.relname',
    )} as indexes
    from pg_index
    join pg_class as c on c.oid = indrelid
    join pg_namespace as n on n.oid = c.relnamespace
    join pg_class as i on i.oid = indexrelid
    join pg_am on pg_am.oid = i.relam
    where ${wanted('n.nspname')}
    group by indrelid
  ) as found`;

/** Relations or functions that the rules of a view, or a policy, depend on. */
const dependencies = (where: string): { relations: string; functions: string } => ({
  relations: `(
    select ${list(`json_build_object('schema', schema, 'name', name, 'columns', columns)`, 'schema, name')}
    from (
      select nspname as schema, relname as name,
        coalesce(json_agg(distinct attname) filter (where attname is not null), '[]') as columns
      from pg_depend
      join pg_class on pg_class.oid = refobjid
      join pg_namespace on pg_namespace.oid = relnamespace
      left join pg_attribute on attrelid = refobjid and attnum = refobjsubid and refobjsubid > 0
      where refclassid = 'pg_class'::regclass and ${where}
      group by nspname, relname
    ) as found
  )`,
  functions: `(
    select coalesce(json_agg(distinct jsonb_build_object('schema', nspname, 'name', proname)), '[]')
    from pg_depend
    join pg_proc on pg_proc.oid = refobjid
    join pg_namespace on pg_namespace.oid = pronamespace
    where refclassid = 'pg_proc'::regclass and ${where}
  )`,
});

const ofView = dependencies(
  `classid = 'pg_rewrite'::regclass and objid in (select oid from pg_rewrite where ev_class = c.oid) and refobjid <> c.oid`,
);
const ofPolicy = dependencies(`classid = 'pg_policy'::regclass and objid = p.oid and deptype = 'n'`);

const tables = `
  select ${list(
    `json_build_object(
      'schema', nspname,
      'name', relname,
      'oid', c.oid::bigint,
      'kind', case relkind when 'r' then 'table' when 'p' then 'partitioned' else 'foreign' end,
      'owner', pg_get_userbyid(relowner),
      'comment', ${comment('pg_class', 'c.oid')},
      'unlogged', relpersistence = 'u',
      'rls', relrowsecurity,
      'forceRls', relforcerowsecurity,
      'options', coalesce(to_json(reloptions), '[]'),
      'partitionKey', case relkind when 'p' then pg_get_partkeydef(c.oid) end,
      'partitionOf', case when relispartition then found.parents -> 0 end,
      'partitionBound', pg_get_expr(relpartbound, c.oid),
      'inherits', case when relispartition then '[]' else coalesce(found.parents, '[]') end,
      'estimatedRows', reltuples,
      'grants', ${grants('relacl', 'r', 'relowner')}
    )`,
    'nspname, relname',
  )}
  from pg_class as c
  join pg_namespace as n on n.oid = relnamespace
  cross join lateral (
    select json_agg(${named('parent_schema.nspname', 'parent.relname')} order by inhseqno) as parents
    from pg_inherits
    join pg_class as parent on parent.oid = inhparent
    join pg_namespace as parent_schema on parent_schema.oid = parent.relnamespace
    where inhrelid = c.oid
  ) as found
  where relkind in ('r', 'p', 'f') and ${wanted('nspname')} and ${own('pg_class', 'c.oid')}`;

const views = `
  select ${list(
    `json_build_object(
      'schema', nspname,
      'name', relname,
      'oid', c.oid::bigint,
      'kind', case relkind when 'v' then 'view' else 'materialized' end,
      'owner', pg_get_userbyid(relowner),
      'comment', ${comment('pg_class', 'c.oid')},
      'options', coalesce(to_json(reloptions), '[]'),
      'text', pg_get_viewdef(c.oid),
      'relations', ${ofView.relations},
      'functions', ${ofView.functions},
      'grants', ${grants('relacl', 'r', 'relowner')}
    )`,
    'nspname, relname',
  )}
  from pg_class as c
  join pg_namespace as n on n.oid = relnamespace
  where relkind in ('v', 'm') and ${wanted('nspname')} and ${own('pg_class', 'c.oid')}`;

const policies = `
  select ${list(
    `json_build_object(
      'schema', nspname,
      'table', relname,
      'name', polname,
      'command', case polcmd when 'r' then 'select' when 'a' then 'insert' when 'w' then 'update' when 'd' then 'delete'
        else 'all' end,
      'permissive', polpermissive,
      'roles', (
        select ${list(`case role when 0 then 'public' else pg_get_userbyid(role) end`, 'place')}
        from unnest(polroles) with ordinality as named (role, place)
      ),
      'using', pg_get_expr(polqual, polrelid),
      'check', pg_get_expr(polwithcheck, polrelid),
      'relations', ${ofPolicy.relations},
      'functions', ${ofPolicy.functions},
      'comment', ${comment('pg_policy', 'p.oid')}
    )`,
    'nspname, relname, polname',
  )}
  from pg_policy as p
  join pg_class as c on c.oid = polrelid
  join pg_namespace as n on n.oid = relnamespace
  where ${wanted('nspname')}`;

/** What belongs to the database and not to a schema; $1 plays no part but for the schemas themselves. */
const whole = `
  select json_build_object(
    'version', current_setting('server_version_num')::int,
    'schemas', (
      select ${list(
        `json_build_object(
          'name', nspname, 'owner', pg_get_userbyid(nspowner), 'comment', ${comment('pg_namespace', 'n.oid')},
          'grants', ${grants('nspacl', 'n', 'nspowner')}
        )`,
        'nspname',
      )}
      from pg_namespace as n
      where ${wanted('nspname')} and ${own('pg_namespace', 'n.oid')}
    ),
    'extensions', (
      select ${list(`json_build_object('name', extname, 'schema', nspname, 'version', extversion)`, 'extname')}
      from pg_extension join pg_namespace on pg_namespace.oid = extnamespace
    ),
    'roles', (
      select ${list(
        `json_build_object(
          'name', rolname, 'login', rolcanlogin, 'superuser', rolsuper, 'bypassRls', rolbypassrls, 'inherit', rolinherit,
          'memberOf', (
            select ${list('pg_get_userbyid(roleid)', 'pg_get_userbyid(roleid)')} from pg_auth_members where member = pg_roles.oid
          )
        )`,
        'rolname',
      )}
      from pg_roles where rolname !~ '^pg_'
    ),
    'publications', (
      select ${list(
        `json_build_object(
          'name', pubname,
          'allTables', puballtables,
          'operations', array_remove(array[
            case when pubinsert then 'insert' end, case when pubupdate then 'update' end,
            case when pubdelete then 'delete' end, case when pubtruncate then 'truncate' end
          ], null),
          'tables', (
            select ${list(named('nspname', 'relname'), 'nspname, relname')}
            from pg_publication_rel
            join pg_class on pg_class.oid = prrelid
            join pg_namespace on pg_namespace.oid = relnamespace
            where prpubid = pg_publication.oid
          )
        )`,
        'pubname',
      )}
      from pg_publication
    )
  )
  where $1::text[] is null or true`;

/** Columns differ between releases of Supabase's storage, so they are read out of the whole row. */
export const buckets = `
  select ${list(
    `json_build_object(
      'id', bucket ->> 'id',
      'name', bucket ->> 'name',
      'public', coalesce((bucket ->> 'public')::boolean, false),
      'fileSizeLimit', (bucket ->> 'file_size_limit')::bigint,
      'allowedMimeTypes', bucket -> 'allowed_mime_types'
    )`,
    `bucket ->> 'id'`,
  )}
  from (select to_jsonb(buckets) as bucket from storage.buckets) as found`;

export const queries = {
  whole,
  columns,
  constraints,
  indexes,
  tables,
  views,
  functions,
  policies,
  triggers,
  types,
  sequences,
  uncommon,
};
