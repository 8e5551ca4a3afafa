// Sign-in, going on with a session, signing out, recovery. None of them tells whether an address has an account.
import type { AuthSession } from '../../contract/auth.ts';
import type { Claims } from '../../core/database.ts';
import { AppError } from '../../core/errors.ts';
import type { Client } from './client.ts';
import { isArgon2, isBcrypt, needsRehash } from './passwords.ts';
import {
  endAllSessions,
  endOtherSessions,
  endSession,
  findAccountByEmail,
  getAccount,
  markSignedIn,
  matchesBcrypt,
  replaceHash,
} from './queries.ts';
import { byEmail, byIp, byPair, limits } from './rate-limits.ts';
import { type AccountServices, auditAccount } from './services.ts';
import { answerSession, refreshSession, startSession } from './sessions.ts';

/** The same work for every address: a hash of another kind, or none, is compared with nobody's first. */
export async function isPasswordRight(
  services: AccountServices,
  hashed: string | null,
  password: string,
): Promise<boolean> {
  const isOurs = hashed !== null && isArgon2(hashed);
  const matches = await services.passwords.verify(password, isOurs ? hashed : null);
  if (isOurs || hashed === null || !isBcrypt(hashed)) return matches;
  const [row] = await services.db.asService('auth', matchesBcrypt({ password, hashed }));
  return row?.matches === true;
}

export async function signIn(
  services: AccountServices,
  email: string,
  password: string,
  client: Client,
): Promise<AuthSession> {
  const { db, limiter, passwords, keys } = services;
  const attempts = [
    byPair(limits.signInPair, email, client.ip),
    byIp(limits.signInIp, client.ip),
    byEmail(limits.signInEmail, email),
  ];
  await limiter.take(attempts);
  const [found] = await db.asService('auth', findAccountByEmail({ email }));
  const hashed = found?.encrypted_password ?? null;
  const isRight = await isPasswordRight(services, hashed, password);
  if (!isRight || found === undefined || hashed === null) throw new AppError('auth_invalid_credentials');
  if (found.is_banned) throw new AppError('auth_user_banned');
  if (!found.is_confirmed) throw new AppError('auth_email_not_confirmed');

  // While the password is at hand, a hash of another kind or cost is made again.
  const better = needsRehash(hashed) ? await passwords.hash(password) : null;
  const session = startSession(found.id, client);
  const account = await db.asService('auth', async (tx) => {
    await tx.batch([
      markSignedIn({ id: found.id }),
      ...(better === null ? [] : [replaceHash({ id: found.id, old_hash: hashed, new_hash: better })]),
      ...session.queries,
      ...limiter.refund(attempts),
      auditAccount(found.id, 'sign_in', client),
    ]);
    return tx.one(getAccount({ id: found.id }));
  });
  return answerSession(keys, account, session.sessionId, session.refreshToken);
}

export async function continueSession(services: AccountServices, token: string, client: Client): Promise<AuthSession> {
  await services.limiter.take([byIp(limits.refreshIp, client.ip)]);
  const { account, sessionId, refreshToken } = await refreshSession(services, token, client);
  return answerSession(services.keys, account, sessionId, refreshToken);
}

export type SignOutScope = 'global' | 'local' | 'others';

export async function signOut(
  services: AccountServices,
  claims: Claims,
  scope: SignOutScope,
  client: Client,
): Promise<void> {
  const { sub: user_id, session_id: id } = claims;
  let ending = endAllSessions({ user_id });
  if (scope === 'local' && id !== undefined) ending = endSession({ id, user_id });
  if (scope === 'others' && id !== undefined) ending = endOtherSessions({ user_id, id });
  const [ended] = await services.db.asService('auth', [ending, auditAccount(user_id, `sign_out_${scope}`, client)]);
  services.forgetSessions(ended);
}

/** Says the same of every address: there is no mail yet. */
export async function recover(services: AccountServices, email: string, client: Client): Promise<never> {
  await services.limiter.take([byIp(limits.recoverIp, client.ip), byEmail(limits.recoverEmail, email)]);
  throw new AppError('auth_mail_unavailable');
}
