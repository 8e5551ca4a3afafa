// What depends on what, from pg_depend, between pieces. String bodies of functions leave no trace there.
import type { Session } from '../session.ts';
import { addresses } from './addresses.ts';
import { type Id, idOf, type Kind } from './piece.ts';

const query = `
  with addresses as materialized (${addresses})
  select distinct x.kind, x.a, x.b, x.c, y.kind, y.a, y.b, y.c
  from pg_depend as d
  join addresses as x on x.classid = d.classid and x.objid = d.objid and x.objsubid in (0, d.objsubid) and (d.objsubid = 0) = (x.objsubid = 0)
  join addresses as y on y.classid = d.refclassid and y.objid = d.refobjid and (d.refobjsubid = 0) = (y.objsubid = 0) and y.objsubid in (0, d.refobjsubid)
  where d.objid >= 16384 and d.deptype in ('n', 'a', 'i') and x.kind is not null and y.kind is not null and x.kind <> 'extension'
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
