// GET /api/v1/search: one list over passages of documents and titles of conversations.
import { createRoute } from '@hono/zod-openapi';
import { z } from 'zod';
import { searchHit } from '../../contract/search.ts';
import type { Database } from '../../core/database.ts';
import { createRoom, errors, jsonOf, listOf, type Room, signedIn } from '../http/room.ts';
import { searchAll } from './search.ts';

const search = createRoute({
  method: 'get',
  path: '/search',
  tags: ['search'],
  summary: 'Search documents and conversations',
  request: {
    query: z.object({
      q: z.string().trim().min(1).max(1000),
      limit: z.coerce.number().int().min(1).max(50).default(20),
    }),
  },
  responses: {
    200: jsonOf(listOf(searchHit.openapi('SearchHit'), 'SearchHitList'), 'Best first; by keyword.'),
    ...errors,
  },
});

export function searchRoutes({ db }: { db: Database }): Room {
  const room = createRoom();
  room.openapi(search, async (c) => {
    const { claims } = signedIn(c);
    const { q, limit } = c.req.valid('query');
    return c.json({ data: await searchAll(db, claims, q, limit), next_cursor: null }, 200);
  });
  return room;
}
