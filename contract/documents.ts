// What the web and the server say to each other about documents and collections.
import { z } from 'zod';

export const processingStatus = z.enum(['pending', 'processing', 'completed', 'failed']);

export const documentJson = z.object({
  id: z.uuid(),
  original_name: z.string(),
  mime_type: z.string(),
  file_size: z.number().int(),
  processing_status: processingStatus,
  /** Present while it is read: pages done, pages in all (null while unknown). */
  progress: z.object({ done: z.number().int(), total: z.number().int().nullable(), unit: z.string() }).nullable(),
  /** Why it could not be read: a code of the error table with its sentence and next step. */
  error: z.object({ code: z.string(), message: z.string(), hint: z.string().nullable() }).nullable(),
  /** Null for formats that have no pages. */
  page_count: z.number().int().nullable(),
  chunk_count: z.number().int(),
  collection_id: z.uuid().nullable(),
  conversation_id: z.uuid().nullable(),
  created_at: z.string(),
  updated_at: z.string(),
  deleted_at: z.string().nullable(),
});
export type DocumentJson = z.infer<typeof documentJson>;

/** `page_number` is null for formats that have no pages; `page_index` counts from 0 in every format. */
export const documentPage = z.object({
  page_index: z.number().int(),
  page_number: z.number().int().nullable(),
  heading: z.string().nullable(),
  content: z.string(),
});
export type DocumentPage = z.infer<typeof documentPage>;

export const documentPatch = z
  .strictObject({
    original_name: z.string().trim().min(1).max(255).optional(),
    collection_id: z.uuid().nullable().optional(),
  })
  .refine((body) => Object.keys(body).length > 0, 'Nothing to change.');

export const documentSummary = z.object({
  documents: z.number().int(),
  passages: z.number().int(),
  unfinished: z.number().int(),
  used_bytes: z.number().int(),
  limit_bytes: z.number().int(),
});

/** `url` is relative to the server and opens the file until `expires_at` without signing in. */
export const documentDownload = z.object({ url: z.string(), expires_at: z.string() });

export const collectionJson = z.object({
  id: z.uuid(),
  name: z.string(),
  description: z.string().nullable(),
  document_count: z.number().int(),
  created_at: z.string(),
  updated_at: z.string(),
});
export type CollectionJson = z.infer<typeof collectionJson>;

const collectionName = z.string().trim().min(1).max(200);
const collectionDescription = z.string().max(2000).nullable();
export const newCollection = z.strictObject({ name: collectionName, description: collectionDescription.optional() });
export const collectionPatch = z
  .strictObject({ name: collectionName.optional(), description: collectionDescription.optional() })
  .refine((body) => Object.keys(body).length > 0, 'Nothing to change.');
