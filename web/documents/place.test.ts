// Places in documents as addresses hold them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pageOf, placeOf, readPlace } from './place.ts';

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

test('a passage stands on the page that its offsets count in', () => {
  assert.equal(pageOf({ page_index: 2 }), 3);
  const passage = { document_id: 'd', page_index: 0, start_offset: 4, end_offset: 9 };
  assert.deepEqual(placeOf(passage), { document: 'd', page: 1, from: 4, to: 9 });
  assert.deepEqual(placeOf({ ...passage, start_offset: null, end_offset: null }), { document: 'd', page: 1 });
});
