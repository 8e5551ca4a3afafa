// /healthz: the process answers. /readyz: it can also reach its database, and says what is installed.
import type { Database } from '../../core/database.ts';
import { ping } from './queries.ts';
import { createRoom, type Room } from './room.ts';

export function healthRoutes(db: Database): Room {
  const room = createRoom();
  room.get('/healthz', (c) => c.json({ status: 'ok' }));
  room.get('/readyz', async (c) => {
    try {
      await db.asService('maintenance', ping(), { deadline: 2_000 });
      return c.json({
        status: 'ready',
        engine: db.engine,
        patterns: [...db.installed.patterns],
        vectors: db.installed.vectors,
      });
    } catch {
      return c.json({ status: 'not ready', reason: 'the database does not answer' }, 503);
    }
  });
  return room;
}
