// What the database said, kept in process until the database says otherwise: an entry is forgotten when its key arrives
// on a channel, all of them when the connection that listens was lost. So answers need no database when warm.
import type { Database } from '../../core/database.ts';

export interface WatchedCache<V> {
  get(key: string): Promise<V>;
  /** For what this process has just written itself. */
  put(key: string, value: V): void;
  forget(key: string): void;
  /** Forgets what matches, and whatever is being read just now. */
  forgetIf(matches: (value: V) => boolean): void;
  close(): Promise<void>;
}

interface Options<V> {
  readonly db: Pick<Database, 'listen'>;
  readonly channel: string;
  readonly load: (key: string) => Promise<V>;
  readonly capacity: number;
  /** Entries older than this are read again, in case a notification was lost without anybody noticing. */
  readonly maxAgeMs?: number;
  readonly now?: () => number;
}

export async function openWatchedCache<V>(options: Options<V>): Promise<WatchedCache<V>> {
  const { db, channel, load, capacity, maxAgeMs = 300_000, now = Date.now } = options;
  const entries = new Map<string, { value: V; until: number }>();
  const loading = new Map<string, Promise<V>>();

  function put(key: string, value: V): void {
    entries.delete(key);
    entries.set(key, { value, until: now() + maxAgeMs });
    if (entries.size <= capacity) return;
    const oldest = entries.keys().next();
    if (!oldest.done) entries.delete(oldest.value);
  }
  function forget(key: string): void {
    entries.delete(key);
    // What is being read may be from before the change: its readers get it, nobody after them.
    loading.delete(key);
  }
  function loadOnce(key: string): Promise<V> {
    const current = loading.get(key);
    if (current !== undefined) return current;
    const fresh: Promise<V> = load(key).then(
      (value) => {
        if (loading.get(key) === fresh) {
          loading.delete(key);
          put(key, value);
        }
        return value;
      },
      (error: unknown) => {
        if (loading.get(key) === fresh) loading.delete(key);
        throw error;
      },
    );
    loading.set(key, fresh);
    return fresh;
  }

  const stop = await db.listen(channel, (payload) => {
    if (payload !== null) return forget(payload);
    entries.clear();
    loading.clear();
  });
  return {
    async get(key) {
      const entry = entries.get(key);
      if (entry === undefined || entry.until <= now()) return loadOnce(key);
      return entry.value;
    },
    put,
    forget,
    forgetIf(matches) {
      for (const [key, { value }] of entries) if (matches(value)) entries.delete(key);
      loading.clear();
    },
    close: stop,
  };
}
