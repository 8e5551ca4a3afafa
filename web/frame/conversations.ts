// The list of chats in the cache: read by the sidebar, kept true by what is done here and by live changes.

import { type QueryKey, useInfiniteQuery, useQuery } from '@tanstack/react-query';
import {
  type Conversation,
  type ConversationChange,
  changeConversation,
  deleteConversation,
  listConversations,
  readConversation,
  restoreConversation,
} from '../api/conversations.ts';
import { patience, takeLatest, write } from '../api/latest.ts';
import { asProblem } from '../api/problem.ts';
import { queryClient } from '../api/query-client.ts';
import { allRows, mergeHead, placeAt, type Rows, removeRow, replaceRow, start } from '../api/rows.ts';
import type { Page } from '../api/shape.ts';
import { strings } from '../strings.ts';
import { showToast } from '../ui/toasts.ts';

const historyKey: QueryKey = ['conversations'];
export const conversationKey = (id: string): QueryKey => ['conversation', id];

const placeOf = (row: Conversation): string => placeAt(row.last_message_at ?? row.created_at, row.id);

export function useHistory() {
  return useInfiniteQuery({
    queryKey: historyKey,
    queryFn: ({ pageParam }) => listConversations({ cursor: pageParam }),
    initialPageParam: start.cursor,
    getNextPageParam: (last) => last.next_cursor,
  });
}

/** One conversation; what the list knows of it is shown at once. */
export function useConversation(id: string) {
  return useQuery({
    queryKey: conversationKey(id),
    queryFn: () => readConversation(id),
    placeholderData: () =>
      allRows(queryClient.getQueryData<Rows<Conversation>>(historyKey)).find((row) => row.id === id),
  });
}

function updateHistory(change: (rows: Rows<Conversation>) => Rows<Conversation>): void {
  write<Rows<Conversation>>(historyKey, (rows) => rows && change(rows));
}

function keep(conversation: Conversation): void {
  write<Conversation>(conversationKey(conversation.id), () => conversation);
  updateHistory((rows) => replaceRow(rows, conversation));
}

function takeHistory(fresh: Page<Conversation>): void {
  write<Rows<Conversation>>(historyKey, (rows) => mergeHead(rows, fresh, placeOf));
  for (const row of fresh.data)
    queryClient.setQueryData<Conversation>(conversationKey(row.id), (known) => known && row);
}

/** Asks for the newest chats again; throws when they cannot be had. */
export async function refreshHistory(retries = 0): Promise<void> {
  if (!queryClient.getQueryState(historyKey)) return;
  await takeLatest(historyKey, () => listConversations({}), takeHistory, retries);
}

/** Chats changed somewhere: nobody waits for the list, so it is tried again for a while. */
export const historyChanged = (): void => void refreshHistory(patience).catch(() => undefined);

export function addConversation(conversation: Conversation): void {
  queryClient.setQueryData(conversationKey(conversation.id), conversation);
  updateHistory((rows) => {
    const [first, ...rest] = removeRow(rows, conversation.id).pages;
    return first ? { ...rows, pages: [{ ...first, data: [conversation, ...first.data] }, ...rest] } : rows;
  });
}

export function forgetConversation(id: string): void {
  queryClient.removeQueries({ queryKey: conversationKey(id) });
  updateHistory((rows) => removeRow(rows, id));
}

/** Shows the change at once, and takes it back when the server refuses. */
export async function updateConversation(before: Conversation, change: ConversationChange): Promise<void> {
  const [provider, ...name] = change.model?.split('/') ?? [];
  keep({
    ...before,
    ...(change.title === undefined ? {} : { title: change.title }),
    ...(change.document_chat === undefined ? {} : { document_chat: change.document_chat }),
    ...(provider === undefined ? {} : { model_provider: provider, model_name: name.join('/') }),
  });
  try {
    keep(await changeConversation(before.id, change));
  } catch (error) {
    keep(before);
    showToast(asProblem(error).message);
  }
}

/** Deletes at once; the message that says so can bring it back. */
export async function removeConversation(id: string): Promise<void> {
  updateHistory((rows) => removeRow(rows, id));
  try {
    await deleteConversation(id);
    showToast(strings.history.deleted, () => void bringBack(id));
  } catch (error) {
    showToast(asProblem(error).message);
    historyChanged();
  }
}

async function bringBack(id: string): Promise<void> {
  try {
    await restoreConversation(id);
    await refreshHistory();
    await queryClient.invalidateQueries({ queryKey: conversationKey(id) });
    showToast(strings.history.restored);
  } catch (error) {
    showToast(asProblem(error).message);
  }
}
