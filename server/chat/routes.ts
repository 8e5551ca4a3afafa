// /api/v1/conversations: list, make, change, trash; asking and resuming under one.
import { createRoute, z } from '@hono/zod-openapi';
import * as wire from '../../contract/chat.ts';
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
import { answerResponse, askFromWire } from './asking.ts';
import * as conversations from './conversations.ts';
import { type ChatDeps, toMessage } from './messages.ts';
import * as sql from './queries.ts';
import { uiStreamBody, uiStreamHeaders, untilEnd } from './ui-stream.ts';
import { type AnswerBell, watchAnswer } from './watch.ts';

export interface ChatRoutesDeps extends ChatDeps {
  readonly bell: AnswerBell;
}

const conversation = wire.conversation.openapi('Conversation');
const message = wire.message.openapi('Message');
const noContent = { description: 'Done.' };
const eventStream = {
  description: 'The answer as events of the AI SDK UI message stream protocol, or as a message when JSON is asked for.',
  content: { 'text/event-stream': { schema: z.string() }, 'application/json': { schema: message } },
};
const cursorShape = z.tuple([z.iso.datetime({ offset: true }), z.uuid()]);
const listQuery = pageQuery.extend({ q: z.string().trim().max(200).optional() });
/** `%`, `_` and `\` stand for themselves in a search. */
const literal = (text: string | undefined): string | null =>
  text === undefined || text === '' ? null : text.replace(/[\\%_]/g, '\\$&');

const routes = {
  list: createRoute({
    method: 'get',
    path: '/conversations',
    request: { query: listQuery },
    responses: { 200: jsonOf(listOf(conversation, 'ConversationList'), 'Newest first.'), ...errors },
  }),
  create: createRoute({
    method: 'post',
    path: '/conversations',
    request: {
      body: {
        required: true,
        content: { 'application/json': { schema: wire.newConversation.openapi('NewConversation') } },
      },
    },
    responses: { 201: jsonOf(conversation, 'Made.'), ...errors },
  }),
  get: createRoute({
    method: 'get',
    path: '/conversations/{id}',
    request: { params: idParam },
    responses: { 200: jsonOf(conversation, 'The conversation.'), ...errors },
  }),
  change: createRoute({
    method: 'patch',
    path: '/conversations/{id}',
    request: {
      params: idParam,
      body: {
        required: true,
        content: { 'application/json': { schema: wire.conversationChange.openapi('ConversationChange') } },
      },
    },
    responses: { 200: jsonOf(conversation, 'Changed.'), ...errors },
  }),
  remove: createRoute({
    method: 'delete',
    path: '/conversations/{id}',
    request: { params: idParam, query: z.object({ permanent: z.enum(['true', 'false']).default('false') }) },
    responses: { 204: noContent, ...errors },
  }),
  restore: createRoute({
    method: 'post',
    path: '/conversations/{id}/restore',
    request: { params: idParam },
    responses: { 200: jsonOf(conversation, 'Back from the trash.'), ...errors },
  }),
  messages: createRoute({
    method: 'get',
    path: '/conversations/{id}/messages',
    request: {
      params: idParam,
      query: pageQuery.extend({ limit: z.coerce.number().int().min(1).max(200).default(50) }),
    },
    responses: {
      200: jsonOf(
        listOf(message, 'MessageList'),
        'The active branch, oldest first; the cursor leads to what came before.',
      ),
      ...errors,
    },
  }),
  ask: createRoute({
    method: 'post',
    path: '/conversations/{id}/messages',
    request: {
      params: idParam,
      body: { required: true, content: { 'application/json': { schema: wire.ask.openapi('Question') } } },
    },
    responses: { 200: eventStream, ...errors },
  }),
  resume: createRoute({
    method: 'get',
    path: '/conversations/{id}/stream',
    request: { params: idParam },
    responses: { 200: eventStream, 204: { description: 'No answer is being made.' }, ...errors },
  }),
};

export function chatRoutes(deps: ChatRoutesDeps): Room {
  const { db } = deps;
  const room = createRoom();

  room.openapi(routes.list, async (c) => {
    const { claims } = signedIn(c);
    const { limit, cursor, q } = c.req.valid('query');
    const position = decodeCursor(cursor, cursorShape);
    const query = sql.listConversations({
      limit: limit + 1,
      before_at: position?.[0] ?? null,
      before_id: position?.[1] ?? null,
      wanted: literal(q),
    });
    const rows = await db.asUser(claims, query);
    const page = rows.slice(0, limit).map(conversations.toConversation);
    const last = page.at(-1);
    const more = rows.length > limit && last !== undefined;
    return c.json(
      { data: page, next_cursor: more ? encodeCursor([last.last_message_at ?? last.created_at, last.id]) : null },
      200,
    );
  });

  room.openapi(routes.create, async (c) => {
    const { claims } = signedIn(c);
    return c.json(await conversations.createConversation(db, claims, c.req.valid('json'), deps.resolve), 201);
  });

  room.openapi(routes.get, async (c) => {
    const { claims } = signedIn(c);
    const rows = await db.asUser(claims, sql.getConversation({ id: c.req.valid('param').id }));
    return c.json(conversations.toConversation(conversations.first(rows)), 200);
  });

  room.openapi(routes.change, async (c) => {
    const { claims } = signedIn(c);
    return c.json(
      await conversations.changeConversation(db, claims, c.req.valid('param').id, c.req.valid('json'), deps.resolve),
      200,
    );
  });

  room.openapi(routes.remove, async (c) => {
    const { claims } = signedIn(c);
    await conversations.deleteConversation(
      db,
      claims,
      c.req.valid('param').id,
      c.req.valid('query').permanent === 'true',
    );
    return c.body(null, 204);
  });

  room.openapi(routes.restore, async (c) => {
    const { claims } = signedIn(c);
    return c.json(await conversations.restoreConversation(db, claims, c.req.valid('param').id), 200);
  });

  room.openapi(routes.messages, async (c) => {
    const { claims } = signedIn(c);
    const { id } = c.req.valid('param');
    const { limit, cursor } = c.req.valid('query');
    const leaf = decodeCursor(cursor, z.tuple([z.uuid()]))?.[0] ?? null;
    const [found, rows] = await db.asUser(claims, [
      sql.getConversation({ id }),
      sql.listMessages({ conversation_id: id, leaf_id: leaf, limit: limit + 1 }),
    ]);
    conversations.first(found);
    const next = rows[limit];
    const data = rows.slice(0, limit).reverse().map(toMessage);
    return c.json({ data, next_cursor: next === undefined ? null : encodeCursor([next.id]) }, 200);
  });

  room.openapi(routes.ask, async (c) => {
    const { claims } = signedIn(c);
    const asker = { claims, requestId: c.get('requestId') };
    const asked = await askFromWire(deps, asker, c.req.valid('param').id, c.req.valid('json'));
    return await answerResponse(deps, c, claims, asked);
  });

  room.openapi(routes.resume, async (c) => {
    const { claims } = signedIn(c);
    const { id } = c.req.valid('param');
    const [found, [running]] = await db.asUser(claims, [
      sql.getConversation({ id }),
      sql.findRunning({ conversation_id: id }),
    ]);
    conversations.first(found);
    if (running === undefined) return c.body(null, 204);
    return c.body(uiStreamBody(untilEnd(watchAnswer(deps, claims, running.id))), 200, uiStreamHeaders);
  });

  return room;
}
