// What administrators do with accounts: see who there is, give roles and quotas, ban. Never what people keep.
import { type Profile, type ProfileChanges, profile } from '../../contract/profiles.ts';
import type { Claims, Database } from '../../core/database.ts';
import { AppError } from '../../core/errors.ts';
import { setBan } from '../auth/accounts.ts';
import type { AccountServices } from '../auth/services.ts';
import { changeProfile, isAdmin, listProfiles, noteChange } from './queries.ts';

const forever = '9999-12-31T00:00:00Z';

export interface ProfilePosition {
  readonly time: string;
  readonly id: string;
}

/** Throws `forbidden` for everybody else. */
async function requireAdmin(db: Database, claims: Claims): Promise<void> {
  const [row] = await db.asUser(claims, isAdmin());
  if (row?.is_admin !== true) throw new AppError('forbidden');
}

export async function readProfiles(
  db: Database,
  claims: Claims,
  after: ProfilePosition | null,
  limit: number,
): Promise<Profile[]> {
  const [[admin], rows] = await db.asUser(claims, [
    isAdmin(),
    listProfiles({ before_time: after?.time ?? null, before_id: after?.id ?? null, limit }),
  ]);
  if (admin?.is_admin !== true) throw new AppError('forbidden');
  return rows.map((row) => profile.parse(row));
}

/** `own` is null where Supabase keeps the accounts: there people are banned in its own console. */
export async function administer(
  deps: { readonly db: Database; readonly own: AccountServices | null },
  claims: Claims,
  id: string,
  changes: ProfileChanges,
): Promise<Profile> {
  const { db, own } = deps;
  const { role, monthly_token_quota: tokens, monthly_cost_quota_usd: cost, is_banned } = changes;
  await requireAdmin(db, claims);
  // So there is always an administrator left.
  if (id === claims.sub && (role !== undefined || is_banned !== undefined)) throw new AppError('profile_own_role');
  if (is_banned !== undefined) {
    if (own === null) throw new AppError('feature_unavailable', { hint: 'Ban this account in Supabase.' });
    await setBan(own, id, is_banned ? forever : null);
  }
  const change = changeProfile({
    administrator: claims.sub,
    id,
    role: role ?? null,
    set_tokens: tokens !== undefined,
    monthly_token_quota: tokens ?? null,
    set_cost: cost !== undefined,
    monthly_cost_quota_usd: cost ?? null,
  });
  const row = await db.asService('auth', async (tx) => {
    const [changed] = await tx.rows(change);
    if (changed === undefined) throw new AppError('not_found');
    await tx.rows(noteChange({ user_id: claims.sub, id, changes }));
    return changed;
  });
  return profile.parse(row);
}
