// The keys that work on every page. Modifier combinations only, so that nothing is taken from what is being typed.

import { useNavigate } from '@tanstack/react-router';
import { useEffect } from 'react';
import { isApple } from '../ui/keys.tsx';
import { overlay, showSidebar, sidebarShown } from './sidebar-state.ts';

export const composerId = 'composer';

/** `mod+shift+o` of a key press; mod is Command on Apple keyboards, Control elsewhere. */
function combination(event: KeyboardEvent): string {
  const mod = isApple ? event.metaKey : event.ctrlKey;
  return [mod && 'mod', event.shiftKey && 'shift', event.key.toLowerCase()].filter(Boolean).join('+');
}

export function focusComposer(): void {
  document.getElementById(composerId)?.focus();
}

export function useShortcuts(): void {
  const navigate = useNavigate();
  useEffect(() => {
    const actions: Record<string, () => void> = {
      'mod+k': () => overlay.set('search'),
      'mod+/': () => overlay.set('shortcuts'),
      'mod+shift+o': () => void navigate({ to: '/' }).then(focusComposer),
      'mod+shift+s': () => showSidebar(!sidebarShown.get()),
      'shift+escape': focusComposer,
    };
    const onKeyDown = (event: KeyboardEvent): void => {
      const act = actions[combination(event)];
      if (!act || event.isComposing) return;
      event.preventDefault();
      act();
    };
    window.addEventListener('keydown', onKeyDown);
    return () => window.removeEventListener('keydown', onKeyDown);
  }, [navigate]);
}
