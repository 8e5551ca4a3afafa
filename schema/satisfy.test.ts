// What the solver changes so that the database accepts a row; each case is then really inserted.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Catalog, Table } from './catalog/model.ts';
import { readCatalog } from './catalog/read.ts';
import { openScratch } from './open-session.ts';
import { quoteName, quoteQualified } from './quote.ts';
import { type Answer, type Question, satisfy } from './satisfy.ts';
import type { Session } from './session.ts';

let session: Session;
let catalog: Catalog;
before(async () => {
  session = await openScratch();
  await session.exec(`
    create domain handle as text check (value ~ '^[a-z][a-z0-9]{2,11}$');
    create table shelves (id int primary key);
    insert into shelves values (1), (2);
    create table boxes (
      id int primary key,
      shelf_id int references shelves, room_id int,
      check (num_nonnulls(shelf_id, room_id) = 1)
    );
    create table pairs (
      one int not null references shelves, two int not null references shelves,
      constraint apart check (one <> two)
    );
    create table keys (
      token text not null, hint text not null, digest text not null,
      lower_token text generated always as (lower(token)) stored,
      constraint hinted check (hint = right(token, 4)),
      constraint digested check (digest = md5(lower_token)),
      constraint long check (length(token) = 12)
    );
    create table spans (
      starts_at timestamptz not null, ends_at timestamptz not null, kind text not null, payload jsonb not null, tags text[] not null,
      "order" int not null, label varchar(3),
      constraint forwards check (ends_at > starts_at),
      constraint kinds check (kind in ('short', 'long') and (kind = 'long') = (payload ? 'why')),
      constraint tagged check (cardinality(tags) > 0),
      constraint ordered check ("order" between 7 and 9),
      constraint counted check (jsonb_array_length(payload -> 'list') > 0 or kind <> 'list')
    );
    create table people (name handle not null, other handle, constraint same check (other is null or other <> name));
    create table drafts (state text default 'draft', sent_at timestamptz,
      constraint sent check ((state = 'sent') = (sent_at is not null)));
    create table never (a int, constraint impossible check (a is not null and a <> a));
    create table threes (a int, b int, c int,
      constraint one check ((a is not null) <> (b is not null)), constraint two check ((b is not null) <> (c is not null)));`);
  catalog = await readCatalog(session);
});
after(() => session.close());

const tableNamed = (name: string): Table => {
  const table = catalog.tables.find((each) => each.schema === 'public' && each.name === name);
  assert.ok(table);
  return table;
};

async function solve(
  name: string,
  row: Readonly<Record<string, string | null>>,
  violated: string,
  more: Partial<Question> = {},
): Promise<Answer | null> {
  const table = tableNamed(name);
  const given = new Map(Object.entries(row));
  const answer = await satisfy(session, { catalog, table, rows: [given], violated, ...more });
  if (answer === null) return null;
  const made = new Map([...given, ...answer.values, ...(answer.computed[0] ?? [])]);
  await session.exec('begin');
  try {
    await session.rows(
      made.size === 0
        ? `insert into ${quoteQualified(table)} default values`
        : `insert into ${quoteQualified(table)} (${[...made.keys()].map(quoteName).join(', ')}) values (${[...made.keys()].map((_, index) => `$${index + 1}`).join(', ')})`,
      [...made.values()],
    );
  } finally {
    await session.exec('rollback');
  }
  return answer;
}

test('what nothing satisfies is said, and nothing is written', async () => {
  assert.equal(await solve('never', { a: '1' }, 'impossible'), null);
  assert.equal(
    await solve('pairs', { one: '1', two: '1' }, 'apart', { bound: new Set(['one', 'two']) }),
    null,
    'foreign keys point only where the caller says',
  );
});

test('exactly one of two references: a parent is taken, or one is emptied', async () => {
  const bound = new Set(['shelf_id']);
  const parents = [{ columns: ['shelf_id'], values: [['1'], ['2']] }];
  const filled = await solve('boxes', { id: '1', shelf_id: null, room_id: null }, 'boxes_check', {
    bound,
    fixed: new Set(['room_id']),
    candidates: parents,
  });
  assert.deepEqual(filled?.values, new Map([['shelf_id', '1']]));
  const emptied = await solve('boxes', { id: '1', shelf_id: '1', room_id: '3' }, 'boxes_check', {
    bound,
    reluctant: new Set(['room_id']),
    candidates: parents,
  });
  assert.deepEqual(emptied?.values, new Map([['shelf_id', null]]));
  const other = await solve('pairs', { one: '1', two: '1' }, 'apart', {
    bound: new Set(['one', 'two']),
    fixed: new Set(['one']),
    candidates: [{ columns: ['two'], values: [['1'], ['2']] }],
  });
  assert.deepEqual(other?.values, new Map([['two', '2']]));
});

test('columns that follow from others are computed, generated columns among them', async () => {
  const answer = await solve('keys', { token: 'quokka1000', hint: 'quokka1000', digest: 'x' }, 'hinted');
  assert.equal(answer?.computed[0]?.get('hint')?.length, 4);
  assert.ok(answer?.expressions.has('digest'));
  assert.equal(answer?.values.get('token')?.length, 12);
});

test('lists, documents, bounds and times; an error in one combination is no more than a no', async () => {
  const row = {
    ...{ starts_at: '2026-01-01', ends_at: '2026-01-01', kind: 'list', payload: '[]', tags: '{}', order: '1' },
    label: 'abc',
  };
  const kinds = await solve('spans', { ...row, ends_at: '2027-01-01', tags: '{a}', order: '8' }, 'kinds');
  assert.deepEqual(kinds?.values, new Map([['kind', 'short']]));
  const rest = { ...row, kind: 'short' };
  assert.ok(await solve('spans', { ...rest, tags: '{a}', order: '8' }, 'forwards'));
  assert.ok(await solve('spans', { ...rest, ends_at: '2027-01-01', order: '8' }, 'tagged'));
  const ordered = await solve('spans', { ...rest, ends_at: '2027-01-01', tags: '{a}' }, 'ordered');
  assert.deepEqual(ordered?.values, new Map([['order', '7']]));
});

test('the pattern of a domain, beside a check of the table', async () => {
  const answer = await solve('people', { name: 'Not A Handle', other: null }, 'handle_check');
  assert.match(answer?.values.get('name') ?? '', /^[a-z][a-z0-9]{2,11}$/);
});

test('of all combinations the one with the fewest changes, over checks that hang together', async () => {
  const answer = await solve('threes', { a: '1', b: '1', c: '1' }, 'one', { fixed: new Set(['a']) });
  assert.deepEqual(answer?.values, new Map([['b', null]]));
});

test('a column that is left out holds its default', async () => {
  const answer = await solve('drafts', { sent_at: '2026-01-01' }, 'sent', { fixed: new Set(['sent_at']) });
  assert.deepEqual(answer?.values, new Map([['state', 'sent']]));
  assert.deepEqual((await solve('drafts', {}, 'sent'))?.values, new Map());
});

test('one change for several rows, and conditions of the caller’s own', async () => {
  const table = tableNamed('threes');
  const rows = ['1', '2'].map((a) => new Map([['a', a], ['b', a], ['c', null]])); // biome-ignore format: a table
  const answer = await satisfy(session, {
    ...{ catalog, table, rows, violated: 'late' },
    conditions: [{ name: 'late', columns: ['a'], expression: 'a is not null and a >= 40' }],
  });
  assert.equal(answer?.computed.length, 2);
  assert.ok(Number(answer?.values.get('a')) >= 40);
});
