// What is dropped by itself though its table goes too: where tables that all go stand on each other, by foreign keys, policies
// or triggers, none of them could be dropped first.
import { type Change, dependenciesOf, type Sided } from './changes.ts';
import type { Id, Kind } from './piece.ts';

/** Kinds whose drop loses nothing that the table's own drop would keep. */
const loose: ReadonlySet<Kind> = new Set(['constraint', 'policy', 'trigger', 'rule', 'default']);

type Graph = ReadonlyMap<Id, ReadonlySet<Id>>;

/** Tarjan: for each node the number of its circle; nodes in no circle have one of their own. */
function circlesOf(graph: Graph): ReadonlyMap<Id, number> {
  const circle = new Map<Id, number>();
  const index = new Map<Id, number>();
  const low = new Map<Id, number>();
  const stack: Id[] = [];
  let circles = 0;
  const visit = (node: Id): void => {
    index.set(node, index.size);
    low.set(node, index.size - 1);
    stack.push(node);
    for (const next of graph.get(node) ?? []) {
      if (!index.has(next)) visit(next);
      if (!circle.has(next)) low.set(node, Math.min(low.get(node) ?? 0, low.get(next) ?? 0));
    }
    if (low.get(node) !== index.get(node)) return;
    for (let member = stack.pop(); member !== undefined; member = stack.pop()) {
      circle.set(member, circles);
      if (member === node) break;
    }
    circles += 1;
  };
  for (const node of graph.keys()) if (!index.has(node)) visit(node);
  return circle;
}

/** `dropperOf` answers the greater thing whose drop takes a piece along, or the piece itself. */
export function circularParts(a: Sided, changes: ReadonlyMap<Id, Change>, dropperOf: (id: Id) => Id): ReadonlySet<Id> {
  const goes = (id: Id): boolean => ['drop', 'replace'].includes(changes.get(id)?.how ?? '');
  const graph = new Map<Id, Set<Id>>();
  const causes: { part: Id; from: Id; to: Id }[] = [];
  for (const piece of a.pieces.values()) {
    if (!goes(piece.id)) continue;
    const from = dropperOf(piece.id);
    for (const other of dependenciesOf(a, piece)) {
      const to = dropperOf(other);
      if (!goes(other) || from === to) continue;
      graph.set(from, (graph.get(from) ?? new Set()).add(to));
      if (from !== piece.id && loose.has(piece.kind)) causes.push({ part: piece.id, from, to });
    }
  }
  const circle = circlesOf(graph);
  return new Set(causes.flatMap(({ part, from, to }) => (circle.get(from) === circle.get(to) ? [part] : [])));
}
