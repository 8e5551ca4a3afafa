-- needs:
-- What every pattern stands on: what is installed, keys, limits, who did what. Jobs live in pg-boss's own schema.
create schema if not exists loam;

-- Service roles: each writes what users must not, and nothing else. No BYPASSRLS: their policies are written out.
do $$
declare
  wanted text;
begin
  foreach wanted in array array[
    'loam_answer', 'loam_ingest', 'loam_ledger', 'loam_maintenance', 'loam_auth', 'loam_storage', 'loam_jobs'
  ] loop
    if not exists (select from pg_roles where rolname = wanted) then
      execute format('create role %I nologin noinherit', wanted);
    end if;
    execute format('grant %I to authenticator', wanted);
    execute format('grant usage on schema public, loam, auth, storage, extensions to %I', wanted);
  end loop;
end
$$;
grant usage on schema loam to anon, authenticated;

create table loam.installation (
  id boolean primary key default true check (id),
  version text not null,
  patterns text[] not null,
  parameters jsonb not null default '{}',
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);

create table loam.migrations (
  version text primary key check (version ~ '^[0-9]{14}$'),
  name text not null,
  checksum text not null,
  applied_at timestamptz not null default now()
);

create table loam.signing_keys (
  kid text primary key,
  algorithm text not null default 'ES256',
  public_jwk jsonb not null,
  private_sealed text not null,
  status text not null default 'current' check (status in ('standby', 'current', 'previous', 'revoked')),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create unique index signing_keys_one_current on loam.signing_keys (status) where status = 'current';

create table rate_limits (
  key text not null,
  window_start timestamptz not null,
  count integer not null default 0,
  expires_at timestamptz not null,
  primary key (key, window_start)
);
create index rate_limits_expires_at_idx on rate_limits (expires_at);

create table api_keys (
  id uuid primary key default gen_random_uuid(),
  user_id uuid not null references auth.users (id) on delete cascade,
  organization_id uuid,
  tenant_id uuid generated always as (coalesce(organization_id, user_id)) stored,
  name text not null check (char_length(name) between 1 and 100),
  key_hash text not null unique,
  key_prefix text not null,
  scopes text[] not null default '{}',
  expires_at timestamptz,
  last_used_at timestamptz,
  revoked_at timestamptz,
  metadata jsonb not null default '{}',
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create index api_keys_user_id_idx on api_keys (user_id, created_at desc);
create index api_keys_tenant_id_idx on api_keys (tenant_id);

-- Partitioned by month: retention drops a partition instead of deleting rows.
create schema if not exists loam_partitions;
create table audit_logs (
  id uuid not null default gen_random_uuid(),
  created_at timestamptz not null default now(),
  user_id uuid,
  organization_id uuid,
  tenant_id uuid generated always as (coalesce(organization_id, user_id)) stored,
  action text not null,
  resource_type text,
  resource_id uuid,
  ip_address inet,
  user_agent text,
  metadata jsonb not null default '{}',
  primary key (created_at, id)
) partition by range (created_at);
create index audit_logs_user_id_idx on audit_logs (user_id, created_at desc);
create index audit_logs_tenant_id_idx on audit_logs (tenant_id, created_at desc);

-- Private: a file is reached by its owner, or through the server.
insert into storage.buckets (id, name, public)
values ('documents', 'documents', false), ('images', 'images', false)
on conflict (id) do nothing;
