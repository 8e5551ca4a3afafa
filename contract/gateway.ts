// What the web and the server say to each other about models.
import { z } from 'zod';

export const modelKind = z.enum(['chat', 'embedding', 'image', 'audio', 'moderation', 'other']);
export type ModelKind = z.infer<typeof modelKind>;

/** Prices are US dollars for a million tokens as decimal text; null means that nobody told us, never that it is free. */
export const modelInfo = z.object({
  id: z.string(),
  provider: z.string(),
  name: z.string(),
  display_name: z.string(),
  context_window: z.number().int().nullable(),
  max_output_tokens: z.number().int().nullable(),
  input_price_per_million: z.string().nullable(),
  output_price_per_million: z.string().nullable(),
  capabilities: z.array(z.string()),
  built_in: z.boolean(),
  kind: modelKind,
});
export type ModelInfo = z.infer<typeof modelInfo>;
