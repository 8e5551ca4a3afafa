// The embedded engine: one session behind a queue. A whole transaction travels as one message where it can. PGlite does
// not enforce statement_timeout, so a deadline costs the worker its life; it is opened again and the others may retry.
import { Worker } from 'node:worker_threads';
import { protocol } from '@electric-sql/pglite';
import {
  type AdminSession,
  DatabaseError,
  type Driver,
  type DriverTransaction,
  EngineLost,
  type Rows,
  type Take,
} from './database.ts';
import type { FromWorker, ToWorker, WorkerOptions } from './pglite-worker.ts';
import type { BoundQuery } from './statement.ts';

const { serialize, Parser } = protocol;
const takeName = 'loam_take';
const takeText = `select set_config('role', $1, true), set_config('request.jwt.claims', $2, true)`;

interface Engine {
  send(message: { bytes: Uint8Array } | { dump: true } | { close: true }): Promise<Uint8Array>;
  readonly lost: Promise<void>;
  kill(): Promise<void>;
}

async function openEngine(options: WorkerOptions): Promise<Engine> {
  // From source, or bundled.
  const file = import.meta.url.endsWith('.ts') ? './pglite-worker.ts' : './pglite-worker.js';
  const worker = new Worker(new URL(file, import.meta.url), { workerData: options });
  const waiting = new Map<number, { resolve: (bytes: Uint8Array) => void; reject: (error: Error) => void }>();
  let nextId = 1;
  let isLost = false;
  let lose = (): void => {};
  const lost = new Promise<void>((resolve) => {
    lose = resolve;
  });
  const fail = (): void => {
    isLost = true;
    for (const { reject } of waiting.values()) reject(new EngineLost());
    waiting.clear();
    lose();
  };
  await new Promise<void>((resolve, reject) => {
    worker.on('message', (message: FromWorker) => {
      if ('ready' in message) return resolve();
      if (message.id === 0) return reject(new Error('error' in message ? message.error : 'the engine did not start'));
      const call = waiting.get(message.id);
      waiting.delete(message.id);
      if ('error' in message) call?.reject(new Error(message.error));
      else call?.resolve(message.bytes);
    });
    worker.on('error', (error) => {
      reject(error);
      fail();
    });
    worker.on('exit', () => {
      reject(new Error('the engine ended before it was ready'));
      fail();
    });
  });
  return {
    lost,
    send: (message) =>
      new Promise((resolve, reject) => {
        if (isLost) return reject(new EngineLost());
        const id = nextId++;
        waiting.set(id, { resolve, reject });
        worker.postMessage({ id, ...message } satisfies ToWorker);
      }),
    kill: async () => {
      await worker.terminate();
      fail();
    },
  };
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

interface Queue {
  <T>(work: () => Promise<T>, lane?: string): Promise<T>;
  /** Resolves when nothing waits in any lane. */
  empty(): Promise<void>;
}

/**
 * One piece of work at a time, and the lanes in turn: whoever asks for a thousand things at once waits for them alone, and
 * the others wait for one of them at most. Within a lane the order stays.
 */
function createQueue(): Queue {
  const lanes = new Map<string, (() => Promise<void>)[]>();
  let running = false;
  async function run(): Promise<void> {
    running = true;
    for (let [first] = lanes; first !== undefined; [first] = lanes) {
      const [lane, waiting] = first;
      const next = waiting.shift();
      // To the end of the row, or out of it.
      lanes.delete(lane);
      if (waiting.length > 0) lanes.set(lane, waiting);
      await next?.();
    }
    running = false;
  }
  const queue = <T>(work: () => Promise<T>, lane = ''): Promise<T> =>
    new Promise((resolve, reject) => {
      const task = (): Promise<void> => work().then(resolve, reject);
      const waiting = lanes.get(lane);
      if (waiting === undefined) lanes.set(lane, [task]);
      else waiting.push(task);
      if (!running) void run();
    });
  const empty = async (): Promise<void> => {
    do await queue(async () => {});
    while (lanes.size > 0);
  };
  return Object.assign(queue, { empty });
}

/** Each person is a lane, and each service. */
const laneOf = ({ role, claims }: Take): string => `${role} ${claims}`;

/** The few types that pg's own parsers turn into something other than text. */
function decodeByOid(oid: number, text: string | null): unknown {
  if (text === null) return null;
  if (oid === 16) return text === 't';
  if (oid === 20 || oid === 21 || oid === 23 || oid === 700 || oid === 701) return Number(text);
  if (oid === 114 || oid === 3802) return JSON.parse(text) as unknown;
  if (oid === 1082 || oid === 1114 || oid === 1184) return new Date(text);
  return text;
}

export interface PgliteOptions extends WorkerOptions {
  /** The role that the session is put under once installing is over. */
  readonly sessionRole: string;
}

export interface PgliteDriver extends Driver {
  readonly admin: AdminSession;
  /** Ends installing: from here on the session is the app's role, which has no rights of its own. */
  lockDown(): Promise<void>;
  dump(): Promise<Uint8Array>;
  /** Between two transactions: nothing else runs until `work` is done, which may act with every right. */
  pause<T>(work: (admin: AdminSession) => Promise<T>): Promise<T>;
}

export async function openPglite(options: PgliteOptions): Promise<PgliteDriver> {
  let engine = await openEngine(options);
  const queue = createQueue();
  let prepared = new Set<string>();
  let lockedDown = false;
  let closed = false;
  let roundTrips = 0;
  const channels = new Map<string, Set<(payload: string | null) => void>>();
  const reopenOptions: PgliteOptions = { ...options, from: null };

  /** Sends bytes and reads the rows of each command; the first error of the batch is thrown. */
  async function exchange(bytes: Uint8Array): Promise<Rows[]> {
    roundTrips += 1;
    const reply = await engine.send({ bytes });
    const results: Rows[] = [];
    let rows: (string | null)[][] = [];
    let failure: DatabaseError | undefined;
    new Parser().parse(reply as Uint8Array<ArrayBuffer>, (message) => {
      // checked: the worker transfers a plain ArrayBuffer
      if (message.name === 'dataRow' && 'fields' in message)
        rows.push(message.fields as (string | null)[]); // checked: text format
      else if (message.name === 'commandComplete' || message.name === 'emptyQuery') {
        results.push(rows);
        rows = [];
      } else if (message.name === 'error') failure ??= new DatabaseError(message);
      else if (message.name === 'notification' && 'payload' in message && 'channel' in message)
        deliver(String(message.channel), String(message.payload));
    });
    if (failure !== undefined) throw failure;
    return results;
  }

  /** Foreign SQL, for libraries: columns by name, values by their type's oid. No values means that it may be a script. */
  async function exchangeText(text: string, values: readonly (string | null)[]): Promise<Record<string, unknown>[]> {
    roundTrips += 1;
    const bytes =
      values.length === 0
        ? serialize.query(text)
        : concat([
            serialize.parse({ text }),
            serialize.bind({ values: [...values] }),
            serialize.describe({ type: 'P' }),
            serialize.execute({}),
            serialize.sync(),
          ]);
    const reply = await engine.send({ bytes });
    let fields: { name: string; dataTypeID: number }[] = [];
    let rows: Record<string, unknown>[] = [];
    let failure: DatabaseError | undefined;
    new Parser().parse(reply as Uint8Array<ArrayBuffer>, (message) => {
      // checked: the worker transfers a plain ArrayBuffer
      if (message.name === 'rowDescription' && 'fields' in message) {
        fields = message.fields as { name: string; dataTypeID: number }[]; // checked: what a row description holds
        rows = [];
      } else if (message.name === 'dataRow' && 'fields' in message) {
        const texts = message.fields as (string | null)[]; // checked: text format
        rows.push(
          Object.fromEntries(
            fields.map((field, index) => [field.name, decodeByOid(field.dataTypeID, texts[index] ?? null)]),
          ),
        );
      } else if (message.name === 'error') failure ??= new DatabaseError(message);
      else if (message.name === 'notification' && 'payload' in message && 'channel' in message)
        deliver(String(message.channel), String(message.payload));
    });
    if (failure !== undefined) throw failure;
    return rows;
  }

  function deliver(channel: string, payload: string): void {
    for (const heard of channels.get(channel) ?? []) setImmediate(heard, payload);
  }

  function encodeQuery(name: string, text: string, values: readonly (string | null)[], parts: Uint8Array[]): void {
    if (!prepared.has(name)) {
      // Closing a name that does not exist is allowed; one half-made by a failed batch does.
      parts.push(serialize.close({ type: 'S', name }), serialize.parse({ name, text }));
      prepared.add(name);
    }
    parts.push(serialize.bind({ statement: name, values: [...values] }), serialize.execute({}));
  }

  async function sendQueries(
    head: readonly Uint8Array[],
    take: Take | null,
    queries: readonly BoundQuery[],
  ): Promise<Rows[]> {
    const parts = [...head];
    const before = prepared;
    prepared = new Set(before);
    if (take !== null) encodeQuery(takeName, takeText, [take.role, take.claims], parts);
    for (const { statement, values } of queries) encodeQuery(statement.name, statement.text, values, parts);
    parts.push(serialize.sync());
    try {
      const results = await exchange(concat(parts));
      return results.slice(results.length - queries.length);
    } catch (error) {
      prepared = before;
      throw error;
    }
  }

  /** Kills the engine when `work` outlasts its deadline: there is no other way to stop a statement in PGlite. */
  async function within<T>(deadline: number, work: Promise<T>): Promise<T> {
    let expired = false;
    const timer = setTimeout(() => {
      expired = true;
      void engine.kill();
    }, deadline);
    try {
      return await work;
    } catch (error) {
      throw expired ? new EngineLost('deadline') : error;
    } finally {
      clearTimeout(timer);
    }
  }

  async function prepareSession(): Promise<void> {
    await exchange(serialize.query(`set time zone 'UTC'; set search_path to public, extensions`));
    if (lockedDown) await exchange(serialize.query(`set session authorization ${options.sessionRole}`));
    for (const channel of channels.keys()) await exchange(serialize.query(`listen ${channel}`));
  }

  function watch(watched: Engine): void {
    void watched.lost.then(() => queue(() => reopen(100)));
  }

  /** Whatever is not the locked-down database that was lost is not used: everything is refused until the next attempt. */
  async function reopen(wait: number): Promise<void> {
    if (closed) return;
    prepared = new Set();
    try {
      engine = await openEngine(reopenOptions);
      await prepareSession();
    } catch {
      await engine.kill();
      setTimeout(() => void queue(() => reopen(Math.min(wait * 2, 10_000))), wait).unref();
      return;
    }
    watch(engine);
    for (const [, heard] of channels) for (const each of heard) each(null);
  }
  watch(engine);
  await prepareSession();

  const parsedBegin = [serialize.parse({ text: 'begin' }), serialize.bind({}), serialize.execute({})];
  const simple = (text: string): Promise<Rows[]> => exchange(serialize.query(text));

  return {
    engine: 'pglite',
    roundTrips: () => roundTrips,
    batch: (take, queries, deadline) => queue(() => within(deadline, sendQueries([], take, queries)), laneOf(take)),
    begin: (take, deadline) =>
      new Promise<DriverTransaction>((resolve) => {
        void queue(
          () =>
            new Promise<void>((release) => {
              let isOpen = false;
              const end = async (command: 'commit' | 'rollback'): Promise<void> => {
                try {
                  if (isOpen) await within(deadline, simple(command));
                } finally {
                  release();
                }
              };
              resolve({
                run: (queries) => {
                  const first = !isOpen;
                  isOpen = true;
                  return within(deadline, sendQueries(first ? parsedBegin : [], first ? take : null, queries));
                },
                commit: () => end('commit'),
                rollback: () => end('rollback'),
              });
            }),
          laneOf(take),
        );
      }),
    runText: (take, text, values, deadline) =>
      queue(
        () =>
          within(
            deadline,
            (async () => {
              await simple(`set role ${take.role}`);
              try {
                return await exchangeText(text, values);
              } finally {
                await simple('rollback; reset role');
              }
            })(),
          ),
        laneOf(take),
      ),
    listen: async (channel, onPayload) => {
      const heard = channels.get(channel) ?? new Set();
      channels.set(channel, heard);
      heard.add(onPayload);
      if (heard.size === 1) await queue(() => simple(`listen ${channel}`));
      return async () => {
        heard.delete(onPayload);
        if (heard.size === 0 && channels.delete(channel) && !closed)
          await queue(() => simple(`unlisten ${channel}`)).catch(() => {});
      };
    },
    admin: {
      exec: (text) => queue(() => simple(text)).then(() => {}),
      rows: (text) => queue(() => simple(text)).then((results) => results.at(-1) ?? []),
    },
    lockDown: () =>
      queue(async () => {
        lockedDown = true;
        prepared = new Set();
        await simple(`discard plans; set session authorization ${options.sessionRole}`);
      }),
    dump: () => queue(() => engine.send({ dump: true })),
    pause: (work) =>
      queue(async () => {
        // RESET does nothing in the embedded engine, whose first user nobody has named.
        await simple('set session authorization postgres');
        try {
          return await work({
            exec: (text) => simple(text).then(() => {}),
            rows: (text) => simple(text).then((results) => results.at(-1) ?? []),
          });
        } finally {
          // An engine that cannot be put under its role again is not used again.
          const again = lockedDown ? `rollback; set session authorization ${options.sessionRole}` : 'rollback';
          await simple(again).catch(() => engine.kill());
        }
      }, 'pause'),
    close: async () => {
      if (closed) return;
      closed = true;
      await queue.empty();
      await queue(() => engine.send({ close: true })).catch(() => {});
      await engine.kill();
    },
  };
}
