// A thin bar that fills; it breathes when the end is not known.

import { cx } from './class-names.ts';

export function Progress({ label, share }: { label: string; share: number | null }) {
  const percent = Math.round((share ?? 1) * 100);
  return (
    <span
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={share === null ? undefined : percent}
      className="block h-1 overflow-hidden rounded-full bg-hover"
    >
      <span
        className={cx('block h-full rounded-full bg-accent transition-[width]', share === null && 'pulse')}
        style={{ width: `${percent}%` }}
      />
    </span>
  );
}
