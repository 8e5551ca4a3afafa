// One short message at the foot of the page, with a way back where there is one.

import { X } from 'lucide-react';
import { useEffect } from 'react';
import { strings } from '../strings.ts';
import { IconButton } from './button.tsx';
import { makeStore, useStore } from './store.ts';

type Toast = { id: number; text: string; undo: (() => void) | null };

const shownMs = 8000;
const current = makeStore<Toast | null>(null);
let last = 0;

export function showToast(text: string, undo: (() => void) | null = null): void {
  last += 1;
  current.set({ id: last, text, undo });
}

export function Toasts() {
  const toast = useStore(current);
  useEffect(() => {
    if (!toast) return;
    const timer = setTimeout(() => current.set(null), shownMs);
    return () => clearTimeout(timer);
  }, [toast]);
  return (
    <div role="status" className="pointer-events-none fixed inset-x-4 bottom-toast z-50 flex justify-center">
      {toast ? (
        <div
          key={toast.id}
          className="arrive pointer-events-auto flex items-center gap-2 rounded-2 border border-line bg-surface py-1 ps-4 pe-1 text-3 text-ink shadow-float"
        >
          <span className="min-w-0 truncate">{toast.text}</span>
          {toast.undo ? (
            <button
              type="button"
              className="rounded-1 px-2 py-1 font-semibold text-accent hover:bg-hover"
              onClick={() => {
                toast.undo?.();
                current.set(null);
              }}
            >
              {strings.undo}
            </button>
          ) : null}
          <IconButton label={strings.close} icon={X} onClick={() => current.set(null)} />
        </div>
      ) : null}
    </div>
  );
}
