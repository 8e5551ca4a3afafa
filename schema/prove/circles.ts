// Tables that must point to each other: their rows are made with something made up in that place, while foreign keys sleep,
// and turned to real rows when these are there.
import { quoteName, quoteQualified } from '../quote.ts';
import type { Session } from '../session.ts';
import { reachOf, type Store, targetRow } from './drafts.ts';
import { makeRows, returning } from './make-rows.ts';
import { cellText, literal, type MadeRow, type Person } from './model.ts';
import type { Reference, Shape } from './structure.ts';

/** References whose rows come later, or are of the same table where they must be there. */
const circular = ({ structure: { order } }: Store, { key, references }: Shape): readonly Reference[] =>
  references.filter(
    ({ hard, nullable, target }) =>
      hard && (nullable ? order.indexOf(target) > order.indexOf(key) : order.indexOf(target) >= order.indexOf(key)),
  );

function turnText(store: Store, shape: Shape, row: MadeRow, people: readonly Person[]): string | null {
  const who = people.find(({ key }) => key === row.person);
  const held = store.catalog.tables.find(({ oid }) => oid === row.relation);
  if (who === undefined || held === undefined) return null;
  const set = new Map<string, string | null>();
  const into = /^in (\S+)$/.exec(row.variant)?.[1] ?? null;
  for (const reference of circular(store, shape)) {
    // What may be empty is filled where all references are, and there lies in what has members.
    if (reference.nullable && row.variant !== 'linked') continue;
    const inside = reference.nullable && store.structure.containers.has(reference.target) ? reference.target : into;
    const variant = { name: row.variant, into: inside, linked: false, set: {} };
    const own = Object.entries(row.values).filter(([name]) => !reference.columns.includes(name));
    const known = new Map(own.map(([name, value]) => [name, cellText(value)]));
    const target = reference.target === shape.key ? row : targetRow(store, shape, reference, variant, who, known);
    if (target === undefined) continue;
    reference.columns.forEach((name, index) => {
      const column = shape.table.columns.find((each) => each.name === name);
      const value = cellText(target.values[reference.targetColumns[index] ?? '']);
      if (column?.generated === null && value !== cellText(row.values[name])) set.set(name, value);
    });
  }
  if (set.size === 0) return null;
  const changes = [...set].map(([name, value]) => `${quoteName(name)} = ${literal(value)}`);
  return `update only ${quoteQualified(held)} as x set ${changes.join(', ')} where ctid = '${row.place}'${returning}`;
}

/** Foreign keys must sleep. What cannot be turned points nowhere, and is left to whoever removes such rows. */
export async function closeCircles(session: Session, store: Store, people: readonly Person[]): Promise<void> {
  const turned = new Map<number, MadeRow>();
  for (const shape of store.structure.shapes.values()) {
    if (circular(store, shape).length === 0) continue;
    const wanted = (store.byTable.get(shape.key) ?? []).flatMap((row) => {
      const text = turnText(store, shape, row, people);
      return text === null ? [] : [{ row, text }];
    });
    const made = await makeRows(
      session,
      wanted.map(({ text }) => text),
    );
    wanted.forEach(({ row }, index) => {
      const answer = made[index];
      if (answer === undefined || !('r' in answer)) return;
      const [relation, place, values] = answer.r;
      turned.set(row.label, { ...row, relation: Number(relation), place, values });
    });
  }
  if (turned.size === 0) return;
  replace(store, (row) => turned.get(row.label) ?? row);
  // Whose a row is may now lead through rows that were made later: twice is enough for a circle.
  for (let pass = 0; pass < 2; pass++)
    replace(store, (row) => {
      const shape = store.structure.shapes.get(row.table);
      const who = people.find(({ key }) => key === row.person);
      if (shape === undefined || who === undefined) return row;
      const reach = reachOf(store, shape, row.values, who, people);
      const containers = store.structure.containers.has(shape.key)
        ? new Set([...reach.containers, row.label])
        : reach.containers;
      return { ...row, ...reach, containers };
    });
}

function replace(store: Store, change: (row: MadeRow) => MadeRow): void {
  const rows = store.rows.map(change);
  store.rows.splice(0, store.rows.length, ...rows);
  for (const [key, each] of Map.groupBy(rows, ({ table }) => table)) store.byTable.set(key, each);
}
