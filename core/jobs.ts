// Jobs in the database by pg-boss: at least once, so handlers are idempotent. Runs as role loam_jobs, which owns its schema.
import type { PgBoss } from 'pg-boss';
import type { Database } from './database.ts';
import { newId } from './ids.ts';
import type { Log } from './log.ts';

export interface JobOptions {
  /** At most one waiting job a key. */
  readonly singletonKey?: string;
  /** Seconds before it may run. */
  readonly startAfter?: number;
  /** Attempts after the first; 2 unless said, with growing pauses. */
  readonly retryLimit?: number;
  /** Seconds until a running job counts as lost; 900 unless said. */
  readonly expireIn?: number;
}

export interface Jobs {
  /** Puts a job down; it survives a restart. */
  send(name: string, data: Record<string, unknown>, options?: JobOptions): Promise<void>;
  /** Takes jobs of this name, one after the other. The signal aborts at shut-down. */
  work(name: string, handler: (data: Record<string, unknown>, signal: AbortSignal) => Promise<void>): Promise<void>;
  /** Runs a handler by the clock, once whichever replica comes first. `cron` has five fields, UTC. */
  schedule(name: string, cron: string, handler: (signal: AbortSignal) => Promise<void>): Promise<void>;
  close(): Promise<void>;
}

/** pg-boss passes values as pg would take them: text, numbers, dates, arrays, objects. */
function toText(value: unknown): string | null {
  if (value === null || value === undefined) return null;
  if (value instanceof Date) return value.toISOString();
  if (Array.isArray(value))
    return `{${value.map((item) => (item === null ? 'NULL' : JSON.stringify(toText(item)))).join(',')}}`;
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

export async function startJobs(db: Database, log: Log, options: { pollSeconds?: number } = {}): Promise<Jobs> {
  const { PgBoss: Boss } = await import('pg-boss');
  const boss: PgBoss = new Boss({
    db: { executeSql: async (text, values) => ({ rows: await db.runText('jobs', text, (values ?? []).map(toText)) }) },
    schema: 'pgboss',
    migrate: false,
    createSchema: false,
    supervise: true,
    schedule: true,
    // Schedules are by the minute and retries by seconds: looking more often is work for the embedded engine at rest.
    cronWorkerIntervalSeconds: 30,
    cronMonitorIntervalSeconds: 45,
    flowIntervalSeconds: 60,
  });
  boss.on('error', (error) => log.error({ err: error }, 'jobs'));
  await boss.start();
  // Whoever puts a job down rings its own worker; polling finds what another replica left.
  const pollingIntervalSeconds = options.pollSeconds ?? 10;
  const workers = new Map<string, string>();
  const known = new Set<string>();
  const retries = new Map<string, NodeJS.Timeout>();
  const ring = (name: string): void => {
    const id = workers.get(name);
    if (id !== undefined) boss.notifyWorker(id);
  };
  const forgetRetry = (jobId: string): void => {
    clearInterval(retries.get(jobId));
    retries.delete(jobId);
  };
  /** Each second from a failed attempt to the next. pg-boss draws the pause: it doubles, up to 2 ** (attempts + 1) seconds. */
  const ringForRetry = (name: string, jobId: string, attemptsBefore: number): void => {
    let left = 2 ** (attemptsBefore + 1) + 10; // Then it is in another replica's hands, or polling finds it.
    const timer = setInterval(() => {
      ring(name);
      left -= 1;
      if (left <= 0) forgetRetry(jobId);
    }, 1_000);
    retries.set(jobId, timer.unref());
  };

  async function ensureQueue(name: string): Promise<void> {
    if (known.has(name)) return;
    // "short" is pg-boss's word for one waiting job a key.
    if ((await boss.getQueue(name)) === null) await boss.createQueue(name, { policy: 'short' });
    known.add(name);
  }

  async function work(
    name: string,
    handler: (data: Record<string, unknown>, signal: AbortSignal) => Promise<void>,
  ): Promise<void> {
    await ensureQueue(name);
    const id = await boss.work<Record<string, unknown>>(
      name,
      { pollingIntervalSeconds, batchSize: 1 },
      async ([job]) => {
        if (job === undefined) return;
        forgetRetry(job.id);
        try {
          await handler(job.data ?? {}, job.signal);
        } catch (error) {
          log.error({ err: error, job: name, job_id: job.id }, 'job failed');
          ringForRetry(name, job.id, job.retryCount);
          throw error;
        } finally {
          ring(name); // One ring may have stood for several jobs, and what waited before the start had none.
        }
      },
    );
    workers.set(name, id);
  }

  return {
    work,
    send: async (name, data, { singletonKey, startAfter, retryLimit = 2, expireIn = 900 } = {}) => {
      await ensureQueue(name);
      await boss.send(name, data, {
        retryLimit,
        retryBackoff: true,
        expireInSeconds: expireIn,
        singletonKey: singletonKey ?? newId(),
        ...(startAfter === undefined ? {} : { startAfter }),
      });
      if (startAfter === undefined) ring(name);
    },
    schedule: async (name, cron, handler) => {
      await work(name, (_, signal) => handler(signal));
      await boss.schedule(name, cron);
    },
    close: async () => {
      await boss.stop({ graceful: true, timeout: 5_000 });
      for (const jobId of retries.keys()) forgetRetry(jobId);
    },
  };
}
