// The mark: a rounded square of three layers, moss over soil.

import { cx } from './class-names.ts';

export function Logo({ large = false }: { large?: boolean }) {
  return (
    <span
      aria-hidden
      className={cx('flex shrink-0 flex-col overflow-hidden', large ? 'size-10 rounded-2' : 'size-5.5 rounded-1')}
    >
      <span className="flex-8 bg-accent" />
      <span className="flex-7 bg-soil" />
      <span className="flex-7 bg-subsoil" />
    </span>
  );
}
