// The accounts room as the rest of the server sees it: opened once, it verifies whoever calls.
import { createHmac } from 'node:crypto';
import type { Config } from '../../core/config.ts';
import type { Claims, Database } from '../../core/database.ts';
import { AppError } from '../../core/errors.ts';
import type { Log } from '../../core/log.ts';
import { type Authenticate, createAuthenticator } from '../http/authenticate.ts';
import { isLoopback } from '../http/hosts.ts';
import { type ApiKeys, openApiKeys } from './api-keys.ts';
import { createPasswords, type Passwords } from './passwords.ts';
import { adoptAccount, hasAccounts, isSessionLive } from './queries.ts';
import { createRateLimiter } from './rate-limits.ts';
import { openSecret, type Secret } from './secret.ts';
import type { AccountServices } from './services.ts';
import { openSigningKeys } from './signing-keys.ts';
import { createSupabaseTokens } from './supabase-tokens.ts';
import { createTokenVerifier } from './token-verifier.ts';
import { openWatchedCache } from './watched-cache.ts';

export interface Auth {
  readonly authenticate: Authenticate;
  readonly apiKeys: ApiKeys;
  /** null where Supabase keeps the accounts: then /auth/v1 is not mounted. */
  readonly own: AccountServices | null;
  /** Asked for at the first sign-up from elsewhere; null where the first account needs none. */
  readonly setupCode: string | null;
  /** What to print at start: how to make the first account, or null when there is one or none is needed for it. */
  firstAccountNotice(): Promise<string | null>;
  close(): Promise<void>;
}

export interface AuthDeps {
  readonly db: Database;
  readonly config: Config;
  readonly log: Log;
  readonly secret?: Secret;
  readonly passwords?: Passwords;
}

const sessionCapacity = 50_000;

/** Derived, so that all replicas ask for the same one. No letters or digits that are taken for each other. */
export function deriveSetupCode(secret: Secret): string {
  const alphabet = 'ABCDEFGHJKLMNPQRSTUVWXYZ23456789';
  const bytes = createHmac('sha256', secret.derive('set-up code')).update('first account').digest();
  const letters = [...bytes.subarray(0, 12)].map((byte) => alphabet[byte % alphabet.length]).join('');
  return letters.replace(/(.{4})(?=.)/g, '$1-');
}

/** Whether accounts are Supabase's: its database, with its address. */
export const isOnSupabase = (config: Pick<Config, 'DATABASE_URL' | 'SUPABASE_URL'>): boolean =>
  config.DATABASE_URL !== undefined && config.SUPABASE_URL !== undefined;

async function openOwn(deps: AuthDeps, setupCode: string | null, secret: Secret) {
  const keys = await openSigningKeys({ db: deps.db, secret });
  const sessions = await openWatchedCache({
    db: deps.db,
    channel: 'loam_sessions',
    capacity: sessionCapacity,
    load: async (id) => (await deps.db.asService('auth', isSessionLive({ id })))[0]?.is_live === true,
  });
  const services: AccountServices = {
    db: deps.db,
    config: deps.config,
    keys,
    secret,
    passwords: deps.passwords ?? createPasswords(),
    limiter: createRateLimiter(deps.db),
    forgetSessions: (ended) => {
      for (const { id } of ended) sessions.forget(id);
    },
    setupCode,
  };
  return { services, sessions };
}

export async function openAuth(deps: AuthDeps): Promise<Auth> {
  const { db, config, log } = deps;
  const secret = deps.secret ?? openSecret(config);
  const setupCode = isLoopback(config.HOST) ? null : deriveSetupCode(secret);
  const own = isOnSupabase(config) ? null : await openOwn(deps, setupCode, secret);
  const apiKeys = await openApiKeys({ db, log });
  const adopted = new Set<string>();
  const verify = createTokenVerifier({ keys: own?.services.keys ?? null, supabase: createSupabaseTokens(config) });

  /** Of a Supabase project on a database that is not Supabase's: the account is made when it first comes. */
  async function adopt(claims: Claims): Promise<Claims> {
    if (adopted.has(claims.sub)) return claims;
    await db.asService('auth', adoptAccount({ id: claims.sub, email: claims.email?.toLowerCase() ?? null }));
    if (adopted.size >= sessionCapacity) adopted.clear();
    adopted.add(claims.sub);
    return claims;
  }
  async function verifyToken(token: string): Promise<Claims> {
    const { claims, isOwn } = await verify(token);
    if (own === null) return claims;
    if (!isOwn) return adopt(claims);
    if (claims.session_id === undefined || !(await own.sessions.get(claims.session_id)))
      throw new AppError('session_revoked');
    return claims;
  }
  return {
    authenticate: createAuthenticator({ verifyToken, verifyApiKey: apiKeys.verify }),
    apiKeys,
    own: own?.services ?? null,
    setupCode,
    async firstAccountNotice() {
      if (own === null || setupCode === null) return null;
      const [row] = await db.asService('auth', hasAccounts());
      return row?.has_accounts === true
        ? null
        : `The first account becomes the administrator. Its set-up code is ${setupCode}`;
    },
    async close() {
      await Promise.all([apiKeys.close(), own?.services.keys.close(), own?.sessions.close()]);
    },
  };
}
