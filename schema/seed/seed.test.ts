// Seeding on PGlite: what is refused first, then a schema that nobody here wrote, then Loam's own.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, test } from 'node:test';
import { openScratch } from '../open-session.ts';
import { choosePatterns, patternFiles } from '../patterns.ts';
import { type Session, ToolError } from '../session.ts';
import { cleanSeed } from './clean.ts';
import { listRuns } from './ledger.ts';
import { type SeedResult, seedDatabase } from './seed.ts';

/** Somebody else's project: every kind of constraint, two circles, partitions, an account table of its own. */
const shop = `
create schema shop;
create type shop.stage as enum ('new', 'paid', 'sent');
create domain shop.percent as integer check (value between 0 and 100);
create table shop.users (id bigint generated always as identity primary key, email varchar(80) not null unique, name text not null);
create table shop.companies (
  id uuid primary key default gen_random_uuid(), slug text not null unique check (slug ~ '^[a-z0-9-]{3,40}$'),
  contact_id bigint references shop.users, chief_order_id integer
);
create table shop.orders (
  id serial primary key, user_id bigint not null references shop.users, company_id uuid not null references shop.companies,
  code char(8) not null unique, stage shop.stage not null, rebate shop.percent, is_default boolean not null,
  starts_on date not null, ends_on date not null check (ends_on > starts_on),
  total numeric(8, 2) not null check (total > 0), paid_total numeric(8, 2) generated always as (total / 2) stored,
  kind text not null check (kind = 'gift' or kind = 'own'), note text check (char_length(note) <= 20),
  check ((kind = 'gift') = (note is not null and note like 'for %'))
);
create unique index one_default on shop.orders (user_id) where is_default;
alter table shop.companies add foreign key (chief_order_id) references shop.orders;
create table shop.items (
  order_id integer not null references shop.orders on delete cascade, line_number smallint not null check (line_number > 0),
  parent_line smallint, sku text not null check (length(sku) between 4 and 12), tags text[] not null,
  embedding extensions.vector(8) not null, primary key (order_id, line_number),
  foreign key (order_id, parent_line) references shop.items
);
create table shop.visits (at timestamptz not null, id uuid not null default gen_random_uuid(), user_id bigint not null references shop.users, primary key (at, id)) partition by range (at);
create table shop.visits_all partition of shop.visits default;
create table shop.friends (a bigint references shop.users, b bigint references shop.users, primary key (a, b), check (a <> b));
`;

let own: Session;
let loam: Session;
let seeded: SeedResult;

before(async () => {
  [own, loam] = await Promise.all([openScratch(), openScratch()]);
  await own.exec(`create extension vector with schema extensions; ${shop}`);
  await loam.exec('create extension vector with schema extensions');
  for (const { text } of patternFiles(choosePatterns(['rag', 'chat']), { vectors: true })) await loam.exec(text);
});
after(() => Promise.all([own.close(), loam.close()]));

const refused = async (work: Promise<unknown>, sentence: RegExp): Promise<void> =>
  await assert.rejects(work, (error) => error instanceof ToolError && sentence.test(error.message));
const count = async (session: Session, from: string): Promise<number> =>
  Number((await session.rows(`select count(*) from ${from}`))[0]?.[0]);
/** Of all rows of a table, in their order of writing. */
const digest = async (session: Session, table: string): Promise<string> =>
  createHash('sha256')
    .update(JSON.stringify(await session.rows(`select t::text from ${table} as t order by t::text`)))
    .digest('hex');

test('options that make no sense are refused', async () => {
  await refused(seedDatabase(own, { seed: 0 }), /whole number from 1/);
  await refused(seedDatabase(own, { seed: 70_000 }), /whole number from 1/);
  await refused(seedDatabase(own, { tenants: 1 }), /at least 2/);
  await refused(seedDatabase(own, { schemas: ['nowhere'] }), /no table to seed/);
  await refused(cleanSeed(own, 1), /Nothing in this database was seeded/);
});

test('a check that nothing fits is named, and nothing is written', async () => {
  await own.exec(
    `create schema odd; create table odd.locks (id uuid primary key, word text not null constraint odd_word check (md5(word) like 'ffff%'))`,
  );
  await refused(
    seedDatabase(own, { schemas: ['odd'] }),
    /odd\.locks do not satisfy its constraint "odd_word".*--set odd\.locks\.word=/s,
  );
  await own.exec('create table odd.shapes (id uuid primary key, area polygon not null)');
  await refused(seedDatabase(own, { schemas: ['odd'], tables: ['shapes'] }), /odd\.shapes\.area/);
  assert.equal(
    (
      await seedDatabase(own, {
        schemas: ['odd'],
        tables: ['shapes'],
        rows: 3,
        set: { 'odd.shapes.area': '((0,0),(1,1),(1,0))' },
      })
    ).rows,
    3,
  );
  await cleanSeed(own, 1);
  assert.deepEqual(await listRuns(own), []);
  await own.exec('drop schema odd cascade');
});

test('references in a circle that may not be empty are said', async () => {
  await own.exec(`
    create schema ring;
    create table ring.a (id uuid primary key, b_id uuid not null);
    create table ring.b (id uuid primary key, a_id uuid not null references ring.a);
    alter table ring.a add foreign key (b_id) references ring.b`);
  await refused(seedDatabase(own, { schemas: ['ring'] }), /point to each other/);
  await own.exec('drop schema ring cascade');
});

test('what a trigger refuses is said, and all of it is undone', async () => {
  await own.exec(`
    create schema shut;
    create table shut.first (id uuid primary key);
    create table shut.second (id uuid primary key, first_id uuid not null references shut.first);
    create function shut.no() returns trigger language plpgsql as $$ begin raise exception 'not today'; end $$;
    create trigger no before insert on shut.second for each row execute function shut.no()`);
  await refused(seedDatabase(own, { schemas: ['shut'] }), /shut\.second refuses.*not today.*Nothing was written/s);
  assert.equal(await count(own, 'shut.first'), 0);
  assert.equal((await seedDatabase(own, { schemas: ['shut'], triggers: 'skip', rows: 5 })).rows, 10);
  await cleanSeed(own, 1);
  await own.exec('drop schema shut cascade');
});

test("somebody else's schema is filled within all of its constraints", async () => {
  const { tables } = await seedDatabase(own, { schemas: ['shop'], rows: 40, rowsOf: { items: 90 } });
  const rows = Object.fromEntries(tables.map((each) => [each.table, each.rows]));
  assert.deepEqual(rows, {
    'shop.users': 6,
    'shop.companies': 2,
    'shop.orders': 40,
    'shop.items': 90,
    'shop.visits': 40,
    'shop.friends': 12,
  });
  assert.ok((await count(own, 'shop.companies where chief_order_id is not null')) > 0, 'the circle is closed');
  assert.ok((await count(own, 'shop.items where parent_line is not null')) > 0);
  assert.equal(await count(own, 'shop.items where abs(extensions.vector_norm(embedding) - 1) > 0.0001'), 0);
  await own.exec(`insert into shop.users (email, name) values ('after@example.org', 'After')`);
  await refused(seedDatabase(own, { schemas: ['shop'], seed: 2 }), /looks like a database in use/);
  await own.exec(`delete from shop.users where name = 'After'`);
});

test('the same number twice is refused; another one goes beside it; each is taken out alone', async () => {
  await refused(seedDatabase(own, { schemas: ['shop'] }), /number 1 already/);
  const first = await digest(own, 'shop.orders');
  await seedDatabase(own, { schemas: ['shop'], seed: 2, rows: 25 });
  assert.equal(await count(own, 'shop.orders'), 65);
  await refused(cleanSeed(own, 3), /there is: 1, 2/);
  await cleanSeed(own, 2);
  assert.equal(await digest(own, 'shop.orders'), first);
  await cleanSeed(own, 1);
  for (const table of ['users', 'companies', 'orders', 'items', 'visits', 'friends'])
    assert.equal(await count(own, `shop.${table}`), 0, table);
});

test("Loam's own: two tenants, look-alikes that tell their owner, and everything that belongs to a person is theirs", async () => {
  seeded = await seedDatabase(loam, { rows: 240, dimensions: 64 });
  assert.ok(seeded.rows > 3000);
  assert.equal(await count(loam, 'auth.users'), 6);
  assert.equal(await count(loam, 'auth.identities'), 6);
  assert.equal(
    await count(loam, 'messages as m join conversations as c on c.id = m.conversation_id where m.user_id <> c.user_id'),
    0,
  );
  assert.equal(
    await count(loam, 'document_chunks as k join documents as d on d.id = k.document_id where k.user_id <> d.user_id'),
    0,
  );
  assert.equal(
    await count(
      loam,
      `messages as m join user_profiles as p on p.id = m.user_id where position(p.full_name in m.content) = 0`,
    ),
    0,
    'every text tells its owner',
  );
  const [alike] = await loam.rows(
    `select count(distinct user_id), count(*) from conversations where title like 'Filters and pressure, heat pump maintenance (%'`,
  );
  assert.equal(alike?.[0], '6');
  assert.equal(await count(loam, `user_profiles where role <> 'user'`), 0);
  const mismatched = `document_chunks as k join document_pages as p using (document_id, page_index)
    where substr(p.content, k.start_offset + 1, k.end_offset - k.start_offset) <> k.content`;
  assert.equal(await count(loam, mismatched), 0, 'passages stand in their pages');
});

test('planted questions have the answers that they are said to have', async () => {
  const vectors = seeded.questions.filter(({ by, table }) => by === 'vector' && table === 'public.chunk_embeddings');
  assert.ok(vectors.length >= 8);
  for (const { vector, user, expected } of vectors) {
    const nearest = await loam.rows(
      `select chunk_id from chunk_embeddings where user_id = $1 order by embedding operator(extensions.<=>) $2::extensions.vector limit $3`,
      [user?.id ?? '', `[${vector?.join(',')}]`, expected.length],
    );
    assert.deepEqual(
      nearest.map(([id]) => id),
      expected.map(({ chunk_id }) => chunk_id),
    );
  }
  const words = seeded.questions.filter(({ by, table }) => by === 'words' && table === 'public.document_chunks');
  assert.ok(words.length >= 8);
  for (const { question, user, expected } of words) {
    await loam.exec(
      `begin; select set_config('request.jwt.claims', '{"sub":"${user?.id}"}', true); set local role authenticated`,
    );
    const [best] = await loam.rows('select chunk_id from search_chunks($1, 1)', [question]);
    await loam.exec('rollback');
    assert.equal(best?.[0], expected[0]?.['id'], question);
  }
});

test('the same number gives the same bytes, and taking it out leaves nothing', async () => {
  const tables = ['document_chunks', 'documents', 'chunk_embeddings', 'auth.identities'];
  const own = async (): Promise<string[]> => await Promise.all(tables.map((table) => digest(loam, table)));
  const first = await own();
  await cleanSeed(loam, 1);
  for (const table of [
    ...tables,
    'auth.users',
    'user_profiles',
    'organizations',
    'organization_members',
    'conversations',
    'messages',
    'chunk_terms',
    'term_statistics',
    'usage_logs',
  ])
    assert.equal(await count(loam, `${table}`).catch(() => 0), 0, table);
  await seedDatabase(loam, { rows: 240, dimensions: 64 });
  assert.deepEqual(await own(), first);
});
