// The mark: a rounded square of three layers, moss over soil.

import { cx } from './class-names.ts';

export function Logo({ large = false }: { large?: boolean }) {
  return (
    <span aria-hidden className={cx('flex shrink-0 flex-col overflow-hidden', large ? 'size-10 rounded-2' : 'size-[22px] rounded-1')}>
      <span className="h-[37%] bg-accent" />
      <span className="h-[32%] bg-soil" />
      <span className="grow bg-subsoil" />
    </span>
  );
}
