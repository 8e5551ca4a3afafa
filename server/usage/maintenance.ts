// What comes round: the sums of usage, the alerts, and, where the settings say so, old months and quiet conversations. Each
// is a function of the database that only the role loam_maintenance may call.
import type { Database } from '../../core/database.ts';
import type { Jobs } from '../../core/jobs.ts';
import type { Log } from '../../core/log.ts';
import { archiveMessages, checkAlerts, detachPartitions, summarizeUsage } from './queries.ts';

export interface Keeping {
  /** Months that the growing tables are kept; null keeps them for ever. */
  readonly logMonths: number | null;
  /** Days after which a quiet conversation's messages are put away; null leaves them where they are. */
  readonly archiveDays: number | null;
}

/** Long enough for a piece of the archive on an embedded engine. */
const deadline = 60_000;

export async function scheduleMaintenance(
  db: Database,
  jobs: Pick<Jobs, 'schedule'>,
  log: Log,
  { logMonths, archiveDays }: Keeping,
): Promise<void> {
  const has = (pattern: string): boolean => db.installed.patterns.has(pattern);
  if (has('ai-usage')) {
    await jobs.schedule('usage.summaries', '*/10 * * * *', async () => {
      await db.asService('maintenance', summarizeUsage(), { deadline });
    });
    await jobs.schedule('usage.alerts', '*/5 * * * *', async () => {
      const alerts = await db.asService('maintenance', checkAlerts(), { deadline });
      for (const { alert, state, detail } of alerts) if (state === 'fired') log.warn({ alert, detail }, 'alert');
    });
  }
  if (logMonths !== null)
    await jobs.schedule('usage.detach', '43 3 * * *', async () => {
      const detached = await db.asService('maintenance', detachPartitions({ months: logMonths }), { deadline });
      if (detached.length > 0) log.info({ partitions: detached.map(({ name }) => name) }, 'detached old months');
    });
  if (archiveDays !== null && has('chat'))
    await jobs.schedule('chat.archive', '7 4 * * *', async (signal) => {
      let moved = 0;
      while (!signal.aborted) {
        const [row] = await db.asService('maintenance', archiveMessages({ days: archiveDays }), { deadline });
        if (row === undefined || row.moved === 0) break;
        moved += row.moved;
      }
      if (moved > 0) log.info({ messages: moved }, 'put old messages away');
    });
}
