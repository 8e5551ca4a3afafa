// The wire of /api/v1/me and /api/v1/setup.
import { z } from 'zod';

export const theme = z.enum(['light', 'dark', 'system']);
const maxSettings = 16_384;

export const me = z.object({
  id: z.uuid(),
  email: z.string().nullable(),
  display_name: z.string().nullable(),
  avatar_url: z.string().nullable(),
  role: z.enum(['user', 'admin', 'moderator']),
  theme,
  /** `<provider>/<model>`; null leaves the choice to the installation. */
  default_model: z.string().nullable(),
  settings: z.record(z.string(), z.unknown()),
  /** What is installed here, by room. What is false is hidden. */
  features: z.record(z.string(), z.boolean()),
});
export type Me = z.infer<typeof me>;

export const meChanges = z.strictObject({
  display_name: z.string().trim().min(1).max(100).nullable().optional(),
  theme: theme.optional(),
  default_model: z.string().trim().min(1).max(200).nullable().optional(),
  /** Merged key by key; a key set to null is removed. */
  settings: z
    .record(z.string().min(1).max(100), z.unknown())
    .refine(
      (value) => new TextEncoder().encode(JSON.stringify(value)).length <= maxSettings,
      `may hold at most ${maxSettings} bytes`,
    )
    .optional(),
});
export type MeChanges = z.infer<typeof meChanges>;

export const setup = z.object({
  needs_first_account: z.boolean(),
  /** Whether the first account needs the code that was printed when the server started. */
  needs_setup_code: z.boolean(),
  signup: z.enum(['open', 'closed']),
  mail: z.boolean(),
  /** Where @supabase/auth-js finds the sign-in service; relative to this server's own address, or another's. */
  auth_url: z.string(),
  auth_key: z.string(),
});
export type Setup = z.infer<typeof setup>;
