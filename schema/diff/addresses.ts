// Which rows of pg_catalog are which pieces.

/** For each object that can be a piece: its address in pg_depend, its kind and names. A later row of one address is not read. */
export const addresses = `
  select 'pg_class'::regclass::oid as classid, c.oid as objid, 0 as objsubid,
    case when relkind in ('r', 'p', 'f') then 'table' when relkind in ('v', 'm') then 'view' when relkind = 'S' then 'sequence'
      when relkind = 'c' then 'composite' when relkind in ('i', 'I') then 'index' end as kind,
    nspname::text as a, relname::text as b, null::text as c
  from pg_class as c join pg_namespace as n on n.oid = relnamespace
  where relkind in ('r', 'p', 'f', 'v', 'm', 'c')
    or relkind in ('i', 'I') and not exists (select from pg_constraint where conindid = c.oid and contype in ('p', 'u', 'x'))
    or relkind = 'S' and not exists (select from pg_depend where classid = 'pg_class'::regclass and objid = c.oid and deptype = 'i')
  union all
  select 'pg_class'::regclass, conindid, 0, 'constraint', nspname, relname, conname
  from pg_constraint join pg_class as c on c.oid = conrelid join pg_namespace as n on n.oid = relnamespace
  where contype in ('p', 'u', 'x')
  union all
  select 'pg_class'::regclass, seq.objid, 0, 'column', nspname, relname, attname
  from pg_depend as seq
  join pg_class as c on c.oid = refobjid
  join pg_namespace as n on n.oid = relnamespace
  join pg_attribute on attrelid = refobjid and attnum = refobjsubid
  where seq.classid = 'pg_class'::regclass and seq.deptype = 'i' and refclassid = 'pg_class'::regclass and refobjsubid > 0
    and (select relkind from pg_class where pg_class.oid = seq.objid) = 'S'
  union all
  select 'pg_class'::regclass, attrelid, attnum, case when relkind in ('v', 'm') then 'view' when relkind = 'c' then 'composite' else 'column' end,
    nspname, relname, case when relkind in ('r', 'p', 'f') then attname end
  from pg_attribute join pg_class as c on c.oid = attrelid join pg_namespace as n on n.oid = relnamespace
  where attnum > 0 and not attisdropped and relkind in ('r', 'p', 'f', 'v', 'm', 'c') and nspname !~ '^pg_' and nspname <> 'information_schema'
  union all
  select 'pg_attrdef'::regclass, pg_attrdef.oid, 0, case when attgenerated = '' then 'default' else 'column' end, nspname, relname, attname
  from pg_attrdef
  join pg_attribute on attrelid = adrelid and attnum = adnum
  join pg_class as c on c.oid = attrelid join pg_namespace as n on n.oid = relnamespace
  union all
  select 'pg_constraint'::regclass, pg_constraint.oid, 0, 'constraint', nspname, relname, conname
  from pg_constraint join pg_class as c on c.oid = conrelid join pg_namespace as n on n.oid = relnamespace
  where contype <> 'n'
  union all
  select 'pg_constraint'::regclass, pg_constraint.oid, 0, 'domain check', nspname, typname, conname
  from pg_constraint join pg_type on pg_type.oid = contypid join pg_namespace as n on n.oid = typnamespace
  union all
  select 'pg_type'::regclass, t.oid, 0,
    case base.typtype when 'e' then 'enum' when 'd' then 'domain' when 'r' then 'range' else
      case when relkind in ('r', 'p', 'f') then 'table' when relkind in ('v', 'm') then 'view' else 'composite' end end,
    nspname, coalesce(relname, base.typname), null
  from pg_type as t
  left join pg_range on rngmultitypid = case when t.typcategory = 'A' then t.typelem else t.oid end
  join pg_type as base on base.oid = coalesce(rngtypid, case when t.typcategory = 'A' then t.typelem else t.oid end)
  left join pg_class as c on c.oid = base.typrelid
  join pg_namespace as n on n.oid = base.typnamespace
  where base.typtype in ('e', 'd', 'c', 'r') and nspname !~ '^pg_' and nspname <> 'information_schema'
  union all
  select 'pg_proc'::regclass, p.oid, 0, 'function', nspname, proname,
    (select coalesce(string_agg(format_type(type, null), ', ' order by place), '') from unnest(proargtypes::oid[]) with ordinality as argument (type, place))
  from pg_proc as p join pg_namespace as n on n.oid = pronamespace
  where nspname !~ '^pg_' and nspname <> 'information_schema'
  union all
  select 'pg_rewrite'::regclass, r.oid, 0, case when relkind in ('v', 'm') and rulename = '_RETURN' then 'view' else 'rule' end,
    nspname, relname, case when relkind in ('v', 'm') and rulename = '_RETURN' then null else rulename end
  from pg_rewrite as r join pg_class as c on c.oid = ev_class join pg_namespace as n on n.oid = relnamespace
  where nspname !~ '^pg_' and nspname <> 'information_schema'
  union all
  select 'pg_policy'::regclass, p.oid, 0, 'policy', nspname, relname, polname
  from pg_policy as p join pg_class as c on c.oid = polrelid join pg_namespace as n on n.oid = relnamespace
  union all
  select 'pg_trigger'::regclass, t.oid, 0, 'trigger', nspname, relname, tgname
  from pg_trigger as t join pg_class as c on c.oid = tgrelid join pg_namespace as n on n.oid = relnamespace
  where not tgisinternal
  union all
  select 'pg_namespace'::regclass, oid, 0, 'schema', nspname, null, null
  from pg_namespace where nspname !~ '^pg_' and nspname <> 'information_schema'
  union all
  select 'pg_extension'::regclass, oid, 0, 'extension', extname, null, null from pg_extension
  union all
  select member.classid, member.objid, 0, 'extension', extname, null, null
  from pg_depend as member join pg_extension on pg_extension.oid = refobjid
  where member.deptype = 'e' and refclassid = 'pg_extension'::regclass
  union all
  select 'pg_publication_rel'::regclass, pr.oid, 0, 'published table', pubname, nspname, relname
  from pg_publication_rel as pr
  join pg_publication as p on p.oid = prpubid
  join pg_class as c on c.oid = prrelid join pg_namespace as n on n.oid = relnamespace
  union all
  select 'pg_proc'::regclass, made.objid, 0, 'range', nspname, typname, null
  from pg_depend as made join pg_type as t on t.oid = made.refobjid join pg_namespace as n on n.oid = typnamespace
  where made.classid = 'pg_proc'::regclass and made.deptype = 'i' and made.refclassid = 'pg_type'::regclass and typtype = 'r'
  union all
  select 'pg_operator'::regclass, o.oid, 0, 'operator', nspname,
    oprname, case when oprleft = 0 then 'none' else format_type(oprleft, null) end || E'\\n' || format_type(oprright, null)
  from pg_operator as o join pg_namespace as n on n.oid = oprnamespace
  where nspname !~ '^pg_' and nspname <> 'information_schema'
  union all
  select 'pg_cast'::regclass, oid, 0, 'cast', format_type(castsource, null), format_type(casttarget, null), null
  from pg_cast where oid >= 16384
  union all
  select 'pg_statistic_ext'::regclass, s.oid, 0, 'statistics', nspname, stxname, null
  from pg_statistic_ext as s join pg_namespace as n on n.oid = stxnamespace
  union all
  select 'pg_ts_dict'::regclass, d.oid, 0, 'dictionary', nspname, dictname, null
  from pg_ts_dict as d join pg_namespace as n on n.oid = dictnamespace where nspname !~ '^pg_'
  union all
  select 'pg_ts_config'::regclass, c.oid, 0, 'search configuration', nspname, cfgname, null
  from pg_ts_config as c join pg_namespace as n on n.oid = cfgnamespace where nspname !~ '^pg_'
  union all
  select 'pg_event_trigger'::regclass, oid, 0, 'event trigger', evtname, null, null from pg_event_trigger
  union all
  select 'pg_foreign_data_wrapper'::regclass, oid, 0, 'wrapper', fdwname, null, null from pg_foreign_data_wrapper
  union all
  select 'pg_foreign_server'::regclass, oid, 0, 'server', srvname, null, null from pg_foreign_server`;
