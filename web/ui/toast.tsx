// Shows the short message at the foot of the page for a while.

import { X } from 'lucide-react';
import { useEffect } from 'react';
import { strings } from '../strings.ts';
import { IconButton } from './button.tsx';
import { useStore } from './store.ts';
import { shownToast } from './toasts.ts';

const shownMs = 8000;

export function Toasts() {
  const toast = useStore(shownToast);
  useEffect(() => {
    if (!toast) return;
    const timer = setTimeout(() => shownToast.set(null), shownMs);
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
                shownToast.set(null);
              }}
            >
              {strings.undo}
            </button>
          ) : null}
          <IconButton label={strings.close} icon={X} onClick={() => shownToast.set(null)} />
        </div>
      ) : null}
    </div>
  );
}
