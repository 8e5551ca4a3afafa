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
import { asProblem, Problem } from '../api/problem.ts';
import { queryClient } from '../api/query-client.ts';
import { allRows, mergeHead, placeAt, type Rows, removeRow, replaceRow, start } from '../api/rows.ts';
import { strings } from '../strings.ts';
import { showToast } from '../ui/toast.tsx';

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
  queryClient.setQueriesData<Rows<Document>>({ queryKey: lists }, (rows) => (rows ? change(rows) : rows));
}

function forget(id: string): void {
  queryClient.removeQueries({ queryKey: documentKey(id) });
  updateLists((rows) => removeRow(rows, id));
}

const refreshSummary = (): Promise<void> => queryClient.invalidateQueries({ queryKey: ['documents-summary'] });

/** Asks for the first page of every list that is shown, and forgets the lists that are not. */
export async function refreshDocuments(): Promise<void> {
  void refreshSummary();
  for (const query of queryClient.getQueryCache().findAll({ queryKey: lists })) {
    if (!query.isActive()) queryClient.removeQueries({ queryKey: query.queryKey, exact: true });
    else {
      const filter = query.queryKey[1] as DocumentFilter; // set by useDocuments, the only writer of this key
      const fresh = await listDocuments(filter, null).catch(() => null);
      if (fresh) queryClient.setQueryData<Rows<Document>>(query.queryKey, (rows) => mergeHead(rows, fresh, placeOf));
    }
  }
}

const isKnown = (id: string): boolean =>
  queryClient
    .getQueriesData<Rows<Document>>({ queryKey: lists })
    .some(([, rows]) => allRows(rows).some((row) => row.id === id));

export async function documentChanged(id: string, operation: string): Promise<void> {
  if (operation === 'delete') return forget(id);
  const known = isKnown(id);
  if (!known && !queryClient.getQueryData(documentKey(id))) return refreshDocuments();
  try {
    const document = await readDocument(id);
    queryClient.setQueryData(documentKey(id), document);
    if (known) updateLists((rows) => replaceRow(rows, document));
    if (document.processing_status !== 'completed') return;
    void refreshSummary();
    await queryClient.invalidateQueries({ queryKey: ['pages', id] });
  } catch (error) {
    if (error instanceof Problem && error.status === 404) forget(id);
  }
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
