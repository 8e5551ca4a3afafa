// Bounds of the gateway. Each protects the process from a caller or an upstream that does not stop.
import { AppError } from '../../core/errors.ts';

export interface GatewayLimits {
  /** Bytes of a request's body. */
  readonly requestBytes: number;
  /** Bytes of an answer that is not streamed. */
  readonly answerBytes: number;
  /** Calls of one user at the same time. */
  readonly callsPerUser: number;
  /** Milliseconds until an upstream must have begun to answer. */
  readonly headersTimeout: number;
  /** Milliseconds that an upstream may be silent within an answer. */
  readonly idleTimeout: number;
  /** Answers that are read to their end though their client has gone: how many, how many bytes and milliseconds each. */
  readonly drains: number;
  readonly drainBytes: number;
  readonly drainTime: number;
}

export const defaultLimits: GatewayLimits = {
  requestBytes: 20 * 1024 * 1024,
  answerBytes: 64 * 1024 * 1024,
  callsPerUser: 64,
  headersTimeout: 10 * 60_000,
  idleTimeout: 5 * 60_000,
  drains: 64,
  drainBytes: 4 * 1024 * 1024,
  drainTime: 60_000,
};

/** Counts what is under way for each key; `take` throws gateway_busy when the key has its share. */
export function createSlots(share: number): { take(key: string): () => void } {
  const taken = new Map<string, number>();
  return {
    take(key) {
      const count = taken.get(key) ?? 0;
      if (count >= share) throw new AppError('gateway_busy', { details: { limit: share }, retryAfter: 1 });
      taken.set(key, count + 1);
      let held = true;
      return () => {
        if (!held) return;
        held = false;
        const left = (taken.get(key) ?? 1) - 1;
        if (left === 0) taken.delete(key);
        else taken.set(key, left);
      };
    },
  };
}
