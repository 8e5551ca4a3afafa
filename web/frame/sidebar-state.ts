// Whether the sidebar stands, whether its drawer is out, and which overlay is open. Remembered where that helps.

import { makeStore } from '../ui/store.ts';

const key = 'loam.sidebar';

export const sidebarShown = makeStore(localStorage.getItem(key) !== 'hidden');
export const drawerOpen = makeStore(false);

export type Overlay = 'search' | 'shortcuts';
export const overlay = makeStore<Overlay | null>(null);

export const closeDrawer = (): void => drawerOpen.set(false);

export function showSidebar(shown: boolean): void {
  localStorage.setItem(key, shown ? 'shown' : 'hidden');
  sidebarShown.set(shown);
}
