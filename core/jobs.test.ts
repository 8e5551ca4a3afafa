// Jobs live in the database: they survive a restart, are tried again after a failure, and run once a key.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { openInstalled } from '../schema/open.ts';
import { preparedDump } from '../server/testing/database.ts';
import { type ClonedDatabase, emptyNative } from '../server/testing/native.ts';
import type { Database } from './database.ts';
import { type Jobs, startJobs } from './jobs.ts';
import { createLog } from './log.ts';

const log = createLog('silent');
const folder = mkdtempSync(join(tmpdir(), 'loam-jobs-'));
let native: ClonedDatabase;
before(async () => {
  native = await emptyNative(18);
});
after(async () => {
  await native.drop();
  rmSync(folder, { recursive: true });
});

let restored = false;
async function openFolder(): Promise<Database> {
  const from = restored ? {} : { from: await preparedDump() };
  restored = true;
  return (await openInstalled({ kind: 'pglite', dataDir: folder, ...from }, { version: 'test' })).db;
}
/** Each opens the same database again and again. */
const engines: readonly (readonly [string, () => Promise<Database>])[] = [
  ['PGlite', openFolder],
  [
    'native PostgreSQL 18',
    async () => (await openInstalled({ kind: 'postgres', url: native.url, supabase: false }, { version: 'test' })).db,
  ],
];

type Handler = Parameters<Jobs['work']>[1];
/** A handler that tells what it was given. */
function collect(): { handler: Handler; next: () => Promise<Record<string, unknown>>; count: () => number } {
  const done: Record<string, unknown>[] = [];
  const waiting: ((data: Record<string, unknown>) => void)[] = [];
  let count = 0;
  return {
    count: () => count,
    handler: async (data) => {
      count += 1;
      const taker = waiting.shift();
      if (taker === undefined) done.push(data);
      else taker(data);
    },
    next: async () => done.shift() ?? (await new Promise((resolve) => waiting.push(resolve))),
  };
}

const states = async (db: Database, name: string): Promise<unknown[]> =>
  (
    await db.runText(
      'jobs',
      'select state::text as state, retry_count from pgboss.job where name = $1 order by created_on',
      [name],
    )
  ).map(({ state, retry_count }) => [state, retry_count]);

for (const [engine, open] of engines) {
  describe(engine, () => {
    test('a job that was put down before a restart is done after it', async () => {
      const data = { document: 'O\'Reilly "ü" 🦫', list: [1, null, { deep: true }] };
      const first = await open();
      const putDown = await startJobs(first, log, { pollSeconds: 0.5 });
      await putDown.send('test-restart', data);
      await putDown.close();
      await first.close();

      const second = await open();
      const jobs = await startJobs(second, log, { pollSeconds: 0.5 });
      const { handler, next } = collect();
      await jobs.work('test-restart', handler);
      assert.deepEqual(await next(), data);
      await jobs.close();
      assert.deepEqual(await states(second, 'test-restart'), [['completed', 0]]);
      await second.close();
    });

    test('a job that fails is kept for another attempt, and the others go on', async () => {
      const db = await open();
      const jobs = await startJobs(db, log, { pollSeconds: 0.5 });
      const { handler, next } = collect();
      await jobs.work('test-failing', async (data, signal) => {
        assert.equal(signal.aborted, false);
        if (data['fail'] === true) throw new Error('failed on purpose');
        await handler(data, signal);
      });
      await jobs.send('test-failing', { fail: true });
      await jobs.send('test-failing', { fail: false });
      assert.deepEqual(await next(), { fail: false });
      await jobs.close();
      const [failed, done] = await states(db, 'test-failing');
      assert.deepEqual(
        [failed, done],
        [
          ['retry', 0],
          ['completed', 0],
        ],
      );
      await db.close();
    });

    test('one waiting job a key', async () => {
      const db = await open();
      const jobs = await startJobs(db, log, { pollSeconds: 0.5 });
      for (const count of [1, 2, 3]) await jobs.send('test-single', { count }, { singletonKey: 'purge' });
      await jobs.send('test-single', { count: 4 }, { singletonKey: 'other' });
      assert.equal((await states(db, 'test-single')).length, 2);
      const { handler, next, count } = collect();
      await jobs.work('test-single', handler);
      assert.deepEqual([(await next())['count'], (await next())['count']].toSorted(), [1, 4]);
      await jobs.close();
      assert.equal(count(), 2);
      await db.close();
    });

    test('a job for later is not done now', async () => {
      const db = await open();
      const jobs = await startJobs(db, log, { pollSeconds: 0.5 });
      const { handler, next, count } = collect();
      await jobs.work('test-later', handler);
      await jobs.send('test-later', { when: 'later' }, { startAfter: 3600 });
      await jobs.send('test-later', { when: 'now' });
      assert.deepEqual(await next(), { when: 'now' });
      await jobs.close();
      assert.equal(count(), 1);
      await db.close();
    });

    test('what runs by the clock is written down once', async () => {
      const db = await open();
      const jobs = await startJobs(db, log, { pollSeconds: 0.5 });
      for (const _ of [1, 2]) await jobs.schedule('test-clock', '0 3 * * *', async () => {});
      const rows = await db.runText('jobs', `select cron from pgboss.schedule where name = 'test-clock'`, []);
      assert.deepEqual(rows, [{ cron: '0 3 * * *' }]);
      await jobs.close();
      await db.close();
    });
  });
}
