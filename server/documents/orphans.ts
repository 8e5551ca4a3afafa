// Files that no document speaks of: uploads that broke off, rows that were removed by hand. The database queues them, and
// here their bytes go, then their rows. Safe to repeat.
import type { Jobs } from '../../core/jobs.ts';
import type { Log } from '../../core/log.ts';
import { removeObject, type Storage } from '../storage/storage.ts';
import { endDeletion, listDeletions, noteFailedDeletion, queueOrphans } from './orphan-queries.ts';

/** Answers how many files went. */
export async function removeOrphans(storage: Storage, log: Log): Promise<number> {
  const { db } = storage;
  let removed = 0;
  for (;;) {
    const due = await db.asService('storage', listDeletions());
    const before = removed;
    for (const { name } of due) {
      try {
        await removeObject(storage, 'documents', name);
        await db.asService('storage', endDeletion({ bucket: 'documents', name }));
        removed += 1;
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        await db.asService('storage', noteFailedDeletion({ bucket: 'documents', name, error: reason }));
        log.warn({ err: error }, 'a queued file could not be removed');
      }
    }
    if (due.length < 100 || removed === before) return removed;
  }
}

export async function scheduleOrphans(storage: Storage, log: Log, jobs: Pick<Jobs, 'schedule'>): Promise<void> {
  await jobs.schedule('documents.orphans', '51 * * * *', async () => {
    await storage.db.asService('maintenance', queueOrphans(), { deadline: 60_000 });
    const removed = await removeOrphans(storage, log);
    if (removed > 0) log.info({ files: removed }, 'removed files that nothing speaks of');
  });
}
