// The one short message at the foot of the page, with a way back where there is one.

import { makeStore } from './store.ts';

export type Toast = { id: number; text: string; undo: (() => void) | null };

export const shownToast = makeStore<Toast | null>(null);
let last = 0;

export function showToast(text: string, undo: (() => void) | null = null): void {
  last += 1;
  shownToast.set({ id: last, text, undo });
}
