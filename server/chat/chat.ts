// The chat room as others see it: its routes, and the running of it (leases, stops, dead answers, upkeep).
import type { Database } from '../../core/database.ts';
import { newId } from '../../core/ids.ts';
import type { Jobs } from '../../core/jobs.ts';
import type { Log } from '../../core/log.ts';
import type { Room } from '../http/room.ts';
import { createRoom } from '../http/room.ts';
import type { AnswerSources } from './answer.ts';
import * as sql from './answer-queries.ts';
import { LiveAnswers } from './live-answers.ts';
import { messageRoutes } from './message-routes.ts';
import type { ChatDeps } from './messages.ts';
import { chatRoutes } from './routes.ts';
import { AnswerBell } from './watch.ts';

export interface ChatOptions extends Pick<ChatDeps, 'resolve' | 'defaultModel' | 'describeDocuments'> {
  readonly db: Database;
  readonly log: Log;
  readonly sources: AnswerSources;
  /** Milliseconds between heartbeats; a lease is dead after four of them. */
  readonly heartbeat?: number;
}

export interface Chat {
  readonly routes: Room;
  /** Marks answers as failed whose process died. */
  begin(): Promise<void>;
  /** Stops the answers that run here, keeping what they have said. */
  close(): Promise<void>;
}

export async function openChat(options: ChatOptions): Promise<Chat> {
  const { db, log } = options;
  const heartbeat = options.heartbeat ?? 5_000;
  const live = new LiveAnswers();
  const bell = new AnswerBell();
  const deps = { ...options, live, bell, ownerId: newId() };
  const openedAt = Date.now();

  // After a time without the database everybody's leases are old, and whoever comes back first must not end what lives.
  let trustsLeasesFrom = 0;
  const renew = async (): Promise<void> => {
    const renewal = sql.renewLeases({ message_ids: live.ids() });
    const abandoned = sql.failAbandoned({ silent_seconds: (heartbeat * 4) / 1_000 });
    // Asked in any case: only an answer says that the database is there.
    const rows =
      Date.now() < trustsLeasesFrom
        ? await db.asService('answer', renewal)
        : (await db.asService('answer', [renewal, abandoned]))[0];
    for (const { message_id, stop } of rows) if (stop) live.get(message_id)?.stop.abort('stopped');
  };
  const timer = setInterval(
    () =>
      renew().catch((error: unknown) => {
        trustsLeasesFrom = Date.now() + heartbeat * 4;
        log.warn({ err: error }, 'heartbeat failed');
      }),
    heartbeat,
  );
  timer.unref();
  const quiet = [
    await db.listen('loam_answers', (payload) => bell.ring(payload)),
    await db.listen('loam_stops', (payload) => {
      if (payload !== null) live.get(payload)?.stop.abort('stopped');
    }),
  ];

  const routes = createRoom();
  routes.route('/', chatRoutes(deps));
  routes.route('/', messageRoutes(deps));
  return {
    routes,
    // The embedded engine belongs to one process: what last gave a sign before this one opened belonged to one that died.
    begin: async () => {
      const since = (Date.now() - openedAt) / 1_000;
      if (db.engine === 'pglite') await db.asService('answer', sql.failAbandoned({ silent_seconds: since }));
    },
    close: async () => {
      clearInterval(timer);
      live.stopAll();
      await live.settled();
      for (const off of quiet) await off();
    },
  };
}

/** Upkeep by the clock: pieces an hour after, trash after thirty days. */
export async function scheduleChatUpkeep(db: Database, jobs: Jobs): Promise<void> {
  await jobs.schedule('chat-upkeep', '17 * * * *', async () => {
    await db.asService('maintenance', sql.purgePieces());
    await db.asService('maintenance', sql.purgeDeleted());
  });
}
