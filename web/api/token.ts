// The bearer token of the moment. The client that refreshes it is loaded only when there is something to refresh.

import { readSession } from './session.ts';

const marginSeconds = 30;

/** The token, refreshed first when it is about to end or has been refused; null when nobody is signed in. */
export async function accessToken(options: { refresh?: boolean } = {}): Promise<string | null> {
  const session = readSession();
  if (!session) return null;
  if (!options.refresh && session.expiresAt - Date.now() / 1000 > marginSeconds) return session.accessToken;
  const { refreshSession } = await import('./auth.ts');
  return refreshSession();
}
