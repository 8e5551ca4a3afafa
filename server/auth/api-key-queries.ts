// Every SQL statement on API keys. People list, make and revoke their own under RLS; only the accounts service looks
// a key up by its hash.
import { type Row, statement } from '../../core/statement.ts';

const shownColumns = {
  id: 'uuid',
  name: 'text',
  key_prefix: 'text',
  scopes: 'text[]',
  organization_id: 'uuid?',
  expires_at: 'timestamptz?',
  last_used_at: 'timestamptz?',
  revoked_at: 'timestamptz?',
  created_at: 'timestamptz',
} as const;
const selectShown = 'id, name, key_prefix, scopes, organization_id, expires_at, last_used_at, revoked_at, created_at';

export const listApiKeys = statement({
  name: 'auth_list_api_keys',
  text: `
    select ${selectShown}
    from api_keys
    where user_id = (select auth.uid())
      and revoked_at is null
      and ($1::timestamptz is null or (created_at, id) < ($1, $2::uuid))
    order by created_at desc, id desc
    limit $3::int4`,
  params: { before_time: 'timestamptz?', before_id: 'uuid?', limit: 'int4' },
  columns: shownColumns,
});
export type ApiKey = Row<typeof listApiKeys>;

/** Held to the end of the transaction, so that the limit holds when somebody makes two keys at once. */
export const lockApiKeys = statement({
  name: 'auth_lock_api_keys',
  text: `select pg_advisory_xact_lock(hashtext('loam api keys'), hashtext($1::uuid::text)) as locked`,
  params: { user_id: 'uuid' },
  columns: { locked: 'void' },
});

/** No row when the owner has `most` keys already. */
export const insertApiKey = statement({
  name: 'auth_insert_api_key',
  text: `
    insert into api_keys (user_id, name, key_hash, key_prefix, scopes, expires_at)
    select $1, $2, $3, $4, $5, $6::timestamptz
    where (
      select count(*)
      from api_keys
      where user_id = $1
        and revoked_at is null
        and coalesce(expires_at > now(), true)
    ) < $7::int4
    returning ${selectShown}`,
  params: {
    user_id: 'uuid',
    name: 'text',
    key_hash: 'text',
    key_prefix: 'text',
    scopes: 'text[]',
    expires_at: 'timestamptz?',
    most: 'int4',
  },
  columns: shownColumns,
});

export const revokeApiKey = statement({
  name: 'auth_revoke_api_key',
  text: `
    update api_keys
    set revoked_at = now()
    where id = $1
      and user_id = (select auth.uid())
      and revoked_at is null
    returning id`,
  params: { id: 'uuid' },
  columns: { id: 'uuid' },
});

export const findApiKey = statement({
  name: 'auth_find_api_key',
  text: `
    select key.id, key.user_id, owner.email, key.organization_id, key.scopes, key.expires_at
    from api_keys as key
    join users as owner on owner.id = key.user_id
    where key.key_hash = $1
      and key.revoked_at is null
      and coalesce(owner.banned_until <= now(), true)`,
  params: { key_hash: 'text' },
  columns: {
    id: 'uuid',
    user_id: 'uuid',
    email: 'text?',
    organization_id: 'uuid?',
    scopes: 'text[]',
    expires_at: 'timestamptz?',
  },
});

/** Coarse on purpose: one write in ten minutes, however busy the key is. */
export const touchApiKey = statement({
  name: 'auth_touch_api_key',
  text: `
    update api_keys
    set last_used_at = now()
    where id = $1
      and (last_used_at is null or last_used_at < now() - interval '10 minutes')`,
  params: { id: 'uuid' },
});
