// Things that lie over the page: a dialog in the middle, a drawer at the start, a sheet from below. Focus stays inside.

import { X } from 'lucide-react';
import { Dialog as Radix } from 'radix-ui';
import type { ReactNode } from 'react';
import { strings } from '../strings.ts';
import { IconButton } from './button.tsx';
import { cx } from './class-names.ts';

type Place = 'middle' | 'top' | 'start' | 'below';

const places: Record<Place, string> = {
  middle:
    'arrive inset-x-4 top-dialog-top mx-auto max-h-dialog-height max-w-dialog overflow-y-auto rounded-2 border p-5',
  top: 'arrive inset-x-4 top-dialog-top mx-auto flex max-h-dialog-height max-w-dialog flex-col overflow-hidden rounded-2 border',
  start: 'slide-start inset-y-0 start-0 w-sidebar max-w-drawer border-e',
  below: 'slide-up inset-x-0 bottom-0 flex h-sheet flex-col rounded-t-3 border-t',
};

type Props = { title: string; place?: Place; showTitle?: boolean; onClose: () => void; children: ReactNode };

export function Dialog({ title, place = 'middle', showTitle = place === 'middle', onClose, children }: Props) {
  return (
    <Radix.Root open onOpenChange={(open) => (open ? undefined : onClose())}>
      <Radix.Portal>
        <Radix.Overlay className="fixed inset-0 z-40 bg-scrim" />
        <Radix.Content
          aria-describedby={undefined}
          className={cx('fixed z-40 border-line bg-surface shadow-float outline-none', places[place])}
        >
          <div className={cx(showTitle ? 'mb-4 flex items-center justify-between' : 'sr-only')}>
            <Radix.Title className="text-5 font-semibold">{title}</Radix.Title>
            {showTitle ? (
              <Radix.Close asChild>
                <IconButton label={strings.close} icon={X} />
              </Radix.Close>
            ) : null}
          </div>
          {children}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}
