// Opens every room on an open database and lays the paths between them. Loaded while the engine opens: it is large.
import { fileURLToPath } from 'node:url';
import type { Config } from '../core/config.ts';
import type { Database } from '../core/database.ts';
import { type Jobs, startJobs } from '../core/jobs.ts';
import type { Log } from '../core/log.ts';
import { createApp, type Rooms } from './app.ts';
import { apiKeyRoutes } from './auth/api-key-routes.ts';
import { openAuth } from './auth/auth.ts';
import { authRoutes } from './auth/routes.ts';
import { openSecret } from './auth/secret.ts';
import { scheduleAuthUpkeep } from './auth/upkeep.ts';
import { type Chat, openChat, scheduleChatUpkeep } from './chat/chat.ts';
import { collectionRoutes } from './documents/collection-routes.ts';
import { startDocuments } from './documents/documents.ts';
import { nameDocuments, whenRead } from './documents/ready.ts';
import { documentRoutes } from './documents/routes.ts';
import { createGateway, type Gateway } from './gateway/gateway.ts';
import { type GatewayHandler, gatewayHandler } from './gateway/handler.ts';
import { configuredProviders } from './gateway/providers/configured.ts';
import { modelRoutes } from './gateway/routes.ts';
import { eventRoutes, openEvents } from './http/events.ts';
import { healthRoutes } from './http/health.ts';
import { type Serves, servedHosts } from './http/hosts.ts';
import type { Room } from './http/room.ts';
import { webRoutes } from './http/web.ts';
import { readMe } from './profiles/profiles.ts';
import { profileRoutes } from './profiles/routes.ts';
import { searchRoutes } from './search/routes.ts';
import { retrievePassages } from './search/search.ts';
import { openFolderStore } from './storage/files.ts';
import { storageRoutes } from './storage/routes.ts';
import { defaultLimits } from './storage/storage.ts';
import { scheduleMaintenance } from './usage/maintenance.ts';
import { scheduleUsageUpkeep } from './usage/usage.ts';

const webFolder = fileURLToPath(new URL('../web/dist', import.meta.url));

export interface House {
  readonly app: Room;
  readonly gateway: GatewayHandler;
  readonly serves: Serves;
  /** What the first account needs to be made from outside this machine; null where it needs nothing or is there. */
  readonly notice: string | null;
  /** Ends what would keep connections open: answers keep what they have said. */
  drain(): Promise<void>;
  /** What may begin once requests are taken: jobs, and what they keep up. May be tried again when it fails. */
  begin(): Promise<void>;
}

/** `onClose` collects what is to be closed, in the order of opening. */
export async function openHouse(
  config: Config,
  db: Database,
  log: Log,
  onClose: (closer: () => Promise<unknown>) => void,
): Promise<House> {
  const secret = openSecret(config);
  const auth = await openAuth({ db, config, log, secret });
  onClose(() => auth.close());
  const gateway = createGateway({ db, log, providers: configuredProviders(config) });
  onClose(() => gateway.close());
  const events = await openEvents(db);
  const storage = {
    db,
    files: openFolderStore(`${config.dataDir}/files`),
    signingKey: secret.derive('storage signatures'),
    limits: defaultLimits,
  };
  const has = (pattern: string): boolean => db.installed.patterns.has(pattern);
  const chat = has('chat') ? await openChatRoom(db, log, gateway) : null;
  const drain = async (): Promise<void> => {
    await chat?.close();
    await events.close();
  };
  onClose(drain);
  let running: Jobs | null = null;
  // A document that arrives before the jobs do is found waiting when they begin.
  const jobs: Pick<Jobs, 'send'> = { send: async (...job) => running?.send(...job) };
  const schedule = async (to: Jobs): Promise<void> => {
    if (has('rag')) await startDocuments({ db, storage, log }, to);
    if (has('chat')) await scheduleChatUpkeep(db, to);
    await scheduleUsageUpkeep(db, to);
    await scheduleMaintenance(db, to, log, {
      logMonths: config.LOAM_KEEP_LOGS_MONTHS ?? null,
      archiveDays: config.LOAM_ARCHIVE_AFTER_DAYS ?? null,
    });
    if (auth.own !== null) await scheduleAuthUpkeep(db, to);
  };
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
    chat: chat?.routes ?? null,
    events: eventRoutes(events),
    web: webRoutes(webFolder),
  };
  const serves = servedHosts(config);
  const connectTo = config.SUPABASE_URL === undefined ? [] : [config.SUPABASE_URL];
  return {
    app: createApp({ log, authenticate: auth.authenticate, rooms, connectTo, serves }),
    serves,
    gateway: gatewayHandler({ gateway, authenticate: auth.authenticate }),
    notice: await auth.firstAccountNotice(),
    drain,
    begin: async () => {
      await chat?.begin();
      await gateway.warm();
      const started = await startJobs(db, log);
      running = started;
      try {
        await schedule(started);
      } catch (error) {
        running = null;
        await started.close();
        throw error;
      }
      onClose(() => started.close());
    },
  };
}

/** Where the chat, the gateway, the documents and the search meet: none of them knows the others. */
async function openChatRoom(db: Database, log: Log, gateway: Gateway): Promise<Chat> {
  return await openChat({
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
}
