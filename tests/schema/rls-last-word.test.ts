// Row-level security is the last word: every statement of the server, also without its owner filter, is run by Berta with
// all of Anna's ids, and neither shows nor changes anything of Anna's.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { PGlite } from '@electric-sql/pglite';
import type { AnyStatement } from '../../core/statement.ts';
import { loadStatements } from './all-statements.ts';
import { openEngine } from './open-engine.ts';
import { personalTables, seedRows } from './seed-rows.ts';
import { tryAs } from './try-statement.ts';

const anna = 'aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa';
const berta = 'bbbbbbbb-bbbb-4bbb-8bbb-bbbbbbbbbbbb';
const nobody = 'cccccccc-cccc-4ccc-8ccc-cccccccccccc';
const marks: Readonly<Record<string, string>> = { [anna]: 'quokka', [berta]: 'wombat', [nobody]: 'lemur' };

let engine: PGlite;
let statements: readonly AnyStatement[];
let fingerprint: string;
before(async () => {
  statements = await loadStatements();
  engine = await openEngine();
  for (const user of [anna, berta]) await seedRows(engine, user, marks[user] ?? '');
  const tables = ['auth.users', ...(await personalTables(engine))];
  fingerprint = tables
    .map(
      (table) =>
        `select ${table.length} as at, md5(coalesce(string_agg(t::text, '' order by t::text), '')) as sum from ${table} t where t::text like '%${anna}%'`,
    )
    .join(' union all ');
});
after(() => engine.close());

/** Everything that is Anna's or speaks of her, as one value. */
const annasRows = async (): Promise<string> =>
  (await engine.query<{ sum: string }>(`select md5(string_agg(sum, ',')) as sum from (${fingerprint}) as each`)).rows[0]
    ?.sum ?? '';

/** Conditions that only the code asks for are taken out; their parameters stay, so that the statement keeps its shape. */
const ownerFilter =
  /\b(?:\w+\.)?(?:user_id|owner|owner_id|created_by|tenant_id)\s*=\s*(\$\d+(?:::uuid)?|\(select auth\.uid\(\)\)|auth\.uid\(\))/gi;
const withoutOwner = (text: string): string =>
  text.replace(ownerFilter, (filter, value: string) =>
    /\b(set|values)\b/i.test(filter)
      ? filter
      : value.startsWith('$')
        ? `(${value.replace(/::uuid$/, '')}::uuid is null or true)`
        : 'true',
  );

/** A plausible value of each type; `id` for the uuids, its mark for the words. */
function sampleOf(type: string, id: string, variant: number): string | null {
  const mark = marks[id] ?? '';
  const base = type.replace(/\?$/, '');
  if (type.endsWith('?') && variant === 1 && base !== 'uuid') return null;
  const values: Readonly<Record<string, string>> = {
    ...{ uuid: id, 'uuid[]': `{${id}}`, text: mark, 'text[]': `{${mark}}`, bool: variant === 0 ? 'true' : 'false' },
    ...{
      int2: '1',
      int4: '1',
      int8: '1',
      float4: '0',
      float8: '0',
      numeric: '1',
      'int4[]': '{1}',
      'float4[]': '{1,0,0}',
    },
    ...{ timestamptz: variant === 0 ? '2999-01-01' : '2000-01-01', date: '2999-01-01', jsonb: '{}', bytea: '\\x00' },
  };
  return values[base] ?? null;
}

interface Attempt {
  readonly values: readonly (string | null)[];
  readonly control: readonly (string | null)[];
}

/** All of Anna's ids; then each of them in turn replaced by one of Berta's own, and by one that nobody has. */
function attemptsOf({ paramTypes }: AnyStatement): readonly Attempt[] {
  const ids = paramTypes.flatMap((type, index) => (type.startsWith('uuid') ? [index] : []));
  const choices = [
    new Map<number, string>(),
    ...ids.flatMap((index) => [berta, nobody].map((id) => new Map([[index, id]]))),
  ];
  return [0, 1].flatMap((variant) =>
    choices.map((choice) => ({
      values: paramTypes.map((type, index) => sampleOf(type, choice.get(index) ?? anna, variant)),
      control: paramTypes.map((type, index) => sampleOf(type, choice.get(index) ?? nobody, variant)),
    })),
  );
}

const known = [anna, berta, nobody];
/** The moment of the answer and ids that are made for it are no secrets. */
const timeless = (row: string): string =>
  row
    .replace(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)?\+00/g, 'then')
    .replace(/[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f-]{21}/g, (id) => (known.includes(id) ? id : 'a new id'));
const speaksOfAnna = (row: string): boolean => row.includes(anna) || row.includes(marks[anna] ?? '');
const writes = /\b(insert|update|delete)\b|\bloam\.\w+\(/i;

/** What Berta saw or changed of Anna's with this text, one line each. */
async function findLeaks(statement: AnyStatement, text: string): Promise<readonly string[]> {
  const untouched = await annasRows();
  const leaks: string[] = [];
  for (const { values, control } of attemptsOf(statement)) {
    const shown = await tryAs(engine, berta, text, values, async ({ rows }) => {
      if (writes.test(text) && rows !== null && (await annasRows()) !== untouched)
        leaks.push(`${statement.name}: changes (${values.join(', ')})`);
      return rows?.map(timeless).filter(speaksOfAnna) ?? [];
    });
    if (shown.length === 0) continue;
    // What the caller said itself may come back: the same question about nobody's id must be answered alike.
    const echo = await tryAs(engine, berta, text, control, async ({ rows }) =>
      (rows ?? []).map((row) => timeless(row).replaceAll(nobody, anna).replaceAll('lemur', 'quokka')),
    );
    for (const row of shown) if (!echo.includes(row)) leaks.push(`${statement.name}: shows ${row.slice(0, 200)}`);
  }
  return leaks;
}

/** Statements that leave a row which speaks of Anna's, and why that tells and gives nothing. */
const harmless: Readonly<Record<string, string>> = {
  chat_add_collections:
    'a conversation may name any collection; its passages are searched under the rights of who asks',
};

async function findAllLeaks(change: (text: string) => string): Promise<readonly string[]> {
  const leaks: string[] = [];
  for (const each of statements) {
    const text = change(each.text);
    if (change === withoutOwner && text === each.text) continue;
    leaks.push(...(await findLeaks(each, text)));
  }
  return leaks.filter((leak) => !Object.keys(harmless).some((name) => leak.startsWith(`${name}: `)));
}

test('the owner filter is taken out wherever it is written', () => {
  assert.equal(
    withoutOwner('select id from t where user_id = $1 and x = $2'),
    'select id from t where ($1::uuid is null or true) and x = $2',
  );
  assert.equal(withoutOwner('where c.user_id = (select auth.uid()) limit 1'), 'where true limit 1');
});

test('Anna herself sees her rows with these values, so that not seeing them means something', async () => {
  let seen = 0;
  for (const statement of statements) {
    let count = 0;
    for (const variant of [0, 1]) {
      const values = statement.paramTypes.map((type) => sampleOf(type, anna, variant));
      count += await tryAs(
        engine,
        anna,
        statement.text,
        values,
        async ({ rows, affected }) => (rows ?? []).filter(speaksOfAnna).length + affected,
      );
    }
    if (count > 0) seen += 1;
  }
  assert.ok(seen >= 25, `${seen} of ${statements.length} statements showed or changed something of hers`);
});

test('no statement shows or changes anything of another user', async () => {
  assert.equal((await findAllLeaks((text) => text)).join('\n'), '');
});

test('nor does one without its owner filter', async () => {
  assert.equal((await findAllLeaks(withoutOwner)).join('\n'), '');
});

test('a table whose row-level security is off would be noticed', async () => {
  await engine.exec(
    'alter table conversations disable row level security; alter table messages disable row level security',
  );
  const leaks = (await findAllLeaks((text) => text)).join('\n');
  await engine.exec(
    'alter table conversations enable row level security; alter table messages enable row level security',
  );
  assert.match(leaks, /: shows /);
  assert.match(leaks, /: changes /);
});

test('a partition that is named directly shows nothing, not even that it is there', async () => {
  const { rows } = await engine.query<{ name: string }>(
    `select oid::regclass::text as name from pg_class where relnamespace = 'loam_partitions'::regnamespace and relkind = 'r'`,
  );
  assert.ok(rows.length >= 6);
  for (const { name } of rows) {
    const refused = await tryAs(engine, anna, `select * from ${name}`, [], async (trial) => trial.rows === null);
    assert.ok(refused, name);
  }
});
