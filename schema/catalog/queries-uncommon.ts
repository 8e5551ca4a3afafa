// Queries over pg_catalog for what few schemas have: one JSON object with an array a kind. $1 as in queries.ts.
import { comment, grants, list, named, own, wanted } from './fragments.ts';

/** A function by its name alone, or null where there is none. */
const routine = (oid: string): string => `nullif(${oid}::oid, 0)::regproc::text`;
const options = (column: string): string => `coalesce(to_json(${column}), '[]')`;
/** Passwords and keys that somebody put there are not read, so that no migration or picture can show them. Names of secrets kept in a vault are. */
const plainOptions = (column: string): string =>
  `(select coalesce(json_agg(o order by place), '[]') from unnest(${column}) with ordinality as e (o, place)
    where split_part(o, '=', 1) !~* '(pass|secret|token|credential|private|api_?key|access_?key)' or split_part(o, '=', 1) ~* '_(id|name)$')`;
const owner = (column: string): string => `pg_get_userbyid(${column})`;
/** Not made by an extension, nor by another object for itself. */
const free = (catalog: string, oid: string): string => `${own(catalog, oid)} and not exists (
    select from pg_depend where classid = '${catalog}'::regclass and objid = ${oid} and deptype = 'i'
  )`;
/** Said first, it spares a look at the hundreds that PostgreSQL has itself. */
const userMade = (oid: string): string => `${oid} >= 16384`;

const ranges = `
  select ${list(
    `json_build_object(
      'schema', nspname, 'name', t.typname, 'owner', ${owner('t.typowner')},
      'subtype', format_type(rngsubtype, null),
      'opclass', case when not opcdefault then (select quote_ident(o.nspname) || '.' || quote_ident(opcname) from pg_namespace as o where o.oid = opcnamespace) end,
      'collation', case when rngcollation <> 0 and rngcollation <> subtype.typcollation then rngcollation::regcollation::text end,
      'canonical', ${routine('rngcanonical')},
      'difference', ${routine('rngsubdiff')},
      'multirange', (select typname from pg_type where pg_type.oid = rngmultitypid),
      'comment', ${comment('pg_type', 't.oid')}
    )`,
    'nspname, t.typname',
  )}
  from pg_range
  join pg_type as t on t.oid = rngtypid
  join pg_type as subtype on subtype.oid = rngsubtype
  join pg_opclass on pg_opclass.oid = rngsubopc
  join pg_namespace as n on n.oid = t.typnamespace
  where ${userMade('t.oid')} and ${wanted('nspname')} and ${own('pg_type', 't.oid')}`;

const operatorName = (oid: string): string => `(
      select quote_ident(nspname) || '.' || oprname
      from pg_operator join pg_namespace on pg_namespace.oid = oprnamespace
      where pg_operator.oid = ${oid}
    )`;

const operators = `
  select ${list(
    `json_build_object(
      'schema', nspname, 'name', oprname, 'owner', ${owner('oprowner')},
      'left', case when oprleft <> 0 then format_type(oprleft, null) end,
      'right', format_type(oprright, null),
      'function', ${routine('oprcode')},
      'commutator', ${operatorName('o.oprcom')},
      'negator', ${operatorName('o.oprnegate')},
      'restrict', ${routine('oprrest')},
      'join', ${routine('oprjoin')},
      'hashes', oprcanhash,
      'merges', oprcanmerge,
      'comment', ${comment('pg_operator', 'o.oid')}
    )`,
    'nspname, oprname, oprleft, oprright',
  )}
  from pg_operator as o
  join pg_namespace as n on n.oid = oprnamespace
  where ${userMade('o.oid')} and oprcode <> 0 and ${wanted('nspname')} and ${own('pg_operator', 'o.oid')}`;

const casts = `
  select ${list(
    `json_build_object(
      'schema', schema,
      'source', format_type(castsource, null),
      'target', format_type(casttarget, null),
      'function', nullif(castfunc, 0)::regprocedure::text,
      'inout', castmethod = 'i',
      'context', case castcontext when 'e' then 'explicit' when 'a' then 'assignment' else 'implicit' end,
      'comment', ${comment('pg_cast', 'c.oid')}
    )`,
    'castsource::regtype::text, casttarget::regtype::text',
  )}
  from pg_cast as c
  cross join lateral (
    select coalesce(
      (select nspname from pg_proc join pg_namespace as n on n.oid = pronamespace where pg_proc.oid = castfunc and nspname <> 'pg_catalog'),
      (
        select nspname from pg_type join pg_namespace as n on n.oid = typnamespace
        where pg_type.oid in (castsource, casttarget) and nspname <> 'pg_catalog'
        order by pg_type.oid = casttarget
        limit 1
      ),
      'public'
    ) as schema
  ) as found
  where ${userMade('c.oid')} and ${wanted('schema')} and ${free('pg_cast', 'c.oid')}`;

const statistics = `
  select ${list(
    `json_build_object(
      'schema', n.nspname, 'name', stxname, 'owner', ${owner('stxowner')},
      'table', ${named('table_schema.nspname', 'relname')},
      'columns', (
        select ${list('attname', 'attnum')} from pg_attribute where attrelid = stxrelid and attnum = any (stxkeys)
      ),
      'text', pg_get_statisticsobjdef(s.oid),
      'target', nullif(stxstattarget, -1),
      'comment', ${comment('pg_statistic_ext', 's.oid')}
    )`,
    'n.nspname, stxname',
  )}
  from pg_statistic_ext as s
  join pg_namespace as n on n.oid = stxnamespace
  join pg_class as c on c.oid = stxrelid
  join pg_namespace as table_schema on table_schema.oid = relnamespace
  where ${wanted('n.nspname')} and ${own('pg_statistic_ext', 's.oid')}`;

const eventTriggers = `
  select ${list(
    `json_build_object(
      'name', evtname, 'owner', ${owner('evtowner')}, 'event', evtevent, 'tags', ${options('evttags')},
      'function', ${named('nspname', 'proname')}, 'enabled', evtenabled,
      'comment', ${comment('pg_event_trigger', 'e.oid')}
    )`,
    'evtname',
  )}
  from pg_event_trigger as e
  join pg_proc on pg_proc.oid = evtfoid
  join pg_namespace on pg_namespace.oid = pronamespace
  where ${own('pg_event_trigger', 'e.oid')}`;

const wrappers = `
  select ${list(
    `json_build_object(
      'name', fdwname, 'owner', ${owner('fdwowner')},
      'handler', ${routine('fdwhandler')}, 'validator', ${routine('fdwvalidator')}, 'options', ${plainOptions('fdwoptions')},
      'comment', ${comment('pg_foreign_data_wrapper', 'f.oid')}, 'grants', ${grants('fdwacl', 'F', 'fdwowner')}
    )`,
    'fdwname',
  )}
  from pg_foreign_data_wrapper as f
  where ${own('pg_foreign_data_wrapper', 'f.oid')}`;

const servers = `
  select ${list(
    `json_build_object(
      'name', srvname, 'owner', ${owner('srvowner')}, 'wrapper', fdwname, 'type', srvtype, 'version', srvversion,
      'options', ${plainOptions('srvoptions')},
      'comment', ${comment('pg_foreign_server', 's.oid')}, 'grants', ${grants('srvacl', 'S', 'srvowner')}
    )`,
    'srvname',
  )}
  from pg_foreign_server as s
  join pg_foreign_data_wrapper on pg_foreign_data_wrapper.oid = srvfdw
  where ${own('pg_foreign_server', 's.oid')}`;

const foreignTables = `
  select ${list(
    `json_build_object(
      'schema', nspname, 'name', relname, 'server', srvname, 'options', ${plainOptions('ftoptions')},
      'columns', (
        select ${list(`json_build_object('name', attname, 'options', to_json(attfdwoptions))`, 'attnum')}
        from pg_attribute
        where attrelid = c.oid and attnum > 0 and not attisdropped and attfdwoptions is not null
      )
    )`,
    'nspname, relname',
  )}
  from pg_foreign_table
  join pg_class as c on c.oid = ftrelid
  join pg_namespace as n on n.oid = relnamespace
  join pg_foreign_server on pg_foreign_server.oid = ftserver
  where ${wanted('nspname')} and ${own('pg_class', 'c.oid')}`;

const dictionaries = `
  select ${list(
    `json_build_object(
      'schema', n.nspname, 'name', dictname, 'owner', ${owner('dictowner')},
      'template', quote_ident(template_schema.nspname) || '.' || quote_ident(tmplname),
      'options', dictinitoption,
      'comment', ${comment('pg_ts_dict', 'd.oid')}
    )`,
    'n.nspname, dictname',
  )}
  from pg_ts_dict as d
  join pg_namespace as n on n.oid = dictnamespace
  join pg_ts_template on pg_ts_template.oid = dicttemplate
  join pg_namespace as template_schema on template_schema.oid = tmplnamespace
  where ${userMade('d.oid')} and ${wanted('n.nspname')} and ${own('pg_ts_dict', 'd.oid')}`;

const searchConfigurations = `
  select ${list(
    `json_build_object(
      'schema', n.nspname, 'name', cfgname, 'owner', ${owner('cfgowner')},
      'parser', quote_ident(parser_schema.nspname) || '.' || quote_ident(prsname),
      'mappings', (
        select ${list(`json_build_object('token', alias, 'dictionaries', dictionaries)`, 'maptokentype')}
        from (
          select maptokentype, ${list('mapdict::regdictionary::text', 'mapseqno')} as dictionaries
          from pg_ts_config_map where mapcfg = c.oid group by maptokentype
        ) as mapped
        join ts_token_type(cfgparser) on tokid = maptokentype
      ),
      'comment', ${comment('pg_ts_config', 'c.oid')}
    )`,
    'n.nspname, cfgname',
  )}
  from pg_ts_config as c
  join pg_namespace as n on n.oid = cfgnamespace
  join pg_ts_parser on pg_ts_parser.oid = cfgparser
  join pg_namespace as parser_schema on parser_schema.oid = prsnamespace
  where ${userMade('c.oid')} and ${wanted('n.nspname')} and ${own('pg_ts_config', 'c.oid')}`;

const defaultRights = `
  select ${list(
    `json_build_object(
      'role', ${owner('defaclrole')}, 'schema', nspname, 'object', defaclobjtype,
      'grants', (
        select ${list(
          `json_build_object(
            'grantee', case grantee when 0 then 'public' else pg_get_userbyid(grantee) end,
            'privilege', privilege_type,
            'grantable', is_grantable
          )`,
          'grantee, privilege_type',
        )}
        from aclexplode(defaclacl) where grantee <> defaclrole
      )
    )`,
    `${owner('defaclrole')}, nspname, defaclobjtype`,
  )}
  from pg_default_acl
  left join pg_namespace as n on n.oid = defaclnamespace
  where nspname is null or ${wanted('nspname')}`;

const kinds = {
  ranges,
  operators,
  casts,
  statistics,
  eventTriggers,
  wrappers,
  servers,
  foreignTables,
  dictionaries,
  searchConfigurations,
  defaultRights,
};

export const uncommon = `select json_build_object(${Object.entries(kinds)
  .map(([kind, query]) => `'${kind}', (${query})`)
  .join(',\n')})`;
