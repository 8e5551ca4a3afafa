// Passwords: argon2id in libuv's threads, few at once because each hash takes 19 MB and a core.
// Unknown addresses cost the same work as known ones.
import { hash, parseOptions, verify } from '@node-rs/argon2';
import { AppError } from '../../core/errors.ts';

/** OWASP's first recommendation for argon2id. */
const cost = { memoryCost: 19456, timeCost: 2, parallelism: 1 } as const;
export const minPasswordLength = 8;
export const maxPasswordLength = 1000;

export interface Passwords {
  hash(password: string): Promise<string>;
  /** False for a null hash too, after the same work. */
  verify(password: string, hashed: string | null): Promise<boolean>;
}

/** Runs at most `width` tasks at once and lets at most `depth` wait; more are told to come back. */
function createGate(width: number, depth: number): <T>(task: () => Promise<T>) => Promise<T> {
  let running = 0;
  const waiting: (() => void)[] = [];
  return async (task) => {
    if (running >= width) {
      if (waiting.length >= depth) throw new AppError('rate_limited', { retryAfter: 2 });
      await new Promise<void>((resolve) => waiting.push(resolve));
    } else {
      running += 1;
    }
    try {
      return await task();
    } finally {
      // The place is handed on, not given back, so that nobody slips in between.
      const next = waiting.shift();
      if (next === undefined) running -= 1;
      else next();
    }
  };
}

export function createPasswords(width = 2, depth = 100): Passwords {
  const gate = createGate(width, depth);
  let nobody: Promise<string> | undefined;
  return {
    hash: (password) => gate(() => hash(password, cost)),
    verify: (password, hashed) =>
      gate(async () => {
        nobody ??= hash('nobody has this password', cost);
        const matches = await verify(hashed ?? (await nobody), password);
        return matches && hashed !== null;
      }),
  };
}

export const isArgon2 = (hashed: string): boolean => hashed.startsWith('$argon2');

/** Accounts that moved here from Supabase. */
export const isBcrypt = (hashed: string): boolean => /^\$2[aby]\$/.test(hashed);

/** Whether a stored hash was made at another cost, or by another algorithm, and should be made again. */
export function needsRehash(hashed: string): boolean {
  if (!isArgon2(hashed)) return true;
  const used = parseOptions(hashed);
  return (
    used.memoryCost !== cost.memoryCost || used.timeCost !== cost.timeCost || used.parallelism !== cost.parallelism
  );
}

/** Throws `auth_weak_password`. Length is what counts; characters are not prescribed. */
export function checkPassword(password: string): void {
  if ([...password].length < minPasswordLength || password.length > maxPasswordLength) {
    throw new AppError('auth_weak_password', {
      details: { min_length: minPasswordLength, max_length: maxPasswordLength },
    });
  }
}
