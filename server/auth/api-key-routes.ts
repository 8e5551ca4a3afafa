// /api/v1/api-keys: people make, list and revoke their own keys. A key cannot make keys.
import { createRoute } from '@hono/zod-openapi';
import { z } from 'zod';
import { apiKey, apiKeyBody, newApiKey } from '../../contract/auth.ts';
import type { Config } from '../../core/config.ts';
import type { Database } from '../../core/database.ts';
import {
  createRoom,
  decodeCursor,
  encodeCursor,
  errors,
  idParam,
  jsonOf,
  listOf,
  pageQuery,
  type Room,
  sessionOnly,
} from '../http/room.ts';
import { listApiKeys } from './api-key-queries.ts';
import type { ApiKeys } from './api-keys.ts';
import { readClient } from './client.ts';

interface ApiKeyRoutesDeps {
  readonly db: Database;
  readonly apiKeys: ApiKeys;
  readonly config: Pick<Config, 'LOAM_TRUSTED_PROXIES'>;
}

const tags = ['api-keys'];
const security = [{ bearer: [] }];
const shown = apiKey.openapi('ApiKey');
const position = z.tuple([z.string().max(40), z.uuid()]);

const listRoute = createRoute({
  method: 'get',
  path: '/api-keys',
  tags,
  security,
  request: { query: pageQuery },
  responses: {
    200: jsonOf(listOf(shown, 'ApiKeyList'), 'Your keys, newest first, without the keys themselves.'),
    ...errors,
  },
});
const createKeyRoute = createRoute({
  method: 'post',
  path: '/api-keys',
  tags,
  security,
  request: { body: { content: { 'application/json': { schema: apiKeyBody } }, required: true } },
  responses: { 201: jsonOf(newApiKey.openapi('NewApiKey'), 'The key; it is shown this once.'), ...errors },
});
const revokeRoute = createRoute({
  method: 'delete',
  path: '/api-keys/{id}',
  tags,
  security,
  request: { params: idParam },
  responses: { 204: { description: 'Revoked, everywhere and at once.' }, ...errors },
});

export function apiKeyRoutes({ db, apiKeys, config }: ApiKeyRoutesDeps): Room {
  const room = createRoom();
  room.openapi(listRoute, async (c) => {
    const { claims } = sessionOnly(c);
    const { limit, cursor } = c.req.valid('query');
    const after = decodeCursor(cursor, position);
    const rows = await db.asUser(
      claims,
      listApiKeys({ before_time: after?.[0] ?? null, before_id: after?.[1] ?? null, limit: limit + 1 }),
    );
    const page = rows.slice(0, limit).map((row) => ({ ...row, scopes: [...row.scopes] }));
    const last = page.at(-1);
    const next = rows.length > limit && last !== undefined ? encodeCursor([last.created_at, last.id]) : null;
    return c.json({ data: page, next_cursor: next }, 200);
  });
  room.openapi(createKeyRoute, async (c) => {
    const { claims } = sessionOnly(c);
    const made = await apiKeys.create(claims, c.req.valid('json'), readClient(c, config.LOAM_TRUSTED_PROXIES));
    return c.json({ ...made, scopes: [...made.scopes] }, 201);
  });
  room.openapi(revokeRoute, async (c) => {
    const { claims } = sessionOnly(c);
    await apiKeys.revoke(claims, c.req.valid('param').id, readClient(c, config.LOAM_TRUSTED_PROXIES));
    return c.body(null, 204);
  });
  return room;
}
