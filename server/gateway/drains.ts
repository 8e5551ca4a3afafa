// Answers whose client has gone. The provider goes on writing and charging, so they are read to their end for the ledger,
// within bounds: so many at a time, so many bytes and so long each.
import type { GatewayLimits } from './limits.ts';

export interface Drain {
  /** Counts bytes; beyond the bound it gives up. */
  read(bytes: number): void;
  end(): void;
}

export interface Drains {
  /** Null when there are too many already. `giveUp` is called at most once. */
  start(giveUp: () => void): Drain | null;
  /** How many are being read on. */
  running(): number;
  /** Resolves when none is left; gives up those that take longer than `patience` milliseconds. */
  close(patience: number): Promise<void>;
}

export function createDrains(limits: Pick<GatewayLimits, 'drains' | 'drainBytes' | 'drainTime'>): Drains {
  const running = new Map<Drain, () => void>();
  let onEmpty: (() => void) | null = null;

  return {
    running: () => running.size,
    start(giveUp) {
      if (running.size >= limits.drains) return null;
      let bytes = 0;
      const stop = (): void => {
        if (!running.has(drain)) return;
        drain.end();
        giveUp();
      };
      const timer = setTimeout(stop, limits.drainTime);
      const drain: Drain = {
        read(count) {
          bytes += count;
          if (bytes > limits.drainBytes) stop();
        },
        end() {
          clearTimeout(timer);
          running.delete(drain);
          if (running.size === 0) onEmpty?.();
        },
      };
      running.set(drain, stop);
      return drain;
    },
    async close(patience) {
      if (running.size === 0) return;
      const timer = setTimeout(() => {
        for (const stop of [...running.values()]) stop();
      }, patience);
      await new Promise<void>((resolve) => {
        onEmpty = resolve;
      });
      clearTimeout(timer);
    },
  };
}
