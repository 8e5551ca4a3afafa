// /api/v1/events: one stream of server-sent events a tab, fed by the database's notifications. Says which row changed,
// never what is in it; the reader refetches under its own rights. No replay: after `reset` everything is to be refetched.
import { createRoute, z } from '@hono/zod-openapi';
import type { Database } from '../../core/database.ts';
import { AppError } from '../../core/errors.ts';
import { createRoom, errors, type Room, signedIn } from './room.ts';

const change = z.object({
  table: z.string(),
  id: z.uuid(),
  operation: z.enum(['insert', 'update', 'delete']),
  to: z.array(z.uuid()).nullable(),
});

type Heard = { readonly kind: 'change'; readonly data: string } | { readonly kind: 'reset' } | { readonly kind: 'end' };
interface Listener {
  readonly sessionId: string | undefined;
  tell(heard: Heard): void;
}

export interface Events {
  /** Listens for one person until the returned function is called. Throws events_too_many past the limit of streams. */
  subscribe(userId: string, listener: Listener): () => void;
  close(): Promise<void>;
}

const mostStreams = 20;

export async function openEvents(db: Database): Promise<Events> {
  const listeners = new Map<string, Set<Listener>>();
  const everybody = (): Listener[] => [...listeners.values()].flatMap((each) => [...each]);
  const onChange = (payload: string | null): void => {
    if (payload === null) {
      for (const each of everybody()) each.tell({ kind: 'reset' });
      return;
    }
    const parsed = change.safeParse(JSON.parse(payload));
    if (!parsed.success) return;
    const { to, ...told } = parsed.data;
    const heard: Heard = { kind: 'change', data: JSON.stringify(told) };
    for (const userId of new Set(to ?? [])) for (const each of listeners.get(userId) ?? []) each.tell(heard);
  };
  const onSession = (payload: string | null): void => {
    for (const each of everybody()) if (payload !== null && each.sessionId === payload) each.tell({ kind: 'end' });
  };
  const quiet = [await db.listen('loam_changes', onChange), await db.listen('loam_sessions', onSession)];

  return {
    subscribe: (userId, listener) => {
      const own = listeners.get(userId) ?? new Set();
      if (own.size >= mostStreams)
        throw new AppError('events_too_many', { retryAfter: 30, details: { most_streams: mostStreams } });
      listeners.set(userId, own.add(listener));
      return () => {
        own.delete(listener);
        if (own.size === 0) listeners.delete(userId);
      };
    },
    close: async () => {
      for (const each of everybody()) each.tell({ kind: 'end' });
      for (const off of quiet) await off();
    },
  };
}

const route = createRoute({
  method: 'get',
  path: '/events',
  tags: ['events'],
  summary: 'Live changes',
  responses: {
    200: {
      description: 'Events `change` with table, id and operation, and `reset`.',
      content: { 'text/event-stream': { schema: z.string() } },
    },
    ...errors,
  },
});

const heartbeat = 25_000;
/** Events that may wait for a slow reader. */
const mostWaiting = 1_000;
/** API keys and tokens without an end are asked to come again after an hour. */
const longest = 3_600_000;

/** Milliseconds until the token in a verified header ends. */
function lifeOf(authorization: string | undefined): number {
  const payload = authorization?.split('.')[1];
  if (payload === undefined) return longest;
  const { exp } = JSON.parse(Buffer.from(payload, 'base64url').toString()) as { exp?: unknown }; // checked: the token was verified
  return typeof exp === 'number' ? Math.min(longest, Math.max(0, exp * 1_000 - Date.now())) : longest;
}

export function eventRoutes(events: Events): Room {
  const room = createRoom();
  room.openapi(route, (c) => {
    const { claims } = signedIn(c);
    const encoder = new TextEncoder();
    let off = (): void => {};
    const timers: NodeJS.Timeout[] = [];
    const stop = (): void => {
      off();
      for (const timer of timers) clearTimeout(timer);
    };
    const life = lifeOf(c.req.header('authorization'));
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        const end = (): void => {
          stop();
          controller.close();
        };
        // Who does not read is let go: a reconnect refetches everything, so nothing is lost.
        const send = (text: string): void => {
          if ((controller.desiredSize ?? 0) < -mostWaiting) end();
          else controller.enqueue(encoder.encode(text));
        };
        off = events.subscribe(claims.sub, {
          sessionId: claims.session_id,
          tell: (heard) => {
            if (heard.kind === 'end') end();
            else if (heard.kind === 'reset') send('event: reset\ndata: {}\n\n');
            else send(`event: change\ndata: ${heard.data}\n\n`);
          },
        });
        send(': listening\n\n');
        timers.push(
          setInterval(() => send(':\n\n'), heartbeat),
          setTimeout(end, life),
        );
      },
      cancel: stop,
    });
    return c.body(body, 200, {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-cache, no-transform',
      'x-accel-buffering': 'no',
    });
  });
  return room;
}
