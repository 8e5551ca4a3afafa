// One page of a document's text. Pages are fetched five at a time, so that turning one is seldom waited for.

import { useQuery } from '@tanstack/react-query';
import { type DocumentPage, readPages } from '../api/documents.ts';

const fetched = 5;

export type PageView = {
  page: DocumentPage | undefined;
  hasNext: boolean;
  isPending: boolean;
  error: Error | null;
  retry: () => void;
};

/** `number` counts from 1 in every format. */
export function usePage(documentId: string, number: number, enabled: boolean): PageView {
  const from = number - ((number - 1) % fetched);
  const { data, isPending, error, refetch } = useQuery({
    queryKey: ['pages', documentId, from],
    queryFn: () => readPages(documentId, from, fetched),
    enabled,
  });
  const page = data?.data.find((each) => each.page_index === number - 1);
  const last = data?.data.at(-1);
  const hasNext = last !== undefined && (last.page_index >= number || data?.next_cursor !== null);
  return { page, hasNext, isPending: enabled && isPending, error, retry: () => void refetch() };
}
