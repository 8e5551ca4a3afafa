// /api/v1/documents: add, list, read page by page, name, bin, restore, read again, download.
import { createRoute } from '@hono/zod-openapi';
import { z } from 'zod';
import * as wire from '../../contract/documents.ts';
import { AppError } from '../../core/errors.ts';
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
import { usedBytes } from '../storage/storage.ts';
import * as documents from './documents.ts';
import { listDocuments, listPages, readDocument, summariseDocuments } from './queries.ts';
import { type DocumentsDeps, uploadDocument } from './upload.ts';

const document = wire.documentJson.openapi('Document');
const cursorShape = z.tuple([z.iso.datetime({ offset: true }), z.uuid()]);
const flag = z.enum(['true', 'false']).default('false');
const tags = ['documents'];
const one = { params: idParam };

const routes = {
  add: createRoute({
    method: 'post',
    path: '/documents',
    tags,
    summary: 'Add a document',
    request: {
      body: {
        required: true,
        content: {
          'multipart/form-data': {
            schema: z.object({
              file: z.string().openapi({ format: 'binary' }),
              collection_id: z.uuid().optional(),
              conversation_id: z.uuid().optional(),
            }),
          },
        },
      },
    },
    responses: { 201: jsonOf(document, 'Taken in; it will be read now.'), ...errors },
  }),
  list: createRoute({
    method: 'get',
    path: '/documents',
    tags,
    request: {
      query: pageQuery.extend({
        q: z.string().trim().max(200).optional(),
        collection_id: z.uuid().optional(),
        conversation_id: z.uuid().optional(),
        trash: flag,
      }),
    },
    responses: { 200: jsonOf(listOf(document, 'DocumentList'), 'Newest first.'), ...errors },
  }),
  summary: createRoute({
    method: 'get',
    path: '/documents/summary',
    tags,
    responses: {
      200: jsonOf(wire.documentSummary.openapi('DocumentSummary'), 'How many there are, and how much room they take.'),
      ...errors,
    },
  }),
  get: createRoute({
    method: 'get',
    path: '/documents/{id}',
    tags,
    request: one,
    responses: { 200: jsonOf(document, 'The document.'), ...errors },
  }),
  change: createRoute({
    method: 'patch',
    path: '/documents/{id}',
    tags,
    request: {
      ...one,
      body: {
        required: true,
        content: { 'application/json': { schema: wire.documentPatch.openapi('DocumentChange') } },
      },
    },
    responses: { 200: jsonOf(document, 'Changed.'), ...errors },
  }),
  remove: createRoute({
    method: 'delete',
    path: '/documents/{id}',
    tags,
    request: { ...one, query: z.object({ permanent: flag }) },
    responses: { 204: { description: 'In the trash for thirty days, or gone.' }, ...errors },
  }),
  restore: createRoute({
    method: 'post',
    path: '/documents/{id}/restore',
    tags,
    request: one,
    responses: { 200: jsonOf(document, 'Back from the trash.'), ...errors },
  }),
  retry: createRoute({
    method: 'post',
    path: '/documents/{id}/retry',
    tags,
    request: one,
    responses: { 202: jsonOf(document, 'It will be read again.'), ...errors },
  }),
  pages: createRoute({
    method: 'get',
    path: '/documents/{id}/pages',
    tags,
    request: {
      ...one,
      query: pageQuery.extend({
        from: z.coerce
          .number()
          .int()
          .min(1)
          .max(1_000_000)
          .default(1)
          .describe('The page to begin with, counted from 1 in every format.'),
        chunk_id: z.uuid().optional().describe('Begin with the page that this passage stands on.'),
      }),
    },
    responses: {
      200: jsonOf(listOf(wire.documentPage.openapi('DocumentPage'), 'DocumentPageList'), 'The text in reading order.'),
      ...errors,
    },
  }),
  download: createRoute({
    method: 'get',
    path: '/documents/{id}/download',
    tags,
    request: { ...one, query: z.object({ inline: flag }) },
    responses: {
      200: jsonOf(wire.documentDownload.openapi('DocumentDownload'), 'Where the file itself can be had.'),
      ...errors,
    },
  }),
};

export function documentRoutes(deps: DocumentsDeps): Room {
  const { db, storage } = deps;
  const room = createRoom();

  // Described here, but not parsed by its schema: that would hold the whole file in memory.
  room.openAPIRegistry.registerPath(routes.add);
  room.post('/documents', async (c) => {
    const who = signedIn(c);
    const row = await uploadDocument(deps, who, {
      contentType: c.req.header('content-type'),
      contentLength: Number(c.req.header('content-length') ?? 0),
      body: c.req.raw.body,
    });
    return c.json(documents.toDocument(row), 201);
  });

  room.openapi(routes.list, async (c) => {
    const { claims } = signedIn(c);
    const { limit, cursor, q, collection_id, conversation_id, trash } = c.req.valid('query');
    const before = decodeCursor(cursor, cursorShape);
    const rows = await db.asUser(
      claims,
      listDocuments({
        user: claims.sub,
        trash: trash === 'true',
        before: before?.[0] ?? null,
        before_id: before?.[1] ?? null,
        collection_id: collection_id ?? null,
        conversation_id: conversation_id ?? null,
        q: q === undefined || q === '' ? null : q,
        limit: limit + 1,
      }),
    );
    const data = rows.slice(0, limit).map(documents.toDocument);
    const last = data.at(-1);
    return c.json(
      {
        data,
        next_cursor: rows.length > limit && last !== undefined ? encodeCursor([last.created_at, last.id]) : null,
      },
      200,
    );
  });

  room.openapi(routes.summary, async (c) => {
    const { claims } = signedIn(c);
    const [[sums], used_bytes] = await Promise.all([
      db.asUser(claims, summariseDocuments({ user: claims.sub })),
      usedBytes(storage, 'documents', claims.sub),
    ]);
    const { documents: count = 0, passages = 0, unfinished = 0 } = sums ?? {};
    return c.json({ documents: count, passages, unfinished, used_bytes, limit_bytes: storage.limits.owner }, 200);
  });

  room.openapi(routes.get, async (c) => {
    const { claims } = signedIn(c);
    return c.json(await documents.getDocument(db, claims, c.req.valid('param').id), 200);
  });

  room.openapi(routes.change, async (c) => {
    const { claims } = signedIn(c);
    return c.json(await documents.changeDocument(db, claims, c.req.valid('param').id, c.req.valid('json')), 200);
  });

  room.openapi(routes.remove, async (c) => {
    const { claims } = signedIn(c);
    await documents.removeDocument(deps, claims, c.req.valid('param').id, c.req.valid('query').permanent === 'true');
    return c.body(null, 204);
  });

  room.openapi(routes.restore, async (c) => {
    const { claims } = signedIn(c);
    return c.json(await documents.restoreFromTrash(db, claims, c.req.valid('param').id), 200);
  });

  room.openapi(routes.retry, async (c) => {
    const { claims } = signedIn(c);
    return c.json(await documents.retryDocument(deps, claims, c.req.valid('param').id), 202);
  });

  room.openapi(routes.pages, async (c) => {
    const { claims } = signedIn(c);
    const { id } = c.req.valid('param');
    const { limit, cursor, from, chunk_id } = c.req.valid('query');
    const start = decodeCursor(cursor, z.tuple([z.number().int().min(0)]))?.[0];
    const query = listPages({
      id,
      user: claims.sub,
      from: start ?? from - 1,
      chunk_id: start === undefined ? (chunk_id ?? null) : null,
      limit: limit + 1,
    });
    const [rows, there] = await db.asUser(claims, [query, readDocument({ id, user: claims.sub })]);
    if (there.length === 0) throw new AppError('not_found');
    const data = rows.slice(0, limit);
    const next = rows[limit];
    return c.json({ data, next_cursor: next === undefined ? null : encodeCursor([next.page_index]) }, 200);
  });

  room.openapi(routes.download, async (c) => {
    const { claims } = signedIn(c);
    return c.json(
      await documents.linkToFile(deps, claims, c.req.valid('param').id, c.req.valid('query').inline === 'true'),
      200,
    );
  });

  return room;
}
