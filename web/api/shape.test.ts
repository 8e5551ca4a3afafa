// What the readers accept of an answer, and what they refuse.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { count, flag, list, maybe, oneOf, page, part, record, text } from './shape.ts';

const row = record({ id: text, size: count, open: flag, note: maybe(text), kind: oneOf('a', 'b'), tags: list(text) });
const good = { id: 'x', size: 1, open: true, note: null, kind: 'b', tags: ['t'] };

test('a field that is missing or of another kind is refused by its name', () => {
  assert.throws(() => row({ ...good, size: '1' }), /number at answer\.size/);
  assert.throws(() => row({ ...good, kind: 'c' }), /one of a, b at answer\.kind/);
  assert.throws(() => row({ ...good, tags: ['t', 2] }), /text at answer\.tags\[1\]/);
  assert.throws(() => row(null), /object/);
  assert.throws(() => page(row)({ data: {} }), /list/);
});

test('unknown fields are left out, and what may be missing becomes null', () => {
  const { note: _, ...rest } = good;
  assert.deepEqual(row({ ...rest, more: 1 }), good);
  assert.deepEqual(page(text)({ data: ['a'] }), { data: ['a'], next_cursor: null });
  assert.deepEqual(part<{ id: string; other: number }>()({ id: text })({ id: 'y', other: 2 }), { id: 'y' });
});
