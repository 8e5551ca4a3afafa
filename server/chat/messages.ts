// Asking, editing and asking again. Each puts a question and an empty answer into the tree in one transaction, then
// leaves the answer to its task.
import type { Attachment, Message } from '../../contract/chat.ts';
import { type Claims, DatabaseError } from '../../core/database.ts';
import { AppError } from '../../core/errors.ts';
import { newId } from '../../core/ids.ts';
import { type AnswerDeps, makeAnswer } from './answer.ts';
import { first, type ResolveModel, titleOf } from './conversations.ts';
import type { LiveAnswer } from './live-answers.ts';
import * as sql from './queries.ts';

export interface ChatDeps extends AnswerDeps {
  /** This process, as the holder of leases. */
  readonly ownerId: string;
  readonly resolve: ResolveModel;
  /** The model that answers where neither the question nor the conversation names one: `<provider>/<model>`. */
  readonly defaultModel: (claims: Claims) => Promise<string>;
  /** Names and types of the caller's own documents; throws not_found when one is not the caller's. */
  readonly describeDocuments: (claims: Claims, ids: readonly string[]) => Promise<Attachment[]>;
}

export interface Asker {
  readonly claims: Claims;
  readonly requestId: string;
}

interface Question {
  readonly content: string;
  /** Undefined continues the active message, null begins anew. */
  readonly parentId: string | null | undefined;
  readonly attachments: readonly Attachment[];
  readonly model: string | undefined;
  readonly documentChat: boolean | undefined;
}

export interface Asked {
  readonly questionId: string;
  readonly answerId: string;
  readonly live: LiveAnswer;
}

/** Turns of the conversation that may be told to a model. */
const historyTurns = 40;

export const toMessage = (row: sql.MessageRow): Message => ({
  ...row,
  role: row.role as Message['role'], // checked: by the table's constraint
  status: row.status as Message['status'], // checked: by the table's constraint
  feedback: row.feedback as Message['feedback'], // checked: by the table's constraint
  tokens_used: row.tokens_used ?? 0,
  error: row.error,
  attachments: [...row.attachments],
  citations: [...row.citations],
  sibling_ids: [...row.sibling_ids],
  sibling_index: Math.max(0, row.sibling_ids.indexOf(row.id)),
});

export async function ask(deps: ChatDeps, asker: Asker, conversationId: string, question: Question): Promise<Asked> {
  const conversation = first(await deps.db.asUser(asker.claims, sql.getConversation({ id: conversationId })));
  const model = await chooseModel(deps, asker, conversation, question.model);
  const questionId = newId();
  const insert = sql.insertQuestion({
    id: questionId,
    conversation_id: conversationId,
    parent_id: question.parentId ?? null,
    after_active: question.parentId === undefined,
    content: question.content,
    attachments: question.attachments,
  });
  return await begin(deps, asker, {
    conversation,
    model,
    questionId,
    insert,
    documentChat: question.documentChat,
    content: question.content,
  });
}

/** A sibling of the question with other words, and its answer. The old ones stay. */
export async function editQuestion(
  deps: ChatDeps,
  asker: Asker,
  messageId: string,
  content: string,
  model: string | undefined,
): Promise<Asked> {
  const old = first(await deps.db.asUser(asker.claims, sql.getMessage({ id: messageId })));
  if (old.role !== 'user') throw new AppError('message_not_editable');
  const attachments = [...old.attachments];
  return await ask(deps, asker, old.conversation_id, {
    content,
    parentId: old.parent_id,
    attachments,
    model,
    documentChat: undefined,
  });
}

/** A sibling of the answer, to the same question. */
export async function regenerate(
  deps: ChatDeps,
  asker: Asker,
  messageId: string,
  wanted: string | undefined,
): Promise<Asked> {
  const old = first(await deps.db.asUser(asker.claims, sql.getMessage({ id: messageId })));
  const questionId = old.parent_id;
  if (old.role !== 'assistant' || questionId === null) throw new AppError('message_not_answer');
  const conversation = first(await deps.db.asUser(asker.claims, sql.getConversation({ id: old.conversation_id })));
  const model = await chooseModel(deps, asker, conversation, wanted);
  return await begin(deps, asker, {
    conversation,
    model,
    questionId,
    insert: null,
    documentChat: undefined,
    content: null,
  });
}

async function chooseModel(
  deps: ChatDeps,
  asker: Asker,
  conversation: sql.ConversationRow,
  wanted: string | undefined,
) {
  const own = conversation.model_name === null ? null : `${conversation.model_provider}/${conversation.model_name}`;
  return deps.resolve(wanted ?? own ?? (await deps.defaultModel(asker.claims)));
}

interface Beginning {
  readonly conversation: sql.ConversationRow;
  readonly model: { provider: string; model: string };
  readonly questionId: string;
  readonly insert: ReturnType<typeof sql.insertQuestion> | null;
  readonly documentChat: boolean | undefined;
  readonly content: string | null;
}

async function begin(deps: ChatDeps, asker: Asker, beginning: Beginning): Promise<Asked> {
  const { conversation, model, questionId, insert } = beginning;
  const answerId = newId();
  const answer = sql.beginAnswer({
    answer_id: answerId,
    parent_id: questionId,
    provider: model.provider,
    model: model.model,
    owner_id: deps.ownerId,
  });
  const context = sql.listContext({ leaf_id: questionId, limit: historyTurns });
  const live = deps.live.begin(answerId);
  let history: { role: string; content: string; attachments: readonly Attachment[] }[];
  try {
    if (insert === null) [, history] = await deps.db.asUser(asker.claims, [answer, context]);
    else {
      const title = sql.setFirstTitle({ id: conversation.id, title: titleOf(beginning.content ?? '') });
      const [inserted, , rows] = await deps.db.asUser(asker.claims, [insert, answer, context, title]);
      first(inserted);
      history = rows;
    }
  } catch (error) {
    deps.live.end(live);
    if (error instanceof DatabaseError && error.sqlState === '55006')
      throw new AppError('answer_running', { retryAfter: 5, cause: error });
    throw error;
  }
  const documentIds = [
    ...new Set(history.flatMap(({ attachments }) => attachments.map(({ document_id }) => document_id))),
  ];
  const withDocuments = beginning.documentChat ?? conversation.document_chat;
  void makeAnswer(
    deps,
    {
      ...asker,
      conversationId: conversation.id,
      questionId,
      messageId: answerId,
      model: `${model.provider}/${model.model}`,
      systemPrompt: conversation.system_prompt,
      temperature: conversation.temperature === null ? null : Number(conversation.temperature),
      maxTokens: conversation.max_tokens,
      documents: withDocuments ? { collectionIds: conversation.collection_ids, documentIds } : null,
      history,
    },
    live,
  );
  return { questionId, answerId, live };
}

export async function stopAnswer(deps: ChatDeps, claims: Claims, messageId: string): Promise<void> {
  const [row] = await deps.db.asUser(claims, sql.requestStop({ message_id: messageId }));
  if (row?.running === true) deps.live.get(messageId)?.stop.abort('stopped');
  // Stopping what has ended already is no error, but a message that is not the caller's is not there.
  else first(await deps.db.asUser(claims, sql.getStatus({ id: messageId })));
}
