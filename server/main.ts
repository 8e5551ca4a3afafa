// Configuration -> database -> rooms -> listen -> shut down. The only place with side effects.
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { type Config, ConfigError, readConfig } from '../core/config.ts';
import { newRequestId } from '../core/ids.ts';
import { LockedError, takeLock } from '../core/lock.ts';
import { createLog, type Log } from '../core/log.ts';
import { answerCommands } from '../schema/maintain/answer-commands.ts';
import { MigrationError } from '../schema/migrations-read.ts';
import { openInstalled, type Target, targetOf } from '../schema/open.ts';
import type { House } from './rooms.ts';

export const version = '0.1.0';

export interface Server {
  readonly address: string;
  readonly port: number;
  /** What the person at the keyboard must know to make the first account, if anything. */
  readonly notice: string | null;
  /** Stops taking requests, lets answers and jobs end, and closes the database. */
  close(): Promise<void>;
}

/**
 * Opens everything and listens. What has been opened is closed again when a later step fails. `whileOpening` is begun once
 * the engine opens in its own thread, and must have ended before anybody is answered.
 */
export async function startServer(
  config: Config,
  log: Log,
  target: Target = targetOf(config),
  whileOpening: () => Promise<unknown> = async () => {},
): Promise<Server> {
  const closers: (() => Promise<unknown>)[] = [];
  const onClose = (closer: () => Promise<unknown>): void => void closers.push(closer);
  const closing = new AbortController();
  let begun: Promise<void> = Promise.resolve();
  const close = async (): Promise<void> => {
    closing.abort();
    await begun;
    // One by one from the end: what is still beginning may add its own.
    for (let closer = closers.pop(); closer !== undefined; closer = closers.pop())
      await closer().catch((error: unknown) => log.error({ err: error }, 'closing'));
  };
  try {
    const status = { state: 'starting', address: '' };
    const commands = answerCommands(config.dataDir, () => ({ version, pid: process.pid, ...status }));
    if (config.DATABASE_URL === undefined) {
      const lock = await takeLock(config.dataDir, commands.answer);
      onClose(() => lock.release());
    }
    const opening = openInstalled(target, { version });
    // The engine opens in its own thread; loading the rooms meanwhile costs no time.
    const loading = Promise.all([import('./rooms.ts'), import('@hono/node-server'), whileOpening()]);
    loading.catch(() => {}); // Said below, once the engine can be closed.
    const { db, pause } = await opening;
    onClose(() => db.close());
    if (pause !== null) commands.open(pause);
    const [{ openHouse }, { getRequestListener }] = await loading;
    const house = await openHouse(config, db, log, onClose);
    const http = createServer(listener(getRequestListener(house.app.fetch), house, log));
    Object.assign(http, { keepAliveTimeout: 65_000, headersTimeout: 30_000, requestTimeout: 300_000 });
    http.listen(config.PORT, config.HOST);
    await once(http, 'listening');
    onClose(() => closeHttp(http, () => house.drain()));
    const bound = http.address();
    const port = bound !== null && typeof bound === 'object' ? bound.port : config.PORT;
    const host = config.HOST.includes(':') ? `[${config.HOST}]` : config.HOST;
    Object.assign(status, { state: 'running', address: `http://${host}:${port}` });
    begun = beginJobs(house, log, closing.signal);
    return { address: status.address, port, notice: house.notice, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/**
 * Loading the jobs takes a tenth of a second of this thread: the first requests, which are there already, go before. A
 * database that is away just now is asked again.
 */
async function beginJobs(house: House, log: Log, closing: AbortSignal): Promise<void> {
  for (let pause = 300; !closing.aborted; pause = Math.min(2 * pause, 60_000)) {
    try {
      await delay(pause, undefined, { signal: closing });
      return await house.begin();
    } catch (error) {
      if (!closing.aborted) log.error({ err: error }, 'jobs could not be started and are tried again');
    }
  }
}

async function closeHttp(http: ReturnType<typeof createServer>, drain: () => Promise<void>): Promise<void> {
  const closed = once(http, 'close');
  http.close();
  http.closeIdleConnections();
  await drain();
  http.closeIdleConnections();
  setTimeout(() => http.closeAllConnections(), 3_000).unref();
  await closed;
}

type Handler = (req: IncomingMessage, res: ServerResponse) => unknown;

/** /v1 stands before the router: on the path to a model every layer costs more than all our work. */
function listener(app: Handler, house: House, log: Log): Handler {
  return (req, res) => {
    // What is not meant for us is refused by the app, in one place.
    if (req.url?.startsWith('/v1/') !== true || !house.serves(req.headers.host)) return app(req, res);
    const requestId = newRequestId();
    // A log of its own costs a twentieth of a call: it is made when there is something to say.
    void house.gateway(req, res, {
      requestId,
      get log() {
        return log.child({ request_id: requestId });
      },
    });
  };
}

/** Runs the server until a signal ends it. Problems that the person at the keyboard can mend are said in one sentence. */
export async function main(whileOpening?: () => Promise<unknown>): Promise<void> {
  let log: Log | undefined;
  try {
    const config = readConfig();
    log = createLog(config.LOAM_LOG_LEVEL);
    const server = await startServer(config, log, targetOf(config), whileOpening);
    process.stdout.write(`Loam is ready at ${server.address}\n`);
    if (server.notice !== null) process.stdout.write(`${server.notice}\n`);
    await stopSignal();
    await server.close();
  } catch (error) {
    if (error instanceof ConfigError || error instanceof LockedError || error instanceof MigrationError)
      process.stderr.write(`${error.message}\n`);
    else if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE')
      process.stderr.write('The port is in use. Stop what uses it, or set PORT to another one.\n');
    else (log ?? createLog('info')).fatal({ err: error }, 'Loam could not start');
    process.exitCode = 1;
  }
}

/** The first SIGINT or SIGTERM; the second ends the process at once. */
function stopSignal(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.once(signal, () => {
        process.once(signal, () => process.exit(130));
        resolve();
      });
    }
  });
}
