// The visible list: every room and its address, in order. Knows no settings and opens nothing.
import { AppError } from '../core/errors.ts';
import type { Log } from '../core/log.ts';
import type { Authenticate } from './http/authenticate.ts';
import { authentication } from './http/authenticate.ts';
import { answerError, toAppError } from './http/errors.ts';
import { hosts, type Serves } from './http/hosts.ts';
import { defaultRequestLimits, requestLimits } from './http/limits.ts';
import { openApiRoutes } from './http/openapi.ts';
import { jsonBodies, requests, securityHeaders } from './http/requests.ts';
import { createRoom, type Room } from './http/room.ts';

/** Each room's routes, ready to be mounted; a missing one is null and its addresses say why. */
export interface Rooms {
  readonly health: Room;
  /** null on Supabase, which has its own. */
  readonly auth: Room | null;
  readonly apiKeys: Room;
  readonly profiles: Room;
  readonly storage: Room;
  readonly models: Room;
  readonly documents: Room | null;
  readonly collections: Room | null;
  readonly search: Room | null;
  readonly chat: Room | null;
  readonly events: Room;
  readonly web: Room;
}

export interface AppDeps {
  readonly log: Log;
  readonly authenticate: Authenticate;
  readonly rooms: Rooms;
  /** Origins besides our own that the page calls. */
  readonly connectTo: readonly string[];
  readonly serves: Serves;
}

export function createApp({ log, authenticate, rooms, connectTo, serves }: AppDeps): Room {
  const app = createRoom();
  app.use(requests(log, securityHeaders(connectTo)));
  app.use(hosts(serves));
  app.route('/', rooms.health);
  app.use('/api/*', authentication(authenticate));
  app.use('/api/*', requestLimits(defaultRequestLimits));
  app.use('/api/*', jsonBodies);

  if (rooms.auth !== null) app.route('/auth/v1', rooms.auth);
  app.route('/storage/v1', rooms.storage);
  const api: [room: Room | null, pattern: string, nouns: readonly string[]][] = [
    [rooms.profiles, 'user-management', ['me', 'setup']],
    [rooms.apiKeys, 'foundation', ['api-keys']],
    [rooms.models, 'models', ['models']],
    [rooms.chat, 'chat', ['conversations', 'messages']],
    [rooms.documents, 'rag', ['documents']],
    [rooms.collections, 'rag', ['collections']],
    [rooms.search, 'search', ['search']],
    [rooms.events, 'foundation', ['events']],
  ];
  for (const [room, pattern, nouns] of api) {
    if (room !== null) app.route('/api/v1', room);
    else for (const noun of nouns) app.route(`/api/v1/${noun}`, unavailable(pattern));
  }
  app.route('/api/v1', openApiRoutes(app));
  app.route('/', rooms.web);

  app.notFound((c) => answerError(c, new AppError('not_found')));
  app.onError((error, c) => answerError(c, toAppError(error, c.get('log') ?? log)));
  return app;
}

/** Stands where a room would: its pattern is not installed on this database. */
function unavailable(pattern: string): Room {
  const room = createRoom();
  room.all('*', () => {
    throw new AppError('feature_unavailable', { details: { pattern } });
  });
  return room;
}
