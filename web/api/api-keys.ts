// API keys: for programs that ask on the person's behalf. The key itself is told once, when it is made.

import { send, sendOnly } from './request.ts';
import { maybe, type Page, page, record, type Shape, text } from './shape.ts';

const fields = {
  id: text,
  name: text,
  key_prefix: text,
  created_at: text,
  last_used_at: maybe(text),
  expires_at: maybe(text),
  revoked_at: maybe(text),
};
const apiKey = record(fields);
const madeKey = record({ ...fields, key: text });
export type ApiKey = Shape<typeof apiKey>;

export const listApiKeys = (): Promise<Page<ApiKey>> => send('/api-keys?limit=100', page(apiKey));

export const makeApiKey = (name: string, expiresAt: string | null): Promise<ApiKey & { key: string }> =>
  send('/api-keys', madeKey, { method: 'POST', body: expiresAt ? { name, expires_at: expiresAt } : { name } });

export const revokeApiKey = (id: string): Promise<void> => sendOnly(`/api-keys/${id}`, { method: 'DELETE' });
