// Documents that change while they are asked for: the newest answer stands, whatever the order.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { queryClient } from '../api/query-client.ts';
import { openPage } from '../testing/page.ts';
import { documentChanged } from './documents.ts';

const document = (status: string) => ({
  id: 'd',
  original_name: 'a.pdf',
  mime_type: 'application/pdf',
  file_size: 1,
  processing_status: status,
  progress: null,
  error: null,
  page_count: 1,
  chunk_count: 1,
  collection_id: null,
  created_at: '2026-01-01T00:00:00Z',
});

test('a document that is ready does not go back to being read', async (context) => {
  const page = openPage(context);
  const rows = { pages: [{ data: [document('pending')], next_cursor: null }], pageParams: [null] };
  queryClient.setQueryData(['documents', {}], rows);
  const changes = [documentChanged('d', 'update'), documentChanged('d', 'update')];
  const early = await page.request('GET /documents/d');
  const late = await page.request('GET /documents/d');
  await late.answer(document('completed'));
  await early.answer(document('processing'));
  await Promise.all(changes);
  const known = queryClient.getQueryData<typeof rows>(['documents', {}]);
  assert.equal(known?.pages[0]?.data[0]?.processing_status, 'completed');
  assert.deepEqual(queryClient.getQueryData(['document', 'd']), document('completed'));
  queryClient.clear();
});
