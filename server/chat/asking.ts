// From a question on the wire, ours or the AI SDK's, to an answer on the wire, as events or as one message.
import type { z } from 'zod';
import type * as wire from '../../contract/chat.ts';
import type { Claims } from '../../core/database.ts';
import { AppError } from '../../core/errors.ts';
import { isUuid } from '../../core/ids.ts';
import type { RoomContext } from '../http/room.ts';
import { first } from './conversations.ts';
import { type Asked, type Asker, ask, type ChatDeps, editQuestion, regenerate, toMessage } from './messages.ts';
import * as sql from './queries.ts';
import { uiStreamBody, uiStreamHeaders, untilEnd } from './ui-stream.ts';

type UiQuestion = z.infer<typeof wire.uiQuestion>;

export async function askFromWire(
  deps: ChatDeps,
  asker: Asker,
  conversationId: string,
  body: z.infer<typeof wire.ask>,
): Promise<Asked> {
  if ('messages' in body) return await askFromUi(deps, asker, conversationId, body as UiQuestion); // checked: only the SDK's body has messages
  const question = body as z.infer<typeof wire.question>; // checked: the other arm of the union
  return await ask(deps, asker, conversationId, {
    content: question.content,
    parentId: question.parent_id,
    attachments: await describe(deps, asker, question.attachments),
    model: question.model,
    documentChat: question.document_chat,
  });
}

async function describe(
  deps: ChatDeps,
  asker: Asker,
  attachments: readonly { document_id: string }[] | undefined,
): Promise<wire.Attachment[]> {
  if (attachments === undefined || attachments.length === 0) return [];
  return await deps.describeDocuments(
    asker.claims,
    attachments.map(({ document_id }) => document_id),
  );
}

const textOf = (message: UiQuestion['messages'][number]): string =>
  message.parts
    .flatMap((part) => (part.type === 'text' && part.text !== undefined ? [part.text] : []))
    .join('\n')
    .trim();

/**
 * The SDK sends its whole view of the conversation; only the last question counts, the rest is in the database. Its
 * user messages may carry ids of its own making, so the place in the tree is told by the answer before the question.
 */
async function askFromUi(deps: ChatDeps, asker: Asker, conversationId: string, body: UiQuestion): Promise<Asked> {
  const { messages, trigger, messageId, model } = body;
  if (trigger === 'regenerate-message')
    return await regenerate(deps, asker, await findAnswer(deps, asker, conversationId, messageId), model);
  const last = messages.at(-1);
  const content = last === undefined ? '' : textOf(last);
  if (last?.role !== 'user' || content === '' || content.length > 100_000)
    throw new AppError('invalid_request', {
      details: [{ field: 'messages', problem: 'The last message must be a question in words.' }],
    });
  if (messageId !== undefined && isUuid(messageId)) return await editQuestion(deps, asker, messageId, content, model);
  const before = messages.findLast(({ role }) => role === 'assistant');
  const attachments = await describe(deps, asker, body.attachments);
  const parentId =
    before === undefined
      ? messages.length === 1
        ? firstParent(messageId)
        : undefined
      : isUuid(before.id)
        ? before.id
        : undefined;
  return await ask(deps, asker, conversationId, {
    content,
    parentId,
    attachments,
    model,
    documentChat: body.document_chat,
  });
}

/** A lone question is an edit of the first one when the SDK names what it replaces; otherwise it goes to the end. */
const firstParent = (messageId: string | undefined): null | undefined => (messageId === undefined ? undefined : null);

/** The answer to make again: the one named, or the active branch's last. */
async function findAnswer(
  deps: ChatDeps,
  asker: Asker,
  conversationId: string,
  messageId: string | undefined,
): Promise<string> {
  if (messageId !== undefined && isUuid(messageId)) return messageId;
  const rows = await deps.db.asUser(
    asker.claims,
    sql.listMessages({ conversation_id: conversationId, leaf_id: null, limit: 2 }),
  );
  return first(rows.filter(({ role }) => role === 'assistant')).id;
}

const wantsJson = (c: RoomContext): boolean => {
  const accept = c.req.header('accept') ?? '';
  return accept.includes('application/json') && !accept.includes('text/event-stream');
};

/** Events while the answer is made, or the finished message when JSON is wanted. A failed answer is then an error. */
export async function answerResponse(deps: ChatDeps, c: RoomContext, claims: Claims, asked: Asked) {
  const events = untilEnd(deps.live.watch(asked.live));
  if (!wantsJson(c))
    return c.body(uiStreamBody(events), 200, { ...uiStreamHeaders, 'x-loam-message-id': asked.answerId });
  for await (const _ of events); // The end is what matters; every event is in the message.
  const message = toMessage(first(await deps.db.asUser(claims, sql.getMessage({ id: asked.answerId }))));
  if (message.status === 'failed') {
    throw new AppError('answer_failed', {
      details: { message_id: message.id, ...message.error },
      ...(message.error === null ? {} : { message: message.error.message }),
    });
  }
  return c.json(message, 200);
}
