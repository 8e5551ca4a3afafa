// What happens when a statement takes too long, the engine dies, or two transactions block each other: the caller is
// told, the others may try again, acknowledged rows stay, and no identity is left behind.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, renameSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { openInstalled } from '../schema/open.ts';
import { type NativeDatabase, openNativeDatabase, preparedDump } from '../server/testing/database.ts';
import { createUser, type TestUser } from '../server/testing/users.ts';
import type { Database } from './database.ts';
import { openAdmin } from './database-pg.ts';
import { AppError } from './errors.ts';
import { newId } from './ids.ts';
import { statement } from './statement.ts';

const sleep = statement({
  name: 'test_sleep',
  text: 'select pg_sleep($1)',
  params: { seconds: 'float8' },
  columns: { pg_sleep: 'void' },
});
const who = statement({
  name: 'test_loss_who',
  text: 'select session_user::text as session_role, current_user::text as role, auth.uid() as uid, pg_backend_pid() as pid',
  columns: { session_role: 'text', role: 'text', uid: 'uuid?', pid: 'int4' },
});
const allowed = statement({
  name: 'test_loss_allowed',
  text: `select current_setting('statement_timeout') as timeout`,
  columns: { timeout: 'text' },
});
const insert = statement({
  name: 'test_loss_insert',
  text: 'insert into conversations (id, user_id, title) values ($1, $2, $3) returning id',
  params: { id: 'uuid', user_id: 'uuid', title: 'text' },
  columns: { id: 'uuid' },
});
const titles = statement({
  name: 'test_loss_titles',
  text: 'select title from conversations order by title',
  columns: { title: 'text?' },
});
const rename = statement({
  name: 'test_loss_rename',
  text: 'update conversations set title = $2 where id = $1',
  params: { id: 'uuid', title: 'text' },
});
const notify = statement({
  name: 'test_loss_notify',
  text: 'select pg_notify($1, $2)',
  params: { channel: 'text', payload: 'text' },
  columns: { pg_notify: 'void' },
});

const hasCode =
  (...codes: string[]) =>
  (error: unknown) =>
    error instanceof AppError && codes.includes(error.code);

/** Collects what a channel says; `next` resolves with what comes next. */
async function hear(db: Database, channel: string) {
  const waiting: ((payload: string | null) => void)[] = [];
  const heard: (string | null)[] = [];
  await db.listen(channel, (payload) => {
    const taker = waiting.shift();
    if (taker === undefined) heard.push(payload);
    else taker(payload);
  });
  return (): Promise<string | null> =>
    heard.length > 0 ? Promise.resolve(heard.shift() ?? null) : new Promise((resolve) => waiting.push(resolve));
}

/** Asks until the database answers again; each refusal on the way must be one that says "try again". */
async function afterReturn<T>(ask: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      assert.ok(
        error instanceof AppError && error.code === 'database_unavailable' && error.retryAfter !== undefined,
        String(error),
      );
      await setImmediate();
    }
  }
}

async function assertClean(db: Database, user: TestUser): Promise<void> {
  const [mine] = await db.asUser(user.claims, who());
  assert.deepEqual([mine?.session_role, mine?.role, mine?.uid], ['authenticator', 'authenticated', user.id]);
  const [service] = await db.asService('ingest', who());
  assert.deepEqual([service?.session_role, service?.role, service?.uid], ['authenticator', 'loam_ingest', null]);
}

describe('PGlite', () => {
  const folder = mkdtempSync(join(tmpdir(), 'loam-loss-'));
  let db: Database;
  let anna: TestUser;
  let berta: TestUser;
  before(async () => {
    ({ db } = await openInstalled(
      { kind: 'pglite', dataDir: folder, from: await preparedDump() },
      { version: 'test' },
    ));
    anna = await createUser(db, 'anna@example.com');
    berta = await createUser(db, 'berta@example.com');
    await db.asUser(berta.claims, insert({ id: newId(), user_id: berta.id, title: 'Acknowledged' }));
  });
  after(async () => {
    await db.close();
    rmSync(folder, { recursive: true });
  });

  test('a slow statement leaves HTTP on the main thread alone', async () => {
    const server = createServer((_, response) => response.end('ok')).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    assert.ok(address !== null && typeof address === 'object');
    let isRunning = true;
    const slow = db.asUser(anna.claims, sleep({ seconds: 2 })).finally(() => {
      isRunning = false;
    });
    let answers = 0;
    while (isRunning) {
      assert.equal(await (await fetch(`http://127.0.0.1:${address.port}/`)).text(), 'ok');
      if (isRunning) answers += 1;
    }
    await slow;
    server.close();
    assert.ok(answers >= 3, `${answers} answers before the statement ended`);
  });

  for (const [name, run] of Object.entries<(deadline: number) => Promise<unknown>>({
    'a statement': (deadline) => db.asUser(anna.claims, sleep({ seconds: 60 }), { deadline }),
    'a transaction': (deadline) =>
      db.asUser(
        anna.claims,
        async (tx) => {
          await tx.one(insert({ id: newId(), user_id: anna.id, title: 'Never committed' }));
          await tx.rows(sleep({ seconds: 60 }));
        },
        { deadline },
      ),
  })) {
    test(`${name} past its deadline is stopped; the others may try again; what was acknowledged stays`, async () => {
      const next = await hear(db, 'loam_test');
      const slow = run(300);
      const waiting = [
        db.asUser(berta.claims, titles()),
        db.asUser(berta.claims, async (tx) => await tx.rows(titles())),
        db.asService('auth', who()),
      ];
      await assert.rejects(slow, hasCode('database_deadline'));
      for (const result of await Promise.allSettled(waiting))
        if (result.status === 'rejected')
          assert.ok(hasCode('database_unavailable')(result.reason), String(result.reason));
      assert.deepEqual(await afterReturn(() => db.asUser(berta.claims, titles())), [{ title: 'Acknowledged' }]);
      assert.deepEqual(await db.asUser(anna.claims, titles()), []);
      await assertClean(db, anna);
      await assertClean(db, berta);
      assert.equal(await next(), null, 'listeners learn that they may have missed something');
      await db.asService('auth', notify({ channel: 'loam_test', payload: 'again' }));
      assert.equal(await next(), 'again');
    });
  }

  test('an engine that cannot be opened again refuses everything, and is tried again', async () => {
    const inner = join(folder, 'postgres');
    const slow = db.asUser(anna.claims, sleep({ seconds: 60 }), { deadline: 100 });
    // What comes back from an empty folder is a database without roles: it must not be used.
    renameSync(inner, `${inner}-away`);
    await assert.rejects(slow, hasCode('database_deadline'));
    await assert.rejects(db.asUser(berta.claims, titles()), hasCode('database_unavailable'));
    rmSync(inner, { recursive: true, force: true });
    renameSync(`${inner}-away`, inner);
    assert.deepEqual(await afterReturn(() => db.asUser(berta.claims, titles())), [{ title: 'Acknowledged' }]);
    await assertClean(db, berta);
  });
});

describe('native PostgreSQL 18', () => {
  let opened: NativeDatabase;
  let db: Database;
  let anna: TestUser;
  let berta: TestUser;
  let admin: Awaited<ReturnType<typeof openAdmin>>;
  before(async () => {
    opened = await openNativeDatabase(18);
    db = opened.db;
    anna = await createUser(db, 'anna@example.com');
    berta = await createUser(db, 'berta@example.com');
    admin = await openAdmin(opened.adminUrl);
    await db.asUser(berta.claims, insert({ id: newId(), user_id: berta.id, title: 'Acknowledged' }));
  });
  after(async () => {
    await admin.close();
    await opened.close();
  });

  test('a statement past its deadline is stopped, and nobody else notices', async () => {
    const slow = db.asUser(anna.claims, sleep({ seconds: 60 }), { deadline: 200 });
    assert.deepEqual(await db.asUser(berta.claims, titles()), [{ title: 'Acknowledged' }]);
    await assert.rejects(slow, hasCode('database_deadline'));
    for (let count = 0; count < 8; count++) await assertClean(db, berta);
  });

  test('the deadline of one request does not hold for the next on its connection', async () => {
    const ask = async (options?: { deadline: number }) =>
      (await Promise.all(Array.from({ length: 6 }, () => db.asUser(anna.claims, allowed(), options)))).flat();
    assert.deepEqual(await ask({ deadline: 30_000 }), Array(6).fill({ timeout: '30s' }));
    assert.deepEqual(await ask(), Array(6).fill({ timeout: '10s' }), 'the default');
  });

  test('of two transactions that block each other one may try again, the other commits', async () => {
    const [first, second] = [newId(), newId()];
    await db.asUser(
      anna.claims,
      [first, second].map((id) => insert({ id, user_id: anna.id, title: 'Untouched' })),
    );
    // Both have their connections before they race: opening one takes longer than noticing that two block each other.
    await Promise.all([1, 2].map(() => db.asUser(anna.claims, who())));
    const gates = [Promise.withResolvers<void>(), Promise.withResolvers<void>()] as const;
    const swap = (own: string, other: string, mine: 0 | 1) =>
      db.asUser(anna.claims, async (tx) => {
        await tx.rows(rename({ id: own, title: `By ${mine}` }));
        gates[mine].resolve();
        await gates[mine === 0 ? 1 : 0].promise;
        await tx.rows(rename({ id: other, title: `By ${mine}` }));
      });
    const results = await Promise.allSettled([swap(first, second, 0), swap(second, first, 1)]);
    const failed = results.flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : []));
    assert.equal(failed.length, 1);
    assert.ok(hasCode('database_unavailable')(failed[0]), String(failed[0]));
    const winner = results[0].status === 'fulfilled' ? 'By 0' : 'By 1';
    assert.deepEqual(await db.asUser(anna.claims, titles()), [{ title: winner }, { title: winner }]);
    for (let count = 0; count < 8; count++) await assertClean(db, berta);
  });

  test('a connection that dies under a transaction is not used again', async () => {
    const lost = db.asUser(anna.claims, async (tx) => {
      await tx.one(insert({ id: newId(), user_id: anna.id, title: 'Never committed' }));
      const { pid } = await tx.one(who());
      await admin.rows(`select pg_terminate_backend(${pid})`);
      await tx.rows(titles());
    });
    await assert.rejects(lost, hasCode('database_unavailable'));
    const rows = await afterReturn(() => db.asUser(anna.claims, titles()));
    assert.ok(!rows.some(({ title }) => title === 'Never committed'));
    await assertClean(db, berta);
  });

  test('connections that died while idle cost at most a retry', async () => {
    await Promise.all(Array.from({ length: 6 }, () => db.asUser(anna.claims, who())));
    await admin.rows(
      `select pg_terminate_backend(pid) from pg_stat_activity where usename = 'authenticator' and datname = current_database()`,
    );
    for (let count = 0; count < 8; count++) await afterReturn(() => db.asUser(berta.claims, titles()));
    await assertClean(db, berta);
  });

  test('a listener whose connection dies hears null and then goes on', async () => {
    const next = await hear(db, 'loam_test');
    await admin.rows(
      `select pg_terminate_backend(pid) from pg_stat_activity where query like 'listen %' and datname = current_database()`,
    );
    assert.equal(await next(), null);
    await admin.rows(`select pg_notify('loam_test', 'again')`);
    assert.equal(await next(), 'again');
  });

  test('a server that falls silent costs the connection, not the process', async () => {
    const silent = db.asUser(
      anna.claims,
      async (tx) => {
        const { pid } = await tx.one(who());
        process.kill(pid, 'SIGSTOP');
        try {
          await tx.rows(titles());
        } finally {
          process.kill(pid, 'SIGCONT');
        }
      },
      { deadline: 200 },
    );
    await assert.rejects(silent, hasCode('database_deadline'));
    for (let count = 0; count < 8; count++) await assertClean(db, berta);
  });
});
