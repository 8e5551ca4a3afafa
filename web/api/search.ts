// Search over passages of documents and titles of chats.

import type { SearchHit } from '../../contract/search.ts';
import { query, send } from './request.ts';
import { count, maybe, oneOf, page, part, type Shape, text } from './shape.ts';

const hit = part<SearchHit>()({
  kind: oneOf('passage', 'conversation'),
  id: text,
  title: text,
  document_id: maybe(text),
  document_name: maybe(text),
  page_number: maybe(count),
  page_index: maybe(count),
  start_offset: maybe(count),
  end_offset: maybe(count),
  passage: maybe(text),
});
export type Hit = Shape<typeof hit>;

export async function search(q: string, signal: AbortSignal): Promise<Hit[]> {
  const { data } = await send(`/search${query({ q, limit: 12 })}`, page(hit), { signal });
  return data;
}
