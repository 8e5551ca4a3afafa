// Nothing that somebody is told may depend on rows that are not theirs. So attempts are repeated in a database in which
// the stranger never was: whatever answers otherwise lets the stranger's rows shine through, be it by a count, a key, a
// reference or the text of an error.

import { quoteQualified } from '../quote.ts';
import type { Attempt, Outcome, WorldName } from './model.ts';
import { timeless } from './seen.ts';
import { runAttempts } from './trial.ts';
import type { Entry, Trial } from './trial-state.ts';
import { viewRead } from './try-callables.ts';

const other = (world: WorldName): WorldName => (world === 'b' ? 'a' : 'b');
const sameAnswer = (one: Outcome, two: Outcome): boolean =>
  one.state === two.state &&
  timeless(one.message) === timeless(two.message) &&
  timeless(one.answer ?? '') === timeless(two.answer ?? '') &&
  (one.attempt.command === 'insert' || one.affected === two.affected);

async function without(trial: Trial, world: WorldName, attempts: readonly Attempt[]): Promise<readonly Outcome[]> {
  const { session, fixture } = trial;
  const gone = Map.groupBy(
    fixture.rows.filter((row) => row.world === world && (row.people.size > 0 || row.containers.size > 0)),
    ({ relation }) => relation,
  );
  await session.exec('savepoint loam_absent');
  try {
    if (fixture.quiet) await session.exec('set session_replication_role = replica');
    for (const [relation, rows] of [...gone].reverse()) {
      const table = fixture.catalog.tables.find(({ oid }) => oid === relation);
      if (table !== undefined)
        await session.exec(
          `delete from only ${quoteQualified(table)} where ctid = any ('{${rows.map(({ place }) => `"${place}"`).join(',')}}'::tid[])`,
        );
    }
    if (fixture.quiet) await session.exec('set session_replication_role = origin');
    return await runAttempts(session, attempts);
  } finally {
    await session.exec('rollback to savepoint loam_absent; release savepoint loam_absent');
  }
}

export interface Difference {
  readonly entry: Entry;
  /** What was answered when the stranger was not there. */
  readonly without: Outcome;
}

/** Of these entries, those whose answer depends on the stranger. Answers that differ by themselves are left out. */
export async function findDifferences(trial: Trial, entries: readonly Entry[]): Promise<readonly Difference[]> {
  const found: Difference[] = [];
  for (const world of ['a', 'b'] as const) {
    const mine = entries.filter(({ actor }) => (actor.person?.world ?? 'a') === world && actor.kind !== 'service');
    const outcomes = await without(
      trial,
      other(world),
      mine.map(({ outcome }) => outcome.attempt),
    );
    const changed = mine.flatMap((entry, index) => {
      const outcome = outcomes[index];
      return outcome === undefined || sameAnswer(entry.outcome, outcome) ? [] : [{ entry, without: outcome }];
    });
    const again = await runAttempts(
      trial.session,
      changed.map(({ entry }) => entry.outcome.attempt),
    );
    found.push(
      ...changed.filter(({ entry }, index) => again[index] !== undefined && sameAnswer(entry.outcome, again[index])),
    );
  }
  return found;
}

/** Attempts whose answer could speak of others: everything but plain writes of one's own. */
export const isTelling = ({ command, detail, outcome }: Entry): boolean =>
  command === 'call' ||
  (command === 'insert' && !detail.startsWith('own ')) ||
  (command === 'update' && detail.startsWith('moved: ')) ||
  (command === 'select' && outcome.attempt.statement.startsWith(viewRead));
