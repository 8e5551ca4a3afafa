// The wire of /auth/v1, as Supabase Auth speaks it, and of /api/v1/api-keys.
import { z } from 'zod';

/** Trimmed and in lower case: one person, one address. */
const email = z
  .string()
  .trim()
  .toLowerCase()
  .max(255)
  .pipe(z.email('Unable to validate email address: invalid format'));
const password = z.string().max(10_000);
/** What supabase-js sends along and we have no use for. */
const clientExtras = {
  gotrue_meta_security: z.looseObject({ captcha_token: z.string().nullish() }).nullish(),
  code_challenge: z.string().nullish(),
  code_challenge_method: z.string().nullish(),
};
const userData = z.record(z.string(), z.unknown());

export const signUpBody = z.strictObject({
  email: email.nullish(),
  password: password.nullish(),
  phone: z.string().nullish(),
  channel: z.string().nullish(),
  /** What people say of themselves: display_name, avatar_url … `setup_code` is taken out and not kept. */
  data: userData.nullish(),
  ...clientExtras,
});
export const passwordGrant = z.strictObject({
  email: email.nullish(),
  password,
  phone: z.string().nullish(),
  ...clientExtras,
});
export const refreshGrant = z.strictObject({ refresh_token: z.string().min(1).max(1000), ...clientExtras });
export const updateUserBody = z.strictObject({
  email: email.nullish(),
  password: password.nullish(),
  data: userData.nullish(),
  phone: z.string().nullish(),
  channel: z.string().nullish(),
  nonce: z.string().nullish(),
  current_password: password.nullish(),
  code_challenge: clientExtras.code_challenge,
  code_challenge_method: clientExtras.code_challenge_method,
});
export const recoverBody = z.strictObject({ email, ...clientExtras });
export const logoutScope = z.enum(['global', 'local', 'others']);

const time = z.string();
export const authUser = z.object({
  id: z.uuid(),
  aud: z.string(),
  role: z.string(),
  email: z.string(),
  email_confirmed_at: time.optional(),
  phone: z.string(),
  confirmed_at: time.optional(),
  last_sign_in_at: time.optional(),
  app_metadata: z.record(z.string(), z.unknown()),
  user_metadata: z.record(z.string(), z.unknown()),
  identities: z.array(
    z.object({
      identity_id: z.uuid(),
      id: z.string(),
      user_id: z.uuid(),
      identity_data: z.record(z.string(), z.unknown()),
      provider: z.string(),
      last_sign_in_at: time.nullable(),
      created_at: time,
      updated_at: time,
      email: z.string().nullable(),
    }),
  ),
  created_at: time,
  updated_at: time,
  is_anonymous: z.boolean(),
});
export type AuthUser = z.infer<typeof authUser>;

export const authSession = z.object({
  access_token: z.string(),
  token_type: z.literal('bearer'),
  /** Seconds. */
  expires_in: z.int(),
  /** Seconds since 1970. */
  expires_at: z.int(),
  refresh_token: z.string(),
  user: authUser,
});
export type AuthSession = z.infer<typeof authSession>;

export const authError = z.object({
  code: z.string(),
  message: z.string(),
  weak_password: z.object({ reasons: z.array(z.string()) }).optional(),
});

export const jwks = z.object({
  keys: z.array(
    z.object({
      kty: z.string(),
      crv: z.string(),
      x: z.string(),
      y: z.string(),
      kid: z.string(),
      alg: z.string(),
      use: z.string(),
      key_ops: z.array(z.string()),
    }),
  ),
});

/** What an API key may be limited to; each names the addresses that it opens. None means all that its owner may do. */
export const apiKeyScopes = [
  'gateway',
  'chat',
  'documents',
  'search',
  'prompts',
  'images',
  'usage',
  'models',
  'profile',
] as const;
export const apiKeyScope = z.enum(apiKeyScopes);
export type ApiKeyScope = z.infer<typeof apiKeyScope>;

export const apiKeyBody = z.strictObject({
  name: z.string().trim().min(1).max(100),
  scopes: z.array(apiKeyScope).max(apiKeyScopes.length).default([]),
  /** With a time zone, in the future. Left out: until revoked. */
  expires_at: z.iso.datetime({ offset: true }).nullish(),
});
export const apiKey = z.object({
  id: z.uuid(),
  name: z.string(),
  /** The first characters of the key, to tell keys apart. */
  key_prefix: z.string(),
  scopes: z.array(z.string()),
  organization_id: z.uuid().nullable(),
  expires_at: time.nullable(),
  last_used_at: time.nullable(),
  revoked_at: time.nullable(),
  created_at: time,
});
/** The one answer that holds the key itself. */
export const newApiKey = apiKey.extend({ key: z.string() });
