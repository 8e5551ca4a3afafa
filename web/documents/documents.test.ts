// Documents that change while they are asked for: the newest answer stands, whatever the order.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { InfiniteQueryObserver } from '@tanstack/react-query';
import { queryClient } from '../api/query-client.ts';
import { openPage } from '../testing/page.ts';
import { documentChanged, documentKey, refreshDocuments } from './documents.ts';

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

test('a list that was asked for before a document became ready does not say that it waits', async (context) => {
  const page = openPage(context);
  const list = new InfiniteQueryObserver(queryClient, {
    queryKey: ['documents', {}],
    queryFn: async (): Promise<{ data: unknown[]; next_cursor: null }> => ({ data: [], next_cursor: null }),
    initialPageParam: null,
    getNextPageParam: () => null,
  });
  const leave = list.subscribe(() => {});
  await page.tick(0);
  // As after an upload: the document is known, the list that shows it is on its way.
  queryClient.setQueryData(documentKey('d'), document('pending'));
  const refreshed = refreshDocuments();
  const early = await page.request('GET /documents');
  const changed = documentChanged('d', 'update');
  await (await page.request('GET /documents/d')).answer(document('completed'));
  await early.answer({ data: [document('pending')], next_cursor: null });
  assert.deepEqual(list.getCurrentResult().data?.pages[0]?.data, [document('completed')]);
  await (await page.request('GET /documents')).answer({ data: [document('completed')], next_cursor: null });
  await Promise.all([refreshed, changed]);
  leave();
  queryClient.clear();
});
