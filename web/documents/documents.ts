// The person's documents in the cache, kept true by live changes: a row is asked for again when it changes.

import { keepPreviousData, type QueryKey, useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { listCollections } from '../api/collections.ts';
import {
  type Document,
  type DocumentFilter,
  deleteDocument,
  listDocuments,
  moveDocument,
  readDocument,
  readSummary,
  restoreDocument,
  retryDocument,
} from '../api/documents.ts';
import { patience, takeLatest, takenSince, write } from '../api/latest.ts';
import { asProblem, Problem } from '../api/problem.ts';
import { queryClient } from '../api/query-client.ts';
import { allRows, mergeHead, placeAt, type Rows, removeRow, replaceRow, start } from '../api/rows.ts';
import type { Page } from '../api/shape.ts';
import { strings } from '../strings.ts';
import { showToast } from '../ui/toasts.ts';

const lists: QueryKey = ['documents'];
export const documentKey = (id: string): QueryKey => ['document', id];

const placeOf = (row: Document): string => placeAt(row.created_at, row.id);

export function useDocuments(filter: DocumentFilter = {}) {
  return useInfiniteQuery({
    queryKey: [...lists, filter],
    queryFn: ({ pageParam }) => listDocuments(filter, pageParam),
    initialPageParam: start.cursor,
    getNextPageParam: (last) => last.next_cursor,
    placeholderData: keepPreviousData,
  });
}

export const useDocument = (id: string) => useQuery({ queryKey: documentKey(id), queryFn: () => readDocument(id) });

/** How many there are in all, and how many passages they hold. */
export const useSummary = () => useQuery({ queryKey: ['documents-summary'], queryFn: readSummary });

export const useCollections = () =>
  useQuery({ queryKey: ['collections'], queryFn: async () => (await listCollections()).data });

function updateLists(change: (rows: Rows<Document>) => Rows<Document>): void {
  for (const { queryKey } of queryClient.getQueryCache().findAll({ queryKey: lists }))
    write<Rows<Document>>(queryKey, (rows) => rows && change(rows));
}

function forget(id: string): void {
  queryClient.removeQueries({ queryKey: documentKey(id) });
  updateLists((rows) => removeRow(rows, id));
}

const refreshSummary = (): Promise<void> => queryClient.invalidateQueries({ queryKey: ['documents-summary'] });

/** A row of a list that was asked for before the document itself was: what the document said stands. */
const newestOf = (row: Document, number: number): Document =>
  (takenSince(documentKey(row.id), number) && queryClient.getQueryData<Document>(documentKey(row.id))) || row;

function takeList(key: QueryKey, { data, next_cursor }: Page<Document>, number: number): void {
  const fresh = { data: data.map((row) => newestOf(row, number)), next_cursor };
  write<Rows<Document>>(key, (rows) => mergeHead(rows, fresh, placeOf));
}

function refreshList(key: QueryKey): Promise<void> {
  const filter = key[1] as DocumentFilter; // set by useDocuments, the only writer of this key
  return takeLatest(
    key,
    () => listDocuments(filter, null),
    (fresh, number) => takeList(key, fresh, number),
    patience,
  );
}

/** Asks for the first page of every list that is shown, and forgets the lists that are not. */
export async function refreshDocuments(): Promise<void> {
  void refreshSummary();
  const queries = queryClient.getQueryCache().findAll({ queryKey: lists });
  for (const query of queries)
    if (!query.isActive()) queryClient.removeQueries({ queryKey: query.queryKey, exact: true });
  await Promise.allSettled(queries.filter((query) => query.isActive()).map((query) => refreshList(query.queryKey)));
}

const isKnown = (id: string): boolean =>
  queryClient
    .getQueriesData<Rows<Document>>({ queryKey: lists })
    .some(([, rows]) => allRows(rows).some((row) => row.id === id));

function takeDocument(document: Document): void {
  write<Document>(documentKey(document.id), () => document);
  updateLists((rows) => replaceRow(rows, document));
  if (document.processing_status !== 'completed') return;
  void refreshSummary();
  void queryClient.invalidateQueries({ queryKey: ['pages', document.id] });
}

async function refreshDocument(id: string): Promise<void> {
  try {
    await takeLatest(documentKey(id), () => readDocument(id), takeDocument, patience);
    // A list that is being loaded for the first time may bring what the document was before.
    if (!isKnown(id)) await refreshDocuments();
  } catch (error) {
    if (error instanceof Problem && error.status === 404) forget(id);
  }
}

export async function documentChanged(id: string, operation: string): Promise<void> {
  if (operation === 'delete') return forget(id);
  if (isKnown(id) || queryClient.getQueryState(documentKey(id))) await refreshDocument(id);
  else await refreshDocuments();
}

/** After a gap: the documents that are open ask again, the ones that are not are forgotten. */
export function refreshOpenDocuments(): void {
  for (const query of queryClient.getQueryCache().findAll({ queryKey: ['document'] })) {
    if (query.isActive()) void refreshDocument(String(query.queryKey[1]));
    else queryClient.removeQueries({ queryKey: query.queryKey, exact: true });
  }
  void queryClient.invalidateQueries({ queryKey: ['pages'] });
}

async function telling(act: () => Promise<unknown>): Promise<void> {
  try {
    await act();
  } catch (error) {
    showToast(asProblem(error).message);
  }
}

export const retry = (id: string): Promise<void> =>
  telling(async () => {
    await retryDocument(id);
    await documentChanged(id, 'update');
  });

export const move = (id: string, collectionId: string | null): Promise<void> =>
  telling(async () => {
    await moveDocument(id, collectionId);
    await documentChanged(id, 'update');
  });

/** Deletes at once; the message that says so can bring it back. */
export const removeDocument = (id: string): Promise<void> =>
  telling(async () => {
    updateLists((rows) => removeRow(rows, id));
    await deleteDocument(id).catch(async (error: unknown) => {
      await refreshDocuments();
      throw error;
    });
    void refreshSummary();
    showToast(strings.documents.deleted, () => {
      void telling(async () => {
        await restoreDocument(id);
        await refreshDocuments();
      });
    });
  });
