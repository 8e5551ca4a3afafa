// /api/v1/collections: the shelves that documents stand on.
import { createRoute } from '@hono/zod-openapi';
import { z } from 'zod';
import * as wire from '../../contract/documents.ts';
import type { Claims, Database } from '../../core/database.ts';
import { AppError } from '../../core/errors.ts';
import type { BoundQuery } from '../../core/statement.ts';
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
  signedIn,
} from '../http/room.ts';
import {
  insertCollection,
  listCollections,
  restoreCollection,
  trashCollection,
  updateCollection,
} from './collection-queries.ts';

const collection = wire.collectionJson.openapi('Collection');
const cursorShape = z.tuple([z.string().max(400), z.uuid()]);
const tags = ['documents'];

const routes = {
  list: createRoute({
    method: 'get',
    path: '/collections',
    tags,
    request: { query: pageQuery },
    responses: { 200: jsonOf(listOf(collection, 'CollectionList'), 'By name.'), ...errors },
  }),
  create: createRoute({
    method: 'post',
    path: '/collections',
    tags,
    request: {
      body: {
        required: true,
        content: { 'application/json': { schema: wire.newCollection.openapi('NewCollection') } },
      },
    },
    responses: { 201: jsonOf(collection, 'Made.'), ...errors },
  }),
  change: createRoute({
    method: 'patch',
    path: '/collections/{id}',
    tags,
    request: {
      params: idParam,
      body: {
        required: true,
        content: { 'application/json': { schema: wire.collectionPatch.openapi('CollectionChange') } },
      },
    },
    responses: { 200: jsonOf(collection, 'Changed.'), ...errors },
  }),
  remove: createRoute({
    method: 'delete',
    path: '/collections/{id}',
    tags,
    request: { params: idParam },
    responses: { 204: { description: 'In the trash; its documents stay.' }, ...errors },
  }),
  restore: createRoute({
    method: 'post',
    path: '/collections/{id}/restore',
    tags,
    request: { params: idParam },
    responses: { 200: jsonOf(collection, 'Back, with its documents.'), ...errors },
  }),
};

/** The one row of a change; names are unique a person, and what is not there may be somebody else's. */
async function change<R>(db: Database, claims: Claims, query: BoundQuery<R>): Promise<R> {
  const [row] = await db.asUser(claims, query).catch((error: unknown) => {
    throw error instanceof AppError && error.code === 'conflict'
      ? new AppError('collection_exists', { cause: error })
      : error;
  });
  if (row === undefined) throw new AppError('not_found');
  return row;
}

export function collectionRoutes({ db }: { db: Database }): Room {
  const room = createRoom();

  room.openapi(routes.list, async (c) => {
    const { claims } = signedIn(c);
    const { limit, cursor } = c.req.valid('query');
    const after = decodeCursor(cursor, cursorShape);
    const query = listCollections({
      user: claims.sub,
      after: after?.[0] ?? null,
      after_id: after?.[1] ?? null,
      limit: limit + 1,
    });
    const rows = await db.asUser(claims, query);
    const data = rows.slice(0, limit);
    const last = data.at(-1);
    const next_cursor =
      rows.length > limit && last !== undefined ? encodeCursor([last.name.toLowerCase(), last.id]) : null;
    return c.json({ data, next_cursor }, 200);
  });

  room.openapi(routes.create, async (c) => {
    const { claims } = signedIn(c);
    const { name, description = null } = c.req.valid('json');
    return c.json(await change(db, claims, insertCollection({ user: claims.sub, name, description })), 201);
  });

  room.openapi(routes.change, async (c) => {
    const { claims } = signedIn(c);
    const { id } = c.req.valid('param');
    const { name = null, description } = c.req.valid('json');
    const values = {
      id,
      user: claims.sub,
      name,
      set_description: description !== undefined,
      description: description ?? null,
    };
    return c.json(await change(db, claims, updateCollection(values)), 200);
  });

  room.openapi(routes.remove, async (c) => {
    const { claims } = signedIn(c);
    await change(db, claims, trashCollection({ id: c.req.valid('param').id, user: claims.sub }));
    return c.body(null, 204);
  });

  room.openapi(routes.restore, async (c) => {
    const { claims } = signedIn(c);
    return c.json(await change(db, claims, restoreCollection({ id: c.req.valid('param').id, user: claims.sub })), 200);
  });
  return room;
}
