// Rows into usage_logs: once each, also when the database is away, and seen by their owner alone.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Database } from '../../core/database.ts';
import { AppError } from '../../core/errors.ts';
import { newId } from '../../core/ids.ts';
import { createLog } from '../../core/log.ts';
import { statement } from '../../core/statement.ts';
import { openTestDatabase, type TestDatabase } from '../testing/database.ts';
import { createUser, type TestUser } from '../testing/users.ts';
import { openLedger, type UsageRow } from './ledger.ts';

let opened: TestDatabase;
let db: Database;
let ann: TestUser;
let ben: TestUser;
before(async () => {
  opened = await openTestDatabase();
  db = opened.db;
  await createUser(db, 'admin@example.com');
  ann = await createUser(db, 'ann@example.com');
  ben = await createUser(db, 'ben@example.com');
});
after(() => opened.close());

const log = createLog('silent');
const row = (user: TestUser, more: Partial<UsageRow> = {}): UsageRow => ({
  id: newId(),
  created_at: Date.now() / 1000,
  user_id: user.id,
  request_id: 'req_1',
  action: 'chat',
  provider: 'openai',
  model: 'm',
  input_tokens: 10,
  output_tokens: 5,
  cost_usd: '0.000000000000001',
  latency_ms: 1,
  status: 'completed',
  ...more,
});

const readTotals = statement({
  name: 'ledger_test_totals',
  text: 'select total_tokens_used, total_cost_usd from user_profiles where id = $1',
  params: { id: 'uuid' },
  columns: { total_tokens_used: 'int8', total_cost_usd: 'numeric' },
});
const countRows = statement({
  name: 'ledger_test_count',
  text: 'select count(*) as rows, sum(tokens_used)::bigint as tokens from usage_logs',
  columns: { rows: 'int8?', tokens: 'int8?' },
});
const seen = async (user: TestUser) => (await db.asUser(user.claims, countRows()))[0];
const totals = async (user: TestUser) => (await db.asUser(user.claims, readTotals({ id: user.id })))[0];

/** A database that fails as told before it does what it is asked. */
function failing(failures: Error[], reallyWrites = false): Database {
  return {
    ...db,
    asService: (async (who: 'ledger', query: never) => {
      const failure = failures.shift();
      if (failure !== undefined && reallyWrites) await db.asService(who, query);
      if (failure !== undefined) throw failure;
      return db.asService(who, query);
    }) as Database['asService'], // checked: the ledger uses this one form
  };
}

test('rows arrive once and count towards their own user only', async () => {
  const ledger = openLedger(db, log);
  for (let count = 0; count < 3; count++) ledger.add(row(ann));
  ledger.add(row(ben, { input_tokens: 1_000, cost_usd: '0.25' }));
  await ledger.flush();
  assert.deepEqual(await seen(ann), { rows: 3, tokens: 45 });
  assert.deepEqual(await seen(ben), { rows: 1, tokens: 1_005 });
  assert.equal((await totals(ann))?.total_tokens_used, 45);
  assert.deepEqual(await totals(ben), { total_tokens_used: 1_005, total_cost_usd: '0.2500000000' });
  await ledger.close();
});

test('a database that is away for a moment loses nothing', async () => {
  const before = await seen(ann);
  const away = () => new AppError('database_unavailable');
  const ledger = openLedger(failing([away(), away()]), log);
  ledger.add(row(ann));
  await ledger.flush();
  assert.deepEqual(await seen(ann), before);
  await ledger.close();
  assert.equal((await seen(ann))?.rows, (before?.rows ?? 0) + 1);
});

test('a batch whose fate was unknown is sent again and counted once', async () => {
  const [rows, sums] = [await seen(ann), await totals(ann)];
  const ledger = openLedger(failing([new AppError('database_deadline')], true), log);
  ledger.add(row(ann));
  await ledger.close();
  assert.equal((await seen(ann))?.rows, (rows?.rows ?? 0) + 1);
  assert.equal((await totals(ann))?.total_tokens_used, (sums?.total_tokens_used ?? 0) + 15);
});

test('a retried batch of which a part is written counts the rest, and only the rest', async () => {
  const rows = await seen(ann);
  const written = row(ann);
  const first = openLedger(db, log);
  first.add(written);
  await first.close();
  const ledger = openLedger(failing([new AppError('database_unavailable')]), log);
  ledger.add(written);
  ledger.add(row(ann));
  await ledger.close();
  assert.equal((await seen(ann))?.rows, (rows?.rows ?? 0) + 2);
  assert.equal((await totals(ann))?.total_tokens_used, ((rows?.rows ?? 0) + 2) * 15);
});

test('one row that the database refuses does not hold back the others', async () => {
  const before = await seen(ann);
  const ledger = openLedger(db, log);
  for (let count = 0; count < 7; count++) ledger.add(row(ann, count === 3 ? { output_tokens: -1 } : {}));
  await ledger.close();
  assert.equal((await seen(ann))?.rows, (before?.rows ?? 0) + 6);
});

test('a call of an account that has gone is kept without a name', async () => {
  const ledger = openLedger(db, log);
  ledger.add(row({ ...ann, id: newId() }, { request_id: 'req_ghost' }));
  ledger.add(row(ann, { request_id: 'req_known' }));
  await ledger.close();
  const find = statement({
    name: 'ledger_test_find',
    text: 'select user_id from usage_logs where request_id in ($1, $2) order by request_id',
    params: { one: 'text', two: 'text' },
    columns: { user_id: 'uuid?' },
  });
  assert.deepEqual(await db.asService('ledger', find({ one: 'req_ghost', two: 'req_known' })), [
    { user_id: null },
    { user_id: ann.id },
  ]);
});

test('nobody writes usage, changes it or looks at another’s: not in the table, not in its parts, not in the view', async () => {
  const forbidden = [
    "insert into usage_logs (request_id, action, provider, model, latency_ms, status) values ('r', 'chat', 'p', 'm', 1, 'completed')",
    'update usage_logs set cost_usd = 0',
    'delete from usage_logs',
    'select * from loam_partitions.usage_logs_default',
    'update user_profiles set total_cost_usd = 0',
  ];
  for (const [index, text] of forbidden.entries()) {
    const attack = statement({ name: `ledger_test_attack_${index}`, text });
    await assert.rejects(db.asUser(ben.claims, attack()), { code: 'forbidden' }, text);
  }
  const metrics = statement({
    name: 'ledger_test_metrics',
    text: 'select model_name, tokens_input, success from model_metrics',
    columns: { model_name: 'text?', tokens_input: 'int8?', success: 'bool?' },
  });
  assert.deepEqual(await db.asUser(ben.claims, metrics()), [
    { model_name: 'openai/m', tokens_input: 1_000, success: true },
  ]);
  const erase = statement({ name: 'ledger_test_erase', text: 'delete from usage_logs' });
  await assert.rejects(db.asService('ledger', erase()), { code: 'forbidden' });
});
