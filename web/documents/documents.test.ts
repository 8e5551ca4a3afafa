// Documents that change while they are asked for: the newest answer stands, whatever the order.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { InfiniteQueryObserver } from '@tanstack/react-query';
import { queryClient } from '../api/query-client.ts';
import { openPage } from '../testing/page.ts';
import { documentRow } from '../testing/rows.ts';
import { documentChanged, documentKey, refreshDocuments } from './documents.ts';

test('a document that is ready does not go back to being read', async (context) => {
  const page = openPage(context);
  const rows = { pages: [{ data: [documentRow('pending')], next_cursor: null }], pageParams: [null] };
  queryClient.setQueryData(['documents', {}], rows);
  const changes = [documentChanged('d', 'update'), documentChanged('d', 'update')];
  const early = await page.request('GET /documents/d');
  const late = await page.request('GET /documents/d');
  await late.answer(documentRow('completed'));
  await early.answer(documentRow('processing'));
  await Promise.all(changes);
  const known = queryClient.getQueryData<typeof rows>(['documents', {}]);
  assert.equal(known?.pages[0]?.data[0]?.processing_status, 'completed');
  assert.deepEqual(queryClient.getQueryData(['document', 'd']), documentRow('completed'));
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
  queryClient.setQueryData(documentKey('d'), documentRow('pending'));
  const refreshed = refreshDocuments();
  const early = await page.request('GET /documents');
  const changed = documentChanged('d', 'update');
  await (await page.request('GET /documents/d')).answer(documentRow('completed'));
  await early.answer({ data: [documentRow('pending')], next_cursor: null });
  assert.deepEqual(list.getCurrentResult().data?.pages[0]?.data, [documentRow('completed')]);
  await (await page.request('GET /documents')).answer({ data: [documentRow('completed')], next_cursor: null });
  await Promise.all([refreshed, changed]);
  leave();
  queryClient.clear();
});
