// What depends on what, from pg_depend, between pieces. String bodies of functions leave no trace there.
import type { Session } from '../session.ts';
import { type Id, idOf, type Kind } from './piece.ts';

/** For each object that can be a piece: its address in pg_depend, its kind and names. A later row of one address is not read. */
const addresses = `
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
  select 'pg_constraint'::regclass, pg_constraint.oid, 0, 'domain', nspname, typname, null
  from pg_constraint join pg_type on pg_type.oid = contypid join pg_namespace as n on n.oid = typnamespace
  union all
  select 'pg_type'::regclass, t.oid, 0,
    case base.typtype when 'e' then 'enum' when 'd' then 'domain' else
      case when relkind in ('r', 'p', 'f') then 'table' when relkind in ('v', 'm') then 'view' else 'composite' end end,
    nspname, coalesce(relname, base.typname), null
  from pg_type as t
  join pg_type as base on base.oid = case when t.typcategory = 'A' then t.typelem else t.oid end
  left join pg_class as c on c.oid = base.typrelid
  join pg_namespace as n on n.oid = base.typnamespace
  where base.typtype in ('e', 'd', 'c') and nspname !~ '^pg_' and nspname <> 'information_schema'
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
  join pg_class as c on c.oid = prrelid join pg_namespace as n on n.oid = relnamespace`;

const query = `
  with addresses as materialized (${addresses})
  select distinct x.kind, x.a, x.b, x.c, y.kind, y.a, y.b, y.c
  from pg_depend as d
  join addresses as x on x.classid = d.classid and x.objid = d.objid and x.objsubid in (0, d.objsubid) and (d.objsubid = 0) = (x.objsubid = 0)
  join addresses as y on y.classid = d.refclassid and y.objid = d.refobjid and (d.refobjsubid = 0) = (y.objsubid = 0) and y.objsubid in (0, d.refobjsubid)
  where d.deptype in ('n', 'a', 'i') and x.kind is not null and y.kind is not null and x.kind <> 'extension'
    -- A sequence that belongs to a column is dropped with it, and made before it.
    and not (x.kind = 'sequence' and y.kind in ('column', 'table'))`;

/** For each piece, the pieces that it depends on. */
export type Edges = ReadonlyMap<Id, ReadonlySet<Id>>;

export async function readEdges(session: Session): Promise<Edges> {
  await session.exec(`set search_path to ''`);
  const rows = await session.rows(query);
  await session.exec(`set search_path to "$user", public, extensions`);
  const edges = new Map<Id, Set<Id>>();
  for (const [fromKind, ...rest] of rows) {
    const from = idOf(fromKind as Kind, ...rest.slice(0, 3).flatMap((name) => name ?? [])); // checked: the query makes kinds
    const to = idOf(rest[3] as Kind, ...rest.slice(4).flatMap((name) => name ?? [])); // checked: as above
    if (from === to) continue;
    const found = edges.get(from);
    if (found === undefined) edges.set(from, new Set([to]));
    else found.add(to);
  }
  return edges;
}
