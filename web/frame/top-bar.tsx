// The line above a page: the way to the sidebar where it is not in view, the title, and what can be done.

import { Menu, PanelLeft } from 'lucide-react';
import type { ReactNode } from 'react';
import { strings } from '../strings.ts';
import { IconButton } from '../ui/button.tsx';
import { useMedia, wide } from '../ui/media.ts';
import { useStore } from '../ui/store.ts';
import { drawerOpen, showSidebar, sidebarShown } from './sidebar-state.ts';

export function SidebarButton() {
  const isWide = useMedia(wide);
  const shown = useStore(sidebarShown);
  if (isWide && shown) return null;
  return (
    <IconButton
      label={isWide ? strings.frame.showSidebar : strings.frame.openMenu}
      icon={isWide ? PanelLeft : Menu}
      onClick={() => (isWide ? showSidebar(true) : drawerOpen.set(true))}
      className="-ms-2"
    />
  );
}

export function TopBar({ title, children }: { title?: ReactNode; children?: ReactNode }) {
  return (
    <header className="flex h-bar shrink-0 items-center gap-2 px-4 wide:px-5">
      <SidebarButton />
      <div className="min-w-0 grow">{title}</div>
      <div className="flex shrink-0 items-center gap-2">{children}</div>
    </header>
  );
}
