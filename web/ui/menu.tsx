// A menu that floats by its button, open from the moment it is shown.

import { Check } from 'lucide-react';
import { DropdownMenu } from 'radix-ui';
import { type ReactElement, useEffect, useRef } from 'react';
import { cx } from './class-names.ts';
import type { MenuItem } from './menu-button.tsx';

type Props = {
  items: MenuItem[];
  align: 'start' | 'end';
  focusFirst: boolean;
  trigger: ReactElement;
  onClose: () => void;
};

export function Menu({ items, align, focusFirst, trigger, onClose }: Props) {
  const chosen = useRef<MenuItem | null>(null);
  const content = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (!focusFirst) return;
    const frame = requestAnimationFrame(() =>
      content.current?.querySelector<HTMLElement>('[role="menuitem"]')?.focus(),
    );
    return () => cancelAnimationFrame(frame);
  }, [focusFirst]);
  const finish = (): void => {
    onClose();
    chosen.current?.onSelect();
  };
  return (
    <DropdownMenu.Root
      defaultOpen
      modal={false}
      dir={document.dir === 'rtl' ? 'rtl' : 'ltr'}
      onOpenChange={(open) => (open ? undefined : finish())}
    >
      <DropdownMenu.Trigger asChild>{trigger}</DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content
          ref={content}
          align={align}
          sideOffset={4}
          collisionPadding={8}
          className="arrive z-50 min-w-menu rounded-2 border border-line bg-surface p-1 shadow-float"
        >
          {items.map((item) => (
            <DropdownMenu.Item
              key={item.label}
              onSelect={() => {
                chosen.current = item;
              }}
              className={cx(
                'flex h-8 cursor-pointer items-center gap-2 rounded-1 px-2 text-3 outline-none data-highlighted:bg-hover',
                item.danger ? 'text-bad' : 'text-ink',
              )}
            >
              {item.icon ? <item.icon aria-hidden size={16} strokeWidth={1.75} /> : null}
              <span className="grow truncate">{item.label}</span>
              {item.checked ? <Check aria-hidden size={16} className="text-accent" /> : null}
            </DropdownMenu.Item>
          ))}
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}
