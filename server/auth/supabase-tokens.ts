// Access tokens of a Supabase project, where one is configured: by its JWKS, or by its HS256 secret. Nothing else of
// the project is trusted. The algorithm decides the verifier, so a public key is never taken for a shared secret.
import { createRemoteJWKSet, errors, type JWTVerifyOptions, jwtVerify } from 'jose';
import type { Config } from '../../core/config.ts';
import { AppError } from '../../core/errors.ts';
import { audience, readPayload, toTokenError, type VerifiedToken } from './tokens.ts';

const asymmetric = ['ES256', 'RS256', 'EdDSA'];

export interface SupabaseTokens {
  accepts(alg: string): boolean;
  verify(token: string, alg: string, kid: string | null): Promise<VerifiedToken>;
}

type SupabaseConfig = Pick<Config, 'SUPABASE_URL' | 'SUPABASE_JWT_SECRET'>;

/** null when no project is configured. */
export function createSupabaseTokens(config: SupabaseConfig): SupabaseTokens | null {
  const { SUPABASE_URL: url, SUPABASE_JWT_SECRET: secret } = config;
  if (url === undefined && secret === undefined) return null;
  const sharedKey = secret === undefined ? null : new TextEncoder().encode(secret);
  const jwks =
    url === undefined
      ? null
      : createRemoteJWKSet(new URL(`${url}/auth/v1/.well-known/jwks.json`), { timeoutDuration: 5_000 });
  const expected: JWTVerifyOptions = {
    audience,
    requiredClaims: ['sub', 'exp'],
    ...(url === undefined ? {} : { issuer: `${url}/auth/v1` }),
  };
  return {
    accepts: (alg) => (alg === 'HS256' ? sharedKey !== null : jwks !== null && asymmetric.includes(alg)),
    async verify(token, alg, kid) {
      try {
        if (alg === 'HS256') {
          if (sharedKey === null) throw new AppError('invalid_token');
          const { payload } = await jwtVerify(token, sharedKey, { ...expected, algorithms: ['HS256'] });
          return readPayload(payload, kid);
        }
        if (jwks === null || !asymmetric.includes(alg)) throw new AppError('invalid_token');
        const { payload } = await jwtVerify(token, jwks, { ...expected, algorithms: asymmetric });
        return readPayload(payload, kid);
      } catch (error) {
        // Not being able to ask the project is our trouble, not a fault of the token.
        const unreachable = error instanceof errors.JWKSTimeout || error instanceof TypeError || isHttpFailure(error);
        if (unreachable) throw new AppError('auth_keys_unavailable', { cause: error });
        throw toTokenError(error);
      }
    },
  };
}

/** jose throws its plain JOSEError when the JWKS address answers with another status than 200. */
function isHttpFailure(error: unknown): boolean {
  return error instanceof errors.JOSEError && error.code === 'ERR_JOSE_GENERIC';
}
