// Names in queries lead to the tables they mean: through aliases, sub-queries, common table expressions, stars and bodies.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Catalog, Table } from '../../catalog/model.ts';
import { parseExpression, parsePlpgsql, parseStatements } from './parse.ts';
import { originOf, type Query, queriesOf } from './scope.ts';
import { as } from './tree.ts';

const table = (schema: string, name: string, columns: readonly string[]): Table =>
  ({ schema, name, columns: columns.map((each) => ({ name: each })) }) as unknown as Table; // checked: only these fields are read here

const catalog = {
  tables: [
    table('public', 'docs', ['id', 'body', 'folder_id']),
    table('public', 'folders', ['id', 'owner']),
    table('far', 'moons', ['id']),
  ],
  views: [],
} as unknown as Catalog; // checked: only these fields are read here

const queries = (sql: string): readonly Query[] => queriesOf(parseStatements(sql) ?? [], { catalog, path: ['public'] });

/** What the first output of the outermost query is a column of. */
function origin(sql: string): string | undefined {
  const query = queries(sql).at(-1);
  const node = as(query?.select.targetList?.[0], 'ResTarget')?.val;
  const found = query === undefined || node === undefined ? undefined : originOf({ node, query });
  return found === undefined ? undefined : `${found.table.schema}.${found.table.name}.${found.column.name}`;
}

test('a text that does not parse gives nothing', () => {
  assert.equal(parseStatements('select from from'), null);
  assert.equal(parseExpression('a b c ('), undefined);
  assert.equal(parsePlpgsql('create function f() returns int language plpgsql as $$ nonsense $$'), null);
});

test('a name of no table, and one that an alias hides', () => {
  assert.equal(origin('select nothing from docs'), undefined);
  assert.equal(origin('select docs.body from docs as d'), undefined);
  assert.equal(origin('select body from elsewhere.docs'), undefined);
});

test('names lead to columns', () => {
  const found: readonly (readonly [string, string])[] = [
    ['select body from docs', 'public.docs.body'],
    ['select d.body from public.docs as d', 'public.docs.body'],
    ['select owner from docs join folders on folders.id = docs.folder_id', 'public.folders.owner'],
    ['select x.b from (select body as b from docs) as x', 'public.docs.body'],
    ['select x.body from (select * from docs) as x', 'public.docs.body'],
    ['with x as (select d.* from docs as d) select body from x', 'public.docs.body'],
    ['with x as (select body from docs), y as (select body as z from x) select y.z from y', 'public.docs.body'],
    ['select id from moons', 'far.moons.id'],
  ];
  for (const [sql, expected] of found) assert.equal(origin(sql), expected, sql);
});

test('a sub-query sees the names around it', () => {
  const inner = queries('select 1 from docs as d where exists (select d.body from folders)').find(
    ({ outer }) => outer !== null,
  );
  const node = as(inner?.select.targetList?.[0], 'ResTarget')?.val;
  assert.ok(inner !== undefined && node !== undefined);
  assert.equal(originOf({ node, query: inner })?.table.name, 'docs');
});

test('PL/pgSQL: statements, expressions and what EXECUTE is given', () => {
  const body = `create function f() returns int language plpgsql as $$
    declare n int;
    begin
      n := (select count(*) from folders);
      if exists (select from docs) then
        execute format('select body from %I where id = %L', 'docs', 1);
      end if;
      return n;
    end $$`;
  const names = queriesOf(parsePlpgsql(body) ?? [], { catalog, path: ['public'] }).flatMap(({ relations }) => [
    ...relations.keys(),
  ]);
  assert.deepEqual(names.sort(), ['docs', 'filled_in', 'folders']);
});
