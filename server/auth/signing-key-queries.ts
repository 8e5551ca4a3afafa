// Every SQL statement on the keys that sign access tokens. All run as the accounts service.
import { statement } from '../../core/statement.ts';

export const listSigningKeys = statement({
  name: 'auth_list_signing_keys',
  text: `
    select kid, public_jwk, private_sealed, status
    from loam.signing_keys
    where status <> 'revoked'
    order by created_at desc`,
  columns: { kid: 'text', public_jwk: 'jsonb', private_sealed: 'text', status: 'text' },
});

export const insertSigningKey = statement({
  name: 'auth_insert_signing_key',
  text: `
    insert into loam.signing_keys (kid, public_jwk, private_sealed)
    values ($1, $2, $3)
    on conflict do nothing`,
  params: { kid: 'text', public_jwk: 'jsonb', private_sealed: 'text' },
});

/** The current key goes on verifying; what was retired a day ago has no token left. */
export const retireSigningKey = statement({
  name: 'auth_retire_signing_key',
  text: `
    update loam.signing_keys
    set status = case when status = 'current' then 'previous' else 'revoked' end
    where status = 'current'
      or (status = 'previous' and updated_at < now() - interval '1 day')`,
});

export const notifySigningKeys = statement({
  name: 'auth_notify_signing_keys',
  text: `select pg_notify('loam_signing_keys', '') as notified`,
  columns: { notified: 'void' },
});
