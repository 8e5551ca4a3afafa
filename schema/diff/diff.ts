// The migration that turns one schema into another.
import { quoteName } from '../quote.ts';
import type { Session } from '../session.ts';
import { ToolError } from '../session.ts';
import { type Change, findChanges, type Sided } from './changes.ts';
import { flatten } from './expressions.ts';
import type { Id, Piece } from './piece.ts';
import { planSteps, renames } from './plan.ts';
import { printPlan } from './print.ts';
import { readSide, type Side } from './side.ts';
import { type Scope, takeSnapshot } from './snapshot.ts';
import { findSubject, type Subject } from './subject.ts';

export interface Difference {
  /** Empty when the two are equal; otherwise SQL, ending with a line break. */
  readonly sql: string;
  /** What was found different, by title, with what is done about it. */
  readonly changes: readonly { readonly title: string; readonly how: Change['how'] }[];
  /** What steps lose, in words. */
  readonly destructive: readonly string[];
  /** Whether the migration was applied to a copy of `a` and what came of it was compared with `b`. */
  readonly checked: boolean;
}

/** Deparsed texts of two releases differ in names before columns, blanks and parentheses. */
const loose = (text: string): string => text.replace(/\b[\w]+\.(?=\w)|[\s()]+/g, '');

function compare(from: Side, to: Side, scope: Scope): { changes: ReadonlyMap<Id, Change>; a: Sided; b: Sided } {
  const a: Sided = { pieces: takeSnapshot(from, to, 'all', scope), edges: from.edges };
  const b: Sided = { pieces: takeSnapshot(to, from, 'needed', scope), edges: to.edges };
  const major = (side: Side): number => Math.floor(side.catalog.version / 10_000);
  const isSame = (x: Piece, y: Piece): boolean =>
    x.text === y.text ||
    flatten(x.text) === flatten(y.text) ||
    (major(from) !== major(to) && loose(x.text) === loose(y.text));
  const changes = findChanges(a, b, isSame);
  return { changes, a, b };
}

const describe = (changes: ReadonlyMap<Id, Change>): Difference['changes'] =>
  [...changes.values()].map((change) => ({
    title: change.how === 'drop' ? change.from.title : change.to.title,
    how: change.how,
  }));

/** Kinds of objects that are seen but not compared, where the two sides have others of them. */
function beyond(from: Side, to: Side): readonly string[] {
  const only = (one: Side, other: Side): readonly string[] => one.beyond.filter((name) => !other.beyond.includes(name));
  return [
    ...only(from, to).map((name) => `only in the first: ${name}`),
    ...only(to, from).map((name) => `only in the second: ${name}`),
  ];
}

/** The migration between two sides that were read. */
export function diffSides(from: Side, to: Side, scope: Scope = {}): Difference {
  const { changes, a, b } = compare(from, to, scope);
  const unreadable = new Set([...from.catalog.unreadable, ...to.catalog.unreadable]);
  const others = [
    ...[...unreadable].map((each) => `-- not compared: ${each}`),
    ...beyond(from, to).map((each) => `-- not compared, ${each}`),
  ];
  if (changes.size === 0)
    return { sql: others.length === 0 ? '' : `${others.join('\n')}\n`, changes: [], destructive: [], checked: false };
  const { blocks, unchecked } = planSteps({ a, b, changes });
  const hints = renames({ a, b, changes }).map(
    (text) => `-- If this is the same column under another name, write in place of its drop and add:\n--   ${text};`,
  );
  const parts = [
    ...(others.length === 0 ? [] : [others.join('\n')]),
    ...(unchecked ? ['-- Functions below name each other.\nset check_function_bodies = off;'] : []),
    ...hints,
    printPlan(blocks),
  ];
  const destructive = blocks.flatMap(({ loses }) => loses ?? []);
  return { sql: `${parts.filter(Boolean).join('\n\n')}\n`, changes: describe(changes), destructive, checked: false };
}

/**
 * Applies the migration to the session, which must be a scratch engine, and compares again. Answers what is still
 * different; nothing when the migration does what it says.
 */
export async function proveDifference(
  scratch: Session,
  migration: string,
  to: Side,
  scope: Scope = {},
): Promise<readonly string[]> {
  await scratch.exec(`begin;\n${migration}\ncommit;`);
  await scratch.exec(`set search_path to "$user", public, extensions`);
  const { changes } = compare(await readSide(scratch), to, scope);
  return describe(changes).map(({ title, how }) => `${how} ${title}`);
}

/** Extensions that something stands in for are in no catalog, and are made by the migration nevertheless. */
const withStandIns = (side: Side, { standIns }: Subject): Side => ({
  ...side,
  catalog: {
    ...side.catalog,
    extensions: [...side.catalog.extensions, ...standIns.map((each) => ({ ...each, version: '' }))],
  },
});

/** For the scratch copy, where they are at hand already. */
function withoutStandIns(sql: string, subjects: readonly Subject[]): string {
  const names = subjects.flatMap(({ standIns }) => standIns.map(({ name }) => quoteName(name)));
  return sql
    .split('\n')
    .filter(
      (line) =>
        !names.some((name) => new RegExp(`^(create extension if not exists|drop extension) ${name}\\b`).test(line)),
    )
    .join('\n');
}

/**
 * What turns `a` into `b`; each as findSubject takes it. Where `a` is not a live database the migration is applied to the
 * scratch copy and compared before it is handed out; it may be a folder without SQL. Throws ToolError: what openSubject throws, and a migration that does
 * not lead to `b`.
 */
export async function diffSchemas(a: string, b: string, scope: Scope = {}): Promise<Difference> {
  const [one, other] = [findSubject(a, true), findSubject(b)];
  let first: Subject | null = null;
  let second: Subject | null = null;
  try {
    first = await one.open(other.text());
    second = await other.open(one.text());
    const to = await readSide(second.session);
    const found = diffSides(withStandIns(await readSide(first.session), first), withStandIns(to, second), scope);
    if (first.kind === 'database' || found.changes.length === 0) return found;
    const left = await proveDifference(first.session, withoutStandIns(found.sql, [first, second]), to, scope).catch(
      (error: unknown) => {
        throw new ToolError(
          `The migration was made but does not apply to a copy of ${a}: ${error instanceof Error ? error.message : String(error)}`,
          { cause: error },
        );
      },
    );
    if (left.length > 0)
      throw new ToolError(
        `The migration was made but leaves differences on a copy of ${a}: ${left.slice(0, 5).join('; ')}`,
      );
    return { ...found, checked: true };
  } finally {
    await first?.session.close();
    await second?.session.close();
  }
}
