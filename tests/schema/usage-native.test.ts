// On native PostgreSQL, where sessions really run at the same time: budgets that no crowd gets past, writers that do not
// deadlock, and policies that read one's own rows by an index.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Client } from 'pg';
import { type ClonedDatabase, nativeTemplate } from '../../server/testing/native.ts';

let database: ClonedDatabase;
let owner: Client;
const others: Client[] = [];

const person = (number: number): string => `aaaaaaaa-0000-4000-8000-${String(number).padStart(12, '0')}`;

async function connect(): Promise<Client> {
  const client = new Client({ connectionString: database.adminUrl });
  await client.connect();
  return client;
}
before(async () => {
  database = await nativeTemplate(18);
  owner = await connect();
  for (let count = 0; count < 20; count++) others.push(await connect());
  await owner.query(`
    insert into auth.users (id, aud, role, email)
    select ('aaaaaaaa-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid, 'authenticated', 'authenticated', n || '@example.com'
    from generate_series(1, 120) as n`);
});
after(async () => {
  for (const client of [owner, ...others]) await client.end();
  await database.drop();
});

async function readValue(client: Client, text: string, values: readonly unknown[] = []): Promise<unknown> {
  const { rows } = await client.query<Record<string, unknown>>(text, [...values]);
  return Object.values(rows[0] ?? {})[0];
}

test('twenty sessions at once never hold or spend more than there is, and lose nothing of it', async () => {
  const [small, large] = [person(1), person(2)];
  await owner.query(
    `insert into budgets (id, name, limit_usd, limit_tokens) values ($1, 'small', 1, 100000), ($2, 'large', 100, null)`,
    [small, large],
  );
  let most = 0;
  const outcomes = await Promise.all(
    others.map(async (client, index) => {
      await client.query('set role loam_ledger');
      let reserved = 0;
      for (let round = 0; round < 10; round++) {
        const id = crypto.randomUUID();
        // Both budgets, named in either order; a third of the calls fails and holds nothing.
        const refusing = await readValue(client, 'select loam.reserve_budgets($1, $2, 0.03, 10)', [
          id,
          index % 2 === 0 ? [small, large] : [large, small],
        ]);
        if (refusing !== null) {
          assert.equal(refusing, small);
          continue;
        }
        most = Math.max(
          most,
          Number(await readValue(client, 'select spent_usd + held_usd from budgets where id = $1', [small])),
        );
        if (round % 3 === 0) await client.query('select loam.settle_reservation($1, 0, 0)', [id]);
        else {
          reserved += 0.02;
          await client.query('select loam.settle_reservation($1, 0.02, 5)', [id]);
        }
      }
      await client.query('reset role');
      return reserved;
    }),
  );
  assert.ok(most <= 1, String(most));
  const { rows } = await owner.query(
    'select name, spent_usd::float, held_usd::float, spent_usd <= limit_usd as within from budgets order by name',
  );
  const spent = Math.round(outcomes.reduce((sum, each) => sum + each, 0) * 100) / 100;
  assert.ok(spent > 0.9, String(spent));
  assert.deepEqual(rows, [
    { name: 'large', spent_usd: spent, held_usd: 0, within: true },
    { name: 'small', spent_usd: spent, held_usd: 0, within: true },
  ]);
});

test('what is reserved and never settled is held to the last cent, and no more', async () => {
  const tight = person(3);
  await owner.query(`insert into budgets (id, name, limit_usd) values ($1, 'tight', 0.5)`, [tight]);
  const refused = await Promise.all(
    others.map((client) =>
      readValue(client, 'select loam.reserve_budgets(gen_random_uuid(), array[$1::uuid], 0.05, 0)', [tight]),
    ),
  );
  assert.equal(refused.filter((each) => each === null).length, 10);
  assert.equal(await readValue(owner, 'select held_usd::float from budgets where id = $1', [tight]), 0.5);
});

test('calls that are logged while others are summed up are in the next sums', async () => {
  const write = (client: Client): Promise<unknown> =>
    client.query(
      `insert into usage_logs (user_id, request_id, action, provider, model, latency_ms, status) select $1, 'r', 'chat', 'p', 'm', 1, 'completed' from generate_series(1, 5)`,
      [person(1)],
    );
  await Promise.all(
    others.map(async (client, index) => {
      for (let round = 0; round < 4; round++) {
        if (index % 5 === 0) await client.query('select loam.summarize_usage()');
        else await write(client);
      }
    }),
  );
  await owner.query('select loam.summarize_usage()');
  assert.equal(await readValue(owner, `select sum(calls)::int from usage_summaries where period = 'hour'`), 16 * 4 * 5);
  assert.equal(
    await readValue(owner, `select sum(calls)::int from usage_summaries where period = 'month'`),
    16 * 4 * 5,
  );
});

test('messages of one person in many sessions are indexed without a deadlock, and the counts are exact', async () => {
  const { rows } = await owner.query<{ id: string }>(
    `insert into conversations (user_id, title) select $1, 'Talk ' || n from generate_series(1, 5) as n returning id`,
    [person(4)],
  );
  const prompt = await readValue(
    owner,
    `insert into prompts (user_id, title, goal) values ($1, 'x', 'x') returning id`,
    [person(4)],
  );
  const words = ['boiler', 'valve', 'pump', 'pipe', 'meter', 'flame', 'water'];
  await Promise.all(
    others.map(async (client, index) => {
      for (let round = 0; round < 5; round++) {
        const text = words.map((_, place) => words[(place * (index + 1) + round) % words.length]).join(' ');
        await client.query(
          `insert into messages (conversation_id, user_id, role, content) values ($1, $2, 'user', $3)`,
          [rows[(index + round) % 5]?.id, person(4), text],
        );
        if (round % 2 === 1)
          await client.query(`update prompts set title = $2 where id = $1`, [prompt, `${text} ${index}`]);
      }
      if (index % 4 === 0)
        await client.query(`delete from messages where conversation_id = $1 and content ~ 'flame$'`, [
          rows[index % 5]?.id,
        ]);
    }),
  );
  assert.equal(
    await readValue(
      owner,
      `select count(*)::int from (
         select tenant_id, lexeme, entry_count::bigint from search_term_statistics
         except select tenant_id, lexeme, count(*) from search_terms group by 1, 2
       ) as wrong`,
    ),
    0,
  );
  assert.equal(
    await readValue(
      owner,
      'select count(*)::int = (select sum(entry_count) from search_statistics) from search_entries',
    ),
    true,
  );
});

test('connections that run out are told of', async () => {
  const { rows } = await owner.query(`select state from loam.check_connections(0.05)`);
  assert.deepEqual(rows, [{ state: 'fired' }]);
  assert.deepEqual((await owner.query(`select state from loam.check_connections(0.99)`)).rows, [{ state: 'fine' }]);
  assert.equal(
    await readValue(owner, `select count(resolved_at)::int from alert_events where kind = 'connections'`),
    1,
  );
});

test('a statement that has been running for long is told of', async () => {
  const [slow] = others;
  assert.ok(slow !== undefined);
  const pid = await readValue(slow, 'select pg_backend_pid()');
  await owner.query('select pg_advisory_lock(99)');
  const running = slow.query('select pg_advisory_lock(99)');
  while ((await readValue(owner, 'select count(*)::int from pg_locks where pid = $1 and not granted', [pid])) === 0);
  const { rows } = await owner.query(`select state from loam.check_slow_queries(0)`);
  await owner.query('select pg_advisory_unlock(99)');
  await running;
  assert.deepEqual(rows, [{ state: 'fired' }]);
  assert.equal(
    await readValue(
      owner,
      `select count(*)::int from alert_events where kind = 'slow_query' and message ~ ('process ' || $1)`,
      [pid],
    ),
    1,
  );
});

test('statements that took long are told of once, and what a command says is not', async () => {
  await owner.query('create extension pg_stat_statements with schema extensions');
  await owner.query('select extensions.pg_stat_statements_reset()');
  await owner.query(`select 'a value' as said, pg_advisory_lock(98), pg_advisory_unlock(98)`);
  await owner.query(`create role loam_test_slow password 'a secret'`);
  await owner.query('drop role loam_test_slow');
  const check = async (limit: number): Promise<unknown> =>
    (await owner.query('select state, detail from loam.check_slow_queries($1)', [limit])).rows[0];
  assert.deepEqual(await check(3_600_000), { state: 'fine', detail: '' });
  assert.match(JSON.stringify(await check(0)), /fired.*statements over 0 ms/);
  await check(0);
  const told = async (like: string): Promise<unknown> =>
    await readValue(
      owner,
      `select array_agg(distinct details ->> 'query') from alert_events where kind = 'slow_query' and details ->> 'query' ilike $1`,
      [like],
    );
  assert.deepEqual(await told('select $1%advisory_lock%'), [
    'select $1 as said, pg_advisory_lock($2), pg_advisory_unlock($3)',
  ]);
  assert.deepEqual(await told('create%'), ['create']);
  const whole = await readValue(
    owner,
    `select string_agg(e::text, ' ') from alert_events as e where kind = 'slow_query'`,
  );
  assert.doesNotMatch(String(whole), /a value|a secret/);
  assert.equal(
    await readValue(
      owner,
      `select max(times)::int from (select count(*) as times from alert_events where kind = 'slow_query' group by subject, resolved_at is null) as each`,
    ),
    1,
  );
  await check(3_600_000);
  assert.equal(
    await readValue(owner, `select count(*)::int from alert_events where kind = 'slow_query' and resolved_at is null`),
    0,
  );
  await owner.query('drop extension pg_stat_statements');
});

describe('policies read one’s own rows by an index, on analysed tables of 12,000 rows', () => {
  const own = person(7);
  const filled = [
    'prompts',
    'prompt_versions',
    'test_results',
    'prompt_templates',
    'usage_logs',
    'usage_summaries',
    'generated_images',
    'search_entries',
    'search_terms',
    'response_cache',
    'alert_events',
  ];
  const large = new Set<string>();
  before(async () => {
    await owner.query(`
      set session_replication_role = replica;
      create temporary table made as
      select ('aaaaaaaa-0000-4000-8000-' || lpad((n % 120 + 1)::text, 12, '0'))::uuid as person, ('bbbbbbbb-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid as id, n
      from generate_series(1, 12000) as n;
      insert into prompts (id, user_id, title, goal) select id, person, 'x', 'x' from made;
      insert into prompt_versions (id, prompt_id, user_id, version, title, goal, system_prompt, user_template, assistant_template, variables, questions)
        select id, id, person, 1, 'x', 'x', '', '', '', '[]', '[]' from made;
      insert into test_results (prompt_id, user_id, model, temperature, resolved_prompt) select id, person, 'm', 0, 'x' from made;
      insert into prompt_templates (id, prompt_id, version_id, user_id, title, goal, template, system_prompt, assistant_template, variables, questions, search, is_published, category, likes_count)
        select id, id, id, person, 'Boiler ' || n, 'x', '', '', '', '[]', '[]', to_tsvector('simple', 'boiler' || n), n % 10 = 0, 'c' || n % 50, n % 100 from made;
      insert into usage_logs (user_id, request_id, action, provider, model, latency_ms, status) select person, 'r', 'chat', 'p', 'm', 1, 'completed' from made;
      insert into usage_summaries (period, period_start, user_id, provider, model, action, calls, failed_calls, unpriced_calls, estimated_calls, input_tokens, output_tokens, cached_tokens, cache_write_tokens, reasoning_tokens, cost_usd, total_latency_ms, max_latency_ms)
        select 'day', now() - n * interval '1 hour', person, 'p', 'm', 'chat', 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 1, 1 from made;
      insert into generated_images (user_id, prompt, provider, model, storage_path) select person, 'x', 'p', 'm', id::text from made;
      insert into search_entries (id, kind, user_id, language) select id, 'message', person, 'english' from made;
      insert into search_terms (tenant_id, lexeme, entry_id, weight, frequency) select person, 'boiler', id, 1, 1 from made;
      insert into response_cache (user_id, request_hash, provider, model, response, expires_at) select person, encode(sha256(n::text::bytea), 'hex'), 'p', 'm', '{}', now() from made;
      insert into alert_events (user_id, kind, subject, message) select person, 'budget', n::text, 'x' from made;
      set session_replication_role = origin;
      analyze ${filled.join(', ')}`);
    const { rows } = await owner.query<{ relname: string }>('select relname from pg_class where reltuples >= 10000');
    // Next month's partition is empty: reading all of it is no fault.
    for (const { relname } of rows) large.add(relname);
    assert.ok(large.size >= filled.length);
  });

  interface Node {
    readonly 'Node Type': string;
    readonly 'Relation Name'?: string;
    readonly Plans?: readonly Node[];
  }
  const nodes = (node: Node): readonly Node[] => [node, ...(node.Plans ?? []).flatMap(nodes)];
  async function scansOf(text: string): Promise<readonly string[]> {
    await owner.query(
      `begin; set local role authenticated; select set_config('request.jwt.claims', '{"sub": "${own}"}', true)`,
    );
    try {
      const plan = await readValue(owner, `explain (format json) ${text}`);
      const [{ Plan: root } = { Plan: undefined }] = plan as readonly { readonly Plan?: Node }[]; // checked: what EXPLAIN answers
      assert.ok(root !== undefined);
      return nodes(root)
        .flatMap((node) => (node['Node Type'] === 'Seq Scan' ? [node['Relation Name'] ?? ''] : []))
        .filter((name) => large.has(name));
    } finally {
      await owner.query('rollback');
    }
  }

  const own100: Readonly<Record<string, string>> = {
    'one’s own prompts': `select * from prompts order by created_at desc limit 100`,
    'one’s own versions': 'select * from prompt_versions where prompt_id = $$bbbbbbbb-0000-4000-8000-000000000007$$',
    'one’s own results': 'select * from test_results',
    'the most liked templates':
      'select id from prompt_templates where is_published order by likes_count desc, uses_count desc, id limit 10',
    'templates of a category': `select id from prompt_templates where is_published and category = 'c10' order by likes_count desc, uses_count desc, id limit 10`,
    'one’s own calls': `select * from usage_logs order by created_at desc limit 100`,
    'one’s own sums': `select * from usage_summaries where period = 'day' and user_id = '${own}'`,
    'one’s own pictures': 'select * from generated_images',
    'one’s own entries': 'select * from search_entries',
    'one’s own terms': `select entry_id, weight from search_terms where tenant_id = '${own}' and lexeme = 'boiler'`,
    'one’s own cached answers': 'select id from response_cache',
  };
  for (const [what, text] of Object.entries(own100))
    test(what, async () => {
      assert.deepEqual(await scansOf(text), []);
    });

  test('a plan that reads everything would be noticed', async () => {
    assert.deepEqual(await scansOf('select * from usage_summaries'), ['usage_summaries']);
  });

  test('candidates for a search among templates come from the index of words', async () => {
    const { rows } = await owner.query<Record<string, string>>(
      `explain select t.id from prompt_templates as t where t.is_published and t.search @@ 'boiler10'::tsquery`,
    );
    assert.match(rows.map((row) => row['QUERY PLAN']).join('\n'), /prompt_templates_search_idx/);
  });
});
