// Follows a media query, so that a component can be a drawer on a phone and a column on a desk.

import { useCallback, useSyncExternalStore } from 'react';

export const wide = '(min-width: 768px)';
export const desk = '(min-width: 1100px)';

export function useMedia(text: string): boolean {
  const subscribe = useCallback(
    (listener: () => void) => {
      const list = matchMedia(text);
      list.addEventListener('change', listener);
      return () => list.removeEventListener('change', listener);
    },
    [text],
  );
  return useSyncExternalStore(subscribe, () => matchMedia(text).matches);
}
