// The person's chats by day. Only the rows in view are in the page, and older ones are fetched as they come near.

import { useVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useMemo, useRef } from 'react';
import { allRows } from '../api/rows.ts';
import { strings } from '../strings.ts';
import { Button } from '../ui/button.tsx';
import { ProblemNote } from '../ui/problem-note.tsx';
import { Loading, Skeleton } from '../ui/skeleton.tsx';
import { groupByDay } from './by-day.ts';
import { useHistory } from './conversations.ts';
import { HistoryRow } from './history-row.tsx';

const rowHeight = 30;
const skeletonWidths = ['w-40', 'w-32', 'w-44', 'w-36', 'w-28'];

function HistorySkeleton() {
  return (
    <Loading className="flex flex-col gap-4 px-4.5 pt-6">
      {skeletonWidths.map((width) => (
        <Skeleton key={width} className={width} />
      ))}
    </Loading>
  );
}

export function History() {
  const history = useHistory();
  const scroller = useRef<HTMLElement>(null);
  const items = useMemo(() => groupByDay(allRows(history.data)), [history.data]);
  const rows = useVirtualizer({
    count: items.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    getItemKey: (index) => items[index]?.key ?? index,
    overscan: 8,
  });
  const virtual = rows.getVirtualItems();
  const last = virtual.at(-1)?.index ?? 0;
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = history;
  useEffect(() => {
    if (last >= items.length - 10 && hasNextPage && !isFetchingNextPage) void fetchNextPage();
  }, [last, items.length, hasNextPage, isFetchingNextPage, fetchNextPage]);

  return (
    <nav ref={scroller} aria-label={strings.history.label} className="min-h-0 grow overflow-y-auto pt-4">
      {history.isPending ? <HistorySkeleton /> : null}
      {history.error && items.length === 0 ? (
        <ProblemNote error={history.error} className="mx-2.5">
          <Button onClick={() => void history.refetch()}>{strings.tryAgain}</Button>
        </ProblemNote>
      ) : null}
      {history.data && items.length === 0 ? (
        <p className="px-4.5 pt-2 text-2 text-ink-3">{strings.history.empty}</p>
      ) : null}
      <ul className="relative" style={{ height: rows.getTotalSize() }}>
        {virtual.map((place) => {
          const item = items[place.index];
          if (!item) return null;
          return (
            <li
              key={item.key}
              className="absolute inset-x-0 px-2.5"
              style={{ height: rowHeight, transform: `translateY(${place.start}px)` }}
            >
              {item.kind === 'row' ? (
                <HistoryRow conversation={item.conversation} />
              ) : (
                <h2 className="px-2 pt-2.5 text-1 font-semibold text-ink-3">{item.label}</h2>
              )}
            </li>
          );
        })}
      </ul>
    </nav>
  );
}
