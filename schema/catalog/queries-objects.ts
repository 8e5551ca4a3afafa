// Queries over pg_catalog for functions, triggers, types and sequences: each answers one JSON array. $1 as in queries.ts.
import { comment, grants, list, named, own, wanted } from './fragments.ts';

/** proallargtypes is null where every argument is IN. */
const functionArguments = `(
    select ${list(
      `json_build_object(
        'name', coalesce(proargnames[place], ''),
        'mode', case coalesce(proargmodes[place], 'i') when 'i' then 'in' when 'o' then 'out' when 'b' then 'inout'
          when 'v' then 'variadic' else 'table' end,
        'type', format_type(type, null),
        'hasDefault', coalesce(proargmodes[place], 'i') in ('i', 'b', 'v') and input_place > pronargs - pronargdefaults
      )`,
      'place',
    )}
    from (
      select type, place,
        count(*) filter (where coalesce(proargmodes[place], 'i') in ('i', 'b', 'v')) over (order by place) as input_place
      from unnest(coalesce(proallargtypes, proargtypes::oid[])) with ordinality as argument (type, place)
    ) as argument
  )`;

const part = (name: string, value: string, when: string): string =>
  `case when ${when} then '${name} = ' || ${value} end`;
const routinePart = (name: string, column: string): string =>
  part(name, `${column}::regproc::text`, `${column}::oid <> 0`);
const flag = (name: string, when: string): string => `case when ${when} then '${name}' end`;
const modify = (column: string): string =>
  `case ${column} when 'r' then 'READ_ONLY' when 's' then 'SHAREABLE' else 'READ_WRITE' end`;
const usual = `case when aggkind = 'n' then 'r' else 's' end`;

/** PostgreSQL has a function that writes every other routine, and none for these. */
const aggregateText = `(
    select 'CREATE OR REPLACE AGGREGATE ' || quote_ident(nspname) || '.' || quote_ident(proname)
      || '(' || coalesce(nullif(pg_get_function_arguments(p.oid), ''), '*') || E') (\\n  ' || array_to_string(array_remove(array[
      ${[
        `'SFUNC = ' || aggtransfn::regproc::text`,
        `'STYPE = ' || format_type(aggtranstype, null)`,
        part('SSPACE', 'aggtransspace', 'aggtransspace <> 0'),
        routinePart('FINALFUNC', 'aggfinalfn'),
        flag('FINALFUNC_EXTRA', 'aggfinalextra'),
        part('FINALFUNC_MODIFY', modify('aggfinalmodify'), `aggfinalfn::oid <> 0 and aggfinalmodify <> ${usual}`),
        routinePart('COMBINEFUNC', 'aggcombinefn'),
        routinePart('SERIALFUNC', 'aggserialfn'),
        routinePart('DESERIALFUNC', 'aggdeserialfn'),
        part('INITCOND', 'quote_literal(agginitval)', 'agginitval is not null'),
        routinePart('MSFUNC', 'aggmtransfn'),
        routinePart('MINVFUNC', 'aggminvtransfn'),
        part('MSTYPE', 'format_type(aggmtranstype, null)', 'aggmtranstype <> 0'),
        part('MSSPACE', 'aggmtransspace', 'aggmtransspace <> 0'),
        routinePart('MFINALFUNC', 'aggmfinalfn'),
        flag('MFINALFUNC_EXTRA', 'aggmfinalextra'),
        part('MFINALFUNC_MODIFY', modify('aggmfinalmodify'), `aggmfinalfn::oid <> 0 and aggmfinalmodify <> ${usual}`),
        part('MINITCOND', 'quote_literal(aggminitval)', 'aggminitval is not null'),
        `(
          select 'SORTOP = operator(' || quote_ident(o.nspname) || '.' || oprname || ')'
          from pg_operator join pg_namespace as o on o.oid = oprnamespace where pg_operator.oid = aggsortop
        )`,
        `case proparallel when 's' then 'PARALLEL = SAFE' when 'r' then 'PARALLEL = RESTRICTED' end`,
        flag('HYPOTHETICAL', `aggkind = 'h'`),
      ].join(',\n      ')}
    ], null), E',\\n  ') || E'\\n)'
    from pg_aggregate where aggfnoid = p.oid
  )`;

export const functions = `
  select ${list(
    `json_build_object(
      'schema', nspname,
      'name', proname,
      'oid', p.oid::bigint,
      'kind', case prokind when 'f' then 'function' when 'p' then 'procedure' when 'a' then 'aggregate' else 'window' end,
      'identity', (select coalesce(string_agg(format_type(type, null), ', ' order by place), '')
        from unnest(proargtypes::oid[]) with ordinality as argument (type, place)),
      'arguments', ${functionArguments},
      'result', pg_get_function_result(p.oid),
      'returnsSet', proretset,
      'returnsTrigger', prorettype in ('trigger'::regtype, 'event_trigger'::regtype),
      'language', lanname,
      'body', coalesce(pg_get_function_sqlbody(p.oid), prosrc),
      'definer', prosecdef,
      'volatility', case provolatile when 'i' then 'immutable' when 's' then 'stable' else 'volatile' end,
      'strict', proisstrict,
      'leakproof', proleakproof,
      'settings', coalesce(to_json(proconfig), '[]'),
      'owner', pg_get_userbyid(proowner),
      'comment', ${comment('pg_proc', 'p.oid')},
      'text', case when prokind = 'a' then ${aggregateText} else pg_get_functiondef(p.oid) end,
      'grants', ${grants('proacl', 'f', 'proowner')}
    )`,
    'nspname, proname, p.oid',
  )}
  from pg_proc as p
  join pg_namespace as n on n.oid = pronamespace
  join pg_language on pg_language.oid = prolang
  where ${wanted('nspname')} and ${own('pg_proc', 'p.oid')}
    -- A range type makes its own functions.
    and not exists (select from pg_depend where classid = 'pg_proc'::regclass and objid = p.oid and deptype = 'i')`;

/** tgtype: bit 0 row, 1 before, 2 insert, 3 delete, 4 update, 5 truncate, 6 instead. */
export const triggers = `
  select ${list(
    `json_build_object(
      'schema', n.nspname,
      'table', relname,
      'name', tgname,
      'function', ${named('function_schema.nspname', 'proname')},
      'timing', case when tgtype & 64 <> 0 then 'instead of' when tgtype & 2 <> 0 then 'before' else 'after' end,
      'events', array_remove(array[
        case when tgtype & 4 <> 0 then 'insert' end, case when tgtype & 16 <> 0 then 'update' end,
        case when tgtype & 8 <> 0 then 'delete' end, case when tgtype & 32 <> 0 then 'truncate' end
      ], null),
      'eachRow', tgtype & 1 <> 0,
      'enabled', tgenabled,
      'text', pg_get_triggerdef(t.oid),
      'comment', ${comment('pg_trigger', 't.oid')}
    )`,
    'n.nspname, relname, tgname',
  )}
  from pg_trigger as t
  join pg_class as c on c.oid = tgrelid
  join pg_namespace as n on n.oid = relnamespace
  join pg_proc on pg_proc.oid = tgfoid
  join pg_namespace as function_schema on function_schema.oid = pronamespace
  where not tgisinternal and tgparentid = 0 and ${wanted('n.nspname')}`;

export const types = `
  select json_build_object(
    'enums', ${list(
      `json_build_object(
        'schema', nspname, 'name', typname, 'owner', pg_get_userbyid(typowner),
        'values', (select ${list('enumlabel', 'enumsortorder')} from pg_enum where enumtypid = t.oid),
        'comment', ${comment('pg_type', 't.oid')}
      )`,
      'nspname, typname',
      ` filter (where typtype = 'e')`,
    )},
    'domains', ${list(
      `json_build_object(
        'schema', nspname, 'name', typname, 'owner', pg_get_userbyid(typowner),
        'type', format_type(typbasetype, typtypmod), 'default', typdefault, 'notNull', typnotnull,
        'checks', (
          select ${list(`json_build_object('name', conname, 'text', pg_get_constraintdef(pg_constraint.oid))`, 'conname')}
          from pg_constraint where contypid = t.oid and contype = 'c'
        ),
        'comment', ${comment('pg_type', 't.oid')}
      )`,
      'nspname, typname',
      ` filter (where typtype = 'd')`,
    )},
    'composites', ${list(
      `json_build_object(
        'schema', nspname, 'name', typname, 'owner', pg_get_userbyid(typowner),
        'attributes', (
          select ${list(`json_build_object('name', attname, 'type', format_type(atttypid, atttypmod))`, 'attnum')}
          from pg_attribute where attrelid = typrelid and attnum > 0 and not attisdropped
        ),
        'comment', ${comment('pg_type', 't.oid')}
      )`,
      'nspname, typname',
      ` filter (where typtype = 'c')`,
    )}
  )
  from pg_type as t
  join pg_namespace as n on n.oid = typnamespace
  where (typtype in ('e', 'd') or typtype = 'c' and (select relkind from pg_class where pg_class.oid = typrelid) = 'c')
    and ${wanted('nspname')} and ${own('pg_type', 't.oid')}`;

export const sequences = `
  select ${list(
    `json_build_object(
      'schema', n.nspname,
      'name', c.relname,
      'owner', pg_get_userbyid(c.relowner),
      'type', format_type(seqtypid, null),
      'start', seqstart::text,
      'increment', seqincrement::text,
      'minimum', seqmin::text,
      'maximum', seqmax::text,
      'cache', seqcache::text,
      'cycle', seqcycle,
      'ownedBy', (
        select json_build_object(
          'schema', table_schema.nspname, 'name', owning.relname, 'column', attname, 'identity', deptype = 'i'
        )
        from pg_depend
        join pg_class as owning on owning.oid = refobjid
        join pg_namespace as table_schema on table_schema.oid = owning.relnamespace
        join pg_attribute on attrelid = refobjid and attnum = refobjsubid
        where classid = 'pg_class'::regclass and objid = c.oid and refclassid = 'pg_class'::regclass and deptype in ('a', 'i')
        limit 1
      ),
      'comment', ${comment('pg_class', 'c.oid')},
      'grants', ${grants('c.relacl', 's', 'c.relowner')}
    )`,
    'n.nspname, c.relname',
  )}
  from pg_sequence
  join pg_class as c on c.oid = seqrelid
  join pg_namespace as n on n.oid = c.relnamespace
  where ${wanted('n.nspname')} and ${own('pg_class', 'c.oid')}`;
