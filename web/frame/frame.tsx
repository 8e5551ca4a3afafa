// What stands around every page inside: sidebar or drawer, the page, the overlays, the shortcuts and the live changes.

import { Outlet } from '@tanstack/react-router';
import { lazy, Suspense } from 'react';
import { strings } from '../strings.ts';
import { useMedia, wide } from '../ui/media.ts';
import { useStore } from '../ui/store.ts';
import { useLiveChanges } from './live.ts';
import { useShortcuts } from './shortcuts.ts';
import { Sidebar } from './sidebar.tsx';
import { closeDrawer, drawerOpen, overlay, sidebarShown } from './sidebar-state.ts';

const Dialog = lazy(() => import('../ui/dialog.tsx').then((module) => ({ default: module.Dialog })));
const SearchDialog = lazy(() =>
  import('../search/search-dialog.tsx').then((module) => ({ default: module.SearchDialog })),
);
const ShortcutList = lazy(() => import('./shortcut-list.tsx').then((module) => ({ default: module.ShortcutList })));

export function Frame() {
  useLiveChanges();
  useShortcuts();
  const isWide = useMedia(wide);
  const shown = useStore(sidebarShown);
  const drawer = useStore(drawerOpen);
  const open = useStore(overlay);
  return (
    <div className="flex h-full">
      <a
        href="#page"
        className="sr-only rounded-1 bg-surface px-3 py-2 focus:not-sr-only focus:absolute focus:start-2 focus:top-2 focus:z-50"
      >
        {strings.skip}
      </a>
      {isWide && shown ? (
        <aside aria-label={strings.frame.sidebar} className="w-sidebar shrink-0 border-e border-line">
          <Sidebar collapsible />
        </aside>
      ) : null}
      <div id="page" tabIndex={-1} className="flex min-w-0 grow flex-col outline-none">
        <Outlet />
      </div>
      <Suspense>
        {!isWide && drawer ? (
          <Dialog title={strings.frame.sidebar} place="start" onClose={closeDrawer}>
            <Sidebar collapsible={false} />
          </Dialog>
        ) : null}
        {open === 'search' ? <SearchDialog /> : null}
        {open === 'shortcuts' ? <ShortcutList /> : null}
      </Suspense>
    </div>
  );
}
