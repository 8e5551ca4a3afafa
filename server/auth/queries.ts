// Every SQL statement on accounts, sessions and limits; those on keys are in api-key-queries.ts and signing-key-queries.ts.
// All run as the accounts service: people have no rights on the `auth` schema.
import { json, type Row, statement } from '../../core/statement.ts';

interface Identity {
  readonly identity_id: string;
  readonly id: string;
  readonly user_id: string;
  readonly identity_data: Record<string, unknown>;
  readonly provider: string;
  readonly last_sign_in_at: string | null;
  readonly created_at: string;
  readonly updated_at: string;
  readonly email: string | null;
}

/** An account as the wire shows it. */
const accountColumns = {
  id: 'uuid',
  email: 'text?',
  email_confirmed_at: 'timestamptz?',
  last_sign_in_at: 'timestamptz?',
  app_metadata: json<Record<string, unknown>>(),
  user_metadata: json<Record<string, unknown>>(),
  identities: json<Identity[]>(),
  created_at: 'timestamptz?',
  updated_at: 'timestamptz?',
} as const;
const selectAccount = `
  account.id,
  account.email::text as email,
  account.email_confirmed_at,
  account.last_sign_in_at,
  coalesce(account.raw_app_meta_data, '{}') as app_metadata,
  coalesce(account.raw_user_meta_data, '{}') as user_metadata,
  coalesce((
    select jsonb_agg(jsonb_build_object(
      'identity_id', identity.id,
      'id', identity.provider_id,
      'user_id', identity.user_id,
      'identity_data', identity.identity_data,
      'provider', identity.provider,
      'last_sign_in_at', identity.last_sign_in_at,
      'created_at', identity.created_at,
      'updated_at', identity.updated_at,
      'email', identity.email
    ) order by identity.created_at)
    from auth.identities as identity
    where identity.user_id = account.id
  ), '[]') as identities,
  account.created_at,
  account.updated_at`;

export const hasAccounts = statement({
  name: 'auth_has_accounts',
  text: 'select loam.has_accounts() as has_accounts',
  columns: { has_accounts: 'bool' },
});

/** Held to the end of the transaction: of two first sign-ups one is the first. */
export const lockFirstAccount = statement({
  name: 'auth_lock_first_account',
  text: `select pg_advisory_xact_lock(hashtext('loam first account')) as locked`,
  columns: { locked: 'void' },
});

export const makeAdmin = statement({
  name: 'auth_make_admin',
  text: `select loam.give_role($1, 'admin') as given`,
  params: { id: 'uuid' },
  columns: { given: 'void' },
});

/** What sign-in needs to know; null hash for accounts without a password. */
export const findAccountByEmail = statement({
  name: 'auth_find_account_by_email',
  text: `
    select
      id,
      encrypted_password::text as encrypted_password,
      email_confirmed_at is not null as is_confirmed,
      coalesce(banned_until > now(), false) as is_banned
    from auth.users
    where email = $1
      and is_sso_user = false
      and deleted_at is null`,
  params: { email: 'text' },
  columns: { id: 'uuid', encrypted_password: 'text?', is_confirmed: 'bool', is_banned: 'bool' },
});

export const getAccount = statement({
  name: 'auth_get_account',
  text: `select ${selectAccount} from auth.users as account where account.id = $1 and account.deleted_at is null`,
  params: { id: 'uuid' },
  columns: accountColumns,
});
export type Account = Row<typeof getAccount>;

export const getPasswordHash = statement({
  name: 'auth_get_password_hash',
  text: 'select encrypted_password::text as encrypted_password from auth.users where id = $1',
  params: { id: 'uuid' },
  columns: { encrypted_password: 'text?' },
});

/** Hashes that moved here from Supabase are bcrypt; pgcrypto knows it. */
export const matchesBcrypt = statement({
  name: 'auth_matches_bcrypt',
  text: 'select extensions.crypt($1, $2) = $2 as matches',
  params: { password: 'text', hashed: 'text' },
  columns: { matches: 'bool' },
});

export const insertAccount = statement({
  name: 'auth_insert_account',
  text: `
    insert into auth.users (
      instance_id, id, aud, role, email, encrypted_password, email_confirmed_at, last_sign_in_at,
      raw_app_meta_data, raw_user_meta_data,
      confirmation_token, recovery_token, email_change_token_new, email_change
    )
    values (
      '00000000-0000-0000-0000-000000000000', $1, 'authenticated', 'authenticated', $2, $3, now(), now(),
      '{"provider": "email", "providers": ["email"]}', $4,
      '', '', '', ''
    )`,
  params: { id: 'uuid', email: 'text', encrypted_password: 'text', user_metadata: 'jsonb' },
});

export const insertEmailIdentity = statement({
  name: 'auth_insert_email_identity',
  text: `
    insert into auth.identities (provider_id, user_id, identity_data, provider, last_sign_in_at)
    values ($1::uuid::text, $1, $2, 'email', now())`,
  params: { user_id: 'uuid', identity_data: 'jsonb' },
});

/** null leaves a value as it is; metadata is merged, and its keys named in `removed` go. */
export const updateAccount = statement({
  name: 'auth_update_account',
  text: `
    update auth.users
    set
      email = coalesce($2, email),
      email_confirmed_at = case when $2 is null then email_confirmed_at else now() end,
      encrypted_password = coalesce($3, encrypted_password),
      raw_user_meta_data = (coalesce(raw_user_meta_data, '{}') || $4) - $5::text[],
      updated_at = now()
    where id = $1
    returning octet_length(raw_user_meta_data::text) as metadata_size`,
  params: { id: 'uuid', email: 'text?', encrypted_password: 'text?', user_metadata: 'jsonb', removed: 'text[]' },
  columns: { metadata_size: 'int4?' },
});

export const renameEmailIdentity = statement({
  name: 'auth_rename_email_identity',
  text: `
    update auth.identities
    set identity_data = identity_data || jsonb_build_object('email', $2::text), updated_at = now()
    where user_id = $1 and provider = 'email'`,
  params: { user_id: 'uuid', email: 'text' },
});

/** A better hash of the same password, unless it was changed meanwhile. */
export const replaceHash = statement({
  name: 'auth_replace_hash',
  text: 'update auth.users set encrypted_password = $3 where id = $1 and encrypted_password = $2',
  params: { id: 'uuid', old_hash: 'text', new_hash: 'text' },
});

export const markSignedIn = statement({
  name: 'auth_mark_signed_in',
  text: 'update auth.users set last_sign_in_at = now(), updated_at = now() where id = $1',
  params: { id: 'uuid' },
});

export const insertSession = statement({
  name: 'auth_insert_session',
  text: `
    insert into auth.sessions (id, user_id, aal, user_agent, ip)
    values ($1, $2, 'aal1', $3, ($4::text)::inet)`,
  params: { id: 'uuid', user_id: 'uuid', user_agent: 'text?', ip: 'text?' },
});

/** Whether tokens of a session count: it exists, is not over, and its account is neither removed nor banned. */
export const isSessionLive = statement({
  name: 'auth_is_session_live',
  text: `
    select exists (
      select
      from auth.sessions as session
      join auth.users as account on account.id = session.user_id
      where session.id = $1
        and coalesce(session.not_after > now(), true)
        and account.deleted_at is null
        and coalesce(account.banned_until <= now(), true)
    ) as is_live`,
  params: { id: 'uuid' },
  columns: { is_live: 'bool' },
});

/** null lets somebody in again. */
export const banAccount = statement({
  name: 'auth_ban_account',
  text: 'update auth.users set banned_until = $2::timestamptz, updated_at = now() where id = $1',
  params: { id: 'uuid', until: 'timestamptz?' },
});

/** Somebody whom the configured Supabase project knows and we do not yet. Addresses never join two accounts. */
export const adoptAccount = statement({
  name: 'auth_adopt_account',
  text: `
    insert into auth.users (id, aud, role, email, email_confirmed_at, raw_app_meta_data)
    values (
      $1, 'authenticated', 'authenticated',
      case when not exists (select from auth.users where email = $2::text and is_sso_user = false) then $2::text end,
      now(), '{"provider": "supabase", "providers": ["supabase"]}'
    )
    on conflict do nothing`,
  params: { id: 'uuid', email: 'text?' },
});

export const endSession = statement({
  name: 'auth_end_session',
  text: 'delete from auth.sessions where id = $1 and user_id = $2 returning id',
  params: { id: 'uuid', user_id: 'uuid' },
  columns: { id: 'uuid' },
});
export const endAllSessions = statement({
  name: 'auth_end_all_sessions',
  text: 'delete from auth.sessions where user_id = $1 returning id',
  params: { user_id: 'uuid' },
  columns: { id: 'uuid' },
});
export const endOtherSessions = statement({
  name: 'auth_end_other_sessions',
  text: 'delete from auth.sessions where user_id = $1 and id <> $2 returning id',
  params: { user_id: 'uuid', id: 'uuid' },
  columns: { id: 'uuid' },
});

/** `token` holds a hash; the token itself is nowhere in the database. */
export const insertRefreshToken = statement({
  name: 'auth_insert_refresh_token',
  text: `
    insert into auth.refresh_tokens (token, parent, user_id, session_id, revoked)
    values ($1, $2, $3::uuid::text, $4, false)`,
  params: { token: 'text', parent: 'text?', user_id: 'uuid', session_id: 'uuid' },
});

/** Locks the token's row, so that of two refreshes with one token the second sees what the first did. */
export const findRefreshToken = statement({
  name: 'auth_find_refresh_token',
  text: `
    select
      token.id,
      session.id as session_id,
      session.user_id,
      coalesce(token.revoked, false) as is_revoked,
      coalesce(token.updated_at > now() - make_interval(secs => $2), false) as is_recent,
      coalesce(session.not_after <= now(), false) as is_over,
      coalesce(account.banned_until > now(), false) as is_banned
    from auth.refresh_tokens as token
    join auth.sessions as session on session.id = token.session_id
    join auth.users as account on account.id = session.user_id
    where token.token = $1
      and account.deleted_at is null
    for update of token`,
  params: { token: 'text', reuse_seconds: 'float8' },
  columns: {
    id: 'int8',
    session_id: 'uuid',
    user_id: 'uuid',
    is_revoked: 'bool',
    is_recent: 'bool',
    is_over: 'bool',
    is_banned: 'bool',
  },
});
export type RefreshToken = Row<typeof findRefreshToken>;

export const revokeRefreshToken = statement({
  name: 'auth_revoke_refresh_token',
  text: 'update auth.refresh_tokens set revoked = true, updated_at = now() where id = $1',
  params: { id: 'int8' },
});

export const removeUsedTokens = statement({
  name: 'auth_remove_used_tokens',
  text: 'delete from auth.refresh_tokens where revoked and updated_at < now() - make_interval(days => $1)',
  params: { days: 'int4' },
});

export const touchSession = statement({
  name: 'auth_touch_session',
  text: `
    update auth.sessions
    set refreshed_at = now() at time zone 'utc', updated_at = now(), user_agent = $2, ip = ($3::text)::inet
    where id = $1`,
  params: { id: 'uuid', user_agent: 'text?', ip: 'text?' },
});

export const insertAudit = statement({
  name: 'auth_insert_audit',
  text: `
    insert into audit_logs (user_id, action, resource_type, resource_id, ip_address, user_agent)
    values ($1, $2, $3, $4, ($5::text)::inet, $6)`,
  params: {
    user_id: 'uuid',
    action: 'text',
    resource_type: 'text',
    resource_id: 'uuid',
    ip: 'text?',
    user_agent: 'text?',
  },
});

export const takeRateLimit = statement({
  name: 'auth_take_rate_limit',
  text: 'select loam.take_rate_limit($1, $2, $3) as is_allowed',
  params: { key: 'text', allowed: 'int4', window_seconds: 'int4' },
  columns: { is_allowed: 'bool' },
});

/** What turned out not to be an attack does not count. */
export const refundRateLimit = statement({
  name: 'auth_refund_rate_limit',
  text: `
    update rate_limits
    set count = greatest(count - 1, 0)
    where key = $1
      and window_start = to_timestamp(floor(extract(epoch from now()) / $2::int4) * $2::int4)`,
  params: { key: 'text', window_seconds: 'int4' },
});
