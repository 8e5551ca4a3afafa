// Sign-up. It tells when an address has an account, since there is no mail that could tell the address's owner instead.
// The first account is the administrator's.
import { timingSafeEqual } from 'node:crypto';
import type { AuthSession } from '../../contract/auth.ts';
import { AppError } from '../../core/errors.ts';
import { newId } from '../../core/ids.ts';
import { checkMetadata, splitMetadata } from './accounts.ts';
import type { Client } from './client.ts';
import { checkPassword } from './passwords.ts';
import {
  findAccountByEmail,
  getAccount,
  hasAccounts,
  insertAccount,
  insertEmailIdentity,
  lockFirstAccount,
  makeAdmin,
} from './queries.ts';
import { byEmail, byIp, limits } from './rate-limits.ts';
import { type AccountServices, auditAccount } from './services.ts';
import { answerSession, startSession } from './sessions.ts';

export interface SignUp {
  readonly email: string;
  readonly password: string;
  readonly data: Record<string, unknown>;
  readonly setupCode: string | null;
  /** Whether the first account may be made without the code. */
  readonly isTrusted: boolean;
}

function isSameText(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}

/** Refuses who may not sign up; asked before the work, and again under the lock. */
function admit(services: AccountServices, input: SignUp, isFirst: boolean): void {
  if (!isFirst) {
    if (services.config.LOAM_SIGNUP === 'closed') throw new AppError('auth_signup_closed');
    return;
  }
  const wanted = services.setupCode;
  const hasCode = wanted !== null && input.setupCode !== null && isSameText(input.setupCode, wanted);
  if (!input.isTrusted && !hasCode) throw new AppError('auth_setup_code_required');
}

export async function signUp(services: AccountServices, input: SignUp, client: Client): Promise<AuthSession> {
  const { db, limiter, passwords, keys } = services;
  checkPassword(input.password);
  checkMetadata(Buffer.byteLength(JSON.stringify(input.data)));
  await limiter.take([byIp(limits.signUpIp, client.ip), byEmail(limits.signUpEmail, input.email)]);
  const [[known], [taken]] = await db.asService('auth', [hasAccounts(), findAccountByEmail({ email: input.email })]);
  admit(services, input, known?.has_accounts === false);
  if (taken !== undefined) throw new AppError('auth_user_exists');

  const hashed = await passwords.hash(input.password);
  const id = newId();
  const session = startSession(id, client);
  const identity = { sub: id, email: input.email, email_verified: true, phone_verified: false };
  const metadata = { ...splitMetadata(input.data).kept, ...identity };
  const account = await db
    .asService('auth', async (tx) => {
      const [, [now]] = await tx.batch([lockFirstAccount(), hasAccounts()]);
      const isFirst = now?.has_accounts === false;
      admit(services, input, isFirst);
      await tx.batch([
        insertAccount({ id, email: input.email, encrypted_password: hashed, user_metadata: metadata }),
        insertEmailIdentity({ user_id: id, identity_data: identity }),
        ...(isFirst ? [makeAdmin({ id })] : []),
        ...session.queries,
        auditAccount(id, 'sign_up', client),
      ]);
      return tx.one(getAccount({ id }));
    })
    .catch((error: unknown) => {
      // Two sign-ups with one address at the same moment: the unique index decided.
      if (error instanceof AppError && error.code === 'conflict')
        throw new AppError('auth_user_exists', { cause: error });
      throw error;
    });
  return answerSession(keys, account, session.sessionId, session.refreshToken);
}
