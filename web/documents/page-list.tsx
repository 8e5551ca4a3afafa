// The pages of a document as one long text. Only those in view are in the page, and they are fetched five at a time.

import { useQuery } from '@tanstack/react-query';
import { useVirtualizer } from '@tanstack/react-virtual';
import { useLayoutEffect, useRef } from 'react';
import { readPages } from '../api/documents.ts';
import { strings } from '../strings.ts';
import { Button } from '../ui/button.tsx';
import { cx } from '../ui/class-names.ts';
import { ProblemNote } from '../ui/problem-note.tsx';
import { Loading, Skeleton } from '../ui/skeleton.tsx';
import { PageText } from './page-text.tsx';
import type { Place } from './place.ts';

const fetched = 5;
const guessedHeight = 640;

function usePageText(documentId: string, number: number) {
  const from = number - ((number - 1) % fetched);
  const pages = useQuery({
    queryKey: ['pages', documentId, from],
    queryFn: () => readPages(documentId, from, fetched),
  });
  return { pages, page: pages.data?.data.find((each) => each.page_number === number) };
}

function PageOf({
  documentId,
  number,
  count,
  place,
}: {
  documentId: string;
  number: number;
  count: number;
  place: Place;
}) {
  const { pages, page } = usePageText(documentId, number);
  const lit =
    place.page === number && place.from !== undefined && place.to !== undefined
      ? { from: place.from, to: place.to }
      : null;
  return (
    <section aria-label={strings.chat.page(number)} className="border-b border-line py-6 last:border-b-0">
      {pages.isPending ? (
        <Loading className="flex h-96 flex-col gap-3">
          <Skeleton className="w-40" />
          <Skeleton />
          <Skeleton className="w-11/12" />
        </Loading>
      ) : pages.error ? (
        <ProblemNote error={pages.error}>
          <Button onClick={() => void pages.refetch()}>{strings.tryAgain}</Button>
        </ProblemNote>
      ) : page && page.content.trim() !== '' ? (
        <PageText page={page} lit={lit} />
      ) : (
        <p className="text-3 text-ink-3">{strings.documents.noText}</p>
      )}
      {count > 1 ? <p className="mt-4 text-end text-1 text-ink-3 tabular-nums">{number}</p> : null}
    </section>
  );
}

type Props = { documentId: string; count: number; page: number; place: Place; wide: boolean };

export function PageList({ documentId, count, page, place, wide }: Props) {
  const scroller = useRef<HTMLDivElement>(null);
  const list = useVirtualizer({
    count,
    getScrollElement: () => scroller.current,
    estimateSize: () => guessedHeight,
    overscan: 1,
  });
  const toPage = useRef((number: number) => list.scrollToIndex(number - 1, { align: 'start' })).current;
  useLayoutEffect(() => toPage(page), [page, toPage]);
  return (
    <section
      ref={scroller}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
      tabIndex={0}
      aria-label={strings.documents.text}
      className="min-h-0 grow overflow-y-auto px-6.5"
    >
      <div className={cx('relative mx-auto', wide && 'max-w-measure')} style={{ height: list.getTotalSize() }}>
        {list.getVirtualItems().map((item) => (
          <div
            key={item.key}
            ref={list.measureElement}
            data-index={item.index}
            className="absolute inset-x-0 top-0"
            style={{ transform: `translateY(${item.start}px)` }}
          >
            <PageOf documentId={documentId} number={item.index + 1} count={count} place={place} />
          </div>
        ))}
      </div>
    </section>
  );
}
