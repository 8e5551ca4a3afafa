// The shape of a conversation that is coming.

import { Loading, Skeleton } from '../ui/skeleton.tsx';

export function MessagesSkeleton() {
  return (
    <Loading className="mx-auto flex w-full max-w-measure grow flex-col gap-4 px-4 pt-8 wide:px-3">
      <Skeleton className="ms-auto h-10 w-2/3 rounded-3" />
      <Skeleton className="mt-4 h-4" />
      <Skeleton className="h-4 w-11/12" />
      <Skeleton className="h-4 w-3/4" />
      <Skeleton className="mt-2 h-4 w-10/12" />
      <Skeleton className="h-4 w-1/2" />
    </Loading>
  );
}
