// Addresses that do not serve are refused when the server starts, with a sentence for people.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { after, before, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { Client } from 'pg';
import { openInstalled } from '../schema/open.ts';
import { type NativeDatabase, openNativeDatabase } from '../server/testing/database.ts';
import { startTransactionPooler } from '../server/testing/transaction-pooler.ts';
import { createDatabase, type Database } from './database.ts';
import { openAdmin, openPg } from './database-pg.ts';
import { statement } from './statement.ts';

const identity = statement({
  name: 'test_identity',
  text: `select session_user::text as session_role, current_setting('is_superuser') as superuser, current_setting('TimeZone') as zone`,
  columns: { session_role: 'text', superuser: 'text', zone: 'text' },
});
const sessionRole = 'authenticator';
let opened: NativeDatabase;
before(async () => {
  opened = await openNativeDatabase(18);
});
after(() => opened.close());

async function withAdmin<T>(work: (admin: Awaited<ReturnType<typeof openAdmin>>) => Promise<T>): Promise<T> {
  const admin = await openAdmin(opened.adminUrl);
  try {
    return await work(admin);
  } finally {
    await admin.close();
  }
}

test('an address where nobody answers', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  assert.ok(address !== null && typeof address === 'object');
  server.close();
  await once(server, 'close');
  const url = `postgres://nobody:hidden-password@127.0.0.1:${address.port}/none`;
  for (const attempt of [() => openPg({ url, sessionRole }), () => openAdmin(url)]) {
    await assert.rejects(
      attempt(),
      (error) =>
        error instanceof Error &&
        /does not answer: .*ECONNREFUSED/.test(error.message) &&
        !error.message.includes('hidden'),
    );
  }
});

test('a login that passes row-level security', async () => {
  await withAdmin((admin) => admin.exec('create role loam_test_bypass login bypassrls'));
  const url = opened.url.replace('authenticator@', 'loam_test_bypass@');
  await assert.rejects(
    openPg({ url, sessionRole }),
    /loam_test_bypass, which passes row-level security.*LOAM_ADMIN_DATABASE_URL/,
  );
  await withAdmin((admin) => admin.exec('drop role loam_test_bypass'));
});

test('a superuser is put under the role of the application, on each of its connections', async () => {
  const { db } = await openInstalled(
    { kind: 'postgres', url: opened.adminUrl, supabase: false, poolSize: 3 },
    { version: 'test' },
  );
  try {
    const expected = { session_role: sessionRole, superuser: 'off', zone: 'UTC' };
    const rows = await Promise.all(Array.from({ length: 9 }, () => db.asService('auth', identity())));
    for (const [row] of rows) assert.deepEqual(row, expected);
    assert.deepEqual((await db.runText('jobs', 'select session_user::text as name', []))[0], { name: sessionRole });
  } finally {
    await db.close();
  }
});

interface SessionPooler {
  readonly url: string;
  /** When connections were asked for, in milliseconds. */
  readonly asked: number[];
  /** Breaks all connections and accepts no more, until `returns`. */
  goes(): void;
  returns(): void;
  stop(): void;
}

/** A pooler that lends sessions: everything passes, but what it says of the server's process is made up. */
async function startSessionPooler(): Promise<SessionPooler> {
  const target = new URL(opened.url);
  const [port, host] = [Number(target.port), target.hostname];
  const clients = new Set<Socket>();
  const asked: number[] = [];
  let isAway = false;
  const server = createServer((client) => {
    asked.push(performance.now());
    if (isAway) return void client.destroy();
    clients.add(client);
    const upstream = connect(port, host);
    client
      .on('error', () => upstream.destroy())
      .on('close', () => {
        clients.delete(client);
        upstream.destroy();
      })
      .pipe(upstream);
    upstream.on('error', () => client.destroy()).on('close', () => client.destroy());
    let rest = Buffer.alloc(0);
    upstream.on('data', (part: Buffer) => {
      rest = Buffer.concat([rest, part]);
      // A message is one byte of type and four of length, which counts itself.
      while (rest.length >= 5 && rest.length > rest.readInt32BE(1)) {
        const message = rest.subarray(0, rest.readInt32BE(1) + 1);
        rest = rest.subarray(message.length);
        if (message.toString('latin1', 0, 1) === 'K') message.writeInt32BE(7, 5);
        client.write(message);
      }
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  assert.ok(address !== null && typeof address === 'object');
  target.port = String(address.port);
  return {
    url: target.href,
    asked,
    goes: () => {
      isAway = true;
      for (const client of clients) client.destroy();
    },
    returns: () => {
      isAway = false;
    },
    stop: () => void server.close(),
  };
}

test('a pooler of transactions is refused, for working and for installing, and nothing is set in its session', async () => {
  const pooler = await startTransactionPooler(opened.adminUrl);
  try {
    await assert.rejects(openPg({ url: pooler.url, sessionRole }), /pooler in session mode/);
    await assert.rejects(openAdmin(pooler.url), /pooler in session mode/);
    const client = new Client({ connectionString: pooler.url });
    await client.connect();
    const { rows } = await client.query(`select name from pg_settings where source = 'session'`);
    assert.deepEqual(rows, []);
    await client.end();
  } finally {
    pooler.stop();
  }
});

test('a pooler that lends sessions serves', async () => {
  const pooler = await startSessionPooler();
  const driver = await openPg({ url: pooler.url, sessionRole });
  const db = createDatabase(driver, opened.db.installed);
  assert.equal((await db.asService('auth', identity()))[0]?.session_role, sessionRole);
  await db.close();
  pooler.stop();
});

test('while the server is away the listener asks with growing pauses, and stands once when it is back', async () => {
  const pooler = await startSessionPooler();
  const driver = await openPg({ url: pooler.url, sessionRole });
  const db = createDatabase(driver, opened.db.installed);
  const heard: (string | null)[] = [];
  const arrivals = new EventTarget();
  await db.listen('loam_test', (payload) => {
    heard.push(payload);
    arrivals.dispatchEvent(new Event('arrival'));
  });
  const from = pooler.asked.length;
  const isBack = once(arrivals, 'arrival');
  pooler.goes();
  while (pooler.asked.length < from + 4) await setTimeout(10);
  const times = pooler.asked.slice(from);
  // At once, then after 100, 200 and 400 ms: a busy machine makes it longer, never shorter.
  assert.ok((times[3] ?? 0) - (times[0] ?? 0) >= 600, times.map((time) => time - (times[0] ?? 0)).join(' '));
  await assert.rejects(
    db.listen('loam_other', () => {}),
    'who asks to listen meanwhile is told',
  );
  pooler.returns();
  await isBack;
  await db.listen('loam_other', () => {});
  const told = once(arrivals, 'arrival');
  await withAdmin((admin) => admin.exec(`notify loam_test, 'back'`));
  await told;
  assert.deepEqual(heard, [null, 'back']);
  await db.close();
  pooler.stop();
});

test('closing twice is closing once, and leaves no connection', async () => {
  await withAdmin(async (admin) => {
    const sessions = async () =>
      (
        await admin.rows(
          `select pid from pg_stat_activity
           where datname = current_database() and backend_type = 'client backend' and pid <> pg_backend_pid()`,
        )
      ).map(([pid]) => pid);
    const others = new Set(await sessions());
    const driver = await openPg({ url: opened.url, sessionRole });
    const db: Database = createDatabase(driver, opened.db.installed);
    await db.listen('loam_test', () => {});
    await db.asService('auth', identity());
    const own = new Set((await sessions()).filter((pid) => !others.has(pid)));
    assert.ok(own.size >= 2, 'one that listens and one that asks');
    await Promise.all([db.close(), db.close()]);
    // The server's processes end a little after their connections.
    while ((await sessions()).some((pid) => own.has(pid)));
  });
});
