// The catalog's reader: every kind of object with all that the model promises, the same on PGlite 18 and PostgreSQL 15.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type ClonedDatabase, emptyNative } from '../../server/testing/native.ts';
import { openAddress, openScratch } from '../open-session.ts';
import type { Session } from '../session.ts';
import type { Catalog } from './model.ts';
import { readCatalog } from './read.ts';

const sql = `
create schema shop;
comment on schema shop is 'Things';
create type shop.mood as enum ('good', 'bad');
create domain shop.short as text default 'x' check (length(value) < 9);
create type shop.pair as (first integer, second text);
create sequence shop.numbers start 5 increment 2;
create table shop.parents (id uuid primary key default gen_random_uuid(), at timestamptz not null);
create table shop.children (
  id bigint generated always as identity primary key,
  parent_id uuid not null constraint parent references shop.parents (id) on delete cascade on update restrict,
  "Odd Name" varchar(7) collate "C" not null default 'a',
  mood shop.mood,
  tags text[] default '{}',
  doubled numeric(10, 2) generated always as (id * 2) stored,
  constraint positive check (id > 0),
  unique nulls not distinct (mood, "Odd Name") deferrable initially deferred
);
alter table shop.children drop column tags;
comment on column shop.children.mood is 'how it is';
create index parent_first on shop.children using btree (parent_id desc nulls last, lower("Odd Name")) include (id) where id > 5;
create table shop.events (at date not null, id integer) partition by range (at);
create table shop.events_2026 partition of shop.events for values from ('2026-01-01') to ('2027-01-01');
alter table shop.children enable row level security;
create policy mine on shop.children as restrictive for update to shop_reader
  using (exists (select from shop.parents as p where p.id = parent_id)) with check (true);
create view shop.listed with (security_invoker = true) as select id, "Odd Name" from shop.children;
create function shop.add(one integer, out total integer, two integer default 2) language sql immutable strict security definer
  set search_path = '' as $$ select one + two $$;
revoke execute on function shop.add(integer, integer) from public;
create function shop.changed() returns trigger language plpgsql as $$ begin return new; end $$;
create trigger touched before insert or update on shop.children for each row execute function shop.changed();
grant select (id), update ("Odd Name") on shop.children to shop_reader;
grant select on shop.listed to shop_reader with grant option;
create aggregate shop.longest(text) (sfunc = pg_catalog.text_larger, stype = text, initcond = 'it''s', parallel = safe);
create type shop.span as range (subtype = integer, multirange_type_name = shop.spans);
create operator shop.=== (function = int4eq, leftarg = integer, rightarg = integer, commutator = operator(shop.===), hashes);
create cast (shop.pair as text) with inout as assignment;
create statistics shop.together (dependencies) on parent_id, mood from shop.children;
create function shop.watch() returns event_trigger language plpgsql as $$ begin end $$;
create event trigger shop_watch on ddl_command_end when tag in ('CREATE TABLE') execute function shop.watch();
alter event trigger shop_watch disable;
create foreign data wrapper shop_wrapper options (debug 'a=b');
create server shop_server type 'x' foreign data wrapper shop_wrapper options (host 'h');
create foreign table shop.far (id integer options (column_name 'ID'), plain text) server shop_server options (object 'o');
create text search dictionary shop.plain (template = simple, accept = false);
create text search configuration shop.words (parser = default);
alter text search configuration shop.words add mapping for word, asciiword with shop.plain, simple;
alter default privileges in schema shop grant select on tables to shop_reader with grant option;
create publication shop_news for table shop.children with (publish = 'insert, delete');
`;

let database: ClonedDatabase;
let native: Session;
let embedded: Session;
const catalogs: Catalog[] = [];
before(async () => {
  database = await emptyNative(15);
  native = await openAddress(database.url);
  embedded = await openScratch({ platform: false });
  await native.exec('drop role if exists shop_reader');
  for (const session of [embedded, native]) {
    await session.exec(`create role shop_reader; ${sql}`);
    catalogs.push(await readCatalog(session, { schemas: ['shop'] }));
  }
});
after(async () => {
  await native.exec('drop event trigger shop_watch; drop foreign data wrapper shop_wrapper cascade').catch(() => {});
  await native.exec('drop owned by shop_reader; drop role shop_reader').catch(() => {});
  await native.close();
  await embedded.close();
  await database.drop();
});

/** Oids and owners differ; PostgreSQL 18 has one privilege more and writes a view's columns without their table. */
const comparable = (catalog: Catalog | undefined): unknown => {
  assert.ok(catalog);
  const { version, roles, extensions, views, ...rest } = catalog;
  assert.ok(version > 150_000 && roles.length > 0 && extensions.length >= 0);
  return JSON.parse(
    JSON.stringify({ ...rest, views: views.map((view) => ({ ...view, text: '' })) }),
    (key, value: unknown) => {
      if (['oid', 'owner', 'grantee', 'role'].includes(key)) return undefined;
      return key === 'grants' && Array.isArray(value)
        ? value.filter(({ privilege }) => privilege !== 'MAINTAIN')
        : value;
    },
  );
};

test('is the same on both engines', () => {
  assert.deepEqual(comparable(catalogs[0]), comparable(catalogs[1]));
});

test('a table: columns, keys, checks, indexes, rights', () => {
  const table = catalogs[0]?.tables.find(({ name }) => name === 'children');
  assert.ok(table);
  assert.deepEqual([table.kind, table.rls, table.forceRls, table.partitionOf], ['table', true, false, null]);
  assert.deepEqual(
    table.columns.map(({ name, position, type, typeKind, notNull, generated, identity }) => [
      name,
      position,
      type,
      typeKind,
      notNull,
      generated,
      identity,
    ]),
    [
      ['id', 1, 'bigint', 'base', true, null, 'always'],
      ['parent_id', 2, 'uuid', 'base', true, null, null],
      ['Odd Name', 3, 'character varying(7)', 'base', true, null, null],
      ['mood', 4, 'shop.mood', 'enum', false, null, null],
      ['doubled', 6, 'numeric(10,2)', 'base', false, 'stored', null],
    ],
  );
  assert.equal(table.columns[2]?.default, "'a'::character varying");
  assert.equal(table.columns[2]?.collation, '"C"');
  assert.equal(table.columns[3]?.comment, 'how it is');
  assert.deepEqual(table.columns[2]?.grants, [{ grantee: 'shop_reader', privilege: 'UPDATE', grantable: false }]);
  const key = table.constraints.find(({ name }) => name === 'parent');
  assert.deepEqual(
    [key?.columns, key?.target, key?.onDelete, key?.onUpdate],
    [['parent_id'], { schema: 'shop', name: 'parents', columns: ['id'] }, 'cascade', 'restrict'],
  );
  assert.deepEqual(
    table.constraints.map(({ kind }) => kind),
    ['check', 'foreign key', 'primary key', 'unique'],
  );
  const unique = table.constraints.find(({ kind }) => kind === 'unique');
  assert.deepEqual([unique?.deferrable, unique?.deferred, unique?.columns], [true, true, ['mood', 'Odd Name']]);
  const index = table.indexes.find(({ name }) => name === 'parent_first');
  assert.deepEqual(index?.keys, [
    { column: 'parent_id', expression: 'parent_id', opclass: 'uuid_ops', descending: true, nullsFirst: false },
    { column: null, expression: 'lower("Odd Name"::text)', opclass: 'text_ops', descending: false, nullsFirst: false },
  ]);
  assert.deepEqual(
    [index?.included, index?.predicate, index?.unique, index?.method, index?.constraint],
    [['id'], '(id > 5)', false, 'btree', null],
  );
});

test('partitions, views, policies, triggers, types, sequences, publications', () => {
  const [catalog] = catalogs;
  assert.ok(catalog);
  const partition = catalog.tables.find(({ name }) => name === 'events_2026');
  assert.deepEqual(partition?.partitionOf, { schema: 'shop', name: 'events' });
  assert.match(partition?.partitionBound ?? '', /^FOR VALUES FROM \('2026-01-01'\)/);
  assert.equal(catalog.tables.find(({ name }) => name === 'events')?.partitionKey, 'RANGE (at)');
  const [policy] = catalog.policies;
  assert.deepEqual(
    [policy?.name, policy?.command, policy?.permissive, policy?.roles, policy?.check],
    ['mine', 'update', false, ['shop_reader'], 'true'],
  );
  assert.deepEqual(
    policy?.relations.map(({ name }) => name),
    ['children', 'parents'],
  );
  const [view] = catalog.views;
  assert.deepEqual(
    [view?.kind, view?.options, view?.relations.map(({ name }) => name)],
    ['view', ['security_invoker=true'], ['children']],
  );
  assert.ok(
    view?.grants.some(
      ({ grantee, privilege, grantable }) => grantee === 'shop_reader' && privilege === 'SELECT' && grantable,
    ),
  );
  const [trigger] = catalog.triggers;
  assert.deepEqual(
    [trigger?.name, trigger?.timing, trigger?.events, trigger?.eachRow, trigger?.function.name],
    ['touched', 'before', ['insert', 'update'], true, 'changed'],
  );
  assert.deepEqual(
    catalog.enums.map(({ name, values }) => [name, values]),
    [['mood', ['good', 'bad']]],
  );
  assert.deepEqual(
    catalog.domains.map(({ name, type, checks }) => [name, type, checks.length]),
    [['short', 'text', 1]],
  );
  assert.deepEqual(
    catalog.composites.map(({ attributes }) => attributes),
    [
      [
        { name: 'first', type: 'integer' },
        { name: 'second', type: 'text' },
      ],
    ],
  );
  assert.deepEqual(
    catalog.sequences.map(({ name, start, ownedBy }) => [name, start, ownedBy?.identity ?? null]),
    [
      ['children_id_seq', '1', true],
      ['numbers', '5', null],
    ],
  );
  assert.deepEqual(catalog.publications.find(({ name }) => name === 'shop_news')?.operations, ['insert', 'delete']);
  assert.equal(catalog.schemas.find(({ name }) => name === 'shop')?.comment, 'Things');
});

test('a function: arguments with modes and defaults, settings, rights', () => {
  const add = catalogs[0]?.functions.find(({ name }) => name === 'add');
  assert.ok(add);
  assert.deepEqual(
    add.arguments.map(({ name, mode, type, hasDefault }) => [name, mode, type, hasDefault]),
    [
      ['one', 'in', 'integer', false],
      ['total', 'out', 'integer', false],
      ['two', 'in', 'integer', true],
    ],
  );
  assert.deepEqual(
    [add.identity, add.definer, add.volatility, add.strict, add.settings, add.language],
    ['integer, integer', true, 'immutable', true, ['search_path=""'], 'sql'],
  );
  assert.ok(!add.grants.some(({ grantee }) => grantee === 'public'));
  assert.equal(add.body.trim(), 'select one + two');
});

test('what few schemas have', () => {
  const [catalog] = catalogs;
  assert.ok(catalog);
  assert.equal(
    catalog.functions.find(({ name }) => name === 'longest')?.text,
    `CREATE OR REPLACE AGGREGATE shop.longest(text) (\n  SFUNC = text_larger,\n  STYPE = text,\n  INITCOND = 'it''s',\n  PARALLEL = SAFE\n)`,
  );
  // Functions that a range type makes for itself are no one's.
  assert.deepEqual(
    catalog.functions.filter(({ name }) => name.startsWith('span')),
    [],
  );
  assert.deepEqual(
    catalog.ranges.map(({ name, subtype, multirange, opclass, difference }) => [
      name,
      subtype,
      multirange,
      opclass,
      difference,
    ]),
    [['span', 'integer', 'spans', null, null]],
  );
  const [operator] = catalog.operators;
  assert.deepEqual(
    [
      operator?.name,
      operator?.left,
      operator?.right,
      operator?.function,
      operator?.commutator,
      operator?.negator,
      operator?.hashes,
    ],
    ['===', 'integer', 'integer', 'int4eq', 'shop.===', null, true],
  );
  assert.deepEqual(catalog.casts, [
    {
      schema: 'shop',
      source: 'shop.pair',
      target: 'text',
      function: null,
      inout: true,
      context: 'assignment',
      comment: null,
    },
  ]);
  const [statistics] = catalog.statistics;
  assert.deepEqual(
    [statistics?.table.name, statistics?.columns, statistics?.target],
    ['children', ['parent_id', 'mood'], null],
  );
  const watch = catalog.eventTriggers.find(({ name }) => name === 'shop_watch');
  assert.deepEqual(
    [watch?.event, watch?.tags, watch?.function.name, watch?.enabled],
    ['ddl_command_end', ['CREATE TABLE'], 'watch', 'D'],
  );
  assert.deepEqual(catalog.wrappers.find(({ name }) => name === 'shop_wrapper')?.options, ['debug=a=b']);
  const server = catalog.servers.find(({ name }) => name === 'shop_server');
  assert.deepEqual([server?.wrapper, server?.type, server?.options], ['shop_wrapper', 'x', ['host=h']]);
  assert.deepEqual(catalog.foreignTables, [
    {
      schema: 'shop',
      name: 'far',
      server: 'shop_server',
      options: ['object=o'],
      columns: [{ name: 'id', options: ['column_name=ID'] }],
    },
  ]);
  assert.deepEqual(
    catalog.dictionaries.map(({ template, options }) => [template, options]),
    [['pg_catalog.simple', `accept = 'false'`]],
  );
  assert.deepEqual(catalog.searchConfigurations[0]?.mappings, [
    { token: 'asciiword', dictionaries: ['shop.plain', 'simple'] },
    { token: 'word', dictionaries: ['shop.plain', 'simple'] },
  ]);
  assert.deepEqual(
    catalog.defaultRights.filter(({ schema }) => schema === 'shop').map(({ object, grants }) => [object, grants]),
    [['r', [{ grantee: 'shop_reader', privilege: 'SELECT', grantable: true }]]],
  );
});

test('puts the search path back', async () => {
  await embedded.exec('set search_path to shop, public');
  await readCatalog(embedded, { schemas: ['shop'] });
  assert.deepEqual(await embedded.rows('show search_path'), [['shop, public']]);
});
