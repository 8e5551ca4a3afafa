// How often something may be tried. The counts live in the database, so they hold over replicas and restarts; in front
// of it each process remembers what is used up, so that a flood does not reach the database.
import type { Database } from '../../core/database.ts';
import { AppError } from '../../core/errors.ts';
import { hashToken } from '../../core/ids.ts';
import type { BoundQuery } from '../../core/statement.ts';
import { addressBlock } from './client.ts';
import { refundRateLimit, takeRateLimit } from './queries.ts';

interface Limit {
  readonly name: string;
  readonly allowed: number;
  readonly windowSeconds: number;
}

/** Successful sign-ins are refunded, so these bound wrong guesses, not people who sign in often. */
export const limits = {
  signInPair: { name: 'sign_in:pair', allowed: 10, windowSeconds: 300 },
  signInEmail: { name: 'sign_in:email', allowed: 100, windowSeconds: 3600 },
  signInIp: { name: 'sign_in:ip', allowed: 100, windowSeconds: 300 },
  signUpEmail: { name: 'sign_up:email', allowed: 10, windowSeconds: 3600 },
  signUpIp: { name: 'sign_up:ip', allowed: 100, windowSeconds: 3600 },
  refreshIp: { name: 'refresh:ip', allowed: 600, windowSeconds: 300 },
  changePassword: { name: 'change_password:user', allowed: 20, windowSeconds: 3600 },
  recoverEmail: { name: 'recover:email', allowed: 5, windowSeconds: 3600 },
  recoverIp: { name: 'recover:ip', allowed: 30, windowSeconds: 3600 },
} as const satisfies Record<string, Limit>;

/** One use of one limit by one subject. */
export interface Attempt {
  readonly key: string;
  readonly limit: Limit;
}

/** Addresses are hashed: the table must not become a list of who tried to sign in. */
export const byEmail = (limit: Limit, email: string): Attempt => ({
  limit,
  key: `${limit.name}:${hashToken(email).slice(0, 32)}`,
});
export const byIp = (limit: Limit, ip: string | null): Attempt => ({
  limit,
  key: `${limit.name}:${ip === null ? 'none' : addressBlock(ip)}`,
});
export const byAccount = (limit: Limit, id: string): Attempt => ({ limit, key: `${limit.name}:${id}` });
export const byPair = (limit: Limit, email: string, ip: string | null): Attempt =>
  byEmail(limit, `${email} ${ip ?? 'none'}`);

export interface RateLimiter {
  /** Counts the attempts; throws `rate_limited` when one of them is one too many. */
  take(attempts: readonly Attempt[]): Promise<void>;
  /** Statements that give the attempts back, to be sent with whatever they led to. */
  refund(attempts: readonly Attempt[]): BoundQuery[];
}

const capacity = 20_000;

export function createRateLimiter(db: Pick<Database, 'asService'>, now: () => number = Date.now): RateLimiter {
  /** Used-up keys, each with the end of its window in milliseconds. */
  const usedUp = new Map<string, number>();

  const windowEnd = (limit: Limit): number =>
    (Math.floor(now() / 1000 / limit.windowSeconds) + 1) * limit.windowSeconds * 1000;
  function remember(key: string, until: number): void {
    if (usedUp.size >= capacity) for (const [other, end] of usedUp) if (end <= now()) usedUp.delete(other);
    if (usedUp.size < capacity) usedUp.set(key, until);
  }
  const refuse = (until: number): AppError =>
    new AppError('rate_limited', { retryAfter: Math.max(1, (until - now()) / 1000) });

  return {
    async take(attempts) {
      for (const { key } of attempts) {
        const until = usedUp.get(key);
        if (until !== undefined && until > now()) throw refuse(until);
      }
      const answers = await db.asService(
        'auth',
        attempts.map(({ key, limit }) =>
          takeRateLimit({ key, allowed: limit.allowed, window_seconds: limit.windowSeconds }),
        ),
      );
      let until = 0;
      for (const [index, { key, limit }] of attempts.entries()) {
        if (answers[index]?.[0]?.is_allowed !== false) continue;
        remember(key, windowEnd(limit));
        until = Math.max(until, windowEnd(limit));
      }
      if (until > 0) throw refuse(until);
    },
    refund: (attempts) =>
      attempts.map(({ key, limit }) => refundRateLimit({ key, window_seconds: limit.windowSeconds })),
  };
}
