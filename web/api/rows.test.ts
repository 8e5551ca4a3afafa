// Lists in pages: fresh rows before known ones, the path of a conversation, and what another branch leaves of it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { allRows, firstPage, mergeHead, mergePath, pathOf, removeRow, replaceRow } from './rows.ts';

const rows = (...ids: string[]) => ids.map((id) => ({ id }));
const ids = (list: { id: string }[]): string => list.map((row) => row.id).join('');

test('a fresh first page stands before what was known, without doubles', () => {
  const known = {
    pages: [
      { data: rows('c', 'b'), next_cursor: '2' },
      { data: rows('a'), next_cursor: null },
    ],
    pageParams: [null, '2'],
  };
  const merged = mergeHead(known, { data: rows('d', 'b'), next_cursor: '9' });
  assert.equal(ids(allRows(merged)), 'dbca');
  assert.equal(merged.pages.at(-1)?.next_cursor, null);
});

test('a fresh page that is the whole list replaces it', () => {
  const known = firstPage({ data: rows('c', 'b'), next_cursor: '2' });
  assert.equal(ids(allRows(mergeHead(known, { data: rows('z'), next_cursor: null }))), 'z');
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
