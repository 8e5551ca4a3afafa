// A button that opens a menu. The menu's code is fetched when the pointer or the focus comes near it.

import type { LucideIcon } from 'lucide-react';
import { lazy, type MouseEvent, type ReactElement, Suspense, useEffect, useRef, useState } from 'react';

export type MenuItem = { label: string; icon?: LucideIcon; danger?: boolean; checked?: boolean; onSelect: () => void };

const loadMenu = () => import('./menu.tsx');
const Menu = lazy(() => loadMenu().then((module) => ({ default: module.Menu })));

type Props = {
  items: MenuItem[];
  align?: 'start' | 'end';
  onOpenChange?: (open: boolean) => void;
  /** Renders the button; the properties given must be spread on it. */
  children: (props: Record<string, unknown>) => ReactElement;
};

export function MenuButton({ items, align = 'end', onOpenChange, children }: Props) {
  const [armed, setArmed] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  const closed = useRef(false);
  const byKeyboard = useRef(false);
  // The focus goes back to the button, unless what was chosen has taken it elsewhere.
  useEffect(() => {
    if (!armed && closed.current && document.activeElement === document.body) button.current?.focus();
    closed.current = false;
  }, [armed]);
  const open = (event: MouseEvent): void => {
    // A click without a count comes from the keyboard, and then the first item takes the focus.
    byKeyboard.current = event.detail === 0;
    setArmed(true);
    onOpenChange?.(true);
  };
  const near = { onPointerEnter: () => void loadMenu(), onFocus: () => void loadMenu() };
  const shut = children({ ...near, ref: button, onClick: open, 'aria-haspopup': 'menu', 'aria-expanded': false });
  if (!armed) return shut;
  return (
    <Suspense fallback={shut}>
      <Menu
        items={items}
        align={align}
        focusFirst={byKeyboard.current}
        trigger={children({})}
        onClose={() => {
          closed.current = true;
          setArmed(false);
          onOpenChange?.(false);
        }}
      />
    </Suspense>
  );
}
