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

/** Seconds between two looks of a worker that nobody rings: longer than any test. */
const never = 600;

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

const states = async (db: Database, name: string): Promise<unknown[][]> =>
  (
    await db.runText(
      'jobs',
      'select state::text as state, retry_count from pgboss.job where name = $1 order by created_on',
      [name],
    )
  ).map(({ state, retry_count }) => [state, retry_count]);

for (const [engine, open] of engines) {
  describe(engine, () => {
    let db: Database;
    after(() => db.close());

    test('a job that was put down before a restart is done after it', async () => {
      const data = { document: 'O\'Reilly "ü" 🦫', list: [1, null, { deep: true }] };
      const first = await open();
      const putDown = await startJobs(first, log, { pollSeconds: 0.5 });
      await putDown.send('test-restart', data);
      await putDown.close();
      await first.close();

      db = await open();
      const jobs = await startJobs(db, log, { pollSeconds: 0.5 });
      const { handler, next } = collect();
      await jobs.work('test-restart', handler);
      assert.deepEqual(await next(), data);
      await jobs.close();
      assert.deepEqual(await states(db, 'test-restart'), [['completed', 0]]);
    });

    test('a job that fails is kept for another attempt, and the others go on', async () => {
      const jobs = await startJobs(db, log, { pollSeconds: 0.5 });
      const { handler, next } = collect();
      await jobs.work('test-failing', async (data, signal) => {
        assert.equal(signal.aborted, false);
        if (data['fail'] === true) throw new Error('failed on purpose');
        await handler(data, signal);
      });
      // More attempts than the time of the test has room for: however often it was tried, it is kept for another.
      await jobs.send('test-failing', { fail: true }, { retryLimit: 1000 });
      await jobs.send('test-failing', { fail: false });
      assert.deepEqual(await next(), { fail: false });
      await jobs.close();
      const [failed, done] = await states(db, 'test-failing');
      assert.deepEqual([failed?.[0], done], ['retry', ['completed', 0]]);
    });

    test('jobs that came together wait for each other, not for the next look', async () => {
      const early = await startJobs(db, log);
      for (const count of [1, 2, 3]) await early.send('test-together', { count });
      await early.close();
      const jobs = await startJobs(db, log, { pollSeconds: never });
      const { handler, next } = collect();
      await jobs.work('test-together', handler);
      await Promise.all([4, 5, 6].map((count) => jobs.send('test-together', { count })));
      const done = [];
      for (let count = 0; count < 6; count += 1) done.push((await next())['count']);
      assert.deepEqual(done.toSorted(), [1, 2, 3, 4, 5, 6]);
      await jobs.close();
    });

    test('a failed job is tried again after its pause, not at the next look', async () => {
      const jobs = await startJobs(db, log, { pollSeconds: never });
      const { handler, next, count } = collect();
      await jobs.work('test-again', async (data, signal) => {
        const tried = count();
        await handler(data, signal);
        if (tried === 0) throw new Error('failed on purpose');
      });
      await jobs.send('test-again', { try: true });
      for (let attempt = 0; attempt < 2; attempt += 1) assert.deepEqual(await next(), { try: true });
      await jobs.close();
      assert.deepEqual(await states(db, 'test-again'), [['completed', 1]]);
    });

    test('one waiting job a key', async () => {
      const jobs = await startJobs(db, log, { pollSeconds: 0.5 });
      for (const count of [1, 2, 3]) await jobs.send('test-single', { count }, { singletonKey: 'purge' });
      await jobs.send('test-single', { count: 4 }, { singletonKey: 'other' });
      assert.equal((await states(db, 'test-single')).length, 2);
      const { handler, next, count } = collect();
      await jobs.work('test-single', handler);
      assert.deepEqual([(await next())['count'], (await next())['count']].toSorted(), [1, 4]);
      await jobs.close();
      assert.equal(count(), 2);
    });

    test('a job for later is not done now', async () => {
      const jobs = await startJobs(db, log, { pollSeconds: 0.5 });
      const { handler, next, count } = collect();
      await jobs.work('test-later', handler);
      await jobs.send('test-later', { when: 'later' }, { startAfter: 3600 });
      await jobs.send('test-later', { when: 'now' });
      assert.deepEqual(await next(), { when: 'now' });
      await jobs.close();
      assert.equal(count(), 1);
    });

    test('what runs by the clock is written down once', async () => {
      const jobs = await startJobs(db, log, { pollSeconds: 0.5 });
      for (const _ of [1, 2]) await jobs.schedule('test-clock', '0 3 * * *', async () => {});
      const rows = await db.runText('jobs', `select cron from pgboss.schedule where name = 'test-clock'`, []);
      assert.deepEqual(rows, [{ cron: '0 3 * * *' }]);
      await jobs.close();
    });
  });
}
