// How much one person may ask of the server at once, so that nobody's program or mistake takes it from the others. Kept in
// process on purpose: it protects this process. What must hold over replicas (sign-in) is counted in the database.
import type { MiddlewareHandler } from 'hono';
import { AppError } from '../../core/errors.ts';
import type { RoomEnv } from './room.ts';

export interface RequestLimits {
  /** Requests that may come in one moment, and how many a second come back. A page takes about five. */
  readonly burst: number;
  readonly perSecond: number;
  /** Requests that wait for their answer's beginning at the same time: each may hold a place at the database or on disk. */
  readonly atOnce: number;
}
export const defaultRequestLimits: RequestLimits = { burst: 1_000, perSecond: 50, atOnce: 64 };

interface Share {
  left: number;
  at: number;
  waiting: number;
}
const capacity = 20_000;

/** Stands behind authentication; who has not signed in has nothing here that costs anything. */
export function requestLimits(
  { burst, perSecond, atOnce }: RequestLimits,
  now: () => number = Date.now,
): MiddlewareHandler<RoomEnv> {
  const shares = new Map<string, Share>();
  const refilled = ({ left, at }: Share): number => Math.min(burst, left + ((now() - at) / 1_000) * perSecond);

  function shareOf(person: string): Share {
    const known = shares.get(person);
    if (known !== undefined) return known;
    if (shares.size >= capacity)
      for (const [other, share] of shares) if (share.waiting === 0 && refilled(share) >= burst) shares.delete(other);
    const fresh = { left: burst, at: now(), waiting: 0 };
    shares.set(person, fresh);
    return fresh;
  }

  return async (c, next) => {
    const person = c.get('who')?.claims.sub;
    if (person === undefined) return await next();
    const share = shareOf(person);
    Object.assign(share, { left: refilled(share), at: now() });
    if (share.left < 1) throw new AppError('rate_limited', { retryAfter: Math.max(1, (1 - share.left) / perSecond) });
    share.left -= 1;
    if (share.waiting >= atOnce)
      throw new AppError('rate_limited', { retryAfter: 1, details: { most_at_once: atOnce } });
    share.waiting += 1;
    try {
      await next();
    } finally {
      share.waiting -= 1;
    }
  };
}
