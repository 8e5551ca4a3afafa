// Conversations, messages and citations as they go over the wire, in the tables' own names.
import { z } from 'zod';

const title = z.string().trim().max(500);
const modelName = z.string().min(1).max(200);
const systemPrompt = z.string().max(100_000);

export const conversation = z.object({
  id: z.uuid(),
  title: z.string().nullable(),
  model_provider: z.string().nullable(),
  model_name: z.string().nullable(),
  system_prompt: z.string().nullable(),
  temperature: z.string().nullable().describe('Decimal as text, 0 to 2.'),
  max_tokens: z.number().int().nullable(),
  document_chat: z.boolean(),
  collection_ids: z.array(z.uuid()),
  pinned: z.boolean(),
  archived: z.boolean(),
  message_count: z.number().int(),
  total_tokens_used: z.number().int(),
  total_cost_usd: z.string(),
  active_message_id: z.uuid().nullable(),
  last_message_at: z.string().nullable(),
  created_at: z.string(),
  updated_at: z.string(),
});
export type Conversation = z.infer<typeof conversation>;

export const newConversation = z.strictObject({
  title: title.min(1).optional(),
  model: modelName.optional().describe('<provider>/<model>; without one the default model answers.'),
  system_prompt: systemPrompt.optional(),
  temperature: z.number().min(0).max(2).optional(),
  max_tokens: z.number().int().min(1).max(1_000_000).optional(),
  document_chat: z.boolean().optional(),
  collection_ids: z.array(z.uuid()).max(50).optional(),
});
export type NewConversation = z.infer<typeof newConversation>;

export const conversationChange = z.strictObject({
  title: title.min(1).optional(),
  model: modelName.nullable().optional(),
  system_prompt: systemPrompt.nullable().optional(),
  temperature: z.number().min(0).max(2).nullable().optional(),
  max_tokens: z.number().int().min(1).max(1_000_000).nullable().optional(),
  document_chat: z.boolean().optional(),
  collection_ids: z.array(z.uuid()).max(50).optional(),
  pinned: z.boolean().optional(),
  archived: z.boolean().optional(),
  active_message_id: z
    .uuid()
    .optional()
    .describe('A message of the branch to stand on; its newest leaf becomes active.'),
});
export type ConversationChange = z.infer<typeof conversationChange>;

export const citation = z.object({
  position: z.number().int().describe('The number of the mark in the text, from 1.'),
  document_id: z.uuid(),
  document_name: z.string(),
  page_index: z.number().int().describe('The stored page that the offsets count in, from 0, in every format.'),
  page_number: z.number().int().nullable(),
  heading: z.string().nullable(),
  start_offset: z.number().int().describe('Code points into the text of the page.'),
  end_offset: z.number().int(),
  passage: z.string(),
});
export type Citation = z.infer<typeof citation>;

export const attachment = z.object({ document_id: z.uuid(), name: z.string(), mime_type: z.string().nullable() });
export type Attachment = z.infer<typeof attachment>;

export const messageError = z.object({ code: z.string(), message: z.string(), hint: z.string().nullable() });
export type MessageError = z.infer<typeof messageError>;

export const message = z.object({
  id: z.uuid(),
  conversation_id: z.uuid(),
  parent_id: z.uuid().nullable(),
  role: z.enum(['user', 'assistant', 'system', 'tool']),
  content: z.string(),
  reasoning: z.string().nullable(),
  status: z.enum(['pending', 'streaming', 'completed', 'stopped', 'failed']),
  error: messageError.nullable(),
  provider: z.string().nullable(),
  model: z.string().nullable(),
  model_used: z.string().nullable(),
  tokens_used: z.number().int(),
  input_tokens: z.number().int().nullable(),
  output_tokens: z.number().int().nullable(),
  cost_usd: z.string().nullable().describe('US dollars; null when the price is unknown.'),
  attachments: z.array(attachment),
  citations: z.array(citation),
  feedback: z.enum(['up', 'down']).nullable(),
  sibling_ids: z.array(z.uuid()),
  sibling_index: z.number().int(),
  created_at: z.string(),
});
export type Message = z.infer<typeof message>;

const content = z.string().trim().min(1, 'Say something.').max(100_000);

/** A question in our own words. */
export const question = z.strictObject({
  content,
  parent_id: z
    .uuid()
    .nullable()
    .optional()
    .describe('The message it continues; the active one unless said, null for a new beginning.'),
  attachments: z
    .array(z.strictObject({ document_id: z.uuid() }))
    .max(20)
    .optional(),
  model: modelName.optional(),
  document_chat: z.boolean().optional(),
});

const uiPart = z.looseObject({ type: z.string(), text: z.string().max(100_000).optional() });
const uiMessage = z.looseObject({
  id: z.string().max(200),
  role: z.enum(['system', 'user', 'assistant']),
  parts: z.array(uiPart).max(1_000),
});

/** A question as the AI SDK's own transport sends it. Unknown fields are the caller's `body` and are left alone. */
export const uiQuestion = z.looseObject({
  id: z.string().max(200),
  messages: z.array(uiMessage).min(1).max(10_000),
  trigger: z.enum(['submit-message', 'regenerate-message']),
  messageId: z.string().max(200).optional(),
  model: modelName.optional(),
  document_chat: z.boolean().optional(),
  attachments: z
    .array(z.strictObject({ document_id: z.uuid() }))
    .max(20)
    .optional(),
});

export const ask = z.union([question, uiQuestion]);
export const messageEdit = z.strictObject({ content, model: modelName.optional() });
export const regeneration = z.strictObject({ model: modelName.optional() });
export const feedback = z.strictObject({
  rating: z.enum(['up', 'down']).nullable(),
  comment: z.string().trim().max(2_000).optional(),
});
