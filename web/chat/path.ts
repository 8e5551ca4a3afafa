// The messages of a conversation on its active branch, in the cache: newest page first, older pages as one scrolls up.

import { type QueryKey, useInfiniteQuery } from '@tanstack/react-query';
import { listMessages, type Message } from '../api/messages.ts';
import { queryClient } from '../api/query-client.ts';
import { mergePath, type Rows, replaceRow, start } from '../api/rows.ts';
import { isAnswering } from './answers.ts';

const allPaths: QueryKey = ['messages'];
const pathKey = (conversationId: string): QueryKey => ['messages', conversationId];

export function usePath(conversationId: string) {
  return useInfiniteQuery({
    queryKey: pathKey(conversationId),
    queryFn: ({ pageParam }) => listMessages(conversationId, pageParam),
    initialPageParam: start.cursor,
    getNextPageParam: (last) => last.next_cursor,
  });
}

/** Asks for the newest page again and puts it at the end of what is known. */
export async function refreshPath(conversationId: string): Promise<void> {
  const fresh = await listMessages(conversationId, null);
  queryClient.setQueryData<Rows<Message>>(pathKey(conversationId), (rows) => mergePath(rows, fresh));
}

/** Shows another branch: what is known of the old one says nothing about it. */
export async function reloadPath(conversationId: string): Promise<void> {
  const fresh = await listMessages(conversationId, null);
  queryClient.setQueryData<Rows<Message>>(pathKey(conversationId), { pages: [fresh], pageParams: [null] });
}

export function startEmptyPath(conversationId: string): void {
  queryClient.setQueryData<Rows<Message>>(pathKey(conversationId), {
    pages: [{ data: [], next_cursor: null }],
    pageParams: [null],
  });
}

export function updateMessage(message: Message): void {
  queryClient.setQueryData<Rows<Message>>(pathKey(message.conversation_id), (rows) =>
    rows ? replaceRow(rows, message) : rows,
  );
}

const refreshQuietly = (conversationId: string): void => void refreshPath(conversationId).catch(() => undefined);

/** Messages changed somewhere: the open conversation asks again, the ones that are not open are forgotten. */
export function messagesChanged(): void {
  for (const query of queryClient.getQueryCache().findAll({ queryKey: allPaths })) {
    if (query.isActive()) refreshUnlessAnswering(String(query.queryKey[1]));
    else queryClient.removeQueries({ queryKey: query.queryKey, exact: true });
  }
}

function refreshUnlessAnswering(conversationId: string): void {
  if (!isAnswering(conversationId)) refreshQuietly(conversationId);
}
