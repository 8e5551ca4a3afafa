// What people see and change of their account: address, password, what they say of themselves.
import type { Claims } from '../../core/database.ts';
import { AppError } from '../../core/errors.ts';
import type { Client } from './client.ts';
import { checkPassword } from './passwords.ts';
import {
  type Account,
  banAccount,
  endAllSessions,
  endOtherSessions,
  getAccount,
  getPasswordHash,
  renameEmailIdentity,
  updateAccount,
} from './queries.ts';
import { byAccount, limits } from './rate-limits.ts';
import { type AccountServices, auditAccount } from './services.ts';
import { isPasswordRight } from './sign-in.ts';

export interface AccountChanges {
  readonly email: string | null;
  readonly password: string | null;
  readonly data: Record<string, unknown> | null;
}

/** Bytes. It travels in every access token, and those must fit the headers of a request. */
const maxMetadata = 4096;

export function checkMetadata(size: number): void {
  if (size > maxMetadata) throw new AppError('auth_metadata_too_large');
}

/** Merged as Supabase does: a key set to null goes. */
export function splitMetadata(data: Record<string, unknown>): { kept: Record<string, unknown>; removed: string[] } {
  const entries = Object.entries(data);
  return {
    kept: Object.fromEntries(entries.filter(([, value]) => value !== null)),
    removed: entries.filter(([, value]) => value === null).map(([key]) => key),
  };
}

/** Throws `session_revoked` when the account is gone. */
export async function readAccount({ db }: AccountServices, claims: Claims): Promise<Account> {
  const [account] = await db.asService('auth', getAccount({ id: claims.sub }));
  if (account === undefined) throw new AppError('session_revoked');
  return account;
}

async function hashNewPassword(services: AccountServices, id: string, password: string): Promise<string> {
  checkPassword(password);
  const [row] = await services.db.asService('auth', getPasswordHash({ id }));
  if (await isPasswordRight(services, row?.encrypted_password ?? null, password))
    throw new AppError('auth_same_password');
  return services.passwords.hash(password);
}

/** Bans end all sessions; a date in the past, or null, lets somebody in again. */
export async function setBan(services: AccountServices, id: string, until: string | null): Promise<void> {
  const [, ended = []] = await services.db.asService('auth', [
    banAccount({ id, until }),
    ...(until === null ? [] : [endAllSessions({ user_id: id })]),
  ]);
  services.forgetSessions(ended);
}

/** A new password ends all other sessions, so that whoever stole one is out. */
export async function changeAccount(
  services: AccountServices,
  claims: Claims,
  changes: AccountChanges,
  client: Client,
): Promise<Account> {
  const { sub: id, session_id: own } = claims;
  const { email, password, data } = changes;
  // Each takes a core for as long as two sign-ins.
  if (password !== null) await services.limiter.take([byAccount(limits.changePassword, id)]);
  const hashed = password === null ? null : await hashNewPassword(services, id, password);
  const { kept, removed } = splitMetadata({ ...data, ...(email === null ? {} : { email }) });
  const { account, ended } = await services.db
    .asService('auth', async (tx) => {
      const { metadata_size } = await tx.one(
        updateAccount({ id, email, encrypted_password: hashed, user_metadata: kept, removed }),
      );
      checkMetadata(metadata_size ?? 0);
      await tx.batch([
        ...(email === null
          ? []
          : [renameEmailIdentity({ user_id: id, email }), auditAccount(id, 'change_email', client)]),
        ...(hashed === null ? [] : [auditAccount(id, 'change_password', client)]),
      ]);
      const endsOthers = hashed !== null && own !== undefined;
      return {
        ended: endsOthers ? await tx.rows(endOtherSessions({ user_id: id, id: own })) : [],
        account: await tx.one(getAccount({ id })),
      };
    })
    .catch((error: unknown) => {
      if (error instanceof AppError && error.code === 'conflict')
        throw new AppError('auth_email_exists', { cause: error });
      throw error;
    });
  services.forgetSessions(ended);
  return account;
}
