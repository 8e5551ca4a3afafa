// Access tokens: JWTs with the claims that Supabase's have, good for an hour, checked in process.
import { decodeProtectedHeader, errors, jwtVerify, SignJWT } from 'jose';
import { z } from 'zod';
import type { Claims } from '../../core/database.ts';
import { AppError } from '../../core/errors.ts';
import type { SigningKeys } from './signing-keys.ts';

export const tokenSeconds = 3600;
export const issuer = 'loam';
export const audience = 'authenticated';
/** Longer than any token we make; what is longer is not looked at. */
const maxTokenLength = 16_384;

export interface TokenSubject {
  readonly id: string;
  readonly email: string | null;
  readonly app_metadata: unknown;
  readonly user_metadata: unknown;
}

export interface SignedToken {
  readonly token: string;
  /** Seconds since 1970. */
  readonly expiresAt: number;
}

export async function signAccessToken(
  keys: Pick<SigningKeys, 'current'>,
  subject: TokenSubject,
  sessionId: string,
  now = Date.now(),
): Promise<SignedToken> {
  const { kid, key } = keys.current();
  const issuedAt = Math.floor(now / 1000);
  const token = await new SignJWT({
    email: subject.email ?? '',
    phone: '',
    app_metadata: subject.app_metadata,
    user_metadata: subject.user_metadata,
    role: audience,
    aal: 'aal1',
    amr: [{ method: 'password', timestamp: issuedAt }],
    session_id: sessionId,
    is_anonymous: false,
  })
    .setProtectedHeader({ alg: 'ES256', kid, typ: 'JWT' })
    .setIssuer(issuer)
    .setAudience(audience)
    .setSubject(subject.id)
    .setIssuedAt(issuedAt)
    .setExpirationTime(issuedAt + tokenSeconds)
    .sign(key);
  return { token, expiresAt: issuedAt + tokenSeconds };
}

const payloadShape = z.object({
  sub: z.uuid(),
  role: z.literal('authenticated'),
  exp: z.number(),
  email: z.string().optional(),
  session_id: z.uuid().optional(),
});

export interface VerifiedToken {
  readonly claims: Claims;
  readonly kid: string | null;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
}

/** The payload as claims. Roles other than `authenticated` (service_role, anon) are refused: nobody signs in as a service. */
export function readPayload(payload: unknown, kid: string | null): VerifiedToken {
  const parsed = payloadShape.safeParse(payload);
  if (!parsed.success) throw new AppError('invalid_token');
  const { sub, email, session_id, exp } = parsed.data;
  const claims: Claims = {
    sub,
    role: 'authenticated',
    ...(email === undefined || email === '' ? {} : { email }),
    ...(session_id === undefined ? {} : { session_id }),
  };
  return { claims, kid, expiresAt: exp * 1000 };
}

/** What jose says, in our vocabulary; an AppError passes through. */
export function toTokenError(error: unknown): AppError {
  if (error instanceof AppError) return error;
  if (error instanceof errors.JWTExpired) return new AppError('token_expired');
  return new AppError('invalid_token', { cause: error });
}

/** The header, unverified: only to choose the verifier. */
export function readHeader(token: string): { readonly alg: string; readonly kid: string | null } {
  if (token.length > maxTokenLength) throw new AppError('invalid_token');
  try {
    const { alg, kid } = decodeProtectedHeader(token);
    return { alg: alg ?? 'none', kid: typeof kid === 'string' ? kid : null };
  } catch (cause) {
    throw new AppError('invalid_token', { cause });
  }
}

/** Checks a token of our own: our key by its kid, ES256 and nothing else, issuer, audience, times, a session. */
export async function verifyOwnToken(
  keys: Pick<SigningKeys, 'find'>,
  token: string,
  kid: string,
): Promise<VerifiedToken> {
  const key = await keys.find(kid);
  if (key === null) throw new AppError('invalid_token');
  try {
    const { payload } = await jwtVerify(token, key, {
      algorithms: ['ES256'],
      issuer,
      audience,
      requiredClaims: ['sub', 'iat', 'exp', 'session_id'],
    });
    return readPayload(payload, kid);
  } catch (error) {
    throw toTokenError(error);
  }
}
