// Which verifier an access token belongs to, and a memory of tokens that were found good: a signature is checked once,
// its expiry and its key each time.
import { AppError } from '../../core/errors.ts';
import type { SigningKeys } from './signing-keys.ts';
import type { SupabaseTokens } from './supabase-tokens.ts';
import { readHeader, type VerifiedToken, verifyOwnToken } from './tokens.ts';

interface VerifierDeps {
  readonly keys: Pick<SigningKeys, 'find' | 'has'> | null;
  readonly supabase: SupabaseTokens | null;
  readonly now?: () => number;
}

export interface CheckedToken extends VerifiedToken {
  readonly isOwn: boolean;
}

/** About 1 kB each. */
const capacity = 5_000;

export function createTokenVerifier({
  keys,
  supabase,
  now = Date.now,
}: VerifierDeps): (token: string) => Promise<CheckedToken> {
  const good = new Map<string, CheckedToken>();

  async function check(token: string): Promise<CheckedToken> {
    const { alg, kid } = readHeader(token);
    const isOwn = keys !== null && alg === 'ES256' && kid !== null && (await keys.find(kid)) !== null;
    if (isOwn) return { ...(await verifyOwnToken(keys, token, kid)), isOwn };
    if (supabase?.accepts(alg) === true) return { ...(await supabase.verify(token, alg, kid)), isOwn };
    throw new AppError('invalid_token');
  }

  return async (token) => {
    const known = good.get(token);
    if (known !== undefined && (!known.isOwn || (known.kid !== null && keys?.has(known.kid) === true))) {
      if (known.expiresAt > now()) return known;
      good.delete(token);
      throw new AppError('token_expired');
    }
    good.delete(token);
    const checked = await check(token);
    if (good.size >= capacity) {
      const oldest = good.keys().next();
      if (!oldest.done) good.delete(oldest.value);
    }
    good.set(token, checked);
    return checked;
  };
}
