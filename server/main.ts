// Configuration -> database -> rooms -> app -> listen -> shut down. The only place with side effects.
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { fileURLToPath } from 'node:url';
import { getRequestListener } from '@hono/node-server';
import { type Config, ConfigError, readConfig } from '../core/config.ts';
import type { Database } from '../core/database.ts';
import { newRequestId } from '../core/ids.ts';
import { type Jobs, startJobs } from '../core/jobs.ts';
import { LockedError, takeLock } from '../core/lock.ts';
import { createLog, type Log } from '../core/log.ts';
import { openInstalled, type Target } from '../schema/open.ts';
import { createApp, type Rooms } from './app.ts';
import { apiKeyRoutes } from './auth/api-key-routes.ts';
import { type Auth, isOnSupabase, openAuth } from './auth/auth.ts';
import { authRoutes } from './auth/routes.ts';
import { openSecret } from './auth/secret.ts';
import { openChat, scheduleChatUpkeep } from './chat/chat.ts';
import { collectionRoutes } from './documents/collection-routes.ts';
import { startDocuments } from './documents/documents.ts';
import { nameDocuments, whenRead } from './documents/ready.ts';
import { documentRoutes } from './documents/routes.ts';
import { createGateway, type Gateway } from './gateway/gateway.ts';
import { gatewayHandler } from './gateway/handler.ts';
import { configuredProviders } from './gateway/providers/configured.ts';
import { modelRoutes } from './gateway/routes.ts';
import { eventRoutes, openEvents } from './http/events.ts';
import { healthRoutes } from './http/health.ts';
import { webRoutes } from './http/web.ts';
import { readMe } from './profiles/profiles.ts';
import { profileRoutes } from './profiles/routes.ts';
import { searchRoutes } from './search/routes.ts';
import { retrievePassages } from './search/search.ts';
import { openFolderStore } from './storage/files.ts';
import { storageRoutes } from './storage/routes.ts';
import { defaultLimits } from './storage/storage.ts';

export const version = '0.1.0';
const webFolder = fileURLToPath(new URL('../web/dist', import.meta.url));

export interface Server {
  readonly address: string;
  readonly port: number;
  /** Stops taking requests, lets answers and jobs end, and closes the database. */
  close(): Promise<void>;
}

export const targetOf = (config: Config): Target =>
  config.DATABASE_URL === undefined
    ? { kind: 'pglite', dataDir: config.dataDir }
    : { kind: 'postgres', url: config.DATABASE_URL, adminUrl: config.LOAM_ADMIN_DATABASE_URL, supabase: isOnSupabase(config) };

/** Opens everything and listens. What has been opened is closed again when a later step fails. */
export async function startServer(config: Config, log: Log, target: Target = targetOf(config)): Promise<Server> {
  const closers: (() => Promise<unknown>)[] = [];
  const close = async (): Promise<void> => {
    for (const closer of closers.splice(0).reverse()) {
      await closer().catch((error: unknown) => log.error({ err: error }, 'closing'));
    }
  };
  try {
    const status = { state: 'starting', address: '' };
    if (config.DATABASE_URL === undefined) {
      const lock = await takeLock(config.dataDir, async () => ({ version, pid: process.pid, ...status }));
      closers.push(() => lock.release());
    }
    const { db } = await openInstalled(target, { version });
    closers.push(() => db.close());
    const { rooms, auth, gateway } = await openRooms(config, db, log, closers);
    const connectTo = config.SUPABASE_URL === undefined ? [] : [config.SUPABASE_URL];
    const app = createApp({ log, authenticate: auth.authenticate, rooms, connectTo });
    const http = createServer(listener(getRequestListener(app.fetch), gatewayHandler({ gateway, authenticate: auth.authenticate }), log));
    http.keepAliveTimeout = 65_000;
    http.headersTimeout = 30_000;
    http.requestTimeout = 300_000;
    http.listen(config.PORT, config.HOST);
    await once(http, 'listening');
    closers.push(async () => {
      const closed = once(http, 'close');
      http.close();
      http.closeIdleConnections();
      setTimeout(() => http.closeAllConnections(), 3_000).unref();
      await closed;
    });
    const bound = http.address();
    const port = bound !== null && typeof bound === 'object' ? bound.port : config.PORT;
    const host = config.HOST.includes(':') ? `[${config.HOST}]` : config.HOST;
    Object.assign(status, { state: 'running', address: `http://${host}:${port}` });
    return { address: status.address, port, close };
  } catch (error) {
    await close();
    throw error;
  }
}

type Handler = (req: IncomingMessage, res: ServerResponse) => unknown;

/** /v1 stands before the router: on the path to a model every layer costs more than all our work. */
function listener(app: Handler, gateway: ReturnType<typeof gatewayHandler>, log: Log): Handler {
  return (req, res) => {
    if (req.url?.startsWith('/v1/') !== true) return app(req, res);
    const requestId = newRequestId();
    void gateway(req, res, { requestId, log: log.child({ request_id: requestId }) });
  };
}

async function openRooms(config: Config, db: Database, log: Log, closers: (() => Promise<unknown>)[]): Promise<{ rooms: Rooms; auth: Auth; gateway: Gateway }> {
  const secret = openSecret(config);
  const auth = await openAuth({ db, config, log, secret });
  closers.push(() => auth.close());
  const gateway = createGateway({ db, log, providers: configuredProviders(config) });
  closers.push(() => gateway.close());
  const jobs = await startJobs(db, log);
  closers.push(() => jobs.close());
  const events = await openEvents(db);
  closers.push(() => events.close());
  const storage = {
    db,
    files: openFolderStore(`${config.dataDir}/files`),
    signingKey: secret.derive('storage signatures'),
    limits: defaultLimits,
  };
  const has = (pattern: string): boolean => db.installed.patterns.has(pattern);
  if (has('rag')) await startDocuments({ db, storage, log }, jobs);
  const rooms: Rooms = {
    health: healthRoutes(db),
    auth: auth.own === null ? null : authRoutes({ own: auth.own, authenticate: auth.authenticate, config }),
    apiKeys: apiKeyRoutes({ db, apiKeys: auth.apiKeys, config }),
    profiles: profileRoutes({ db, config, setupCode: auth.setupCode, own: auth.own }),
    storage: storageRoutes(storage),
    models: modelRoutes({ gateway }),
    documents: has('rag') ? documentRoutes({ db, storage, jobs, log }) : null,
    collections: has('rag') ? collectionRoutes({ db }) : null,
    search: searchRoutes({ db }),
    chat: has('chat') ? await openChatRoom(db, log, jobs, gateway, closers) : null,
    events: eventRoutes(events),
    web: webRoutes(webFolder),
  };
  return { rooms, auth, gateway };
}

/** Where the chat, the gateway, the documents and the search meet: none of them knows the others. */
async function openChatRoom(db: Database, log: Log, jobs: Jobs, gateway: Gateway, closers: (() => Promise<unknown>)[]): Promise<Rooms['chat']> {
  const chat = await openChat({
    db,
    log,
    sources: {
      answer: (ask, context) => gateway.answer(ask, context),
      retrieve: async (claims, { question, collectionIds, documentIds, conversationId, signal }) => {
        if (!db.installed.patterns.has('rag')) return [];
        await whenRead(db, claims, documentIds, signal);
        return await retrievePassages(db, claims, { question, collectionIds, documentIds, conversationId });
      },
    },
    resolve: (name) => {
      const { provider, model } = gateway.resolve(name);
      return { provider, model };
    },
    defaultModel: async (claims) => {
      const { default_model: chosen } = await readMe(db, claims);
      if (chosen !== null) return chosen;
      const models = await gateway.listModels(claims);
      return models.find(({ kind, built_in }) => kind === 'chat' && !built_in)?.id ?? 'loam/extractive';
    },
    describeDocuments: (claims, ids) => nameDocuments(db, claims, ids),
  });
  closers.push(() => chat.close());
  await scheduleChatUpkeep(db, jobs);
  return chat.routes;
}

/** Runs the server until a signal ends it. Problems that the person at the keyboard can mend are said in one sentence. */
export async function main(): Promise<void> {
  let log: Log | undefined;
  try {
    const config = readConfig();
    log = createLog(config.LOAM_LOG_LEVEL);
    const server = await startServer(config, log);
    process.stdout.write(`Loam is ready at ${server.address}\n`);
    await stopSignal();
    await server.close();
  } catch (error) {
    if (error instanceof ConfigError || error instanceof LockedError) process.stderr.write(`${error.message}\n`);
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
