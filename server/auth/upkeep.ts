// Upkeep of what grows with signing in: a token that was exchanged is kept while its reuse would tell of a theft.
import type { Database } from '../../core/database.ts';
import type { Jobs } from '../../core/jobs.ts';
import { removeUsedTokens } from './queries.ts';

/** A thief's copy that turns up later is unknown, and refused like any other. */
const keptDays = 30;

export const pruneTokens = async (db: Database): Promise<void> =>
  void (await db.asService('auth', removeUsedTokens({ days: keptDays })));

export async function scheduleAuthUpkeep(db: Database, jobs: Pick<Jobs, 'schedule'>): Promise<void> {
  await jobs.schedule('auth.upkeep', '41 3 * * *', () => pruneTokens(db));
}
