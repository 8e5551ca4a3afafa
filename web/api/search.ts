// Search over passages of documents and titles of chats.

import { query, send } from './request.ts';
import { count, maybe, or, page, record, type Shape, text } from './shape.ts';

const hit = record({
  kind: text,
  id: maybe(text),
  title: maybe(text),
  document_id: maybe(text),
  document_name: maybe(text),
  page_number: maybe(count),
  start_offset: or(count, 0),
  end_offset: or(count, 0),
  passage: maybe(text),
});
export type Hit = Shape<typeof hit>;

export async function search(q: string, signal: AbortSignal): Promise<Hit[]> {
  const { data } = await send(`/search${query({ q, limit: 12 })}`, page(hit), { signal });
  return data;
}
