// The shape of what is coming. It fades in after 150 ms, so that a quick answer shows no skeleton at all.

import { strings } from '../strings.ts';
import { cx } from './class-names.ts';

export function Skeleton({ className }: { className?: string }) {
  return <span aria-hidden className={cx('skeleton block h-3', className)} />;
}

/** Says once that something is loading, to those who cannot see the shapes. */
export function Loading({ children, className }: { children: React.ReactNode; className?: string }) {
  return (
    <div role="status" aria-busy className={className}>
      <span className="sr-only">{strings.loading}</span>
      {children}
    </div>
  );
}
