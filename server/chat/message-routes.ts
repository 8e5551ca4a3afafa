// /api/v1/messages/{id}: read, edit, ask again, stop, rate.
import { createRoute, z } from '@hono/zod-openapi';
import * as wire from '../../contract/chat.ts';
import { createRoom, errors, idParam, jsonOf, type Room, signedIn } from '../http/room.ts';
import { answerResponse } from './asking.ts';
import { first } from './conversations.ts';
import { type ChatDeps, editQuestion, regenerate, stopAnswer, toMessage } from './messages.ts';
import * as sql from './queries.ts';

const message = wire.message.openapi('Message');
const eventStream = {
  description: 'The new answer as events, or as a message when JSON is asked for.',
  content: { 'text/event-stream': { schema: z.string() }, 'application/json': { schema: message } },
};
const body = <T extends z.ZodType>(schema: T) => ({ required: true, content: { 'application/json': { schema } } });

const routes = {
  get: createRoute({
    method: 'get',
    path: '/messages/{id}',
    request: { params: idParam },
    responses: { 200: jsonOf(message, 'The message.'), ...errors },
  }),
  edit: createRoute({
    method: 'patch',
    path: '/messages/{id}',
    description: 'Makes a sibling of a question with other words, and answers it.',
    request: { params: idParam, body: body(wire.messageEdit.openapi('MessageEdit')) },
    responses: { 200: eventStream, ...errors },
  }),
  regenerate: createRoute({
    method: 'post',
    path: '/messages/{id}/regenerate',
    description: 'Makes a sibling of an answer.',
    request: {
      params: idParam,
      body: { content: { 'application/json': { schema: wire.regeneration.openapi('Regeneration') } } },
    },
    responses: { 200: eventStream, ...errors },
  }),
  stop: createRoute({
    method: 'post',
    path: '/messages/{id}/stop',
    request: { params: idParam },
    responses: { 204: { description: 'It stops, or had ended already.' }, ...errors },
  }),
  rate: createRoute({
    method: 'put',
    path: '/messages/{id}/feedback',
    request: { params: idParam, body: body(wire.feedback.openapi('Feedback')) },
    responses: { 204: { description: 'Kept.' }, ...errors },
  }),
};

export function messageRoutes(deps: ChatDeps): Room {
  const { db } = deps;
  const room = createRoom();

  room.openapi(routes.get, async (c) => {
    const { claims } = signedIn(c);
    return c.json(toMessage(first(await db.asUser(claims, sql.getMessage({ id: c.req.valid('param').id })))), 200);
  });

  room.openapi(routes.edit, async (c) => {
    const { claims } = signedIn(c);
    const { content, model } = c.req.valid('json');
    const asked = await editQuestion(
      deps,
      { claims, requestId: c.get('requestId') },
      c.req.valid('param').id,
      content,
      model,
    );
    return await answerResponse(deps, c, claims, asked);
  });

  room.openapi(routes.regenerate, async (c) => {
    const { claims } = signedIn(c);
    // The body may be left out.
    const { model } = (c.req.valid('json') as z.infer<typeof wire.regeneration> | undefined) ?? {}; // checked: by the schema when there
    const asked = await regenerate(deps, { claims, requestId: c.get('requestId') }, c.req.valid('param').id, model);
    return await answerResponse(deps, c, claims, asked);
  });

  room.openapi(routes.stop, async (c) => {
    const { claims } = signedIn(c);
    await stopAnswer(deps, claims, c.req.valid('param').id);
    return c.body(null, 204);
  });

  room.openapi(routes.rate, async (c) => {
    const { claims } = signedIn(c);
    const { id } = c.req.valid('param');
    const { rating, comment } = c.req.valid('json');
    if (rating === null) await db.asUser(claims, sql.clearFeedback({ message_id: id }));
    else first(await db.asUser(claims, sql.setFeedback({ message_id: id, rating, comment: comment ?? null })));
    return c.body(null, 204);
  });

  return room;
}
