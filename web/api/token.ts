// The bearer token of the moment. The client that refreshes it is loaded only when there is something to refresh.

import { readSession } from './session.ts';

const marginSeconds = 30;

let refreshing: Promise<string | null> | null = null;

/** One refresh at a time, however many requests wait for it. */
function refresh(): Promise<string | null> {
  refreshing ??= import('./auth.ts')
    .then(({ refreshSession }) => refreshSession())
    .finally(() => {
      refreshing = null;
    });
  return refreshing;
}

/** The token, refreshed first when it is about to end or was refused; null when nobody is signed in. */
export async function accessToken(refused: string | null = null): Promise<string | null> {
  const session = readSession();
  if (!session) return null;
  const lasts = session.expiresAt - Date.now() / 1000 > marginSeconds;
  return lasts && session.accessToken !== refused ? session.accessToken : refresh();
}
