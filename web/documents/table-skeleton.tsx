// The shape of the list of documents that is coming.

import { Loading, Skeleton } from '../ui/skeleton.tsx';

const widths = ['w-44', 'w-32', 'w-52', 'w-36'];

export function TableSkeleton() {
  return (
    <Loading className="overflow-hidden rounded-2 border border-line bg-surface">
      <div className="h-10 bg-sunken" />
      {widths.map((width) => (
        <div key={width} className="flex h-14 items-center gap-3 border-t border-line px-4">
          <Skeleton className="size-8.5" />
          <Skeleton className={width} />
        </div>
      ))}
    </Loading>
  );
}
