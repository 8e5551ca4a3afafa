// Finds rows of the fixture in any text, by the words and ids that stand in them and nowhere else; and says what a row is
// to somebody.
import type { Fixture } from './fixture.ts';
import type { Actor, MadeRow, Relation, WorldName } from './model.ts';
import { firstSerial, markOf, numberOf, uuidOf } from './values.ts';

const worlds: readonly WorldName[] = ['a', 'b', 'staff'];
const wordOf = (world: WorldName): string => markOf(world, 0).slice(0, -1);
const idOf = (world: WorldName): string => uuidOf(world, 0).slice(0, 24);
const numberStart = (world: WorldName): string => numberOf(world, 0).slice(0, 3);
const pattern = new RegExp(
  worlds
    .map((world) => `${wordOf(world)}(\\d+)|${idOf(world)}([0-9a-f]{12})|\\b${numberStart(world)}(\\d{6})\\b`)
    .join('|'),
  'gi',
);

/** Labels of the rows that a text speaks of. */
export function labelsIn(fixture: Fixture, text: string): ReadonlySet<number> {
  const found = new Set<number>();
  for (const match of text.matchAll(pattern)) {
    const index = match.slice(1).findIndex((group) => group !== undefined);
    const world = worlds[Math.floor(index / 3)] ?? 'a';
    const written = match[index + 1] ?? '0';
    const serial = Number.parseInt(written, index % 3 === 1 ? 16 : 10);
    const row =
      serial < firstSerial
        ? fixture.rows.find(
            (each) =>
              each.world === world &&
              each.table === fixture.structure.accounts &&
              fixture.people.some(({ key, id }) => key === each.person && id === uuidOf(world, serial)),
          )
        : fixture.bySerial.get(serial);
    if (row !== undefined) found.add(row.label);
  }
  return found;
}

/** Rows of strangers that a text speaks of. That somebody's id stands beside a row that one may read is no news of them. */
export function strangersIn(fixture: Fixture, actor: Actor, text: string): readonly MadeRow[] {
  const found = new Set<MadeRow>();
  for (const line of text.split('\n')) {
    const rows = [...labelsIn(fixture, line)].flatMap((label) => fixture.byLabel.get(label) ?? []);
    const strangers = rows.filter((row) => relationOf(fixture, actor, row) === 'stranger');
    const readable = rows.length > strangers.length;
    for (const row of strangers) if (!readable || row.table !== fixture.structure.accounts) found.add(row);
  }
  return [...found];
}

/** What changes from one run to the next: moments, and ids that nobody here was given. */
export const timeless = (text: string): string =>
  text
    .replace(/\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(\.\d+)?([+-]\d\d(:?\d\d)?|Z)?/g, 'then')
    .replace(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, (id) =>
      worlds.some((world) => id.startsWith(idOf(world))) ? id : 'a new id',
    );

const shareContainer = ({ members }: Fixture, one: string, other: string): boolean =>
  [...members.values()].some((keys) => keys.has(one) && keys.has(other));

export function relationOf(fixture: Fixture, actor: Actor, row: MadeRow): Relation {
  const who = actor.person?.key;
  if (who !== undefined && row.people.has(who)) return 'own';
  if (who !== undefined && [...row.containers].some((label) => fixture.members.get(label)?.has(who) === true))
    return 'shared';
  if (row.published) return 'published';
  if (row.people.size === 0 && row.containers.size === 0) return 'reference';
  if (who !== undefined && fixture.structure.people.has(row.table) && shareContainer(fixture, who, row.person))
    return 'peer';
  return 'stranger';
}
