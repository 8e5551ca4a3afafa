// Asking again for what is in the cache, and writing it there. Answers may arrive in another order than they were asked for:
// what a later request brought is never replaced by an earlier one.

import { hashKey, type QueryKey } from '@tanstack/react-query';
import { pause } from './pause.ts';
import { mayPass } from './problem.ts';
import { queryClient } from './query-client.ts';

type Asking = { asked: number; taken: number };

/** Of each key, the number of the request that was asked last and of the one whose answer stands. */
const askings = new Map<string, Asking>();
let asked = 0;
const firstPauseMs = 1000;

/** How often a refresh that nobody waits for is tried again before it is given up. */
export const patience = 3;

function askingOf(key: QueryKey): Asking {
  const name = hashKey(key);
  const asking = askings.get(name) ?? { asked: 0, taken: 0 };
  askings.set(name, asking);
  return asking;
}

/** Whether the cache holds an answer for this key that was asked for after the request with this number. */
export const takenSince = (key: QueryKey, number: number): boolean => askingOf(key).taken > number;

/** Gives the answer to `take`, unless a later request for the same key was answered before. Throws when all attempts failed. */
export async function takeLatest<T>(
  key: QueryKey,
  ask: () => Promise<T>,
  take: (fresh: T, number: number) => void,
  retries = 0,
): Promise<void> {
  const asking = askingOf(key);
  asked += 1;
  const number = asked;
  asking.asked = number;
  for (let failures = 0; ; failures += 1) {
    try {
      const fresh = await ask();
      if (asking.taken > number) return;
      asking.taken = number;
      return take(fresh, number);
    } catch (error) {
      if (asking.taken > number) return;
      if (failures >= retries || !mayPass(error)) throw error;
    }
    await pause(firstPauseMs * 3 ** failures);
    // A later request asks the same, and has attempts of its own.
    if (asking.asked !== number) return;
  }
}

/** Writes into the cache. A load under way would put back what it found there at its start, so it is called off. */
export function write<T>(key: QueryKey, change: (known: T | undefined) => T | undefined): void {
  const known = queryClient.getQueryData<T>(key);
  const next = change(known);
  if (next === undefined || next === known) return;
  void queryClient.cancelQueries({ queryKey: key, exact: true });
  queryClient.setQueryData<T>(key, () => next);
}
