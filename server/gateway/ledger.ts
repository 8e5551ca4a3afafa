// Calls to models on their way into usage_logs: queued in process, written in batches. A killed process loses at most
// what was queued within the last second; nothing that waits for a model ever waits for this.
import type { Database } from '../../core/database.ts';
import { AppError } from '../../core/errors.ts';
import type { Log } from '../../core/log.ts';
import { logUsage, logUsageAgain } from './queries.ts';

/** One row of usage_logs; tokens are whole numbers, money is decimal text. What is left out is null, zero, false or empty. */
export interface UsageRow {
  readonly id: string;
  /** When the call began, in seconds since 1970. */
  readonly created_at: number;
  readonly user_id: string;
  readonly api_key_id?: string | undefined;
  readonly conversation_id?: string | undefined;
  readonly message_id?: string | undefined;
  readonly prompt_version_id?: string | undefined;
  readonly request_id: string;
  readonly action: string;
  readonly provider: string;
  readonly model: string;
  readonly model_version?: string | undefined;
  readonly input_tokens: number;
  readonly output_tokens: number;
  readonly cached_tokens?: number | undefined;
  readonly cache_write_tokens?: number | undefined;
  readonly reasoning_tokens?: number | undefined;
  readonly cost_usd?: string | undefined;
  readonly estimated?: true | undefined;
  readonly stream?: true | undefined;
  readonly latency_ms: number;
  readonly time_to_first_token_ms?: number | undefined;
  readonly status: 'completed' | 'failed' | 'stopped' | 'abandoned';
  readonly error_code?: string | undefined;
  readonly error_message?: string | undefined;
  readonly metadata?: Readonly<Record<string, unknown>> | undefined;
}

/** As the statement reads it: each letter is sent, copied and parsed for each call. */
const short = (row: UsageRow): Readonly<Record<string, unknown>> => ({
  i: row.id,
  t: row.created_at,
  u: row.user_id,
  k: row.api_key_id,
  c: row.conversation_id,
  m: row.message_id,
  v: row.prompt_version_id,
  r: row.request_id,
  a: row.action,
  p: row.provider,
  n: row.model,
  nv: row.model_version,
  ti: row.input_tokens,
  tg: row.output_tokens,
  tc: row.cached_tokens,
  tw: row.cache_write_tokens,
  tr: row.reasoning_tokens,
  usd: row.cost_usd,
  e: row.estimated,
  s: row.stream,
  l: row.latency_ms,
  f: row.time_to_first_token_ms,
  st: row.status,
  ec: row.error_code,
  em: row.error_message,
  x: row.metadata,
});

export interface Ledger {
  add(row: UsageRow): void;
  /** Writes what is queued; resolves when it is committed or has been given up. */
  flush(): Promise<void>;
  close(): Promise<void>;
}

const flushAfter = 750;
const retryAfter = 1_000;
const batchSize = 500;
/** About 50 MB; beyond it calls are not logged, loudly. Reached only when the database has been away for long. */
const longestQueue = 50_000;
const triesAtClose = 5;

export function openLedger(db: Database, log: Log): Ledger {
  let queue: UsageRow[] = [];
  let timer: NodeJS.Timeout | null = null;
  let writing: Promise<boolean> | null = null;
  const write = async (rows: readonly UsageRow[], again: boolean): Promise<void> => {
    try {
      const calls = rows.map(short);
      await db.asService('ledger', again ? logUsageAgain({ calls }) : logUsage({ calls }));
    } catch (error) {
      if (isPassing(error)) throw error;
      // An earlier attempt that ended without a word may have written them: leave out what is there.
      if (!again) return write(rows, true);
      const [only, ...others] = rows;
      if (only === undefined) return;
      if (others.length === 0) {
        log.error({ err: error, call: only }, 'a call could not be logged');
        return;
      }
      // One bad row must not hold back the others: look for it by halves.
      const half = Math.ceil(rows.length / 2);
      await write(rows.slice(0, half), true);
      await write(rows.slice(half), true);
    }
  };

  /** Writes what is queued now; what comes meanwhile waits for the next time, so that batches stay large. */
  const writeAll = async (): Promise<boolean> => {
    let left = queue.length;
    while (left > 0) {
      const batch = queue.slice(0, Math.min(left, batchSize));
      left -= batch.length;
      try {
        await write(batch, false);
      } catch (error) {
        log.warn({ err: error, waiting: queue.length }, 'usage could not be logged; trying again');
        return false;
      }
      queue = queue.slice(batch.length);
    }
    return true;
  };

  const flushOnce = (): Promise<boolean> => {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    writing ??= writeAll().finally(() => {
      writing = null;
    });
    return writing;
  };
  const schedule = (delay: number): void => {
    if (timer !== null) return;
    timer = setTimeout(() => {
      timer = null;
      void flushOnce().then((empty) => {
        if (!empty) schedule(retryAfter);
      });
    }, delay);
  };

  return {
    add(row) {
      if (queue.length < longestQueue) queue.push(row);
      else log.error({ call: row }, 'the usage queue is full; this call is not logged');
      schedule(flushAfter);
    },
    async flush() {
      while (queue.length > 0 || writing !== null) {
        if (await flushOnce()) continue;
        schedule(retryAfter);
        return;
      }
    },
    async close() {
      for (let tries = 0; tries < triesAtClose; tries++) {
        if ((await flushOnce()) && queue.length === 0) return;
        await new Promise((resolve) => setTimeout(resolve, 100 * 2 ** tries));
      }
      if (timer !== null) clearTimeout(timer);
      log.error({ lost: queue.length }, 'the database does not answer; these calls are not logged');
    },
  };
}

const passing = new Set(['database_unavailable', 'database_deadline', 'shutting_down']);
/** Deadlocks and serialisation failures pass as well: the batch is sent again as it is. */
function isPassing(error: unknown): boolean {
  if (error instanceof AppError) return passing.has(error.code);
  return (
    typeof error === 'object' && error !== null && 'code' in error && (error.code === '40P01' || error.code === '40001')
  );
}
