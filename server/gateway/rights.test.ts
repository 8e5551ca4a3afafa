// Who may do what with the tables of the `models` pattern, as a table: who, what, expected.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Database } from '../../core/database.ts';
import { AppError } from '../../core/errors.ts';
import { statement } from '../../core/statement.ts';
import { openTestDatabase, type TestDatabase } from '../testing/database.ts';
import { createUser, type TestUser } from '../testing/users.ts';

let opened: TestDatabase;
let db: Database;
const people: Record<string, TestUser> = {};
before(async () => {
  opened = await openTestDatabase();
  db = opened.db;
  for (const name of ['admin', 'ann', 'ben']) people[name] = await createUser(db, `${name}@example.com`);
  const promote = statement({
    name: 'rights_test_promote',
    text: "update user_profiles set role = 'admin' where id = $1",
    params: { id: 'uuid' },
  });
  await db.asService('auth', promote({ id: people['admin']?.id ?? '' }));
  await run('admin', "insert into model_providers (name, display_name, kind) values ('openai', 'OpenAI', 'openai')");
  await run(
    'ledger',
    `insert into provider_keys (provider_id, name, key_sealed, key_hint) select id, 'main', 'sealed', '…cret' from model_providers`,
  );
});
after(() => opened.close());

let statements = 0;
/** Rows as JSON text, or the error's code. */
async function run(who: string, text: string): Promise<string> {
  const reads = /^select/.test(text);
  const wrapped = reads ? `select coalesce(jsonb_agg(to_jsonb(found)), '[]')::text as rows from (${text}) found` : text;
  const query = statement({
    name: `rights_test_${statements++}`,
    text: wrapped,
    ...(reads ? { columns: { rows: 'text?' as const } } : {}),
  });
  try {
    const user = people[who];
    const rows = user === undefined ? await db.asService('ledger', query()) : await db.asUser(user.claims, query());
    const [first] = rows as readonly { rows?: string | null }[]; // checked: the statement has this one column or none
    return first?.rows ?? 'done';
  } catch (error) {
    if (error instanceof AppError) return error.code;
    throw error;
  }
}

const price =
  "insert into model_pricing (provider, model, input_price_per_million, output_price_per_million) values ('openai', 'm', 1, 2)";
const cases: readonly (readonly [who: string, what: string, expected: string | RegExp])[] = [
  ['ann', "insert into model_providers (name, display_name, kind) values ('mine', 'Mine', 'openai')", 'forbidden'],
  ['ann', "update model_providers set base_url = 'http://evil.example'", 'done'],
  ['ann', 'select name, base_url from model_providers', '[{"name": "openai", "base_url": null}]'],
  ['ann', price, 'forbidden'],
  ['admin', price, 'done'],
  ['ann', 'select input_price_per_million as price from model_pricing', /1/],
  ['ann', 'update model_pricing set input_price_per_million = 0', 'done'],
  ['ben', 'select 1 as one from model_pricing where input_price_per_million = 0', '[]'],
  [
    'admin',
    "insert into model_pricing (provider, model, input_price_per_million, output_price_per_million, organization_id) values ('openai', 'm', 1, 2, gen_random_uuid())",
    'forbidden',
  ],
  ['ann', 'select id from provider_keys', '[]'],
  ['admin', 'select name, key_hint from provider_keys', '[{"name": "main", "key_hint": "…cret"}]'],
  ['admin', 'select key_sealed from provider_keys', 'forbidden'],
  ['admin', "update provider_keys set key_sealed = 'x'", 'forbidden'],
  ['admin', 'update provider_keys set enabled = false', 'done'],
  ['ledger', 'select key_sealed, enabled from provider_keys', '[{"enabled": false, "key_sealed": "sealed"}]'],
  ['ledger', 'delete from provider_keys', 'forbidden'],
  ['ledger', 'update model_providers set enabled = false', 'forbidden'],
  ['ann', 'select 1 as one from experiments', '[]'],
  ['ann', "insert into evaluations (user_id, name, models) select auth.uid(), 'mine', '{openai/m}'", 'done'],
  [
    'ann',
    "insert into evaluations (user_id, name, models, status) select auth.uid(), 'forged', '{openai/m}', 'completed'",
    'forbidden',
  ],
  ['ben', 'select name from evaluations', '[]'],
  ['admin', 'select name from evaluations', '[]'],
  ['ann', "update evaluations set status = 'completed'", 'forbidden'],
  [
    'ledger',
    "insert into evaluation_results (evaluation_id, case_index, model, output) select id, 0, 'openai/m', 'text' from evaluations",
    'done',
  ],
  ['ann', 'select output from evaluation_results', '[{"output": "text"}]'],
  ['ben', 'select output from evaluation_results', '[]'],
  ['admin', 'select output from evaluation_results', '[]'],
  ['ann', 'update evaluation_results set passed = true', 'forbidden'],
  ['ann', 'delete from evaluations', 'done'],
  ['ledger', 'select 1 as one from evaluation_results', '[]'],
];

for (const [who, what, expected] of cases) {
  test(`${who}: ${what.slice(0, 110)}`, async () => {
    const found = await run(who, what);
    if (typeof expected === 'string') assert.equal(found, expected);
    else assert.match(found, expected);
  });
}
