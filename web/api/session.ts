// The signed-in session: kept by the auth client in local storage, read here so that a page need not load that client.

import { isObject } from './shape.ts';

export const sessionKey = 'loam.session';
const listeners = new Set<() => void>();

export type Session = { accessToken: string; expiresAt: number };

export function readSession(): Session | null {
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(sessionKey) ?? 'null');
    if (!isObject(stored) || typeof stored.access_token !== 'string') return null;
    return {
      accessToken: stored.access_token,
      expiresAt: typeof stored.expires_at === 'number' ? stored.expires_at : 0,
    };
  } catch {
    return null;
  }
}

export const hasSession = (): boolean => readSession() !== null;

/** Calls back when the session ends here or in another tab. */
export function onSignedOut(listener: () => void): void {
  listeners.add(listener);
  window.addEventListener('storage', (event) => {
    if (event.key === sessionKey && event.newValue === null) listener();
  });
}

export function endSession(): void {
  localStorage.removeItem(sessionKey);
  for (const listener of listeners) listener();
}
