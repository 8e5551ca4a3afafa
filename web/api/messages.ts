// Messages: the active path of a conversation, asking, editing, regenerating, stopping and rating.

import type * as wire from '../../contract/chat.ts';
import { fetchAnswer, query, send, sendOnly } from './request.ts';
import { count, list, maybe, oneOf, type Page, page, part, type Shape, text } from './shape.ts';

export const citation = part<wire.Citation>()({
  document_id: text,
  document_name: text,
  page_number: maybe(count),
  page_index: count,
  heading: maybe(text),
  start_offset: count,
  end_offset: count,
  passage: text,
  position: count,
});
export type Citation = Shape<typeof citation>;

const attachment = part<wire.Attachment>()({ document_id: text, name: text, mime_type: maybe(text) });
export type Attachment = Shape<typeof attachment>;

const error = part<wire.MessageError>()({ code: text, message: text, hint: maybe(text) });

const message = part<Omit<wire.Message, 'citations'> & { citations: Citation[] }>()({
  id: text,
  conversation_id: text,
  parent_id: maybe(text),
  role: oneOf('user', 'assistant', 'system', 'tool'),
  content: text,
  reasoning: maybe(text),
  status: oneOf('pending', 'streaming', 'completed', 'stopped', 'failed'),
  error: maybe(error),
  model: maybe(text),
  model_used: maybe(text),
  tokens_used: count,
  input_tokens: maybe(count),
  output_tokens: maybe(count),
  cost_usd: maybe(text),
  attachments: list(attachment),
  citations: list(citation),
  feedback: maybe(oneOf('up', 'down')),
  sibling_ids: list(text),
  sibling_index: count,
  created_at: text,
});
export type Message = Shape<typeof message>;

/** The newest page of the active path, oldest first; the cursor loads what came before. */
export const listMessages = (conversationId: string, cursor: string | null): Promise<Page<Message>> =>
  send(`/conversations/${conversationId}/messages${query({ limit: 50, cursor })}`, page(message));

export type Question = { content: string; attachments?: { document_id: string }[] };

const stream = (
  path: string,
  body: unknown,
  signal: AbortSignal,
  method: 'POST' | 'PATCH' = 'POST',
): Promise<Response> => fetchAnswer(path, { method, body, accept: 'text/event-stream', signal });

export const ask = (conversationId: string, question: Question, signal: AbortSignal): Promise<Response> =>
  stream(`/conversations/${conversationId}/messages`, question, signal);

export const editQuestion = (messageId: string, content: string, signal: AbortSignal): Promise<Response> =>
  stream(`/messages/${messageId}`, { content }, signal, 'PATCH');

export const regenerate = (messageId: string, signal: AbortSignal): Promise<Response> =>
  stream(`/messages/${messageId}/regenerate`, {}, signal);

/** The answer that is being written, from its start; status 204 when none is. */
export const resume = (conversationId: string, signal: AbortSignal): Promise<Response> =>
  fetchAnswer(`/conversations/${conversationId}/stream`, { accept: 'text/event-stream', signal });

export const stopAnswer = (messageId: string): Promise<void> =>
  sendOnly(`/messages/${messageId}/stop`, { method: 'POST' });

export const rateAnswer = (messageId: string, rating: 'up' | 'down' | null): Promise<void> =>
  sendOnly(`/messages/${messageId}/feedback`, { method: 'PUT', body: { rating } });
