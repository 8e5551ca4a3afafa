// A schema in documents: rights in words, diagrams that say what is there, the generated pages equal to what is generated now.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { doc } from '../../cli/schema/doc.ts';
import { readCatalog } from '../catalog/read.ts';
import { openScratch } from '../open-session.ts';
import { type Session, ToolError } from '../session.ts';
import { chaptersOf } from './chapters.ts';
import { entitiesPage } from './entities-page.ts';
import { markdown } from './markdown.ts';
import { mermaid } from './mermaid.ts';
import { accessTo } from './policies-in-words.ts';
import { svg } from './svg.ts';

const sql = `
  create table owners (id uuid primary key, "full name" text not null default 'x');
  create table things (
    id bigint generated always as identity primary key,
    owner_id uuid not null references owners (id) on delete cascade,
    parent_id bigint references things (id) on delete set null,
    size numeric(10,2) check (size > 0), e vector(3)
  );
  create table details (thing_id bigint primary key references things (id) on delete cascade, note text);
  create index things_owner on things (owner_id) where size is not null;
  create view sized with (security_invoker = true) as select id, size from things;
  comment on table things is 'What | people own';
  comment on column things.size is 'in <cubic> metres';
  alter table things enable row level security;
  create policy mine on things for select to authenticated using ((select auth.uid()) = owner_id);
  create policy change on things for update to authenticated using ((select auth.uid()) = owner_id) with check (size < 5);
  create policy add on things for insert to authenticated with check (true);
  create policy calm on things as restrictive for select to authenticated using (size < 100);
  grant select, insert, delete, update (size) on things to authenticated;
  grant select on things to anon;
  grant all on things to service_role;
  create function find(q text, k int default 3) returns setof things language sql security definer as 'select * from public.things';
  revoke execute on function find(text, int) from public;
  grant execute on function find(text, int) to authenticated;
  comment on function find(text, int) is 'Finds';`;

const folder = mkdtempSync(join(tmpdir(), 'loam-doc-'));
let session: Session;
before(async () => {
  session = await openScratch();
  await session.exec('create extension if not exists vector with schema extensions');
  await session.exec(sql);
});
after(async () => {
  await session.close();
  rmSync(folder, { recursive: true, force: true });
});

test('refused: a format, a schema, a pattern that there is not, a schema without tables; nothing is written', async () => {
  const output = join(folder, 'none.md');
  const empty = join(folder, 'empty.sql');
  writeFileSync(empty, 'create schema nothing;');
  const rejects = (what: Promise<unknown>, says: RegExp): Promise<void> =>
    assert.rejects(what, (error) => error instanceof ToolError && says.test(error.message));
  await rejects(
    doc('chat', { format: 'pdf', output }, () => {}),
    /^The format is one of markdown, mermaid, svg; not pdf\.$/,
  );
  await rejects(
    doc('nothing', { output }, () => {}),
    /^There is no pattern nothing/,
  );
  await rejects(
    doc(empty, { schemas: 'nothing', output }, () => {}),
    /^There is no table and no view in schema nothing\.$/,
  );
  assert.throws(() => readFileSync(output));
});

test('a project whose tables are not in public is drawn too; views alone are not', async () => {
  const apart = join(folder, 'apart.sql');
  writeFileSync(
    apart,
    'create schema app; create table app.t (id int primary key); create view v as select id from app.t;',
  );
  const output = join(folder, 'apart.mmd');
  await doc(apart, { format: 'mermaid', output }, () => {});
  assert.match(readFileSync(output, 'utf8'), /^erDiagram\n {2}%% public\n {2}%% app\n {2}app_t \{/);
  await assert.rejects(
    doc(apart, { format: 'svg', schemas: 'public', output }, () => {}),
    /^ToolError: There is no table to draw in schema public\.$/,
  );
});

test('who may do what, in words', async () => {
  const catalog = await readCatalog(session);
  const things = catalog.tables.find(({ name }) => name === 'things');
  assert.ok(things);
  assert.deepEqual(accessTo(catalog, things), [
    { roles: ['anon'], may: { select: 'no row: no policy', insert: '—', update: '—', delete: '—' } },
    {
      roles: ['authenticated'],
      may: {
        select: 'their own rows (`owner_id`), and only rows where `size < (100)::numeric`',
        insert: 'every row',
        update: 'their own rows (`owner_id`), which must stay rows where `size < (5)::numeric` (only `size`)',
        delete: 'no row: no policy',
      },
    },
    {
      roles: ['service_role'],
      may: {
        select: 'no row: no policy',
        insert: 'no row: no policy',
        update: 'no row: no policy',
        delete: 'no row: no policy',
      },
    },
  ]);
});

test('Markdown: columns, keys, comments, indexes, views, functions', async () => {
  const catalog = await readCatalog(session);
  const text = markdown(catalog, chaptersOf(catalog, ['public'], false), 'Things', ['public']);
  for (const expected of [
    /^# Things\n\n## public\n\n```mermaid\nerDiagram/,
    /### things\n\nWhat \| people own\n/,
    /\| `size` \| numeric\(10,2\) \| may be null \| {2}\| in <cubic> metres \|/,
    /\| `id` \| bigint \| PK \| counted always \|/,
    /- `owner_id` refers to `owners \(id\)`; when that row is deleted: cascade/,
    /- index `things_owner`: `\(owner_id\) where \(size IS NOT NULL\)`/,
    /### sized \(view\)\n\nWith the reader's own rights, from `things`: `id`, `size`\./,
    /\| `find\(q text, k integer\?\)` \| `setof things` \| `authenticated` \| owner's \| Finds \|/,
  ])
    assert.match(text, expected);
  for (const line of text.split('\n').filter((each) => each.startsWith('| `size`')))
    assert.equal(line.split(/(?<!\\)\|/).length, 7);
});

test('Mermaid: keys, and who refers to whom', async () => {
  const catalog = await readCatalog(session);
  const chapters = chaptersOf(catalog, ['public'], false);
  const text = mermaid(chapters);
  assert.match(text, / {2}things \{\n {4}bigint id PK\n {4}uuid owner_id FK\n {4}bigint parent_id FK\n {2}\}/);
  assert.match(text, / {2}owners \|\|--o\{ things : "owner_id"/);
  assert.match(text, / {2}things \|o--o\{ things : "parent_id"/);
  assert.match(text, / {2}things \|\|--o\| details : "thing_id"/);
  assert.match(mermaid(chapters, 'all'), / {4}numeric size\n {4}vector\(3\) e\n/);
  assert.doesNotMatch(mermaid(chapters, 'none'), /\{\n/);
});

test('SVG: every table and key, a title and a description, light and dark', async () => {
  const catalog = await readCatalog(session);
  const text = svg(chaptersOf(catalog, ['public'], false), 'Things <& more>', 'all');
  assert.match(text, /<title id="title">Things &lt;&amp; more&gt;<\/title>/);
  assert.match(
    text,
    /<desc id="description">3 tables, 2 references drawn as lines\. public: details, owners, things\./,
  );
  assert.match(text, /prefers-color-scheme: dark/);
  for (const name of ['owners', 'things', 'details', 'full name', 'vector(3)'])
    assert.ok(text.includes(`>${name}<`), name);
  assert.doesNotMatch(text, /NaN|undefined/);
});

test('the generated pages are what would be generated now: node schema/doc/write-entities.ts', async () => {
  const page = await entitiesPage();
  const at = (path: string): string => readFileSync(new URL(`../../docs/${path}`, import.meta.url), 'utf8');
  assert.ok(at('reference/entities.md') === page.markdown, 'docs/reference/entities.md is another');
  assert.ok(at('images/entities.svg') === page.svg, 'docs/images/entities.svg is another');
  assert.match(page.markdown, /^ {2}messages \{$/m);
});
