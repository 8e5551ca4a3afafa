// Upkeep of the tables that grow with use: partitions ahead of time, and counts of attempts that are over.
import type { Database } from '../../core/database.ts';
import type { Jobs } from '../../core/jobs.ts';
import { ensurePartitions, removeOldCounts } from './queries.ts';

export async function scheduleUsageUpkeep(db: Database, jobs: Pick<Jobs, 'schedule'>): Promise<void> {
  await jobs.schedule('usage.upkeep', '29 3 * * *', async () => {
    await db.asService('maintenance', [ensurePartitions(), removeOldCounts()]);
  });
}
