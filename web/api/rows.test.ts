// Lists in pages: fresh rows before known ones, the path of a conversation, and what another branch leaves of it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { allRows, firstPage, mergeHead, mergePath, pathOf, placeAt, removeRow, replaceRow } from './rows.ts';

const rows = (...ids: string[]) => ids.map((id) => ({ id }));
const ids = (list: { id: string }[]): string => list.map((row) => row.id).join('');

/** In these lists a row is named after its place: z stands at the top. */
const byName = ({ id }: { id: string }): string => id;

const twoPages = (first: { id: string }[], second: { id: string }[]) => ({
  pages: [
    { data: first, next_cursor: '2' },
    { data: second, next_cursor: null },
  ],
  pageParams: [null, '2'],
});

test('a fresh first page stands before what was known, without doubles', () => {
  const known = twoPages(rows('c', 'b'), rows('a'));
  const merged = mergeHead(known, { data: rows('d', 'c'), next_cursor: '9' }, byName);
  assert.equal(ids(allRows(merged)), 'dcba');
  assert.equal(merged.pages.at(-1)?.next_cursor, null);
});

test('a known row that the fresh page should hold and does not is gone', () => {
  const known = twoPages(rows('f', 'e', 'd'), rows('c', 'b', 'a'));
  const merged = mergeHead(known, { data: rows('f', 'd', 'c'), next_cursor: '9' }, byName);
  assert.equal(ids(allRows(merged)), 'fdcba');
});

test('a fresh page that knows none of the rows replaces them: there may be more between', () => {
  const known = twoPages(rows('c', 'b'), rows('a'));
  const merged = mergeHead(known, { data: rows('y', 'x'), next_cursor: '9' }, byName);
  assert.equal(ids(allRows(merged)), 'yx');
  assert.equal(merged.pages.at(-1)?.next_cursor, '9');
});

test('times of any number of digits stand in their order, and equal ones by id', () => {
  const places = [
    placeAt('2026-01-01T00:00:01.123Z', 'a'),
    placeAt('2026-01-01T00:00:01.12Z', 'b'),
    placeAt('2026-01-01T00:00:01.12Z', 'a'),
    placeAt('2026-01-01T00:00:01Z', 'z'),
  ];
  assert.deepEqual(places.toSorted().toReversed(), places);
});

test('a fresh page that is the whole list replaces it', () => {
  const known = firstPage({ data: rows('c', 'b'), next_cursor: '2' });
  assert.equal(ids(allRows(mergeHead(known, { data: rows('z'), next_cursor: null }, byName))), 'z');
});

test('a row is replaced and removed wherever it stands', () => {
  const known = {
    pages: [
      { data: rows('a'), next_cursor: '1' },
      { data: rows('b'), next_cursor: null },
    ],
    pageParams: [null, '1'],
  };
  assert.equal(ids(allRows(removeRow(known, 'b'))), 'a');
  assert.deepEqual(allRows(replaceRow(known, { id: 'b' })), rows('a', 'b'));
});

const chain = (...names: string[]) => names.map((id, index) => ({ id, parent_id: names[index - 1] ?? null }));

test('the newest page continues the known path', () => {
  const all = chain('a', 'b', 'c', 'd');
  const known = {
    pages: [
      { data: all.slice(2), next_cursor: '2' },
      { data: all.slice(0, 2), next_cursor: null },
    ],
    pageParams: [null, '2'],
  };
  const fresh = {
    data: [
      { id: 'd', parent_id: 'c' },
      { id: 'e', parent_id: 'd' },
    ],
    next_cursor: '3',
  };
  assert.equal(ids(pathOf(mergePath(known, fresh))), 'abcde');
});

test('another branch drops what it does not continue', () => {
  const known = firstPage({ data: chain('a', 'b', 'c'), next_cursor: null });
  const fresh = { data: [{ id: 'y', parent_id: 'x' }], next_cursor: '1' };
  assert.equal(ids(pathOf(mergePath(known, fresh))), 'y');
});
