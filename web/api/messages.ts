// Messages: the active path of a conversation, asking, editing, regenerating, stopping and rating.

import { fetchAnswer, query, send, sendOnly } from './request.ts';
import { count, list, maybe, oneOf, or, type Page, page, record, type Shape, text } from './shape.ts';

export const citation = record({
  document_id: text,
  document_name: or(text, ''),
  page_number: maybe(count),
  heading: maybe(text),
  start_offset: count,
  end_offset: count,
  passage: text,
  position: count,
});
export type Citation = Shape<typeof citation>;

const attachment = record({ document_id: text, name: or(text, ''), mime_type: or(text, '') });
export type Attachment = Shape<typeof attachment>;

const message = record({
  id: text,
  conversation_id: text,
  parent_id: maybe(text),
  role: text,
  content: text,
  status: oneOf('pending', 'streaming', 'completed', 'stopped', 'failed'),
  error: maybe(record({ code: or(text, ''), message: text, hint: maybe(text) })),
  provider: maybe(text),
  model: maybe(text),
  model_used: maybe(text),
  tokens_used: maybe(count),
  input_tokens: maybe(count),
  output_tokens: maybe(count),
  cost_usd: maybe(text),
  attachments: or(list(attachment), []),
  citations: or(list(citation), []),
  feedback: maybe(oneOf('up', 'down')),
  sibling_ids: or(list(text), []),
  sibling_index: or(count, 0),
  created_at: text,
});
export type Message = Shape<typeof message>;

/** The newest page of the active path, oldest first; the cursor loads what came before. */
export const listMessages = (conversationId: string, cursor: string | null): Promise<Page<Message>> =>
  send(`/conversations/${conversationId}/messages${query({ limit: 50, cursor })}`, page(message));

export type Question = { content: string; attachments?: { document_id: string }[] };

const stream = (path: string, body: unknown, signal: AbortSignal): Promise<Response> =>
  fetchAnswer(path, { method: 'POST', body, accept: 'text/event-stream', signal });

export const ask = (conversationId: string, question: Question, signal: AbortSignal): Promise<Response> =>
  stream(`/conversations/${conversationId}/messages`, question, signal);

export const editQuestion = (messageId: string, content: string, signal: AbortSignal): Promise<Response> =>
  stream(`/messages/${messageId}/edit`, { content }, signal);

export const regenerate = (messageId: string, signal: AbortSignal): Promise<Response> =>
  stream(`/messages/${messageId}/regenerate`, {}, signal);

/** The answer that is being written, from its start; status 204 when none is. */
export const resume = (conversationId: string, signal: AbortSignal): Promise<Response> =>
  fetchAnswer(`/conversations/${conversationId}/stream`, { accept: 'text/event-stream', signal });

export const stopAnswer = (messageId: string): Promise<void> =>
  sendOnly(`/messages/${messageId}/stop`, { method: 'POST' });

export const rateAnswer = (messageId: string, rating: 'up' | 'down' | null): Promise<void> =>
  sendOnly(`/messages/${messageId}/feedback`, { method: 'PUT', body: { rating } });
