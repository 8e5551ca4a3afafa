// Conversations: list, make, change, delete and bring back.

import type { Conversation as Wire } from '../../contract/chat.ts';
import { query, send, sendOnly } from './request.ts';
import { flag, maybe, type Page, page, part, type Shape, text } from './shape.ts';

const conversation = part<Wire>()({
  id: text,
  title: maybe(text),
  model_provider: maybe(text),
  model_name: maybe(text),
  document_chat: flag,
  created_at: text,
  updated_at: text,
  last_message_at: maybe(text),
});
export type Conversation = Shape<typeof conversation>;

export type ConversationChange = {
  title?: string;
  model?: string;
  document_chat?: boolean;
  active_message_id?: string;
};

type Listing = { cursor?: string | null; q?: string; limit?: number };

export const listConversations = ({ cursor, q, limit = 50 }: Listing): Promise<Page<Conversation>> =>
  send(`/conversations${query({ limit, cursor, q })}`, page(conversation));

export const readConversation = (id: string): Promise<Conversation> => send(`/conversations/${id}`, conversation);

export const makeConversation = (input: { model?: string; document_chat: boolean }): Promise<Conversation> =>
  send('/conversations', conversation, { method: 'POST', body: input });

export const changeConversation = (id: string, body: ConversationChange): Promise<Conversation> =>
  send(`/conversations/${id}`, conversation, { method: 'PATCH', body });

export const deleteConversation = (id: string): Promise<void> => sendOnly(`/conversations/${id}`, { method: 'DELETE' });

export const restoreConversation = (id: string): Promise<void> =>
  sendOnly(`/conversations/${id}/restore`, { method: 'POST' });

/** `provider/name`, as models are called everywhere; null when the conversation has none of its own. */
export const modelOf = (of: Conversation): string | null =>
  of.model_provider && of.model_name ? `${of.model_provider}/${of.model_name}` : null;
