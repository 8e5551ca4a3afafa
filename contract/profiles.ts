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

/** An account as administrators see it: who, since when, how much; nothing of what people keep. */
export const profile = z.object({
  id: z.uuid(),
  email: z.string().nullable(),
  display_name: z.string().nullable(),
  role: z.enum(['user', 'admin', 'moderator']),
  monthly_token_quota: z.int().nullable(),
  /** Decimal. */
  monthly_cost_quota_usd: z.string().nullable(),
  total_tokens_used: z.int(),
  total_cost_usd: z.string(),
  last_sign_in: z.string().nullable(),
  banned_until: z.string().nullable(),
  created_at: z.string(),
});
export type Profile = z.infer<typeof profile>;

export const profileChanges = z.strictObject({
  role: z.enum(['user', 'admin', 'moderator']).optional(),
  /** null means no limit. */
  monthly_token_quota: z.int().min(0).nullable().optional(),
  monthly_cost_quota_usd: z
    .string()
    .regex(/^\d{1,10}(\.\d{1,10})?$/, 'must be a decimal number')
    .nullable()
    .optional(),
  is_banned: z.boolean().optional(),
});
export type ProfileChanges = z.infer<typeof profileChanges>;

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
