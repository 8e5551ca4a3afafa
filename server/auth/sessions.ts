// Sessions: begun by a password, continued by refresh tokens, known to be over in every process at once.
// A refresh token is derived from the one before it, so that repeating a lost refresh gives the same answer although
// the database holds only hashes.
import { createHmac } from 'node:crypto';
import type { AuthSession } from '../../contract/auth.ts';
import type { Transaction } from '../../core/database.ts';
import { AppError } from '../../core/errors.ts';
import { hashToken, newId, newToken } from '../../core/ids.ts';
import type { BoundQuery } from '../../core/statement.ts';
import type { Client } from './client.ts';
import {
  type Account,
  endSession,
  findRefreshToken,
  getAccount,
  insertRefreshToken,
  insertSession,
  type RefreshToken,
  revokeRefreshToken,
  touchSession,
} from './queries.ts';
import type { AccountServices } from './services.ts';
import type { SigningKeys } from './signing-keys.ts';
import { signAccessToken, tokenSeconds } from './tokens.ts';
import { toAuthUser } from './wire.ts';

/** Supabase's: within it a used token gives its successor again; after it, using it again ends the session. */
export const reuseSeconds = 10;
/** How many refreshes may lie between a token that is used again in time and the one that counts. */
const maxChain = 20;

export interface StartedSession {
  readonly sessionId: string;
  readonly refreshToken: string;
  readonly queries: readonly BoundQuery[];
}

/** The statements that begin a session, to be sent with those that led to it. */
export function startSession(userId: string, client: Client): StartedSession {
  const sessionId = newId();
  const refreshToken = newToken(24);
  return {
    sessionId,
    refreshToken,
    queries: [
      insertSession({ id: sessionId, user_id: userId, user_agent: client.userAgent, ip: client.ip }),
      insertRefreshToken({ token: hashToken(refreshToken), parent: null, user_id: userId, session_id: sessionId }),
    ],
  };
}

type Refreshed =
  | { readonly kind: 'refreshed'; readonly account: Account; readonly sessionId: string; readonly refreshToken: string }
  | { readonly kind: 'refused'; readonly error: AppError; readonly ended: readonly { readonly id: string }[] };

const refused = (error: AppError, ended: readonly { readonly id: string }[] = []): Refreshed => ({
  kind: 'refused',
  error,
  ended,
});

/** Follows a used token to the one that replaced it. Each step is derived, none is stored. */
async function findCurrent(tx: Transaction, token: string, next: (token: string) => string): Promise<string | null> {
  let candidate = token;
  for (let step = 0; step < maxChain; step += 1) {
    candidate = next(candidate);
    const row = await tx.maybe(findRefreshToken({ token: hashToken(candidate), reuse_seconds: reuseSeconds }));
    if (row === undefined) return null;
    if (!row.is_revoked) return candidate;
  }
  return null;
}

/** Replaces a token: throws nothing, so that what it did to a stolen session is committed. */
async function replaceToken(
  tx: Transaction,
  row: RefreshToken,
  token: string,
  client: Client,
  next: (token: string) => string,
): Promise<Refreshed> {
  if (row.is_banned) return refused(new AppError('auth_user_banned'));
  if (row.is_over) return refused(new AppError('auth_session_expired'));
  let current: string | null;
  if (row.is_revoked) {
    current = row.is_recent ? await findCurrent(tx, token, next) : null;
    if (current === null) {
      const ended = await tx.rows(endSession({ id: row.session_id, user_id: row.user_id }));
      return refused(new AppError('auth_refresh_token_used'), ended);
    }
  } else {
    current = next(token);
    await tx.batch([
      revokeRefreshToken({ id: row.id }),
      insertRefreshToken({
        token: hashToken(current),
        parent: hashToken(token),
        user_id: row.user_id,
        session_id: row.session_id,
      }),
      touchSession({ id: row.session_id, user_agent: client.userAgent, ip: client.ip }),
    ]);
  }
  const account = await tx.one(getAccount({ id: row.user_id }));
  return { kind: 'refreshed', account, sessionId: row.session_id, refreshToken: current };
}

export async function refreshSession(services: AccountServices, token: string, client: Client) {
  const key = services.secret.derive('refresh tokens');
  const next = (used: string): string => createHmac('sha256', key).update(used).digest('base64url').slice(0, 32);
  const outcome = await services.db.asService('auth', async (tx): Promise<Refreshed> => {
    const row = await tx.maybe(findRefreshToken({ token: hashToken(token), reuse_seconds: reuseSeconds }));
    if (row === undefined) return refused(new AppError('auth_refresh_token_not_found'));
    return replaceToken(tx, row, token, client, next);
  });
  if (outcome.kind === 'refused') {
    services.forgetSessions(outcome.ended);
    throw outcome.error;
  }
  return outcome;
}

export async function answerSession(
  keys: SigningKeys,
  account: Account,
  sessionId: string,
  refreshToken: string,
): Promise<AuthSession> {
  const { token, expiresAt } = await signAccessToken(keys, account, sessionId);
  return {
    access_token: token,
    token_type: 'bearer',
    expires_in: tokenSeconds,
    expires_at: expiresAt,
    refresh_token: refreshToken,
    user: toAuthUser(account),
  };
}
