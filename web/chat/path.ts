// The messages of a conversation on its active branch, in the cache: newest page first, older pages as one scrolls up.

import { type QueryKey, useInfiniteQuery } from '@tanstack/react-query';
import { patience, takeLatest, write } from '../api/latest.ts';
import { listMessages, type Message } from '../api/messages.ts';
import { queryClient } from '../api/query-client.ts';
import { firstPage, mergePath, type Rows, replaceRow, start } from '../api/rows.ts';
import { isAnswering, whenAtRest } from './answers.ts';

const allPaths: QueryKey = ['messages'];
/** Conversations that changed while an answer was being written in them. */
const missed = new Set<string>();
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
export function refreshPath(conversationId: string, retries = 0): Promise<void> {
  missed.delete(conversationId);
  return takeLatest(
    pathKey(conversationId),
    () => listMessages(conversationId, null),
    (fresh) => write<Rows<Message>>(pathKey(conversationId), (rows) => mergePath(rows, fresh)),
    retries,
  );
}

/** Shows another branch: what is known of the old one says nothing about it. */
export function reloadPath(conversationId: string): Promise<void> {
  return takeLatest(
    pathKey(conversationId),
    () => listMessages(conversationId, null),
    (fresh) => write<Rows<Message>>(pathKey(conversationId), () => firstPage(fresh)),
  );
}

export function startEmptyPath(conversationId: string): void {
  queryClient.setQueryData<Rows<Message>>(pathKey(conversationId), {
    pages: [{ data: [], next_cursor: null }],
    pageParams: [null],
  });
}

export function updateMessage(message: Message): void {
  write<Rows<Message>>(pathKey(message.conversation_id), (rows) => rows && replaceRow(rows, message));
}

/** Messages changed somewhere: the open conversation asks again, the ones that are not open are forgotten. */
export function messagesChanged(): void {
  for (const query of queryClient.getQueryCache().findAll({ queryKey: allPaths })) {
    if (query.isActive()) refreshAtRest(String(query.queryKey[1]));
    else queryClient.removeQueries({ queryKey: query.queryKey, exact: true });
  }
}

const refreshQuietly = (conversationId: string): void =>
  void refreshPath(conversationId, patience).catch(() => undefined);

/** Changes while an answer is being written wait for its end, unless the path is asked for before that anyway. */
function refreshAtRest(conversationId: string): void {
  if (!isAnswering(conversationId)) {
    refreshQuietly(conversationId);
    return;
  }
  if (missed.has(conversationId)) return;
  missed.add(conversationId);
  whenAtRest(conversationId, () => {
    if (missed.has(conversationId)) refreshQuietly(conversationId);
  });
}
