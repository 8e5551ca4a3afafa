// What hosted Supabase has beyond our platform layer and public migrations count on: roles, default privileges, realtime and
// the rest of auth and storage. Only for scratch databases.

/** Always applied: schemas, roles and what `public` grants by default there. */
export const baseSql = `
do $$
declare
  wanted text;
begin
  foreach wanted in array array[
    'supabase_admin', 'supabase_auth_admin', 'supabase_storage_admin', 'supabase_functions_admin', 'supabase_realtime_admin',
    'supabase_replication_admin', 'supabase_read_only_user', 'supabase_etl_admin', 'dashboard_user', 'pgbouncer',
    'pgsodium_keyiduser', 'pgsodium_keyholder', 'pgsodium_keymaker', 'service_role', 'anon', 'authenticated', 'cli_login_postgres'
  ] loop
    if not exists (select from pg_roles where rolname = wanted) then
      execute format('create role %I noinherit', wanted);
    end if;
  end loop;
end
$$;
alter role service_role bypassrls;
grant usage on schema public to public;
grant usage on schema auth, storage, extensions to postgres, anon, authenticated, service_role;
alter default privileges in schema public grant all on tables to postgres, anon, authenticated, service_role;
alter default privileges in schema public grant all on functions to postgres, anon, authenticated, service_role;
alter default privileges in schema public grant all on sequences to postgres, anon, authenticated, service_role;
grant all on storage.buckets, storage.objects to anon, authenticated, service_role;
create schema if not exists realtime;
create schema if not exists graphql_public;
create schema if not exists vault;
grant usage on schema realtime, graphql_public to anon, authenticated, service_role;
`;

interface Part {
  readonly name: string;
  /** What in the text asks for it. */
  readonly uses: RegExp;
  readonly sql: string;
}

/** Applied where the text names them, quietly: hosted Supabase has them as they are here. */
export const platformParts: readonly Part[] = [
  {
    name: 'realtime',
    uses: /\brealtime\b/i,
    sql: `
create table realtime.messages (
  topic text not null, extension text not null, payload jsonb, event text, private boolean default false,
  updated_at timestamp not null default now(), inserted_at timestamp not null default now(),
  id uuid not null default gen_random_uuid(), primary key (id, inserted_at)
) partition by range (inserted_at);
alter table realtime.messages enable row level security;
grant select, insert, update on realtime.messages to anon, authenticated, service_role;
create table realtime.subscription (
  id bigint generated always as identity primary key, subscription_id uuid not null, entity regclass not null,
  claims jsonb not null, created_at timestamp not null default now()
);
create function realtime.topic() returns text language sql stable as
  $$ select nullif(current_setting('realtime.topic', true), '')::text $$;
create function realtime.send(payload jsonb, event text, topic text, private boolean default true) returns void
  language plpgsql as $$ begin end $$;
create function realtime.broadcast_changes(
  topic_name text, event_name text, operation text, table_name text, table_schema text, new record, old record, level text default 'ROW'
) returns void language plpgsql as $$ begin end $$;`,
  },
  {
    name: 'auth',
    uses: /\bauth\s*\.\s*"?(?!users\b|uid\b|role\b|jwt\b|email\b)\w/i,
    sql: `
create table if not exists auth.audit_log_entries (
  instance_id uuid, id uuid primary key, payload json, created_at timestamptz, ip_address varchar(64) not null default ''
);
create table if not exists auth.instances (id uuid primary key, uuid uuid, raw_base_config text, created_at timestamptz, updated_at timestamptz);
create table if not exists auth.schema_migrations (version varchar(255) primary key);
create table if not exists auth.mfa_factors (
  id uuid primary key, user_id uuid not null references auth.users (id) on delete cascade, friendly_name text,
  factor_type text not null, status text not null, created_at timestamptz not null, updated_at timestamptz not null,
  secret text, phone text, last_challenged_at timestamptz unique, web_authn_credential jsonb, web_authn_aaguid uuid
);
create table if not exists auth.mfa_challenges (
  id uuid primary key, factor_id uuid not null references auth.mfa_factors (id) on delete cascade,
  created_at timestamptz not null, verified_at timestamptz, ip_address inet not null, otp_code text, web_authn_session_data jsonb
);
create table if not exists auth.mfa_amr_claims (
  session_id uuid not null references auth.sessions (id) on delete cascade, created_at timestamptz not null,
  updated_at timestamptz not null, authentication_method text not null, id uuid primary key
);
create table if not exists auth.flow_state (
  id uuid primary key, user_id uuid, auth_code text, code_challenge text, provider_type text, created_at timestamptz, updated_at timestamptz
);
create table if not exists auth.oauth_clients (id uuid primary key, client_id text, redirect_uris text, created_at timestamptz, updated_at timestamptz);
create table if not exists auth.oauth_authorizations (id uuid primary key, client_id uuid, user_id uuid, created_at timestamptz);
create table if not exists auth.oauth_consents (id uuid primary key, client_id uuid, user_id uuid, created_at timestamptz);
create table if not exists auth.saml_relay_states (id uuid primary key, sso_provider_id uuid, created_at timestamptz, updated_at timestamptz);
create table if not exists auth.sso_providers (id uuid primary key, resource_id text, created_at timestamptz, updated_at timestamptz);
create table if not exists auth.sso_domains (
  id uuid primary key, sso_provider_id uuid not null references auth.sso_providers (id) on delete cascade, domain text not null,
  created_at timestamptz, updated_at timestamptz
);
create table if not exists auth.saml_providers (
  id uuid primary key, sso_provider_id uuid not null references auth.sso_providers (id) on delete cascade, entity_id text not null unique,
  metadata_xml text not null, created_at timestamptz, updated_at timestamptz
);`,
  },
  {
    name: 'storage',
    uses: /\bstorage\s*\./i,
    sql: `
do $$
begin
  create type storage.buckettype as enum ('STANDARD', 'ANALYTICS', 'VECTOR');
exception when duplicate_object then null;
end
$$;
alter table storage.buckets add column if not exists type storage.buckettype not null default 'STANDARD';
alter table storage.objects add column if not exists level integer;
create table if not exists storage.migrations (id integer primary key, name varchar(100) unique not null, hash varchar(40) not null);
create table if not exists storage.s3_multipart_uploads (
  id text primary key, bucket_id text not null references storage.buckets (id), key text not null, owner_id text, created_at timestamptz default now()
);
create or replace function storage.search(
  prefix text, bucketname text, limits integer default 100, levels integer default 1, offsets integer default 0,
  search text default '', sortcolumn text default 'name', sortorder text default 'asc'
) returns table (name text, id uuid, updated_at timestamptz, created_at timestamptz, last_accessed_at timestamptz, metadata jsonb)
language plpgsql stable as $$ begin end $$;
create table if not exists storage.prefixes (
  bucket_id text not null references storage.buckets (id), name text not null, level integer generated always as (array_length(string_to_array(name, '/'), 1)) stored,
  created_at timestamptz default now(), updated_at timestamptz default now(), primary key (bucket_id, level, name)
);
create table if not exists storage.s3_multipart_uploads_parts (
  id uuid primary key default gen_random_uuid(), upload_id text not null references storage.s3_multipart_uploads (id) on delete cascade,
  part_number integer not null, bucket_id text not null, key text not null, created_at timestamptz default now()
);
create table if not exists storage.buckets_analytics (id text primary key, created_at timestamptz default now());
create table if not exists storage.buckets_vectors (id text primary key, created_at timestamptz default now());
create table if not exists storage.vector_indexes (id text primary key, name text, bucket_id text);
alter table storage.prefixes enable row level security;
alter table storage.migrations enable row level security;
alter table storage.s3_multipart_uploads enable row level security;
alter table storage.s3_multipart_uploads_parts enable row level security;
do $$
declare
  named text;
begin
  foreach named in array array[
    'objects_insert_prefix_trigger', 'objects_update_prefix_trigger', 'objects_delete_cleanup', 'objects_update_cleanup',
    'objects_update_level_trigger', 'delete_prefix_hierarchy_trigger', 'prefixes_insert_trigger', 'prefixes_delete_cleanup',
    'enforce_bucket_name_length', 'protect_delete'
  ] loop
    execute format('create or replace function storage.%I() returns trigger language plpgsql as %L', named, 'begin return new; end');
  end loop;
end
$$;
create or replace function storage.get_level(name text) returns integer language sql immutable as $$ select array_length(string_to_array(name, '/'), 1) $$;
create or replace function storage.get_prefix(name text) returns text language sql immutable as $$ select name $$;
create or replace function storage.get_prefixes(name text) returns text[] language sql immutable as $$ select array[name] $$;
create or replace function storage.operation() returns text language sql stable as $$ select current_setting('storage.operation', true) $$;
create or replace function storage.allow_only_operation(expected_operation text) returns boolean language sql stable as $$ select true $$;
create or replace function storage.get_size_by_bucket() returns table (size bigint, bucket_id text) language plpgsql as $$ begin end $$;
create or replace function storage.can_insert_object(bucketid text, name text, owner uuid, metadata jsonb) returns void
  language plpgsql as $$ begin end $$;
create or replace function storage.update_updated_at_column() returns trigger language plpgsql as
  $$ begin new.updated_at = now(); return new; end $$;`,
  },
  {
    name: 'supabase_functions',
    uses: /\bsupabase_functions\b/i,
    sql: `
create schema if not exists supabase_functions;
grant usage on schema supabase_functions to anon, authenticated, service_role, postgres;
create table supabase_functions.hooks (
  id bigserial primary key, hook_table_id integer not null, hook_name text not null, created_at timestamptz not null default now(), request_id bigint
);
create function supabase_functions.http_request() returns trigger language plpgsql as $$ begin return new; end $$;`,
  },
  {
    name: 'supabase_migrations',
    uses: /\bsupabase_migrations\b/i,
    sql: `
create schema if not exists supabase_migrations;
create table if not exists supabase_migrations.schema_migrations (version text primary key, statements text[], name text);`,
  },
];
