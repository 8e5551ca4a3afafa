// The one stream of live changes of this tab. It says which row changed, never what is in it; listeners ask again.
// A tab that is hidden for a while lets go of its connection, and everything is asked again when it returns.

import { pause } from './pause.ts';
import { fetchAnswer } from './request.ts';
import { readServerEvents } from './server-events.ts';
import { isObject } from './shape.ts';

export type Change = { table: string; id: string; operation: string };
export type Listener = { onChange: (change: Change) => void; onReconnect: () => void };

const hiddenAfterMs = 60_000;
const longestWaitMs = 30_000;

function parseChange(data: string): Change | null {
  try {
    const value: unknown = JSON.parse(data);
    if (!isObject(value) || typeof value.table !== 'string' || typeof value.id !== 'string') return null;
    return {
      table: value.table,
      id: value.id,
      operation: String(value.operation),
    };
  } catch {
    return null;
  }
}

async function follow(listener: Listener, signal: AbortSignal, seen: { once: boolean }): Promise<void> {
  let failures = 0;
  while (!signal.aborted) {
    try {
      const response = await fetchAnswer('/events', { accept: 'text/event-stream', signal });
      // What changed before the first connection stood was not heard of either.
      if (seen.once || failures > 0) listener.onReconnect();
      seen.once = true;
      failures = 0;
      for await (const event of readServerEvents(response)) {
        if (event.event === 'reset') listener.onReconnect();
        const change = event.event === 'change' ? parseChange(event.data) : null;
        if (change) listener.onChange(change);
      }
    } catch {
      failures += 1;
    }
    if (!signal.aborted) await pause(Math.min(longestWaitMs, 250 * 2 ** failures), signal);
  }
}

/** Follows live changes until the answered function is called. */
export function followChanges(listener: Listener): () => void {
  const seen = { once: false };
  let connection = new AbortController();
  let hidden: ReturnType<typeof setTimeout> | undefined;
  const connect = (): void => {
    connection = new AbortController();
    void follow(listener, connection.signal, seen);
  };
  const onVisibility = (): void => {
    clearTimeout(hidden);
    if (document.hidden) hidden = setTimeout(() => connection.abort(), hiddenAfterMs);
    else if (connection.signal.aborted) connect();
  };
  document.addEventListener('visibilitychange', onVisibility);
  connect();
  return () => {
    document.removeEventListener('visibilitychange', onVisibility);
    clearTimeout(hidden);
    connection.abort();
  };
}
