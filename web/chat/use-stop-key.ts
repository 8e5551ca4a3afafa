// Escape stops the answer, unless something nearer has taken the key.

import { useEffect } from 'react';
import { stopAnswering } from './answers.ts';

export function useStopKey(conversationId: string, running: boolean): void {
  useEffect(() => {
    if (!running) return;
    const onKeyDown = (event: KeyboardEvent): void => {
      if (event.key !== 'Escape' || event.shiftKey || event.defaultPrevented || event.isComposing) return;
      if (document.querySelector('[role="dialog"], [role="menu"]')) return;
      event.preventDefault();
      void stopAnswering(conversationId);
    };
    window.addEventListener('keydown', onKeyDown);
    return () => window.removeEventListener('keydown', onKeyDown);
  }, [conversationId, running]);
}
