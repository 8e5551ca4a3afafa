// A passage of a document as it is handed to a model: numbered, and placed in the page it came from.
import { z } from 'zod';

export const passage = z.strictObject({
  number: z.number().int().min(1),
  chunk_id: z.string(),
  document_id: z.string(),
  document_name: z.string(),
  page_index: z.number().int().min(0).default(0),
  page_number: z.number().int().nullable(),
  heading: z.string().nullable(),
  start_offset: z.number().int().min(0),
  end_offset: z.number().int().min(0),
  content: z.string(),
});

/** Offsets are code points into the stored page text; `content` is exactly that piece of it. */
export interface Passage {
  number: number;
  chunk_id: string;
  document_id: string;
  document_name: string;
  /** The stored page that the offsets count in, from 0; `page_number` is null for formats without pages. */
  page_index: number;
  page_number: number | null;
  heading: string | null;
  start_offset: number;
  end_offset: number;
  content: string;
}
