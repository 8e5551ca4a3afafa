// Usage: who may write and read it, sums that are right for late calls too, budgets, quotas, alerts, reports, prices.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { openSpeaker, type Speaker } from './speak-as.ts';

const admin = 'aaaaaaaa-0000-4000-8000-00000000000a';
const anna = 'aaaaaaaa-0000-4000-8000-000000000001';
const berta = 'bbbbbbbb-0000-4000-8000-000000000002';
const denied = '42501';

let db: Speaker;
before(async () => {
  db = await openSpeaker();
  for (const [id, name] of [
    [admin, 'admin'],
    [anna, 'anna'],
    [berta, 'berta'],
  ] as const)
    await db.addPerson(id, `${name}@example.com`);
  await db.as('owner', `update user_profiles set role = 'admin' where id = '${admin}'`);
});
after(() => db.close());

interface Call {
  readonly at?: string;
  readonly model?: string;
  readonly input?: number;
  readonly cost?: string | null;
  readonly status?: string;
  readonly error?: string;
  readonly latency?: number;
  readonly request?: string;
}
const insertCalls = (user: string, calls: readonly Call[]): string =>
  `insert into usage_logs (created_at, user_id, request_id, action, provider, model, input_tokens, output_tokens, cost_usd, latency_ms, status, error_code, error_message)
     values ${calls
       .map(
         ({
           at = 'now()',
           model = 'small',
           input = 100,
           cost = '0.01',
           status = 'completed',
           error,
           latency = 100,
           request = 'r',
         }) =>
           `(${at}, '${user}', '${request}', 'chat', 'p', '${model}', ${input}, 10, ${cost ?? 'null'}, ${latency}, '${status}', ${error === undefined ? 'null, null' : `'upstream_error', '${error}'`})`,
       )
       .join(', ')}`;
const log = (user: string, calls: readonly Call[]): Promise<unknown> => db.as('loam_ledger', insertCalls(user, calls));
const summarize = (): Promise<string | null> => db.ask('loam_maintenance', 'select loam.summarize_usage()');

test('people write neither usage nor sums, budgets, events or cached answers', async () => {
  const writes = [
    `insert into usage_logs (user_id, request_id, action, provider, model, latency_ms, status) values ('${anna}', 'r', 'chat', 'p', 'm', 1, 'completed')`,
    'delete from usage_logs',
    'update usage_summaries set cost_usd = 0',
    'delete from usage_summaries',
    'select * from usage_pending',
    `insert into budgets (name, limit_usd) values ('mine', 1000)`,
    'update budgets set spent_usd = 0',
    `insert into budget_reservations (id, budget_id, period_start, amount_usd, amount_tokens, expires_at) values (gen_random_uuid(), gen_random_uuid(), now(), 0, 0, now())`,
    `insert into usage_quotas (resource, limit_value) values ('tokens', 1000000)`,
    `insert into alert_events (user_id, kind, message) values ('${anna}', 'usage', 'x')`,
    `insert into response_cache (user_id, request_hash, provider, model, response, expires_at) values ('${anna}', repeat('0', 64), 'p', 'm', '{}', now())`,
    `select loam.reserve_budgets(gen_random_uuid(), '{}', 0, 0)`,
    'select loam.summarize_usage()',
    'select * from loam.check_alerts()',
  ];
  for (const text of writes) assert.equal(await db.attempt(anna, text), denied, text);
  assert.equal(await db.attempt(admin, 'update budgets set spent_usd = 0'), denied);
  assert.equal(
    await db.attempt(
      anna,
      `insert into usage_alerts (name, metric, threshold, scope) values ('all', 'cost_usd', 0, 'installation')`,
    ),
    denied,
  );
  assert.equal(
    await db.attempt(
      anna,
      `insert into usage_alerts (user_id, name, metric, threshold) values ('${berta}', 'x', 'cost_usd', 0)`,
    ),
    denied,
  );
});

test('sums are those of the ledger, made twice or once, late calls and all', async () => {
  const hour = `'2026-03-29 01:30+00'`;
  await log(anna, [
    { at: hour },
    { at: hour, cost: null },
    { at: hour, status: 'failed' },
    { at: `'2026-03-29 23:59:59+00'` },
    { at: `'2026-03-31 12:00+00'` },
  ]);
  await log(berta, [{ at: hour, cost: '5' }]);
  assert.equal(await summarize(), '3');
  assert.equal(await summarize(), '0');
  const sums = (period: string): Promise<unknown> =>
    db.as(
      anna,
      `select to_char(period_start at time zone 'UTC', 'MM-DD HH24') as start, calls::int, failed_calls::int as failed, unpriced_calls::int as unpriced, tokens_used::int as tokens, trim_scale(cost_usd)::text as cost
       from usage_summaries where period = '${period}' order by period_start`,
    );
  assert.deepEqual(await sums('hour'), [
    { start: '03-29 01', calls: 3, failed: 1, unpriced: 1, tokens: 330, cost: '0.02' },
    { start: '03-29 23', calls: 1, failed: 0, unpriced: 0, tokens: 110, cost: '0.01' },
    { start: '03-31 12', calls: 1, failed: 0, unpriced: 0, tokens: 110, cost: '0.01' },
  ]);
  // The 29th is a Sunday, and in many places a day of 23 hours.
  for (const zone of ['UTC', 'Europe/Berlin', 'America/New_York']) {
    await log(anna, [{ at: hour }]);
    await db.as('owner', `set local time zone '${zone}'; select loam.summarize_usage()`);
  }
  assert.deepEqual(await sums('day'), [
    { start: '03-29 00', calls: 7, failed: 1, unpriced: 1, tokens: 770, cost: '0.06' },
    { start: '03-31 00', calls: 1, failed: 0, unpriced: 0, tokens: 110, cost: '0.01' },
  ]);
  assert.deepEqual(await sums('week'), [
    { start: '03-23 00', calls: 7, failed: 1, unpriced: 1, tokens: 770, cost: '0.06' },
    { start: '03-30 00', calls: 1, failed: 0, unpriced: 0, tokens: 110, cost: '0.01' },
  ]);
  assert.deepEqual(await sums('month'), [
    { start: '03-01 00', calls: 8, failed: 1, unpriced: 1, tokens: 880, cost: '0.07' },
  ]);
  assert.equal(await db.ask(admin, `select sum(calls) from usage_summaries where period = 'month'`), '9');
});

test('a late call of an hour whose calls were removed does not take its sums away', async () => {
  await db.as('owner', `delete from usage_logs where created_at < '2026-03-30'`);
  await log(anna, [{ at: `'2026-03-29 01:45+00'` }]);
  assert.equal(await summarize(), '0');
  assert.equal(await db.ask(anna, `select sum(calls) from usage_summaries where period = 'month'`), '8');
});

test('a budget holds, settles and gives back what nobody settled, less what the ledger knows of it', async () => {
  const budget = 'cccccccc-0000-4000-8000-000000000001';
  const other = 'cccccccc-0000-4000-8000-000000000002';
  await db.as(
    admin,
    `insert into budgets (id, user_id, name, limit_usd, limit_tokens) values ('${budget}', '${anna}', 'Anna', 1, 1000)`,
  );
  await db.as(admin, `insert into budgets (id, name, limit_usd, period) values ('${other}', 'All', 10, 'total')`);
  assert.equal(await db.ask('loam_ledger', `select count(*) from loam.budgets_of('${anna}', null, null)`), '2');
  assert.equal(await db.ask('loam_ledger', `select count(*) from loam.budgets_of('${berta}', null, null)`), '1');

  let serial = 0;
  const ids: string[] = [];
  async function reserve(usd: number, tokens = 1, request = 'q', valid = '10 minutes'): Promise<string | null> {
    const id = `eeeeeeee-0000-4000-8000-${String(++serial).padStart(12, '0')}`;
    ids.push(id);
    return db.ask(
      'loam_ledger',
      `select loam.reserve_budgets('${id}', array['${budget}', '${other}']::uuid[], ${usd}, ${tokens}, '${anna}', '${request}', '${valid}')`,
    );
  }
  const state = async (): Promise<unknown> =>
    (
      await db.as(
        'owner',
        `select trim_scale(spent_usd)::text as spent, trim_scale(held_usd)::text as held, spent_tokens::int + held_tokens::int as tokens from budgets where id = '${budget}'`,
      )
    )[0];

  assert.equal(
    await db.attempt(
      'loam_ledger',
      `select loam.reserve_budgets(gen_random_uuid(), array['${budget}']::uuid[], -1, 0)`,
    ),
    '22023',
  );
  assert.equal(await reserve(1.01), budget);
  assert.equal(await reserve(0.5, 1001), budget);
  assert.deepEqual(await state(), { spent: '0', held: '0', tokens: 0 });
  assert.equal(await db.ask('owner', 'select count(*) from budget_reservations'), '0');

  assert.equal(await reserve(0.6), null);
  assert.equal(await reserve(0.5), budget);
  const [, , first] = ids;
  assert.equal(await db.ask('loam_ledger', `select loam.settle_reservation('${first}', 0.1, 7)`), 'true');
  assert.equal(await db.ask('loam_ledger', `select loam.settle_reservation('${first}', 0.1, 7)`), 'false');
  assert.deepEqual(await state(), { spent: '0.1', held: '0', tokens: 7 });

  // An unknown cost counts as what was held for it.
  assert.equal(await reserve(0.2), null);
  await db.as('loam_ledger', `select loam.settle_reservation('${ids.at(-1)}', null, null)`);
  assert.deepEqual(await state(), { spent: '0.3', held: '0', tokens: 8 });

  assert.equal(await reserve(0.3, 10, 'lost', '-1 minute'), null);
  await log(anna, [{ request: 'lost', cost: '0.05', input: 1 }]);
  assert.equal(await db.ask('loam_ledger', 'select loam.release_expired_reservations()'), '2');
  assert.equal(await db.ask('loam_ledger', 'select loam.release_expired_reservations()'), '0');
  assert.deepEqual(await state(), { spent: '0.35', held: '0', tokens: 19 });
  // Whoever settles it after all puts it right.
  assert.equal(await db.ask('loam_ledger', `select loam.settle_reservation('${ids.at(-1)}', 0.06, 12)`), 'true');
  assert.deepEqual(await state(), { spent: '0.36', held: '0', tokens: 20 });

  // Another month begins: what was spent counts no more, what is held does, and settles where it belongs.
  assert.equal(await reserve(0.4), null);
  const last = ids.at(-1);
  await db.as('owner', `update budgets set period_start = period_start - interval '31 days' where id = '${budget}'`);
  await db.as(
    'owner',
    `update budget_reservations set period_start = period_start - interval '31 days' where id = '${last}' and budget_id = '${budget}'`,
  );
  assert.equal(await reserve(0.7), budget);
  assert.equal(await reserve(0.6), null);
  await db.as('loam_ledger', `select loam.settle_reservation('${last}', 0.4, 1)`);
  assert.deepEqual(await state(), { spent: '0', held: '0.6', tokens: 1 });
  assert.equal(await db.ask(berta, 'select count(*) from budgets'), '0');
  assert.equal(await db.ask(anna, 'select count(*) from budgets'), '1');
});

test('quotas that hold for somebody, and how much of each is used', async () => {
  await db.as(
    admin,
    `insert into usage_quotas (user_id, role, resource, period, limit_value) values
      (null, null, 'calls', 'total', 100), (null, 'user', 'tokens', 'total', 1000), ('${berta}', null, 'cost_usd', 'month', 5), (null, 'admin', 'images', 'day', 3)`,
  );
  const standing = (who: string): Promise<unknown> =>
    db.as(who, 'select resource, trim_scale(limit_value)::text as most, used::text from usage_against_quotas()');
  assert.deepEqual(await standing(anna), [
    { resource: 'calls', most: '100', used: '3' },
    { resource: 'tokens', most: '1000', used: '231' },
  ]);
  assert.deepEqual(await standing(admin), [
    { resource: 'calls', most: '100', used: '0' },
    { resource: 'images', most: '3', used: '0' },
  ]);
  assert.equal(await db.ask(anna, 'select count(*) from usage_quotas'), '3');
});

test('prices follow each other without overlap', async () => {
  const price = (from: string, to: string, input: number): Promise<string> =>
    db.attempt(
      admin,
      `insert into model_pricing (provider, model, input_price_per_million, output_price_per_million, valid_from, valid_to) values ('q', 'big', ${input}, 20, ${from}, ${to})`,
    );
  assert.equal(await price(`'2026-01-01'`, 'null', 10), '1');
  assert.equal(await price(`'2025-06-01'`, `'2026-02-01'`, 5), '23P01');
  assert.equal(await price(`'2026-01-01'`, 'null', 11), '23P01');
  assert.equal(await price(`'2025-06-01'`, `'2026-01-01'`, 5), '1');
  assert.equal(await price(`'2026-03-31'`, 'null', 30), '1');
  const at = (moment: string): Promise<string | null> =>
    db.ask(anna, `select trim_scale(input_price_per_million) from price_at('q', 'big', '${moment}')`);
  assert.deepEqual(
    [await at('2025-01-01'), await at('2025-12-31'), await at('2026-03-30'), await at('2026-06-01')],
    [null, '5', '10', '30'],
  );
  assert.equal(
    await db.attempt(
      anna,
      `insert into model_pricing (provider, model, input_price_per_million, output_price_per_million) values ('q', 'big', 0, 0)`,
    ),
    denied,
  );
});

test('what it would have cost with another model, at the prices of each day; unknown is not free', async () => {
  const other = (model: string, who = anna, everybody = false): Promise<unknown> =>
    db.as(
      who,
      `select model, calls::int, trim_scale(cost_usd)::text as cost, trim_scale(what_if_usd)::text as other from what_if_cost('q', '${model}', '2026-03-01', '2026-04-01', ${everybody})`,
    );
  // 700 in and 70 out at 10 and 20 on the 29th, 100 and 10 at 30 and 20 on the 31st, a million.
  assert.deepEqual(await other('big'), [{ model: 'small', calls: 8, cost: '0.07', other: '0.0116' }]);
  assert.deepEqual(await other('none'), [{ model: 'small', calls: 8, cost: '0.07', other: null }]);
  assert.deepEqual(await other('big', admin, true), [{ model: 'small', calls: 9, cost: '5.07', other: '0.0128' }]);
  assert.deepEqual(await other('big', anna, true), await other('big'));
});

test('cost by model and day, and where the month will end', async () => {
  assert.deepEqual(
    await db.as(
      anna,
      `select to_char(day, 'MM-DD') as day, model, calls::int, trim_scale(cost_usd)::text as cost from usage_by_model('2026-03-01', '2026-04-01')`,
    ),
    [
      { day: '03-29', model: 'small', calls: 7, cost: '0.06' },
      { day: '03-31', model: 'small', calls: 1, cost: '0.01' },
    ],
  );
  assert.deepEqual(
    await db.as(
      anna,
      `select trim_scale(spent_usd)::text as spent, trim_scale(daily_usd)::text as daily, days_left::text as days, trim_scale(projected_usd)::text as projected from project_month_cost('2026-03-30 12:00+00')`,
    ),
    // 0.06 on the one day before; the rest of the 30th and the 31st are to come.
    [{ spent: '0.06', daily: '0.06', days: '1.5000', projected: '0.15' }],
  );
});

test('percentiles and clusters of errors, one’s own in full, everybody’s without words', async () => {
  const day = `'2026-05-05 10:00+00'`;
  await log(
    berta,
    Array.from({ length: 100 }, (_, index) => ({ at: day, latency: index + 1 })),
  );
  const failures = ['Timeout after 3000 ms for "req_a1b2c3"', 'Timeout after 12 ms for "req_zz99"', 'Bad key'];
  await log(
    berta,
    failures.map((error) => ({ at: day, status: 'failed', error, latency: 9999 })),
  );
  const span = `'2026-05-05', '2026-05-06'`;
  assert.deepEqual(await db.as(berta, `select calls::int, p50_ms, p95_ms, p99_ms from latency_percentiles(${span})`), [
    { calls: 100, p50_ms: 50, p95_ms: 95, p99_ms: 99 },
  ]);
  assert.equal(await db.ask(anna, `select count(*) from latency_percentiles(${span}, true)`), '0');
  assert.equal(await db.ask(admin, `select calls from latency_percentiles(${span}, true)`), '100');
  assert.deepEqual(await db.as(berta, `select shape, calls::int from error_clusters(${span})`), [
    { shape: 'Timeout after # ms for …', calls: 2 },
    { shape: 'Bad key', calls: 1 },
  ]);
  assert.deepEqual(
    await db.as(admin, `select error_code, shape, example, calls::int from error_clusters(${span}, everybody => true)`),
    [{ error_code: 'upstream_error', shape: null, example: null, calls: 3 }],
  );
  assert.equal(await db.ask(anna, `select count(*) from error_clusters(${span}, everybody => true)`), '0');
});

test('model_metrics has the columns that it was asked for, of one’s own calls', async () => {
  const [row] = await db.as(berta, `select * from model_metrics where not success limit 1`);
  assert.deepEqual(Object.keys(row ?? {}), [
    'id',
    'model_name',
    'timestamp',
    'latency_ms',
    'tokens_input',
    'tokens_output',
    'success',
    'error_message',
  ]);
  assert.equal(await db.ask(admin, 'select count(*) from model_metrics'), '0');
});

const check = (name: string): Promise<unknown> =>
  db.as('loam_maintenance', `select alert, state from loam.check_${name}`);
const open = (): Promise<unknown> =>
  db.as(admin, `select kind, severity from alert_events where resolved_at is null and user_id is null order by kind`);

test('what could not be looked at is not called fine', async () => {
  assert.deepEqual(await check('connections()'), [{ alert: 'connections', state: 'not evaluated' }]);
  assert.deepEqual(await check('storage()'), [{ alert: 'storage', state: 'not evaluated' }]);
  assert.deepEqual(await check('slow_queries()'), [{ alert: 'slow_query', state: 'not evaluated' }]);
  await db.as('owner', `update loam.installation set parameters = parameters || '{"target": "supabase"}'`);
  assert.deepEqual(await check('failed_sign_ins()'), [{ alert: 'failed_sign_ins', state: 'not evaluated' }]);
  await db.as('owner', `update loam.installation set parameters = parameters || '{"target": "pglite"}'`);
  assert.deepEqual(await open(), []);
});

test('storage and failed sign-ins are told of once, and end', async () => {
  assert.deepEqual(await check('storage(1000)'), [{ alert: 'storage', state: 'fired' }]);
  await db.as(
    'owner',
    `insert into rate_limits (key, window_start, count, expires_at) values ('sign_in:ip:192.0.2.0/24', now() - interval '10 minutes', 60, now())`,
  );
  for (const _ of [1, 2])
    assert.deepEqual(await check('failed_sign_ins()'), [{ alert: 'failed_sign_ins', state: 'fired' }]);
  assert.deepEqual(await open(), [
    { kind: 'failed_sign_ins', severity: 'warning' },
    { kind: 'storage', severity: 'critical' },
  ]);
  assert.equal(await db.ask(anna, `select count(*) from alert_events where kind <> 'budget'`), '0');
  assert.equal(await db.attempt(anna, 'update alert_events set acknowledged_at = now()'), '0');
  assert.equal(await db.attempt(admin, 'update alert_events set acknowledged_at = now()'), '2');
  assert.equal(await db.attempt(admin, 'update alert_events set resolved_at = now()'), denied);
  await db.as('owner', 'delete from rate_limits');
  assert.deepEqual(await check('failed_sign_ins()'), [{ alert: 'failed_sign_ins', state: 'fine' }]);
  assert.deepEqual(await check(`storage(${10 ** 15})`), [{ alert: 'storage', state: 'fine' }]);
  assert.deepEqual(await open(), []);
});

test('alerts that people set fire once a period, for their own usage alone', async () => {
  for (const who of [anna, berta])
    await db.as(
      who,
      `insert into usage_alerts (name, metric, period, threshold) values ('Much', 'cost_usd', 'hour', 1)`,
    );
  await db.as(
    admin,
    `insert into usage_alerts (name, metric, period, threshold, scope) values ('All', 'calls', 'hour', 0, 'installation')`,
  );
  // One transaction is one moment: no hour ends between a call and the check.
  const callThenCheck = async (before: string, checks: number): Promise<string[]> =>
    (
      await db.as(
        'owner',
        `${before}
         set local role loam_ledger; ${insertCalls(anna, [{ cost: '2' }])};
         set local role loam_maintenance; select loam.summarize_usage();
         ${Array(checks).fill('select detail from loam.check_usage_alerts()').join(' union all ')}`,
      )
    ).map(({ detail }) => String(detail).slice(0, 8));
  assert.deepEqual(await callThenCheck('', 2), ['2 alerts', '0 alerts']);
  assert.equal(await db.ask(anna, `select count(*) from alert_events where kind = 'usage'`), '1');
  assert.equal(await db.ask(anna, `select title from notifications`), 'Much');
  assert.equal(await db.ask(berta, 'select count(*) from notifications'), '0');
  // Who is no administrator any more is told nothing of others.
  const demote = `delete from alert_events; update user_profiles set role = 'user' where id = '${admin}';`;
  assert.deepEqual(await callThenCheck(demote, 1), ['1 alerts']);
  assert.equal(
    await db.ask('loam_maintenance', `select string_agg(alert, ' ') from loam.check_alerts()`),
    'slow_query connections storage failed_sign_ins budget usage',
  );
});

test('a cached answer is its tenant’s own', async () => {
  const keep = (user: string): string =>
    `insert into response_cache (user_id, request_hash, provider, model, response, expires_at) values ('${user}', repeat('a', 64), 'p', 'm', '{"text": "${user}"}', now() + interval '1 hour') returning id`;
  const hers = await db.ask('loam_ledger', keep(anna));
  const his = await db.ask('loam_ledger', keep(berta));
  assert.equal(await db.attempt('loam_ledger', keep(anna)), '23505');
  for (const [user, id] of [
    [anna, hers],
    [berta, his],
  ])
    await db.as(
      'loam_ledger',
      `insert into response_cache_embeddings (cache_id, model, user_id, dimensions, embedding) values ('${id}', 'e', '${user}', 2, '[1,0]')`,
    );
  const near = (tenant: string, vector: string): Promise<string | null> =>
    db.ask('loam_ledger', `select id from loam.find_cached_response('${tenant}', 'p', 'm', '${vector}', 'e', 0.9)`);
  assert.equal(await near(anna, '[1,0.1]'), hers);
  assert.equal(await near(berta, '[1,0.1]'), his);
  assert.equal(await near(anna, '[0,1]'), null);
  assert.equal(await db.ask(anna, `select string_agg(id::text, ' ') from response_cache`), hers);
  assert.equal(await db.attempt(anna, 'delete from response_cache'), '1');
});

test('an organization’s budgets and sums: set and seen by who manages it, of its own people alone', async () => {
  const house = 'eeeeeeee-0000-4000-8000-000000000005';
  await db.as('owner', `insert into organizations (id, name) values ('${house}', 'House')`);
  await db.as(
    'owner',
    `insert into organization_members (organization_id, user_id, role) values ('${house}', '${anna}', 'admin'), ('${house}', '${berta}', 'member')`,
  );
  const budget = (user: string | null): string =>
    `insert into budgets (organization_id, user_id, name, limit_usd) values ('${house}', ${user === null ? 'null' : `'${user}'`}, 'House', 5)`;
  assert.equal(await db.attempt(berta, budget(null)), denied);
  assert.equal(await db.attempt(anna, budget(admin)), denied);
  assert.equal(await db.attempt(anna, `insert into budgets (name, limit_usd) values ('all', 5)`), denied);
  assert.equal(await db.attempt(anna, budget(null)), '1');
  assert.equal(await db.attempt(anna, budget(berta)), '1');
  assert.equal(await db.attempt(anna, 'update budgets set spent_usd = 0'), denied);
  assert.equal(await db.ask('loam_ledger', `select count(*) from loam.budgets_of('${berta}', '${house}', null)`), '3');
  assert.equal(await db.ask(berta, `select count(*) from budgets where organization_id = '${house}'`), '2');
  await db.as(
    'loam_ledger',
    `insert into usage_logs (user_id, organization_id, request_id, action, provider, model, latency_ms, status) values ('${berta}', '${house}', 'r', 'chat', 'p', 'm', 1, 'completed')`,
  );
  await summarize();
  assert.equal(
    await db.ask(
      anna,
      `select sum(calls) from usage_summaries where period = 'month' and organization_id = '${house}'`,
    ),
    '1',
  );
  assert.equal(await db.ask(anna, `select count(*) from usage_logs where organization_id = '${house}'`), '0');
  assert.equal(
    await db.attempt(
      berta,
      `insert into usage_alerts (organization_id, name, metric, threshold, scope) values ('${house}', 'x', 'calls', 0, 'organization')`,
    ),
    denied,
  );
  assert.equal(
    await db.attempt(
      anna,
      `insert into usage_alerts (organization_id, name, metric, threshold, scope) values ('${house}', 'x', 'calls', 0, 'organization')`,
    ),
    '1',
  );
  await db.as('owner', `delete from organization_members where user_id = '${anna}'`);
  assert.equal(await db.ask('owner', `select count(*) from usage_alerts where organization_id = '${house}'`), '0');
  assert.equal(await db.ask(anna, `select count(*) from budgets where organization_id = '${house}'`), '0');
});

test('an account that goes leaves its calls and sums behind without saying whose they were', async () => {
  const before = await db.ask('owner', `select sum(calls) from usage_summaries where period = 'hour'`);
  await db.as('owner', `delete from auth.users where id = '${anna}'`);
  assert.equal(await db.ask('owner', `select count(*) from usage_summaries where user_id = '${anna}'`), '0');
  assert.equal(await db.ask('owner', `select sum(calls) from usage_summaries where period = 'hour'`), before);
});
