// What rows that were put somewhere say: in whose name they were made, on whose parent they hang, to whom they moved.
import type { Fixture } from './fixture.ts';
import type { Finding, FindingKind, MadeRow } from './model.ts';
import { relationOf } from './seen.ts';
import { uniqueKeys } from './structure.ts';
import type { Entry } from './trial-state.ts';

/** References that name somebody without making the row theirs. */
const mention =
  /^(follow\w*|recipient|receiver|assign\w*|invited\w*|mention\w*|reviewer|approved_by|requested_by|friend|blocked|to_user|target_user|addressee)(_?(user|profile))?(_?id)?$/i;
/** Says who did something, not whose it is, where another column says that. */
const attribution = /^(created|updated|uploaded|added|changed|deleted)_by(_id)?$/i;
const reader = /^(viewer|guest|reader|read_?only|observer|commenter)$/i;

export interface Draft {
  readonly kind: FindingKind;
  readonly level: Finding['level'];
  readonly entry: Entry;
  readonly columns: readonly string[];
  readonly what: string;
}

/** The table that an entry speaks of; of a partition its parent. */
export const tableOf = (fixture: Fixture, entry: Entry): string => {
  const table = fixture.catalog.tables.find(({ schema, name }) => `${schema}.${name}` === entry.object);
  return table?.partitionOf == null ? entry.object : `${table.partitionOf.schema}.${table.partitionOf.name}`;
};
/** What was put there; null when there is nothing to say. */
export function judgeInsert(fixture: Fixture, entry: Entry): Draft | null {
  const { actor, detail, labels } = entry;
  const table = tableOf(fixture, entry);
  const kind = (found: FindingKind, level: Finding['level'], what: string, columns: readonly string[] = []): Draft => ({
    kind: found,
    level,
    entry,
    what,
    columns,
  });
  if (detail.startsWith('own ')) {
    const rows = fixture.byTable.get(table) ?? [];
    const isReference =
      rows.length > 0 && rows.every(({ people, containers }) => people.size === 0 && containers.size === 0);
    if (isReference) return kind('write', 'error', 'adds rows to shared reference data');
    if (actor.kind === 'anonymous') return kind('forge', 'error', 'adds rows for somebody without being anybody');
    const into = /^own (in (.+))$/.exec(detail);
    const held = fixture.byTable
      .get(into?.[2] ?? '')
      ?.find(({ world, variant }) => world === actor.person?.world && variant === into?.[1]);
    return held !== undefined &&
      table !== 'storage.objects' &&
      !isPersonal(fixture, table) &&
      readsOnly(fixture, entry, held)
      ? kind('write', 'error', `adds rows to ${into?.[2] ?? ''} as ${actor.person?.title ?? ''}`)
      : null;
  }
  if (/ like \w+$/.test(detail)) return null;
  if (detail.startsWith('as ')) return kind('forge', 'error', 'adds rows in the name of a stranger');
  const moved = detail.startsWith('moved: ');
  const columns = (/^(?:moved: )?(.+?) of \w+(?: in \S+)?$/.exec(detail)?.[1] ?? '').split(', ');
  const shape = fixture.structure.shapes.get(table);
  const target = labels.map((label) => fixture.byLabel.get(label)).find((row) => row !== undefined);
  const reference = shape?.references.find((each) => each.columns.join(', ') === columns.join(', '));
  const toPerson = reference === undefined || fixture.structure.people.has(reference.target);
  if (
    !toPerson &&
    target !== undefined &&
    (target.published || (target.people.size === 0 && target.containers.size === 0))
  )
    return null;
  if (toPerson && columns.every((name) => mention.test(name)))
    return kind('link', 'info', moved ? 'points an own row at a stranger' : 'names a stranger in an own row', columns);
  const others = ownersOf(fixture, table).filter((name) => !columns.includes(name) && !attribution.test(name));
  // The storage service writes the owner itself; the path decides.
  if (table === 'storage.objects' && columns.every((name) => /^owner(_id)?$/.test(name)))
    return kind('link', 'info', 'may say that a stranger stored it', columns);
  if (columns.every((name) => attribution.test(name)) && others.length > 0)
    return kind(moved ? 'move' : 'forge', 'warning', `may say that a stranger made it: ${columns.join(', ')}`, columns);
  if (moved)
    return kind('move', 'error', `lets an own row leave: ${columns.join(', ')} may become a stranger's`, columns);
  if (toPerson) return kind('forge', 'error', `adds rows whose ${columns.join(', ')} is a stranger`, columns);
  return kind(
    'link',
    'error',
    `hangs an own row on a stranger's ${reference.target} by ${columns.join(', ')}`,
    columns,
  );
}

const ownersOf = ({ structure }: Fixture, key: string): readonly string[] => {
  const shape = structure.shapes.get(key);
  return shape === undefined
    ? []
    : [...shape.personColumns, ...shape.tenantColumns, ...shape.references.flatMap(({ columns }) => columns)];
};

/** A row a person and thing: likes, favourites, what was read last. Viewers have those too. */
function isPersonal({ structure }: Fixture, key: string): boolean {
  const shape = structure.shapes.get(key);
  if (shape === undefined) return false;
  const people = new Set([
    ...shape.personColumns,
    ...shape.references.filter(({ target }) => structure.people.has(target)).flatMap(({ columns }) => columns),
  ]);
  return uniqueKeys(shape.table).some((names) => names.length > 1 && names.some((name) => people.has(name)));
}

/** Shared, and only to be read by this person. */
export const isShared = (fixture: Fixture, { actor }: Entry, label: number): boolean => {
  const row = fixture.byLabel.get(label);
  return row !== undefined && relationOf(fixture, actor, row) === 'shared' && readsOnly(fixture, { actor }, row);
};

/** In everything shared that the row lies in, this person is called a viewer or the like. */
function readsOnly({ members }: Fixture, { actor }: Pick<Entry, 'actor'>, row: MadeRow): boolean {
  const called = [...row.containers].flatMap((label) => {
    const held = members.get(label);
    return held?.has(actor.person?.key ?? '') === true ? [held.get(actor.person?.key ?? '') ?? ''] : [];
  });
  return called.length > 0 && called.every((title) => reader.test(title));
}
