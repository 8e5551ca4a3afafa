// What a gap in the live changes means: everything that is shown is asked for again, and what fails is tried again.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { InfiniteQueryObserver, QueryObserver } from '@tanstack/react-query';
import { queryClient } from '../api/query-client.ts';
import { openPage } from '../testing/page.ts';
import { documentRow } from '../testing/rows.ts';
import { askAgain } from './live.ts';

const chat = (title: string) => ({
  id: 'c',
  title,
  model_provider: null,
  model_name: null,
  document_chat: true,
  created_at: '2026-01-01T00:00:00Z',
  updated_at: '2026-01-01T00:00:00Z',
  last_message_at: null,
});

/** Shows what is in the cache under a key; what is asked through the query itself is noted in `asked`. */
function show(key: string[], data: unknown, asked: string[] = []): () => void {
  queryClient.setQueryData(key, data);
  const queryFn = async (): Promise<unknown> => {
    asked.push(key.join(' '));
    return data;
  };
  return new QueryObserver(queryClient, { queryKey: key, queryFn }).subscribe(() => {});
}

test('after a gap an open document, its pages and an open chat are asked for again', async (context) => {
  const page = openPage(context);
  const asked: string[] = [];
  const leave = [
    show(['document', 'd'], documentRow('processing'), asked),
    show(['pages', 'd', '1'], {}, asked),
    show(['conversation', 'c'], chat('A'), asked),
  ];
  queryClient.setQueryData(['document', 'closed'], documentRow('processing'));
  askAgain();
  assert.equal(queryClient.getQueryData(['document', 'closed']), undefined, 'what is not open is forgotten');
  await (await page.request('GET /documents/d')).answer(documentRow('completed'));
  assert.deepEqual(queryClient.getQueryData(['document', 'd']), documentRow('completed'));
  assert.ok(asked.includes('pages d 1'));
  assert.ok(asked.includes('conversation c'));
  for (const each of leave) each();
  queryClient.clear();
});

test('a list of chats that cannot be had after a gap is tried again', async (context) => {
  const page = openPage(context);
  const history = new InfiniteQueryObserver(queryClient, {
    queryKey: ['conversations'],
    queryFn: async () => ({ data: [chat('Before')], next_cursor: null }),
    initialPageParam: null,
    getNextPageParam: () => null,
  });
  const leave = history.subscribe(() => {});
  await page.tick(0);
  askAgain();
  await (await page.request('GET /conversations')).fail();
  await page.tick(1000);
  await (await page.request('GET /conversations')).answer({}, 503);
  await page.tick(3000);
  await (await page.request('GET /conversations')).answer({ data: [chat('After')], next_cursor: null });
  assert.equal(history.getCurrentResult().data?.pages[0]?.data[0]?.title, 'After');
  leave();
  queryClient.clear();
});
