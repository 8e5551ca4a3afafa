// Places in documents as addresses hold them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pageOf, readPlace } from './place.ts';

test('what makes no sense in an address is left out', () => {
  assert.deepEqual(readPlace({ document: 'd', page: '4', from: '1', to: '9' }), {
    document: 'd',
    page: 4,
    from: 1,
    to: 9,
  });
  assert.deepEqual(readPlace({ document: 7, page: 'x', from: '9', to: '1' }), {});
  assert.deepEqual(readPlace({ page: '-1', from: '1' }), {});
});

test('a page is found by its place in the text where it has no number', () => {
  assert.equal(pageOf({ page_number: 4 }), 4);
  assert.equal(pageOf({ page_number: null, page_index: 2 }), 3);
  assert.equal(pageOf({ page_number: null, page_index: null }), 1);
});
