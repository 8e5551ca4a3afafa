// What the web and the server say to each other about search: one ranked list of what was found.
import { z } from 'zod';

/** A passage of a document, or a conversation by its title; fields of the other kind are null. */
export const searchHit = z.object({
  kind: z.enum(['passage', 'conversation']),
  /** Of the passage or the conversation. */
  id: z.uuid(),
  /** The conversation's title, or the document's name. */
  title: z.string(),
  document_id: z.uuid().nullable(),
  document_name: z.string().nullable(),
  page_index: z.number().int().nullable(),
  page_number: z.number().int().nullable(),
  heading: z.string().nullable(),
  start_offset: z.number().int().nullable(),
  end_offset: z.number().int().nullable(),
  passage: z.string().nullable(),
  updated_at: z.string().nullable(),
});
export type SearchHit = z.infer<typeof searchHit>;
