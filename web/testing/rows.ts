// Rows as the API sends them, for tests: what a test does not speak of has a plain value.
import type { Message } from '../api/messages.ts';

const at = '2026-01-01T00:00:00Z';

export const messageRow = (of: Partial<Message> & Pick<Message, 'id' | 'conversation_id'>): Message => ({
  parent_id: null,
  role: 'assistant',
  content: '',
  reasoning: null,
  status: 'completed',
  error: null,
  model: null,
  model_used: null,
  tokens_used: 0,
  input_tokens: null,
  output_tokens: null,
  cost_usd: null,
  attachments: [],
  citations: [],
  feedback: null,
  sibling_ids: [of.id],
  sibling_index: 0,
  created_at: at,
  ...of,
});

/** As text on the wire: pages parse it themselves. */
export const documentRow = (status: string) => ({
  id: 'd',
  original_name: 'a.pdf',
  mime_type: 'application/pdf',
  file_size: 1,
  processing_status: status,
  progress: null,
  error: null,
  page_count: 1,
  chunk_count: 1,
  collection_id: null,
  created_at: at,
});
