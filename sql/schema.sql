-- The schema of Loam as an installed database says it: every pattern, vectors included, on top of sql/platform.
-- Made from the catalog by `npm run schema:dump`, held equal by a test, never edited. Where to read why: sql/patterns.
-- Rows that patterns bring (file types, models) and the months' partitions are not part of it.
set check_function_bodies = off;

create schema loam;
create schema loam_partitions;
create role loam_answer nologin noinherit;
grant loam_answer to authenticator;
create role loam_auth nologin noinherit;
grant loam_auth to authenticator;
create role loam_ingest nologin noinherit;
grant loam_ingest to authenticator;
create role loam_jobs nologin noinherit;
grant loam_jobs to authenticator;
create role loam_ledger nologin noinherit;
grant loam_ledger to authenticator;
create role loam_maintenance nologin noinherit;
grant loam_maintenance to authenticator;
create role loam_storage nologin noinherit;
grant loam_storage to authenticator;

grant usage on schema auth to loam_answer, loam_auth, loam_ingest, loam_jobs, loam_ledger, loam_maintenance, loam_storage;
grant usage on schema extensions to loam_answer, loam_auth, loam_ingest, loam_jobs, loam_ledger, loam_maintenance, loam_storage;
grant usage on schema loam to anon, authenticated, authenticator, loam_answer, loam_auth, loam_ingest, loam_jobs, loam_ledger, loam_maintenance, loam_storage;
grant usage on schema public to loam_answer, loam_auth, loam_ingest, loam_jobs, loam_ledger, loam_maintenance, loam_storage;
grant usage on schema storage to loam_answer, loam_auth, loam_ingest, loam_jobs, loam_ledger, loam_maintenance, loam_storage;

create extension if not exists vector with schema extensions;

alter default privileges revoke execute on functions from public;

-- ==================== foundation

create table loam.installation (
  id boolean default true not null,
  version text not null,
  patterns text[] not null,
  parameters jsonb default '{}'::jsonb not null,
  created_at timestamptz default now() not null,
  updated_at timestamptz default now() not null,
  constraint installation_pkey primary key (id),
  constraint installation_id_check check (id)
);
alter table loam.installation enable row level security;

create table loam.migrations (
  version text not null,
  name text not null,
  checksum text not null,
  applied_at timestamptz default now() not null,
  constraint migrations_pkey primary key (version),
  constraint migrations_version_check check (version ~ '^[0-9]{14}$')
);
alter table loam.migrations enable row level security;

create table loam.signing_keys (
  kid text not null,
  algorithm text default 'ES256' not null,
  public_jwk jsonb not null,
  private_sealed text not null,
  status text default 'current' not null,
  created_at timestamptz default now() not null,
  updated_at timestamptz default now() not null,
  constraint signing_keys_pkey primary key (kid),
  constraint signing_keys_status_check check (status = any (array['standby', 'current', 'previous', 'revoked']))
);
create unique index signing_keys_one_current on loam.signing_keys using btree (status) where (status = 'current');
alter table loam.signing_keys enable row level security;

create table public.rate_limits (
  key text not null,
  window_start timestamptz not null,
  count integer default 0 not null,
  expires_at timestamptz not null,
  constraint rate_limits_pkey primary key (key, window_start)
);
create index rate_limits_expires_at_idx on public.rate_limits using btree (expires_at);
alter table public.rate_limits enable row level security;

create table public.api_keys (
  id uuid default gen_random_uuid() not null,
  user_id uuid not null,
  organization_id uuid,
  tenant_id uuid generated always as (coalesce(organization_id, user_id)) stored,
  name text not null,
  key_hash text not null,
  key_prefix text not null,
  scopes text[] default '{}'::text[] not null,
  expires_at timestamptz,
  last_used_at timestamptz,
  revoked_at timestamptz,
  metadata jsonb default '{}'::jsonb not null,
  created_at timestamptz default now() not null,
  updated_at timestamptz default now() not null,
  constraint api_keys_pkey primary key (id),
  constraint api_keys_key_hash_key unique (key_hash),
  constraint api_keys_name_check check ((char_length(name) >= 1) and (char_length(name) <= 100)),
  constraint api_keys_user_id_fkey foreign key (user_id) references auth.users(id) on delete cascade
);
create index api_keys_tenant_id_idx on public.api_keys using btree (tenant_id);
create index api_keys_user_id_idx on public.api_keys using btree (user_id, created_at desc);
alter table public.api_keys enable row level security;

create table public.audit_logs (
  id uuid default gen_random_uuid() not null,
  created_at timestamptz default now() not null,
  user_id uuid,
  organization_id uuid,
  tenant_id uuid generated always as (coalesce(organization_id, user_id)) stored,
  action text not null,
  resource_type text,
  resource_id uuid,
  ip_address inet,
  user_agent text,
  metadata jsonb default '{}'::jsonb not null,
  constraint audit_logs_pkey primary key (created_at, id)
) partition by range (created_at);
create index audit_logs_tenant_id_idx on only public.audit_logs using btree (tenant_id, created_at desc);
create index audit_logs_user_id_idx on only public.audit_logs using btree (user_id, created_at desc);
alter table public.audit_logs enable row level security;

create function loam.touch_updated_at()
returns trigger
language plpgsql
set search_path = ''
as $$
begin
  new.updated_at := now();
  return new;
end
$$;

create function loam.notify_change(table_name text, row_id uuid, operation text, recipients uuid[])
returns void
language sql
set search_path = ''
as $$
  -- A notification holds 8,000 bytes: about a hundred recipients each.
  select pg_notify(
    'loam_changes',
    jsonb_build_object('table', table_name, 'id', row_id, 'operation', operation, 'to', recipients[first:first + 99])::text
  )
  from generate_series(1, cardinality(recipients), 100) as first
$$;

create function loam.ensure_partition(parent regclass, moment timestamptz)
returns void
language plpgsql
set search_path = ''
as $$
declare
  first_day date := date_trunc('month', moment at time zone 'utc');
  parent_name text := (select relname from pg_catalog.pg_class where oid = parent);
  partition_name text := format('%s_%s', parent_name, to_char(first_day, 'YYYYMM'));
begin
  if to_regclass(format('loam_partitions.%I', partition_name)) is not null then
    return;
  end if;
  execute format(
    'create table loam_partitions.%I partition of %s for values from (%L) to (%L)',
    partition_name, parent, first_day::text || ' 00:00:00+00', (first_day + interval '1 month')::date::text || ' 00:00:00+00'
  );
  execute format('alter table loam_partitions.%I enable row level security', partition_name);
  execute format('revoke all on loam_partitions.%I from public', partition_name);
end
$$;

create function loam.start_partitions(parent regclass)
returns void
language plpgsql
set search_path = ''
as $$
declare
  parent_name text := (select relname from pg_catalog.pg_class where oid = parent);
begin
  execute format('create table if not exists loam_partitions.%I partition of %s default', parent_name || '_default', parent);
  execute format('alter table loam_partitions.%I enable row level security', parent_name || '_default');
  execute format('revoke all on loam_partitions.%I from public', parent_name || '_default');
  perform loam.ensure_partition(parent, now());
  perform loam.ensure_partition(parent, now() + interval '1 month');
end
$$;

create function loam.ensure_partitions()
returns void
language plpgsql security definer
set search_path = ''
as $$
declare
  parent oid;
begin
  for parent in
    select c.oid
    from pg_catalog.pg_class as c
    where c.relkind = 'p' and c.relnamespace = 'public'::regnamespace
    order by c.oid
  loop
    perform loam.ensure_partition(parent::regclass, now());
    perform loam.ensure_partition(parent::regclass, now() + interval '1 month');
  end loop;
end
$$;

create function loam.take_rate_limit(limit_key text, allowed integer, window_seconds integer)
returns boolean
language sql
set search_path = ''
as $$
  insert into public.rate_limits as held (key, window_start, count, expires_at)
  select
    limit_key,
    to_timestamp(floor(extract(epoch from now()) / window_seconds) * window_seconds),
    1,
    to_timestamp((floor(extract(epoch from now()) / window_seconds) + 1) * window_seconds)
  on conflict (key, window_start) do update
    set count = least(held.count + 1, allowed + 1)
  returning count <= allowed
$$;

create function loam.parseable(passage text)
returns text
language sql immutable
as $$
  select regexp_replace(translate(passage, '<', ' '), '(\S{50})', '\1 ', 'g')
$$;

create function loam.notify_api_key()
returns trigger
language plpgsql
set search_path = ''
as $$
begin
  perform pg_notify('loam_api_keys', old.key_hash);
  return null;
end
$$;

create trigger installation_touch before update on loam.installation for each row execute function loam.touch_updated_at();
create policy "the server reads what is installed" on loam.installation
  for select to authenticator
  using (true);
grant select on loam.installation to authenticator;

create policy "the server reads which migrations are applied" on loam.migrations
  for select to authenticator
  using (true);
grant select on loam.migrations to authenticator;

create trigger signing_keys_touch before update on loam.signing_keys for each row execute function loam.touch_updated_at();
create policy "accounts service keeps signing keys" on loam.signing_keys
  for all to loam_auth
  using (true)
  with check (true);
grant insert, select, update on loam.signing_keys to loam_auth;

create policy "accounts service counts attempts" on public.rate_limits
  for all to loam_auth
  using (true)
  with check (true);
create policy "maintenance removes old counts" on public.rate_limits
  for all to loam_maintenance
  using (true);
grant insert, select, update on public.rate_limits to loam_auth;
grant delete, select on public.rate_limits to loam_maintenance;

create trigger api_keys_notify after delete or update of revoked_at, expires_at, scopes on public.api_keys for each row execute function loam.notify_api_key();
create trigger api_keys_touch before update on public.api_keys for each row execute function loam.touch_updated_at();
create policy "accounts service checks keys" on public.api_keys
  for all to loam_auth
  using (true)
  with check (true);
create policy "people make their own keys" on public.api_keys
  for insert to authenticated
  with check (((user_id = ( select auth.uid() as uid)) and (organization_id is null)));
create policy "people rename and revoke their own keys" on public.api_keys
  for update to authenticated
  using ((user_id = ( select auth.uid() as uid)))
  with check ((user_id = ( select auth.uid() as uid)));
create policy "people see their own keys" on public.api_keys
  for select to authenticated
  using ((user_id = ( select auth.uid() as uid)));
grant insert (user_id, organization_id, name, key_hash, key_prefix, scopes, expires_at, metadata), select (id, user_id, organization_id, tenant_id, name, key_prefix, scopes, expires_at, last_used_at, revoked_at, metadata, created_at, updated_at), update (name, revoked_at, metadata) on public.api_keys to authenticated;
grant select, update (last_used_at) on public.api_keys to loam_auth;

create policy "people see what they did" on public.audit_logs
  for select to authenticated
  using ((user_id = ( select auth.uid() as uid)));
create policy "services write the audit log" on public.audit_logs
  for insert to loam_auth, loam_maintenance
  with check (true);
grant select on public.audit_logs to authenticated;
grant insert on public.audit_logs to loam_auth;
grant insert on public.audit_logs to loam_maintenance;

grant execute on function loam.notify_change(text,uuid,text,uuid[]) to authenticated;
grant execute on function loam.notify_change(text,uuid,text,uuid[]) to loam_answer;
grant execute on function loam.notify_change(text,uuid,text,uuid[]) to loam_auth;
grant execute on function loam.notify_change(text,uuid,text,uuid[]) to loam_ingest;
grant execute on function loam.notify_change(text,uuid,text,uuid[]) to loam_ledger;
grant execute on function loam.notify_change(text,uuid,text,uuid[]) to loam_maintenance;
grant execute on function loam.notify_change(text,uuid,text,uuid[]) to loam_storage;
grant execute on function loam.ensure_partitions() to loam_maintenance;
grant execute on function loam.take_rate_limit(text,integer,integer) to loam_auth;
grant execute on function loam.parseable(text) to authenticated;
grant execute on function loam.parseable(text) to loam_answer;
grant execute on function loam.parseable(text) to loam_ingest;

-- ==================== user-management

create table public.user_profiles (
  id uuid not null,
  email text,
  display_name text,
  full_name text,
  avatar_url text,
  role text default 'user' not null,
  preferred_model_provider text,
  preferred_model_name text,
  monthly_token_quota bigint,
  monthly_cost_quota_usd numeric(20,10),
  total_tokens_used bigint default 0 not null,
  total_cost_usd numeric(20,10) default 0 not null,
  last_sign_in timestamptz,
  banned_until timestamptz,
  metadata jsonb default '{}'::jsonb not null,
  created_at timestamptz default now() not null,
  updated_at timestamptz default now() not null,
  constraint user_profiles_pkey primary key (id),
  constraint user_profiles_email_key unique (email),
  constraint user_profiles_avatar_url_check check (char_length(avatar_url) <= 2000),
  constraint user_profiles_display_name_check check ((char_length(display_name) >= 1) and (char_length(display_name) <= 100)),
  constraint user_profiles_full_name_check check ((char_length(full_name) >= 1) and (char_length(full_name) <= 255)),
  constraint user_profiles_metadata_check check (octet_length((metadata)::text) <= 16384),
  constraint user_profiles_monthly_cost_quota_usd_check check (monthly_cost_quota_usd >= (0)::numeric),
  constraint user_profiles_monthly_token_quota_check check (monthly_token_quota >= 0),
  constraint user_profiles_role_check check (role = any (array['user', 'admin', 'moderator'])),
  constraint user_profiles_id_fkey foreign key (id) references auth.users(id) on delete cascade
);
create index user_profiles_admin_idx on public.user_profiles using btree (id) where (role = 'admin');
create index user_profiles_created_at_idx on public.user_profiles using btree (created_at, id);
alter table public.user_profiles enable row level security;

create table public.user_preferences (
  user_id uuid not null,
  default_model text,
  theme text default 'system' not null,
  settings jsonb default '{}'::jsonb not null,
  created_at timestamptz default now() not null,
  updated_at timestamptz default now() not null,
  constraint user_preferences_pkey primary key (user_id),
  constraint user_preferences_default_model_check check ((char_length(default_model) >= 1) and (char_length(default_model) <= 200)),
  constraint user_preferences_settings_check check ((jsonb_typeof(settings) = 'object') and (octet_length((settings)::text) <= 16384)),
  constraint user_preferences_theme_check check (theme = any (array['light', 'dark', 'system'])),
  constraint user_preferences_user_id_fkey foreign key (user_id) references public.user_profiles(id) on delete cascade
);
alter table public.user_preferences enable row level security;

create table public.user_metadata (
  user_id uuid not null,
  key text not null,
  value jsonb not null,
  created_at timestamptz default now() not null,
  updated_at timestamptz default now() not null,
  constraint user_metadata_pkey primary key (user_id, key),
  constraint user_metadata_key_check check ((char_length(key) >= 1) and (char_length(key) <= 100)),
  constraint user_metadata_value_check check (octet_length((value)::text) <= 16384),
  constraint user_metadata_user_id_fkey foreign key (user_id) references public.user_profiles(id) on delete cascade
);
alter table public.user_metadata enable row level security;

create table public.user_sessions (
  id uuid default gen_random_uuid() not null,
  user_id uuid not null,
  session_id uuid not null,
  ip_address inet,
  user_agent text,
  last_seen_at timestamptz default now() not null,
  ended_at timestamptz,
  created_at timestamptz default now() not null,
  updated_at timestamptz default now() not null,
  constraint user_sessions_pkey primary key (id),
  constraint user_sessions_session_id_key unique (session_id),
  constraint user_sessions_user_id_fkey foreign key (user_id) references public.user_profiles(id) on delete cascade
);
create index user_sessions_ended_at_idx on public.user_sessions using btree (ended_at) where (ended_at is not null);
create index user_sessions_user_id_idx on public.user_sessions using btree (user_id, last_seen_at desc);
alter table public.user_sessions enable row level security;

create table public.social_connections (
  id uuid default gen_random_uuid() not null,
  user_id uuid not null,
  provider text not null,
  provider_user_id text not null,
  provider_email text,
  display_name text,
  avatar_url text,
  metadata jsonb default '{}'::jsonb not null,
  created_at timestamptz default now() not null,
  updated_at timestamptz default now() not null,
  constraint social_connections_pkey primary key (id),
  constraint social_connections_provider_provider_user_id_key unique (provider, provider_user_id),
  constraint social_connections_provider_check check ((char_length(provider) >= 1) and (char_length(provider) <= 50)),
  constraint social_connections_user_id_fkey foreign key (user_id) references public.user_profiles(id) on delete cascade
);
create index social_connections_user_id_idx on public.social_connections using btree (user_id);
alter table public.social_connections enable row level security;

create table public.achievements (
  id uuid default gen_random_uuid() not null,
  key text not null,
  name text not null,
  description text,
  icon text,
  points integer default 0 not null,
  criteria jsonb default '{}'::jsonb not null,
  created_at timestamptz default now() not null,
  updated_at timestamptz default now() not null,
  constraint achievements_pkey primary key (id),
  constraint achievements_key_key unique (key),
  constraint achievements_key_check check (key ~ '^[a-z0-9_]{1,100}$'),
  constraint achievements_name_check check ((char_length(name) >= 1) and (char_length(name) <= 200)),
  constraint achievements_points_check check (points >= 0)
);
alter table public.achievements enable row level security;

create table public.user_achievements (
  user_id uuid not null,
  achievement_id uuid not null,
  earned_at timestamptz default now() not null,
  metadata jsonb default '{}'::jsonb not null,
  created_at timestamptz default now() not null,
  constraint user_achievements_pkey primary key (user_id, achievement_id),
  constraint user_achievements_achievement_id_fkey foreign key (achievement_id) references public.achievements(id) on delete cascade,
  constraint user_achievements_user_id_fkey foreign key (user_id) references public.user_profiles(id) on delete cascade
);
create index user_achievements_achievement_id_idx on public.user_achievements using btree (achievement_id);
alter table public.user_achievements enable row level security;

create table public.activity_logs (
  id uuid default gen_random_uuid() not null,
  created_at timestamptz default now() not null,
  user_id uuid not null,
  action text not null,
  resource_type text,
  resource_id uuid,
  ip_address inet,
  user_agent text,
  metadata jsonb default '{}'::jsonb not null,
  constraint activity_logs_pkey primary key (created_at, id),
  constraint activity_logs_action_check check ((char_length(action) >= 1) and (char_length(action) <= 100)),
  constraint activity_logs_user_id_fkey foreign key (user_id) references public.user_profiles(id) on delete cascade
) partition by range (created_at);
create index activity_logs_user_id_idx on only public.activity_logs using btree (user_id, created_at desc);
alter table public.activity_logs enable row level security;

create table public.notifications (
  id uuid default gen_random_uuid() not null,
  user_id uuid not null,
  type text not null,
  title text not null,
  body text,
  link text,
  read_at timestamptz,
  metadata jsonb default '{}'::jsonb not null,
  created_at timestamptz default now() not null,
  updated_at timestamptz default now() not null,
  constraint notifications_pkey primary key (id),
  constraint notifications_link_check check ((link ~ '^/[^/\\]') or (link = '/')),
  constraint notifications_title_check check ((char_length(title) >= 1) and (char_length(title) <= 500)),
  constraint notifications_type_check check ((char_length(type) >= 1) and (char_length(type) <= 100)),
  constraint notifications_user_id_fkey foreign key (user_id) references public.user_profiles(id) on delete cascade
);
create index notifications_unread_idx on public.notifications using btree (user_id) where (read_at is null);
create index notifications_user_id_idx on public.notifications using btree (user_id, created_at desc);
alter table public.notifications enable row level security;

create table public.user_follows (
  follower_id uuid not null,
  following_id uuid not null,
  created_at timestamptz default now() not null,
  constraint user_follows_pkey primary key (follower_id, following_id),
  constraint user_follows_check check (follower_id <> following_id),
  constraint user_follows_follower_id_fkey foreign key (follower_id) references public.user_profiles(id) on delete cascade,
  constraint user_follows_following_id_fkey foreign key (following_id) references public.user_profiles(id) on delete cascade
);
create index user_follows_following_id_idx on public.user_follows using btree (following_id);
alter table public.user_follows enable row level security;

create function loam.is_admin()
returns boolean
language sql stable security definer
set search_path = ''
as $$
  select exists (select from public.user_profiles where id = (select auth.uid()) and role = 'admin')
$$;

create function loam.has_accounts()
returns boolean
language sql stable security definer
set search_path = ''
as $$
  select exists (select from public.user_profiles)
$$;

create function loam.give_role(account uuid, new_role text)
returns void
language sql
set search_path = ''
as $$
  update public.user_profiles set role = new_role where id = account
$$;

create function loam.create_profile()
returns trigger
language plpgsql security definer
set search_path = ''
as $$
declare
  said jsonb := coalesce(new.raw_user_meta_data, '{}');
begin
  insert into public.user_profiles (id, email, display_name, full_name, avatar_url, last_sign_in)
  values (
    new.id,
    case when not exists (select from public.user_profiles where email = new.email) then new.email end,
    nullif(left(btrim(coalesce(said ->> 'display_name', said ->> 'name', said ->> 'full_name')), 100), ''),
    nullif(left(btrim(coalesce(said ->> 'full_name', said ->> 'name')), 255), ''),
    case when said ->> 'avatar_url' ~ '^https://' then left(said ->> 'avatar_url', 2000) end,
    new.last_sign_in_at
  )
  on conflict do nothing;
  insert into public.user_preferences (user_id)
  select id from public.user_profiles where id = new.id
  on conflict do nothing;
  return null;
end
$$;

create function loam.mirror_account()
returns trigger
language plpgsql security definer
set search_path = ''
as $$
begin
  update public.user_profiles as profile
  set
    last_sign_in = new.last_sign_in_at,
    banned_until = new.banned_until,
    email = case
      when exists (select from public.user_profiles other where other.email = new.email and other.id <> new.id) then null
      else new.email
    end
  where profile.id = new.id;
  return null;
end
$$;

create function loam.mirror_session()
returns trigger
language plpgsql security definer
set search_path = ''
as $$
begin
  if tg_op = 'DELETE' then
    update public.user_sessions set ended_at = now() where session_id = old.id and ended_at is null;
  else
    insert into public.user_sessions (user_id, session_id, ip_address, user_agent, last_seen_at)
    select new.user_id, new.id, new.ip, left(new.user_agent, 500), coalesce(new.refreshed_at at time zone 'utc', new.created_at, now())
    where exists (select from public.user_profiles where id = new.user_id)
    on conflict (session_id) do update
      set last_seen_at = excluded.last_seen_at, ip_address = excluded.ip_address, user_agent = excluded.user_agent;
  end if;
  return null;
end
$$;

create function loam.mirror_default_model()
returns trigger
language plpgsql security definer
set search_path = ''
as $$
begin
  update public.user_profiles
  set
    preferred_model_provider = case when new.default_model like '%/%' then split_part(new.default_model, '/', 1) end,
    preferred_model_name = case
      when new.default_model like '%/%' then substr(new.default_model, strpos(new.default_model, '/') + 1)
      else new.default_model
    end
  where id = new.user_id;
  return null;
end
$$;

create function loam.notify_ban()
returns trigger
language plpgsql security definer
set search_path = ''
as $$
begin
  perform pg_notify('loam_api_keys', key_hash) from public.api_keys where user_id = new.id and revoked_at is null;
  return null;
end
$$;

create function loam.notify_profile()
returns trigger
language plpgsql
set search_path = ''
as $$
begin
  if tg_table_name = 'user_profiles' then
    perform loam.notify_change('user_profiles', new.id, 'update', array[new.id]);
  else
    perform loam.notify_change('user_preferences', new.user_id, 'update', array[new.user_id]);
  end if;
  return null;
end
$$;

create function loam.notify_notification()
returns trigger
language plpgsql
set search_path = ''
as $$
begin
  perform loam.notify_change(
    'notifications', coalesce(new.id, old.id), lower(tg_op), array[coalesce(new.user_id, old.user_id)]
  );
  return null;
end
$$;

create trigger user_profiles_ban after update of banned_until on public.user_profiles for each row execute function loam.notify_ban();
create trigger user_profiles_notify after update of email, banned_until, display_name, full_name, avatar_url, role, monthly_token_quota, monthly_cost_quota_usd on public.user_profiles for each row execute function loam.notify_profile();
create trigger user_profiles_touch before update on public.user_profiles for each row execute function loam.touch_updated_at();
create policy "accounts service gives roles and quotas" on public.user_profiles
  for update to loam_auth
  using (true)
  with check (true);
create policy "accounts service reads profiles" on public.user_profiles
  for select to loam_auth
  using (true);
create policy "ledger counts" on public.user_profiles
  for update to loam_ledger
  using (true)
  with check (true);
create policy "ledger reads quotas" on public.user_profiles
  for select to loam_ledger
  using (true);
create policy "people change their own profile" on public.user_profiles
  for update to authenticated
  using ((id = ( select auth.uid() as uid)))
  with check ((id = ( select auth.uid() as uid)));
create policy "people see their own profile, administrators all" on public.user_profiles
  for select to authenticated
  using (((id = ( select auth.uid() as uid)) or ( select loam.is_admin() as is_admin)));
grant select, update (display_name, full_name, avatar_url, metadata) on public.user_profiles to authenticated;
grant select, update (role, monthly_token_quota, monthly_cost_quota_usd) on public.user_profiles to loam_auth;
grant select (id, monthly_token_quota, monthly_cost_quota_usd, total_tokens_used, total_cost_usd), update (total_tokens_used, total_cost_usd) on public.user_profiles to loam_ledger;

create trigger user_preferences_mirror after insert or update of default_model on public.user_preferences for each row execute function loam.mirror_default_model();
create trigger user_preferences_notify after update on public.user_preferences for each row execute function loam.notify_profile();
create trigger user_preferences_touch before update on public.user_preferences for each row execute function loam.touch_updated_at();
create policy "people change their own preferences" on public.user_preferences
  for update to authenticated
  using ((user_id = ( select auth.uid() as uid)))
  with check ((user_id = ( select auth.uid() as uid)));
create policy "people see their own preferences" on public.user_preferences
  for select to authenticated
  using ((user_id = ( select auth.uid() as uid)));
grant select, update (default_model, theme, settings) on public.user_preferences to authenticated;

create trigger user_metadata_touch before update on public.user_metadata for each row execute function loam.touch_updated_at();
create policy "people add their own metadata" on public.user_metadata
  for insert to authenticated
  with check ((user_id = ( select auth.uid() as uid)));
create policy "people change their own metadata" on public.user_metadata
  for update to authenticated
  using ((user_id = ( select auth.uid() as uid)))
  with check ((user_id = ( select auth.uid() as uid)));
create policy "people remove their own metadata" on public.user_metadata
  for delete to authenticated
  using ((user_id = ( select auth.uid() as uid)));
create policy "people see their own metadata" on public.user_metadata
  for select to authenticated
  using ((user_id = ( select auth.uid() as uid)));
grant delete, insert (user_id, key, value), select, update (value) on public.user_metadata to authenticated;

create trigger user_sessions_touch before update on public.user_sessions for each row execute function loam.touch_updated_at();
create policy "maintenance deletes old sessions" on public.user_sessions
  for delete to loam_maintenance
  using ((ended_at is not null));
create policy "maintenance removes old sessions" on public.user_sessions
  for select to loam_maintenance
  using ((ended_at is not null));
create policy "people see where they are signed in" on public.user_sessions
  for select to authenticated
  using ((user_id = ( select auth.uid() as uid)));
grant select on public.user_sessions to authenticated;
grant delete, select (id, user_id, ended_at) on public.user_sessions to loam_maintenance;

create trigger social_connections_touch before update on public.social_connections for each row execute function loam.touch_updated_at();
create policy "accounts service connects" on public.social_connections
  for all to loam_auth
  using (true)
  with check (true);
create policy "people remove their own connections" on public.social_connections
  for delete to authenticated
  using ((user_id = ( select auth.uid() as uid)));
create policy "people see their own connections" on public.social_connections
  for select to authenticated
  using ((user_id = ( select auth.uid() as uid)));
grant delete, select on public.social_connections to authenticated;
grant delete, insert, select, update on public.social_connections to loam_auth;

create trigger achievements_touch before update on public.achievements for each row execute function loam.touch_updated_at();
create policy "everybody signed in sees what can be achieved" on public.achievements
  for select to authenticated
  using (true);
create policy "maintenance keeps achievements" on public.achievements
  for all to loam_maintenance
  using (true)
  with check (true);
grant select on public.achievements to authenticated;
grant delete, insert, select, update on public.achievements to loam_maintenance;

create policy "maintenance awards achievements" on public.user_achievements
  for all to loam_maintenance
  using (true)
  with check (true);
create policy "people see their own achievements" on public.user_achievements
  for select to authenticated
  using ((user_id = ( select auth.uid() as uid)));
grant select on public.user_achievements to authenticated;
grant delete, insert, select, update on public.user_achievements to loam_maintenance;

create policy "people see what they did" on public.activity_logs
  for select to authenticated
  using ((user_id = ( select auth.uid() as uid)));
create policy "services write activity" on public.activity_logs
  for insert to loam_auth, loam_ledger, loam_maintenance
  with check (true);
grant select on public.activity_logs to authenticated;
grant insert on public.activity_logs to loam_auth;
grant insert on public.activity_logs to loam_ledger;
grant insert on public.activity_logs to loam_maintenance;

create trigger notifications_notify after insert or delete or update on public.notifications for each row execute function loam.notify_notification();
create trigger notifications_touch before update on public.notifications for each row execute function loam.touch_updated_at();
create policy "people mark their own notifications" on public.notifications
  for update to authenticated
  using ((user_id = ( select auth.uid() as uid)))
  with check ((user_id = ( select auth.uid() as uid)));
create policy "people remove their own notifications" on public.notifications
  for delete to authenticated
  using ((user_id = ( select auth.uid() as uid)));
create policy "people see their own notifications" on public.notifications
  for select to authenticated
  using ((user_id = ( select auth.uid() as uid)));
create policy "services notify" on public.notifications
  for insert to loam_auth, loam_ingest, loam_ledger, loam_maintenance
  with check (true);
grant delete, select, update (read_at) on public.notifications to authenticated;
grant insert on public.notifications to loam_auth;
grant insert on public.notifications to loam_ingest;
grant insert on public.notifications to loam_ledger;
grant insert on public.notifications to loam_maintenance;

create policy "people follow" on public.user_follows
  for insert to authenticated
  with check ((follower_id = ( select auth.uid() as uid)));
create policy "people see whom they follow and who follows them" on public.user_follows
  for select to authenticated
  using (((( select auth.uid() as uid) = follower_id) or (( select auth.uid() as uid) = following_id)));
create policy "people stop following" on public.user_follows
  for delete to authenticated
  using ((follower_id = ( select auth.uid() as uid)));
grant delete, insert (follower_id, following_id), select on public.user_follows to authenticated;

create view public.users
with (security_invoker=true) as
 select id, email, full_name, display_name, avatar_url, role, last_sign_in, banned_until, metadata,
    created_at, updated_at
   from public.user_profiles;
grant select on public.users to authenticated;
grant select on public.users to loam_auth;

grant execute on function loam.is_admin() to authenticated;
grant execute on function loam.has_accounts() to loam_auth;
grant execute on function loam.give_role(uuid,text) to loam_auth;

-- ==================== ai-usage

create table public.usage_logs (
  id uuid default gen_random_uuid() not null,
  created_at timestamptz default now() not null,
  user_id uuid,
  organization_id uuid,
  tenant_id uuid generated always as (coalesce(organization_id, user_id)) stored,
  api_key_id uuid,
  conversation_id uuid,
  message_id uuid,
  prompt_version_id uuid,
  request_id text not null,
  action text not null,
  provider text not null,
  model text not null,
  model_version text,
  input_tokens bigint default 0 not null,
  output_tokens bigint default 0 not null,
  cached_tokens bigint default 0 not null,
  cache_write_tokens bigint default 0 not null,
  reasoning_tokens bigint default 0 not null,
  tokens_used bigint generated always as ((input_tokens + output_tokens)) stored,
  cost_usd numeric(24,15),
  estimated boolean default false not null,
  stream boolean default false not null,
  latency_ms integer not null,
  time_to_first_token_ms integer,
  status text not null,
  error_code text,
  error_message text,
  metadata jsonb default '{}'::jsonb not null,
  constraint usage_logs_pkey primary key (created_at, id),
  constraint usage_logs_action_check check ((char_length(action) >= 1) and (char_length(action) <= 50)),
  constraint usage_logs_cache_write_tokens_check check (cache_write_tokens >= 0),
  constraint usage_logs_cached_tokens_check check (cached_tokens >= 0),
  constraint usage_logs_cost_usd_check check (cost_usd >= (0)::numeric),
  constraint usage_logs_input_tokens_check check (input_tokens >= 0),
  constraint usage_logs_latency_ms_check check (latency_ms >= 0),
  constraint usage_logs_output_tokens_check check (output_tokens >= 0),
  constraint usage_logs_reasoning_tokens_check check (reasoning_tokens >= 0),
  constraint usage_logs_status_check check (status = any (array['completed', 'failed', 'stopped', 'abandoned'])),
  constraint usage_logs_time_to_first_token_ms_check check (time_to_first_token_ms >= 0)
) partition by range (created_at);
create index usage_logs_message_id_idx on only public.usage_logs using btree (message_id) where (message_id is not null);
create index usage_logs_tenant_id_idx on only public.usage_logs using btree (tenant_id, created_at desc) where (organization_id is not null);
create index usage_logs_user_id_idx on only public.usage_logs using btree (user_id, created_at desc);
alter table public.usage_logs enable row level security;

create function loam.forget_usage()
returns trigger
language plpgsql security definer
set search_path = ''
as $$
begin
  update public.usage_logs set user_id = null where user_id = old.id;
  return null;
end
$$;

create trigger loam_forget_usage after delete on public.user_profiles for each row execute function loam.forget_usage();

create policy "ledger reads calls" on public.usage_logs
  for select to loam_ledger
  using (true);
create policy "ledger writes calls" on public.usage_logs
  for insert to loam_ledger
  with check (true);
create policy "people see what they used" on public.usage_logs
  for select to authenticated
  using ((user_id = ( select auth.uid() as uid)));
grant select on public.usage_logs to authenticated;
grant insert, select on public.usage_logs to loam_ledger;

create view public.model_metrics
with (security_invoker=true) as
 select id, (provider || '/') || model as model_name, created_at as "timestamp", latency_ms,
    input_tokens as tokens_input, output_tokens as tokens_output,
    status = any (array['completed', 'stopped', 'abandoned']) as success,
    error_message
   from public.usage_logs;
grant select on public.model_metrics to authenticated;

-- ==================== chat

create table public.conversations (
  id uuid default gen_random_uuid() not null,
  user_id uuid not null,
  organization_id uuid,
  tenant_id uuid generated always as (coalesce(organization_id, user_id)) stored,
  title text,
  model_provider text,
  model_name text,
  temperature numeric(3,2),
  max_tokens integer,
  system_prompt text,
  document_chat boolean default true not null,
  image_generation boolean default false not null,
  web_search boolean default false not null,
  message_count integer default 0 not null,
  total_tokens_used bigint default 0 not null,
  total_cost_usd numeric(20,10) default 0 not null,
  pinned boolean default false not null,
  archived boolean default false not null,
  metadata jsonb default '{}'::jsonb not null,
  last_message_at timestamptz,
  created_at timestamptz default now() not null,
  updated_at timestamptz default now() not null,
  deleted_at timestamptz,
  constraint conversations_pkey primary key (id),
  constraint conversations_max_tokens_check check (max_tokens > 0),
  constraint conversations_system_prompt_check check (char_length(system_prompt) <= 100000),
  constraint conversations_temperature_check check ((temperature >= (0)::numeric) and (temperature <= (2)::numeric)),
  constraint conversations_title_check check (char_length(title) <= 500),
  constraint conversations_user_id_fkey foreign key (user_id) references public.user_profiles(id) on delete cascade
);
create index conversations_deleted_at_idx on public.conversations using btree (deleted_at) where (deleted_at is not null);
create index conversations_recent_idx on public.conversations using btree (user_id, coalesce(last_message_at, created_at) desc, id desc) where (deleted_at is null);
create index conversations_tenant_id_idx on public.conversations using btree (tenant_id);
create index conversations_user_id_idx on public.conversations using btree (user_id, created_at desc);
alter table public.conversations enable row level security;

create table public.conversation_participants (
  conversation_id uuid not null,
  user_id uuid not null,
  role text default 'member' not null,
  shared boolean default false not null,
  active_message_id uuid,
  last_read_at timestamptz,
  created_at timestamptz default now() not null,
  updated_at timestamptz default now() not null,
  constraint conversation_participants_pkey primary key (conversation_id, user_id),
  constraint conversation_participants_role_check check (role = any (array['owner', 'member'])),
  constraint conversation_participants_conversation_id_fkey foreign key (conversation_id) references public.conversations(id) on delete cascade,
  constraint conversation_participants_user_id_fkey foreign key (user_id) references public.user_profiles(id) on delete cascade
);
create index conversation_participants_active_idx on public.conversation_participants using btree (conversation_id, active_message_id);
create index conversation_participants_shared_idx on public.conversation_participants using btree (user_id, conversation_id) where shared;
create index conversation_participants_user_id_idx on public.conversation_participants using btree (user_id);
alter table public.conversation_participants enable row level security;

create table public.messages (
  id uuid default gen_random_uuid() not null,
  conversation_id uuid not null,
  user_id uuid not null,
  parent_id uuid,
  reply_to_id uuid,
  seq bigint generated always as identity not null,
  role text not null,
  content text default '' not null,
  reasoning text,
  provider text,
  model text,
  model_used text,
  tokens_used bigint generated always as ((coalesce(input_tokens, (0)::bigint) + coalesce(output_tokens, (0)::bigint))) stored,
  input_tokens bigint,
  output_tokens bigint,
  cost_usd numeric(20,10),
  tool_calls jsonb default '[]'::jsonb not null,
  attachments jsonb default '[]'::jsonb not null,
  status text default 'completed' not null,
  error jsonb,
  metadata jsonb default '{}'::jsonb not null,
  created_at timestamptz default now() not null,
  updated_at timestamptz default now() not null,
  deleted_at timestamptz,
  content_search tsvector generated always as (to_tsvector('simple'::regconfig, loam.parseable("left"(content, 100000)))) stored,
  constraint messages_pkey primary key (id),
  constraint messages_conversation_id_id_key unique (conversation_id, id),
  constraint messages_content_check check (octet_length(content) <= 2000000),
  constraint messages_role_check check (role = any (array['user', 'assistant', 'system', 'tool'])),
  constraint messages_status_check check (status = any (array['pending', 'streaming', 'completed', 'stopped', 'failed'])),
  constraint messages_conversation_id_fkey foreign key (conversation_id) references public.conversations(id) on delete cascade,
  constraint messages_conversation_id_parent_id_fkey foreign key (conversation_id, parent_id) references public.messages(conversation_id, id) on delete cascade,
  constraint messages_conversation_id_reply_to_id_fkey foreign key (conversation_id, reply_to_id) references public.messages(conversation_id, id) on delete set null (reply_to_id),
  constraint messages_user_id_fkey foreign key (user_id) references public.user_profiles(id) on delete cascade
);
create index messages_content_search_idx on public.messages using gin (content_search);
create index messages_conversation_id_idx on public.messages using btree (conversation_id, created_at, seq);
create index messages_parent_id_idx on public.messages using btree (conversation_id, parent_id, created_at, seq);
create index messages_reply_to_id_idx on public.messages using btree (conversation_id, reply_to_id) where (reply_to_id is not null);
create index messages_unfinished_idx on public.messages using btree (created_at) where (status = any (array['pending', 'streaming']));
create index messages_user_id_idx on public.messages using btree (user_id, created_at desc);
alter table public.messages enable row level security;

create table public.answer_leases (
  message_id uuid not null,
  user_id uuid not null,
  owner_id uuid not null,
  heartbeat_at timestamptz default now() not null,
  stop_requested_at timestamptz,
  constraint answer_leases_pkey primary key (message_id),
  constraint answer_leases_message_id_fkey foreign key (message_id) references public.messages(id) on delete cascade,
  constraint answer_leases_user_id_fkey foreign key (user_id) references public.user_profiles(id) on delete cascade
);
create index answer_leases_heartbeat_at_idx on public.answer_leases using btree (heartbeat_at);
create index answer_leases_user_id_idx on public.answer_leases using btree (user_id);
alter table public.answer_leases enable row level security;

create table public.stream_chunks (
  message_id uuid not null,
  seq integer not null,
  user_id uuid not null,
  events jsonb not null,
  created_at timestamptz default now() not null,
  constraint stream_chunks_pkey primary key (message_id, seq),
  constraint stream_chunks_message_id_fkey foreign key (message_id) references public.messages(id) on delete cascade,
  constraint stream_chunks_user_id_fkey foreign key (user_id) references public.user_profiles(id) on delete cascade
);
create index stream_chunks_created_at_idx on public.stream_chunks using btree (created_at);
create index stream_chunks_user_id_idx on public.stream_chunks using btree (user_id);
alter table public.stream_chunks enable row level security;

create table public.message_citations (
  message_id uuid not null,
  "position" integer not null,
  user_id uuid not null,
  document_id uuid not null,
  chunk_id uuid,
  document_name text not null,
  page_index integer default 0 not null,
  page_number integer,
  heading text,
  start_offset integer not null,
  end_offset integer not null,
  passage text not null,
  metadata jsonb default '{}'::jsonb not null,
  created_at timestamptz default now() not null,
  constraint message_citations_pkey primary key (message_id, "position"),
  constraint message_citations_check check (end_offset >= start_offset),
  constraint message_citations_page_index_check check (page_index >= 0),
  constraint message_citations_position_check check ("position" > 0),
  constraint message_citations_message_id_fkey foreign key (message_id) references public.messages(id) on delete cascade,
  constraint message_citations_user_id_fkey foreign key (user_id) references public.user_profiles(id) on delete cascade
);
create index message_citations_document_id_idx on public.message_citations using btree (document_id);
create index message_citations_user_id_idx on public.message_citations using btree (user_id);
alter table public.message_citations enable row level security;

create table public.conversation_collections (
  conversation_id uuid not null,
  collection_id uuid not null,
  created_at timestamptz default now() not null,
  constraint conversation_collections_pkey primary key (conversation_id, collection_id),
  constraint conversation_collections_conversation_id_fkey foreign key (conversation_id) references public.conversations(id) on delete cascade
);
create index conversation_collections_collection_id_idx on public.conversation_collections using btree (collection_id);
alter table public.conversation_collections enable row level security;

create table public.message_reactions (
  message_id uuid not null,
  user_id uuid not null,
  reaction text not null,
  created_at timestamptz default now() not null,
  constraint message_reactions_pkey primary key (message_id, user_id, reaction),
  constraint message_reactions_reaction_check check ((char_length(reaction) >= 1) and (char_length(reaction) <= 32)),
  constraint message_reactions_message_id_fkey foreign key (message_id) references public.messages(id) on delete cascade,
  constraint message_reactions_user_id_fkey foreign key (user_id) references public.user_profiles(id) on delete cascade
);
create index message_reactions_user_id_idx on public.message_reactions using btree (user_id);
alter table public.message_reactions enable row level security;

create table public.message_feedback (
  message_id uuid not null,
  user_id uuid not null,
  rating text not null,
  comment text,
  created_at timestamptz default now() not null,
  updated_at timestamptz default now() not null,
  constraint message_feedback_pkey primary key (message_id, user_id),
  constraint message_feedback_comment_check check (char_length(comment) <= 2000),
  constraint message_feedback_rating_check check (rating = any (array['up', 'down'])),
  constraint message_feedback_message_id_fkey foreign key (message_id) references public.messages(id) on delete cascade,
  constraint message_feedback_user_id_fkey foreign key (user_id) references public.user_profiles(id) on delete cascade
);
create index message_feedback_user_id_idx on public.message_feedback using btree (user_id);
alter table public.message_feedback enable row level security;

create table public.typing_indicators (
  conversation_id uuid not null,
  user_id uuid not null,
  started_at timestamptz default now() not null,
  expires_at timestamptz default (now() + '00:00:10'::interval) not null,
  constraint typing_indicators_pkey primary key (conversation_id, user_id),
  constraint typing_indicators_conversation_id_fkey foreign key (conversation_id) references public.conversations(id) on delete cascade,
  constraint typing_indicators_user_id_fkey foreign key (user_id) references public.user_profiles(id) on delete cascade
);
create index typing_indicators_expires_at_idx on public.typing_indicators using btree (expires_at);
create index typing_indicators_user_id_idx on public.typing_indicators using btree (user_id);
alter table public.typing_indicators enable row level security;

create table public.system_prompt_templates (
  id uuid default gen_random_uuid() not null,
  user_id uuid,
  organization_id uuid,
  tenant_id uuid generated always as (coalesce(organization_id, user_id)) stored,
  name text not null,
  description text,
  content text not null,
  category text,
  is_public boolean default false not null,
  metadata jsonb default '{}'::jsonb not null,
  created_at timestamptz default now() not null,
  updated_at timestamptz default now() not null,
  deleted_at timestamptz,
  constraint system_prompt_templates_pkey primary key (id),
  constraint system_prompt_templates_content_check check (char_length(content) <= 100000),
  constraint system_prompt_templates_name_check check ((char_length(name) >= 1) and (char_length(name) <= 200)),
  constraint system_prompt_templates_user_id_fkey foreign key (user_id) references public.user_profiles(id) on delete cascade
);
create index system_prompt_templates_public_idx on public.system_prompt_templates using btree (category) where (is_public and (deleted_at is null));
create index system_prompt_templates_tenant_id_idx on public.system_prompt_templates using btree (tenant_id);
create index system_prompt_templates_user_id_idx on public.system_prompt_templates using btree (user_id);
alter table public.system_prompt_templates enable row level security;

create table public.message_embeddings (
  message_id uuid not null,
  model text not null,
  user_id uuid not null,
  organization_id uuid,
  tenant_id uuid generated always as (coalesce(organization_id, user_id)) stored,
  dimensions integer not null,
  embedding extensions.vector not null,
  created_at timestamptz default now() not null,
  constraint message_embeddings_pkey primary key (message_id, model),
  constraint message_embeddings_message_id_fkey foreign key (message_id) references public.messages(id) on delete cascade,
  constraint message_embeddings_user_id_fkey foreign key (user_id) references public.user_profiles(id) on delete cascade
);
create index message_embeddings_tenant_id_idx on public.message_embeddings using btree (tenant_id, model);
create index message_embeddings_user_id_idx on public.message_embeddings using btree (user_id);
alter table public.message_embeddings enable row level security;

create function loam.my_shared_conversation_ids()
returns setof uuid
language sql stable security definer
set search_path = ''
as $$
  select conversation_id
  from public.conversation_participants
  where user_id = (select auth.uid()) and shared
$$;

create function loam.may_read_conversation(wanted uuid)
returns boolean
language sql stable security definer
set search_path = ''
as $$
  select exists (
    select from public.conversation_participants
    where conversation_id = wanted and user_id = (select auth.uid())
  )
$$;

create function loam.owns_conversation(wanted uuid)
returns boolean
language sql stable security definer
set search_path = ''
as $$
  select exists (
    select from public.conversations
    where id = wanted and user_id = (select auth.uid())
  )
$$;

create function loam.may_read_message(wanted uuid)
returns boolean
language sql stable security definer
set search_path = ''
as $$
  select exists (
    select from public.messages as m
    join public.conversation_participants as p using (conversation_id)
    where m.id = wanted and p.user_id = (select auth.uid())
  )
$$;

create function loam.add_owner_participant()
returns trigger
language plpgsql security definer
set search_path = ''
as $$
begin
  insert into public.conversation_participants (conversation_id, user_id, role)
  values (new.id, new.user_id, 'owner');
  return null;
end
$$;

create function loam.mark_shared_participants()
returns trigger
language plpgsql security definer
set search_path = ''
as $$
declare
  touched uuid := coalesce(new.conversation_id, old.conversation_id);
  is_shared boolean := (select count(*) > 1 from public.conversation_participants where conversation_id = touched);
begin
  update public.conversation_participants
  set shared = is_shared
  where conversation_id = touched and shared is distinct from is_shared;
  return null;
end
$$;

create function loam.count_message()
returns trigger
language plpgsql security definer
set search_path = ''
as $$
begin
  update public.conversations
  set message_count = message_count + 1, last_message_at = new.created_at
  where id = new.conversation_id;
  update public.conversation_participants
  set active_message_id = new.id, last_read_at = new.created_at
  where conversation_id = new.conversation_id and user_id = new.user_id;
  return null;
end
$$;

create function loam.begin_answer(answer_id uuid, parent uuid, answer_provider text, answer_model text, lease_owner uuid, most_running integer default 8)
returns uuid
language plpgsql security definer
set search_path = ''
as $$
declare
  asked public.messages;
begin
  select m.* into asked
  from public.messages as m
  join public.conversation_participants as p
    on p.conversation_id = m.conversation_id and p.user_id = (select auth.uid())
  where m.id = parent and m.user_id = (select auth.uid()) and m.role = 'user';
  if not found then
    raise exception 'the message to answer is not there' using errcode = 'no_data_found';
  end if;
  -- Who asks twice at the same moment waits here, or both would find room for one more.
  perform pg_advisory_xact_lock(hashtextextended('loam.answers.' || asked.user_id, 0));
  if (select count(*) from public.answer_leases where user_id = asked.user_id) >= most_running then
    raise exception 'too many answers are running' using errcode = 'object_in_use';
  end if;
  insert into public.messages (id, conversation_id, user_id, parent_id, role, provider, model, status, created_at)
  values (answer_id, asked.conversation_id, asked.user_id, asked.id, 'assistant', answer_provider, answer_model, 'pending', clock_timestamp());
  insert into public.answer_leases (message_id, user_id, owner_id) values (answer_id, asked.user_id, lease_owner);
  return answer_id;
end
$$;

create function loam.request_stop(answer_id uuid)
returns boolean
language plpgsql security definer
set search_path = ''
as $$
begin
  update public.answer_leases set stop_requested_at = now()
  where message_id = answer_id and user_id = (select auth.uid());
  if not found then
    return false;
  end if;
  perform pg_notify('loam_stops', answer_id::text);
  return true;
end
$$;

create function loam.fail_abandoned_answers(silent_for interval)
returns setof uuid
language plpgsql security definer
set search_path = ''
as $$
declare
  dead uuid;
begin
  for dead in
    select message_id from public.answer_leases
    where heartbeat_at < now() - silent_for
    order by message_id
    for update skip locked
  loop
    update public.messages as m
    set
      status = 'failed',
      content = coalesce((
        -- Never more than a message may hold: one that could not be ended would keep all others from it.
        select left(string_agg(event ->> 'delta', '' order by c.seq, e.place), 500000)
        from public.stream_chunks as c
        cross join lateral jsonb_array_elements(c.events) with ordinality as e (event, place)
        where c.message_id = dead and event ->> 'type' = 'text-delta'
      ), ''),
      error = jsonb_build_object(
        'code', 'answer_abandoned',
        'message', 'The server stopped while it was answering.',
        'hint', 'Try again; what had arrived is kept.'
      )
    where m.id = dead and m.status in ('pending', 'streaming');
    delete from public.answer_leases where message_id = dead;
    perform pg_notify('loam_answers', dead::text || ':end');
    return next dead;
  end loop;
end
$$;

create function loam.message_path(leaf uuid, page integer)
returns table(id uuid, depth integer)
language sql stable
set search_path = ''
as $$
  with recursive path as (
    select m.id, m.parent_id, 1 as depth
    from public.messages as m
    where m.id = leaf
    union all
    select m.id, m.parent_id, path.depth + 1
    from path
    join public.messages as m on m.id = path.parent_id
    where path.depth < page
  )
  select path.id, path.depth from path
$$;

create function loam.latest_leaf(top uuid)
returns uuid
language sql stable
set search_path = ''
as $$
  with recursive descent as (
    select m.id, m.conversation_id
    from public.messages as m
    where m.id = top
    union all
    select child.id, child.conversation_id
    from descent
    cross join lateral (
      select m.id, m.conversation_id
      from public.messages as m
      where m.conversation_id = descent.conversation_id and m.parent_id = descent.id
      order by m.created_at desc, m.seq desc
      limit 1
    ) as child
  )
  select descent.id
  from descent
  where not exists (
    select from public.messages as m
    where m.conversation_id = descent.conversation_id and m.parent_id = descent.id
  )
$$;

create function loam.notify_conversation()
returns trigger
language plpgsql security definer
set search_path = ''
as $$
declare
  recipients uuid[];
begin
  select coalesce(array_agg(user_id), array[coalesce(new.user_id, old.user_id)]) into recipients
  from public.conversation_participants
  where conversation_id = coalesce(new.id, old.id);
  perform loam.notify_change('conversations', coalesce(new.id, old.id), lower(tg_op), recipients);
  return null;
end
$$;

create function loam.notify_message()
returns trigger
language plpgsql security definer
set search_path = ''
as $$
begin
  perform loam.notify_change(
    'messages', new.id, lower(tg_op),
    (select array_agg(user_id) from public.conversation_participants where conversation_id = new.conversation_id)
  );
  return null;
end
$$;

create trigger conversations_add_owner after insert on public.conversations for each row execute function loam.add_owner_participant();
create trigger conversations_notify after insert or delete or update of title, pinned, archived, model_provider, model_name, document_chat, message_count, deleted_at on public.conversations for each row execute function loam.notify_conversation();
create trigger conversations_touch before update on public.conversations for each row execute function loam.touch_updated_at();
create policy "answers: read conversations" on public.conversations
  for select to loam_answer
  using (true);
create policy "answers: titles and totals" on public.conversations
  for update to loam_answer
  using (true)
  with check (true);
create policy "maintenance: purge conversations" on public.conversations
  for all to loam_maintenance
  using ((deleted_at is not null));
create policy "people change their own conversations" on public.conversations
  for update to authenticated
  using ((user_id = ( select auth.uid() as uid)))
  with check ((user_id = ( select auth.uid() as uid)));
create policy "people read conversations they take part in" on public.conversations
  for select to authenticated
  using (((user_id = ( select auth.uid() as uid)) or (id = any (array( select loam.my_shared_conversation_ids() as my_shared_conversation_ids)))));
create policy "people remove their own conversations" on public.conversations
  for delete to authenticated
  using ((user_id = ( select auth.uid() as uid)));
create policy "people start their own conversations" on public.conversations
  for insert to authenticated
  with check (((user_id = ( select auth.uid() as uid)) and (organization_id is null)));
grant delete, insert (id, user_id, organization_id, title, model_provider, model_name, temperature, max_tokens, system_prompt, document_chat, image_generation, web_search, pinned, archived, metadata), select, update (title, model_provider, model_name, temperature, max_tokens, system_prompt, document_chat, image_generation, web_search, pinned, archived, metadata, deleted_at) on public.conversations to authenticated;
grant select (id, user_id, title, total_tokens_used, total_cost_usd, deleted_at), update (title, total_tokens_used, total_cost_usd) on public.conversations to loam_answer;
grant delete, select (id, user_id, deleted_at) on public.conversations to loam_maintenance;

create trigger conversation_participants_shared after insert or delete on public.conversation_participants for each row execute function loam.mark_shared_participants();
create trigger conversation_participants_touch before update on public.conversation_participants for each row execute function loam.touch_updated_at();
create policy "owners remove members, members leave" on public.conversation_participants
  for delete to authenticated
  using (((role = 'member') and ((user_id = ( select auth.uid() as uid)) or loam.owns_conversation(conversation_id))));
create policy "people keep their own place" on public.conversation_participants
  for update to authenticated
  using ((user_id = ( select auth.uid() as uid)))
  with check ((user_id = ( select auth.uid() as uid)));
create policy "people see who takes part with them" on public.conversation_participants
  for select to authenticated
  using (((user_id = ( select auth.uid() as uid)) or (conversation_id = any (array( select loam.my_shared_conversation_ids() as my_shared_conversation_ids)))));
grant delete, select, update (active_message_id, last_read_at) on public.conversation_participants to authenticated;

create trigger messages_count after insert on public.messages for each row execute function loam.count_message();
create trigger messages_notify after update of status on public.messages for each row when ((old.status is distinct from new.status)) execute function loam.notify_message();
create trigger messages_touch before update on public.messages for each row execute function loam.touch_updated_at();
create policy "answers: read messages" on public.messages
  for select to loam_answer
  using (true);
create policy "answers: write answers only" on public.messages
  for update to loam_answer
  using ((role = 'assistant'))
  with check ((role = 'assistant'));
create policy "people read messages of their conversations" on public.messages
  for select to authenticated
  using ((((user_id = ( select auth.uid() as uid)) and loam.may_read_conversation(conversation_id)) or (conversation_id = any (array( select loam.my_shared_conversation_ids() as my_shared_conversation_ids)))));
create policy "people write their own questions" on public.messages
  for insert to authenticated
  with check (((user_id = ( select auth.uid() as uid)) and (role = 'user') and loam.may_read_conversation(conversation_id)));
grant insert (id, conversation_id, user_id, parent_id, reply_to_id, role, content, attachments, metadata), select on public.messages to authenticated;
grant select, update (content, reasoning, provider, model, model_used, input_tokens, output_tokens, cost_usd, tool_calls, status, error, metadata) on public.messages to loam_answer;

create policy "answers: leases" on public.answer_leases
  for all to loam_answer
  using (true)
  with check (true);
create policy "maintenance: running answers" on public.answer_leases
  for select to loam_maintenance
  using (true);
create policy "people see their running answers" on public.answer_leases
  for select to authenticated
  using ((user_id = ( select auth.uid() as uid)));
grant select on public.answer_leases to authenticated;
grant delete, insert, select, update on public.answer_leases to loam_answer;
grant select (message_id, heartbeat_at) on public.answer_leases to loam_maintenance;

create policy "answers: pieces" on public.stream_chunks
  for all to loam_answer
  using (true)
  with check (true);
create policy "maintenance: purge pieces" on public.stream_chunks
  for all to loam_maintenance
  using (true);
create policy "people read pieces of answers they may read" on public.stream_chunks
  for select to authenticated
  using (((user_id = ( select auth.uid() as uid)) or loam.may_read_message(message_id)));
grant select on public.stream_chunks to authenticated;
grant delete, insert, select, update on public.stream_chunks to loam_answer;
grant delete, select (message_id, seq, created_at) on public.stream_chunks to loam_maintenance;

create policy "answers: citations" on public.message_citations
  for all to loam_answer
  using (true)
  with check (true);
create policy "people read citations of answers they may read" on public.message_citations
  for select to authenticated
  using (((user_id = ( select auth.uid() as uid)) or loam.may_read_message(message_id)));
grant select on public.message_citations to authenticated;
grant delete, insert, select, update on public.message_citations to loam_answer;

create policy "owners choose collections" on public.conversation_collections
  for insert to authenticated
  with check (loam.owns_conversation(conversation_id));
create policy "owners drop collections" on public.conversation_collections
  for delete to authenticated
  using (loam.owns_conversation(conversation_id));
create policy "people see which collections a conversation uses" on public.conversation_collections
  for select to authenticated
  using (loam.may_read_conversation(conversation_id));
grant delete, insert, select on public.conversation_collections to authenticated;

create policy "people react" on public.message_reactions
  for insert to authenticated
  with check (((user_id = ( select auth.uid() as uid)) and loam.may_read_message(message_id)));
create policy "people see reactions to messages they may read" on public.message_reactions
  for select to authenticated
  using (((user_id = ( select auth.uid() as uid)) or loam.may_read_message(message_id)));
create policy "people take reactions back" on public.message_reactions
  for delete to authenticated
  using ((user_id = ( select auth.uid() as uid)));
grant delete, insert, select on public.message_reactions to authenticated;

create trigger message_feedback_touch before update on public.message_feedback for each row execute function loam.touch_updated_at();
create policy "people change their feedback" on public.message_feedback
  for update to authenticated
  using ((user_id = ( select auth.uid() as uid)))
  with check ((user_id = ( select auth.uid() as uid)));
create policy "people rate answers they may read" on public.message_feedback
  for insert to authenticated
  with check (((user_id = ( select auth.uid() as uid)) and loam.may_read_message(message_id)));
create policy "people see their feedback" on public.message_feedback
  for select to authenticated
  using ((user_id = ( select auth.uid() as uid)));
create policy "people take feedback back" on public.message_feedback
  for delete to authenticated
  using ((user_id = ( select auth.uid() as uid)));
grant delete, insert, select, update (rating, comment) on public.message_feedback to authenticated;

create policy "maintenance: purge typing" on public.typing_indicators
  for all to loam_maintenance
  using (true);
create policy "people go on typing" on public.typing_indicators
  for update to authenticated
  using ((user_id = ( select auth.uid() as uid)))
  with check ((user_id = ( select auth.uid() as uid)));
create policy "people see who is typing with them" on public.typing_indicators
  for select to authenticated
  using (loam.may_read_conversation(conversation_id));
create policy "people stop typing" on public.typing_indicators
  for delete to authenticated
  using ((user_id = ( select auth.uid() as uid)));
create policy "people type" on public.typing_indicators
  for insert to authenticated
  with check (((user_id = ( select auth.uid() as uid)) and loam.may_read_conversation(conversation_id)));
grant delete, insert, select, update (started_at, expires_at) on public.typing_indicators to authenticated;
grant delete, select (conversation_id, user_id, expires_at) on public.typing_indicators to loam_maintenance;

create trigger system_prompt_templates_touch before update on public.system_prompt_templates for each row execute function loam.touch_updated_at();
create policy "people change their own templates" on public.system_prompt_templates
  for update to authenticated
  using ((user_id = ( select auth.uid() as uid)))
  with check ((user_id = ( select auth.uid() as uid)));
create policy "people read their own and public templates" on public.system_prompt_templates
  for select to authenticated
  using (((user_id = ( select auth.uid() as uid)) or is_public));
create policy "people remove their own templates" on public.system_prompt_templates
  for delete to authenticated
  using ((user_id = ( select auth.uid() as uid)));
create policy "people write their own templates" on public.system_prompt_templates
  for insert to authenticated
  with check ((user_id = ( select auth.uid() as uid)));
grant delete, insert (id, user_id, name, description, content, category, is_public, metadata), select, update (name, description, content, category, is_public, metadata, deleted_at) on public.system_prompt_templates to authenticated;

create policy "ingest writes embeddings" on public.message_embeddings
  for all to loam_ingest
  using (true)
  with check (true);
create policy "people read embeddings of messages they may read" on public.message_embeddings
  for select to authenticated
  using (((user_id = ( select auth.uid() as uid)) or loam.may_read_message(message_id)));
grant select on public.message_embeddings to authenticated;
grant delete, insert, select, update on public.message_embeddings to loam_ingest;

grant execute on function loam.my_shared_conversation_ids() to authenticated;
grant execute on function loam.may_read_conversation(uuid) to authenticated;
grant execute on function loam.owns_conversation(uuid) to authenticated;
grant execute on function loam.may_read_message(uuid) to authenticated;
grant execute on function loam.begin_answer(uuid,uuid,text,text,uuid,integer) to authenticated;
grant execute on function loam.request_stop(uuid) to authenticated;
grant execute on function loam.fail_abandoned_answers(interval) to loam_answer;
grant execute on function loam.message_path(uuid,integer) to authenticated;
grant execute on function loam.message_path(uuid,integer) to loam_answer;
grant execute on function loam.latest_leaf(uuid) to authenticated;

-- ==================== models

create table public.model_providers (
  id uuid default gen_random_uuid() not null,
  organization_id uuid,
  name text not null,
  display_name text not null,
  kind text not null,
  base_url text,
  enabled boolean default true not null,
  settings jsonb default '{}'::jsonb not null,
  created_at timestamptz default now() not null,
  updated_at timestamptz default now() not null,
  deleted_at timestamptz,
  constraint model_providers_pkey primary key (id),
  constraint model_providers_base_url_check check (base_url ~ '^https?://'),
  constraint model_providers_display_name_check check ((char_length(display_name) >= 1) and (char_length(display_name) <= 200)),
  constraint model_providers_kind_check check ((char_length(kind) >= 1) and (char_length(kind) <= 50)),
  constraint model_providers_name_check check (name ~ '^[a-z0-9][a-z0-9_-]{0,62}$')
);
create unique index model_providers_name_key on public.model_providers using btree (name) where ((organization_id is null) and (deleted_at is null));
create unique index model_providers_organization_name_key on public.model_providers using btree (organization_id, name) where ((organization_id is not null) and (deleted_at is null));
alter table public.model_providers enable row level security;

create table public.provider_keys (
  id uuid default gen_random_uuid() not null,
  provider_id uuid not null,
  name text not null,
  key_sealed text not null,
  key_hint text not null,
  weight integer default 1 not null,
  enabled boolean default true not null,
  expires_at timestamptz,
  last_used_at timestamptz,
  last_error_code text,
  created_by uuid,
  created_at timestamptz default now() not null,
  updated_at timestamptz default now() not null,
  constraint provider_keys_pkey primary key (id),
  constraint provider_keys_key_hint_check check (char_length(key_hint) <= 8),
  constraint provider_keys_name_check check ((char_length(name) >= 1) and (char_length(name) <= 100)),
  constraint provider_keys_weight_check check (weight >= 0),
  constraint provider_keys_created_by_fkey foreign key (created_by) references public.user_profiles(id) on delete set null,
  constraint provider_keys_provider_id_fkey foreign key (provider_id) references public.model_providers(id) on delete cascade
);
create index provider_keys_created_by_idx on public.provider_keys using btree (created_by);
create index provider_keys_provider_id_idx on public.provider_keys using btree (provider_id);
alter table public.provider_keys enable row level security;

create table public.models (
  id uuid default gen_random_uuid() not null,
  provider_id uuid not null,
  name text not null,
  version text default '' not null,
  display_name text,
  kind text default 'chat' not null,
  context_window integer,
  max_output_tokens integer,
  embedding_dimensions integer,
  capabilities text[] default '{}'::text[] not null,
  model_card jsonb default '{}'::jsonb not null,
  status text default 'active' not null,
  deprecated_at timestamptz,
  retired_at timestamptz,
  metadata jsonb default '{}'::jsonb not null,
  created_at timestamptz default now() not null,
  updated_at timestamptz default now() not null,
  constraint models_pkey primary key (id),
  constraint models_provider_id_name_version_key unique (provider_id, name, version),
  constraint models_context_window_check check (context_window > 0),
  constraint models_embedding_dimensions_check check (embedding_dimensions > 0),
  constraint models_kind_check check (kind = any (array['chat', 'embedding', 'image', 'audio', 'moderation', 'other'])),
  constraint models_max_output_tokens_check check (max_output_tokens > 0),
  constraint models_name_check check ((char_length(name) >= 1) and (char_length(name) <= 200)),
  constraint models_status_check check (status = any (array['active', 'preview', 'deprecated', 'retired'])),
  constraint models_version_check check (char_length(version) <= 100),
  constraint models_provider_id_fkey foreign key (provider_id) references public.model_providers(id) on delete cascade
);
alter table public.models enable row level security;

create table public.model_pricing (
  id uuid default gen_random_uuid() not null,
  organization_id uuid,
  provider text not null,
  model text not null,
  input_price_per_million numeric(20,9) not null,
  output_price_per_million numeric(20,9) not null,
  cached_input_price_per_million numeric(20,9),
  cache_write_price_per_million numeric(20,9),
  price_per_call numeric(20,9),
  valid_from timestamptz default now() not null,
  valid_to timestamptz,
  source text,
  created_at timestamptz default now() not null,
  updated_at timestamptz default now() not null,
  constraint model_pricing_pkey primary key (id),
  constraint model_pricing_cache_write_price_per_million_check check (cache_write_price_per_million >= (0)::numeric),
  constraint model_pricing_cached_input_price_per_million_check check (cached_input_price_per_million >= (0)::numeric),
  constraint model_pricing_check check ((valid_to is null) or (valid_to > valid_from)),
  constraint model_pricing_input_price_per_million_check check (input_price_per_million >= (0)::numeric),
  constraint model_pricing_output_price_per_million_check check (output_price_per_million >= (0)::numeric),
  constraint model_pricing_price_per_call_check check (price_per_call >= (0)::numeric)
);
create index model_pricing_organization_id_idx on public.model_pricing using btree (organization_id, provider, model) where (organization_id is not null);
create unique index model_pricing_start_key on public.model_pricing using btree (provider, model, valid_from) where (organization_id is null);
alter table public.model_pricing enable row level security;

create table public.model_routes (
  id uuid default gen_random_uuid() not null,
  organization_id uuid,
  alias text not null,
  targets jsonb not null,
  fallbacks jsonb default '[]'::jsonb not null,
  settings jsonb default '{}'::jsonb not null,
  enabled boolean default true not null,
  created_at timestamptz default now() not null,
  updated_at timestamptz default now() not null,
  constraint model_routes_pkey primary key (id),
  constraint model_routes_alias_check check (alias ~ '^[a-z0-9][a-z0-9._-]{0,99}$'),
  constraint model_routes_fallbacks_check check (jsonb_typeof(fallbacks) = 'array'),
  constraint model_routes_targets_check check ((jsonb_typeof(targets) = 'array') and (jsonb_array_length(targets) > 0))
);
create unique index model_routes_alias_key on public.model_routes using btree (alias) where (organization_id is null);
create unique index model_routes_organization_alias_key on public.model_routes using btree (organization_id, alias) where (organization_id is not null);
alter table public.model_routes enable row level security;

create table public.experiments (
  id uuid default gen_random_uuid() not null,
  organization_id uuid,
  route_id uuid,
  name text not null,
  hypothesis text,
  kind text default 'ab' not null,
  variants jsonb not null,
  status text default 'draft' not null,
  started_at timestamptz,
  ended_at timestamptz,
  conclusion text,
  metadata jsonb default '{}'::jsonb not null,
  created_by uuid,
  created_at timestamptz default now() not null,
  updated_at timestamptz default now() not null,
  constraint experiments_pkey primary key (id),
  constraint experiments_kind_check check (kind = any (array['ab', 'canary', 'shadow'])),
  constraint experiments_name_check check ((char_length(name) >= 1) and (char_length(name) <= 200)),
  constraint experiments_status_check check (status = any (array['draft', 'running', 'stopped', 'completed'])),
  constraint experiments_variants_check check ((jsonb_typeof(variants) = 'array') and (jsonb_array_length(variants) > 0)),
  constraint experiments_created_by_fkey foreign key (created_by) references public.user_profiles(id) on delete set null,
  constraint experiments_route_id_fkey foreign key (route_id) references public.model_routes(id) on delete set null
);
create index experiments_created_by_idx on public.experiments using btree (created_by);
create index experiments_route_id_idx on public.experiments using btree (route_id);
alter table public.experiments enable row level security;

create table public.evaluations (
  id uuid default gen_random_uuid() not null,
  user_id uuid not null,
  organization_id uuid,
  tenant_id uuid generated always as (coalesce(organization_id, user_id)) stored,
  experiment_id uuid,
  name text not null,
  models text[] not null,
  cases jsonb default '[]'::jsonb not null,
  status text default 'pending' not null,
  started_at timestamptz,
  completed_at timestamptz,
  metadata jsonb default '{}'::jsonb not null,
  created_at timestamptz default now() not null,
  updated_at timestamptz default now() not null,
  deleted_at timestamptz,
  constraint evaluations_pkey primary key (id),
  constraint evaluations_cases_check check (jsonb_typeof(cases) = 'array'),
  constraint evaluations_models_check check (cardinality(models) > 0),
  constraint evaluations_name_check check ((char_length(name) >= 1) and (char_length(name) <= 200)),
  constraint evaluations_status_check check (status = any (array['pending', 'running', 'completed', 'failed', 'stopped'])),
  constraint evaluations_experiment_id_fkey foreign key (experiment_id) references public.experiments(id) on delete set null,
  constraint evaluations_user_id_fkey foreign key (user_id) references public.user_profiles(id) on delete cascade
);
create index evaluations_experiment_id_idx on public.evaluations using btree (experiment_id);
create index evaluations_tenant_id_idx on public.evaluations using btree (tenant_id, created_at desc);
create index evaluations_user_id_idx on public.evaluations using btree (user_id, created_at desc);
alter table public.evaluations enable row level security;

create table public.evaluation_results (
  id uuid default gen_random_uuid() not null,
  evaluation_id uuid not null,
  case_index integer not null,
  model text not null,
  output text,
  score double precision,
  passed boolean,
  tokens_used bigint default 0 not null,
  cost_usd numeric(24,15),
  latency_ms integer,
  error_code text,
  metadata jsonb default '{}'::jsonb not null,
  created_at timestamptz default now() not null,
  constraint evaluation_results_pkey primary key (id),
  constraint evaluation_results_evaluation_id_model_case_index_key unique (evaluation_id, model, case_index),
  constraint evaluation_results_case_index_check check (case_index >= 0),
  constraint evaluation_results_cost_usd_check check (cost_usd >= (0)::numeric),
  constraint evaluation_results_latency_ms_check check (latency_ms >= 0),
  constraint evaluation_results_tokens_used_check check (tokens_used >= 0),
  constraint evaluation_results_evaluation_id_fkey foreign key (evaluation_id) references public.evaluations(id) on delete cascade
);
alter table public.evaluation_results enable row level security;

create trigger model_providers_touch before update on public.model_providers for each row execute function loam.touch_updated_at();
create policy "administrators add providers" on public.model_providers
  for insert to authenticated
  with check (((organization_id is null) and ( select loam.is_admin() as is_admin)));
create policy "administrators change providers" on public.model_providers
  for update to authenticated
  using (((organization_id is null) and ( select loam.is_admin() as is_admin)))
  with check (((organization_id is null) and ( select loam.is_admin() as is_admin)));
create policy "administrators remove providers" on public.model_providers
  for delete to authenticated
  using (((organization_id is null) and ( select loam.is_admin() as is_admin)));
create policy "everybody signed in sees providers" on public.model_providers
  for select to authenticated
  using ((organization_id is null));
create policy "gateway reads providers" on public.model_providers
  for select to loam_ledger
  using (true);
grant delete, insert, select, update on public.model_providers to authenticated;
grant select on public.model_providers to loam_ledger;

create trigger provider_keys_touch before update on public.provider_keys for each row execute function loam.touch_updated_at();
create policy "administrators remove keys" on public.provider_keys
  for delete to authenticated
  using ((( select loam.is_admin() as is_admin) and (exists ( select from public.model_providers p where ((p.id = provider_keys.provider_id) and (p.organization_id is null))))));
create policy "administrators see keys" on public.provider_keys
  for select to authenticated
  using ((( select loam.is_admin() as is_admin) and (exists ( select from public.model_providers p where ((p.id = provider_keys.provider_id) and (p.organization_id is null))))));
create policy "administrators switch keys" on public.provider_keys
  for update to authenticated
  using ((( select loam.is_admin() as is_admin) and (exists ( select from public.model_providers p where ((p.id = provider_keys.provider_id) and (p.organization_id is null))))))
  with check ((( select loam.is_admin() as is_admin) and (exists ( select from public.model_providers p where ((p.id = provider_keys.provider_id) and (p.organization_id is null))))));
create policy "gateway keeps keys" on public.provider_keys
  for all to loam_ledger
  using (true)
  with check (true);
grant delete, select (id, provider_id, name, key_hint, weight, enabled, expires_at, last_used_at, last_error_code, created_by, created_at, updated_at), update (name, weight, enabled, expires_at) on public.provider_keys to authenticated;
grant insert, select, update (key_sealed, key_hint, last_used_at, last_error_code) on public.provider_keys to loam_ledger;

create trigger models_touch before update on public.models for each row execute function loam.touch_updated_at();
create policy "administrators add models" on public.models
  for insert to authenticated
  with check ((( select loam.is_admin() as is_admin) and (exists ( select from public.model_providers p where ((p.id = models.provider_id) and (p.organization_id is null))))));
create policy "administrators change models" on public.models
  for update to authenticated
  using ((( select loam.is_admin() as is_admin) and (exists ( select from public.model_providers p where ((p.id = models.provider_id) and (p.organization_id is null))))))
  with check ((( select loam.is_admin() as is_admin) and (exists ( select from public.model_providers p where ((p.id = models.provider_id) and (p.organization_id is null))))));
create policy "administrators remove models" on public.models
  for delete to authenticated
  using ((( select loam.is_admin() as is_admin) and (exists ( select from public.model_providers p where ((p.id = models.provider_id) and (p.organization_id is null))))));
create policy "everybody signed in sees models" on public.models
  for select to authenticated
  using ((exists ( select from public.model_providers p where ((p.id = models.provider_id) and (p.organization_id is null)))));
create policy "gateway reads models" on public.models
  for select to loam_ledger
  using (true);
grant delete, insert, select, update on public.models to authenticated;
grant select on public.models to loam_ledger;

create trigger model_pricing_touch before update on public.model_pricing for each row execute function loam.touch_updated_at();
create policy "administrators add prices" on public.model_pricing
  for insert to authenticated
  with check (((organization_id is null) and ( select loam.is_admin() as is_admin)));
create policy "administrators change prices" on public.model_pricing
  for update to authenticated
  using (((organization_id is null) and ( select loam.is_admin() as is_admin)))
  with check (((organization_id is null) and ( select loam.is_admin() as is_admin)));
create policy "administrators remove prices" on public.model_pricing
  for delete to authenticated
  using (((organization_id is null) and ( select loam.is_admin() as is_admin)));
create policy "everybody signed in sees prices" on public.model_pricing
  for select to authenticated
  using ((organization_id is null));
create policy "gateway reads prices" on public.model_pricing
  for select to loam_ledger
  using (true);
grant delete, insert, select, update on public.model_pricing to authenticated;
grant select on public.model_pricing to loam_ledger;

create trigger model_routes_touch before update on public.model_routes for each row execute function loam.touch_updated_at();
create policy "administrators add routes" on public.model_routes
  for insert to authenticated
  with check (((organization_id is null) and ( select loam.is_admin() as is_admin)));
create policy "administrators change routes" on public.model_routes
  for update to authenticated
  using (((organization_id is null) and ( select loam.is_admin() as is_admin)))
  with check (((organization_id is null) and ( select loam.is_admin() as is_admin)));
create policy "administrators remove routes" on public.model_routes
  for delete to authenticated
  using (((organization_id is null) and ( select loam.is_admin() as is_admin)));
create policy "everybody signed in sees routes" on public.model_routes
  for select to authenticated
  using ((organization_id is null));
create policy "gateway reads routes" on public.model_routes
  for select to loam_ledger
  using (true);
grant delete, insert, select, update on public.model_routes to authenticated;
grant select on public.model_routes to loam_ledger;

create trigger experiments_touch before update on public.experiments for each row execute function loam.touch_updated_at();
create policy "administrators change experiments" on public.experiments
  for update to authenticated
  using (((organization_id is null) and ( select loam.is_admin() as is_admin)))
  with check (((organization_id is null) and ( select loam.is_admin() as is_admin)));
create policy "administrators remove experiments" on public.experiments
  for delete to authenticated
  using (((organization_id is null) and ( select loam.is_admin() as is_admin)));
create policy "administrators see experiments" on public.experiments
  for select to authenticated
  using (((organization_id is null) and ( select loam.is_admin() as is_admin)));
create policy "administrators start experiments" on public.experiments
  for insert to authenticated
  with check (((organization_id is null) and ( select loam.is_admin() as is_admin)));
create policy "gateway reads experiments" on public.experiments
  for select to loam_ledger
  using (true);
grant delete, insert, select, update on public.experiments to authenticated;
grant select on public.experiments to loam_ledger;

create trigger evaluations_touch before update on public.evaluations for each row execute function loam.touch_updated_at();
create policy "ledger ends evaluations" on public.evaluations
  for update to loam_ledger
  using (true)
  with check (true);
create policy "ledger runs evaluations" on public.evaluations
  for select to loam_ledger
  using (true);
create policy "people change their own evaluations" on public.evaluations
  for update to authenticated
  using ((user_id = ( select auth.uid() as uid)))
  with check ((user_id = ( select auth.uid() as uid)));
create policy "people remove their own evaluations" on public.evaluations
  for delete to authenticated
  using ((user_id = ( select auth.uid() as uid)));
create policy "people see their own evaluations" on public.evaluations
  for select to authenticated
  using ((user_id = ( select auth.uid() as uid)));
create policy "people start their own evaluations" on public.evaluations
  for insert to authenticated
  with check (((user_id = ( select auth.uid() as uid)) and (organization_id is null) and ((experiment_id is null) or (exists ( select from public.experiments e where (e.id = evaluations.experiment_id))))));
grant delete, insert (user_id, experiment_id, name, models, cases, metadata), select, update (name, metadata, deleted_at) on public.evaluations to authenticated;
grant select, update (status, started_at, completed_at, metadata) on public.evaluations to loam_ledger;

create policy "ledger reads results" on public.evaluation_results
  for select to loam_ledger
  using (true);
create policy "ledger writes results" on public.evaluation_results
  for insert to loam_ledger
  with check (true);
create policy "people see results of their own evaluations" on public.evaluation_results
  for select to authenticated
  using ((exists ( select from public.evaluations e where ((e.id = evaluation_results.evaluation_id) and (e.user_id = ( select auth.uid() as uid))))));
grant select on public.evaluation_results to authenticated;
grant insert, select on public.evaluation_results to loam_ledger;

-- ==================== rag

create table public.file_type_configs (
  mime_type text not null,
  name text not null,
  extensions text[] not null,
  enabled boolean default true not null,
  max_file_size bigint not null,
  max_pages integer not null,
  metadata jsonb default '{}'::jsonb not null,
  created_at timestamptz default now() not null,
  updated_at timestamptz default now() not null,
  constraint file_type_configs_pkey primary key (mime_type),
  constraint file_type_configs_max_file_size_check check (max_file_size > 0),
  constraint file_type_configs_max_pages_check check (max_pages > 0)
);
alter table public.file_type_configs enable row level security;

create table public.document_collections (
  id uuid default gen_random_uuid() not null,
  user_id uuid default auth.uid() not null,
  organization_id uuid,
  tenant_id uuid generated always as (coalesce(organization_id, user_id)) stored,
  name text not null,
  description text,
  metadata jsonb default '{}'::jsonb not null,
  created_by uuid default auth.uid(),
  updated_by uuid,
  created_at timestamptz default now() not null,
  updated_at timestamptz default now() not null,
  deleted_at timestamptz,
  constraint document_collections_pkey primary key (id),
  constraint document_collections_description_check check (char_length(description) <= 2000),
  constraint document_collections_metadata_check check (octet_length((metadata)::text) <= 16384),
  constraint document_collections_name_check check ((char_length(name) >= 1) and (char_length(name) <= 200)),
  constraint document_collections_user_id_fkey foreign key (user_id) references public.user_profiles(id) on delete cascade
);
create index document_collections_deleted_at_idx on public.document_collections using btree (deleted_at) where (deleted_at is not null);
create unique index document_collections_name_key on public.document_collections using btree (user_id, lower(name)) where (deleted_at is null);
create index document_collections_tenant_id_idx on public.document_collections using btree (tenant_id);
create index document_collections_user_id_idx on public.document_collections using btree (user_id);
alter table public.document_collections enable row level security;

create table public.documents (
  id uuid default gen_random_uuid() not null,
  user_id uuid default auth.uid() not null,
  organization_id uuid,
  tenant_id uuid generated always as (coalesce(organization_id, user_id)) stored,
  collection_id uuid,
  conversation_id uuid,
  original_name text not null,
  storage_path text not null,
  mime_type text not null,
  file_size bigint not null,
  processing_status text default 'pending' not null,
  error text,
  progress_done integer,
  progress_total integer,
  progress_unit text,
  attempt integer default 0 not null,
  heartbeat_at timestamptz,
  language text default 'english' not null,
  page_count integer,
  chunk_count integer default 0 not null,
  metadata jsonb default '{}'::jsonb not null,
  created_by uuid default auth.uid(),
  updated_by uuid,
  created_at timestamptz default now() not null,
  updated_at timestamptz default now() not null,
  deleted_at timestamptz,
  purge_after timestamptz,
  constraint documents_pkey primary key (id),
  constraint documents_check check ((deleted_at is null) = (purge_after is null)),
  constraint documents_chunk_count_check check (chunk_count >= 0),
  constraint documents_file_size_check check (file_size >= 0),
  constraint documents_metadata_check check (octet_length((metadata)::text) <= 16384),
  constraint documents_original_name_check check ((char_length(original_name) >= 1) and (char_length(original_name) <= 255)),
  constraint documents_page_count_check check (page_count >= 0),
  constraint documents_processing_status_check check (processing_status = any (array['pending', 'processing', 'completed', 'failed'])),
  constraint documents_progress_unit_check check (progress_unit = any (array['page', 'passage'])),
  constraint documents_collection_id_fkey foreign key (collection_id) references public.document_collections(id) on delete set null,
  constraint documents_conversation_id_fkey foreign key (conversation_id) references public.conversations(id) on delete set null,
  constraint documents_user_id_fkey foreign key (user_id) references public.user_profiles(id) on delete cascade
);
create index documents_collection_id_idx on public.documents using btree (collection_id);
create index documents_conversation_id_idx on public.documents using btree (conversation_id);
create index documents_hidden_idx on public.documents using btree (user_id) where ((chunk_count > 0) and ((deleted_at is not null) or (processing_status <> 'completed')));
create index documents_list_idx on public.documents using btree (user_id, created_at desc, id desc);
create index documents_purge_after_idx on public.documents using btree (purge_after) where (purge_after is not null);
create index documents_tenant_id_idx on public.documents using btree (tenant_id);
create index documents_unfinished_idx on public.documents using btree (created_at) where (processing_status = any (array['pending', 'processing']));
alter table public.documents enable row level security;

create table public.document_pages (
  document_id uuid not null,
  page_index integer not null,
  page_number integer,
  user_id uuid not null,
  organization_id uuid,
  tenant_id uuid generated always as (coalesce(organization_id, user_id)) stored,
  content text not null,
  created_at timestamptz default now() not null,
  constraint document_pages_pkey primary key (document_id, page_index),
  constraint document_pages_page_index_check check (page_index >= 0),
  constraint document_pages_page_number_check check (page_number > 0),
  constraint document_pages_document_id_fkey foreign key (document_id) references public.documents(id) on delete cascade,
  constraint document_pages_user_id_fkey foreign key (user_id) references public.user_profiles(id) on delete cascade
);
create index document_pages_tenant_id_idx on public.document_pages using btree (tenant_id);
create index document_pages_user_id_idx on public.document_pages using btree (user_id);
alter table public.document_pages enable row level security;

create table public.document_chunks (
  id uuid default gen_random_uuid() not null,
  document_id uuid not null,
  file_id uuid generated always as (document_id) stored,
  user_id uuid not null,
  organization_id uuid,
  tenant_id uuid generated always as (coalesce(organization_id, user_id)) stored,
  chunk_index integer not null,
  page_index integer not null,
  page_number integer,
  heading text,
  start_offset integer not null,
  end_offset integer not null,
  content text not null,
  language regconfig default 'english'::regconfig not null,
  metadata jsonb default '{}'::jsonb not null,
  created_at timestamptz default now() not null,
  constraint document_chunks_pkey primary key (id),
  constraint document_chunks_document_id_chunk_index_key unique (document_id, chunk_index),
  constraint document_chunks_check check (end_offset > start_offset),
  constraint document_chunks_chunk_index_check check (chunk_index >= 0),
  constraint document_chunks_page_index_check check (page_index >= 0),
  constraint document_chunks_start_offset_check check (start_offset >= 0),
  constraint document_chunks_document_id_fkey foreign key (document_id) references public.documents(id) on delete cascade,
  constraint document_chunks_user_id_fkey foreign key (user_id) references public.user_profiles(id) on delete cascade
);
create index document_chunks_tenant_id_idx on public.document_chunks using btree (tenant_id);
create index document_chunks_user_id_idx on public.document_chunks using btree (user_id);
alter table public.document_chunks enable row level security;

create table public.chunk_terms (
  tenant_id uuid not null,
  lexeme text not null,
  chunk_id uuid not null,
  weight real not null,
  frequency smallint not null,
  constraint chunk_terms_pkey primary key (tenant_id, lexeme, chunk_id) include (weight)
);
create index chunk_terms_chunk_id_idx on public.chunk_terms using btree (chunk_id);
alter table public.chunk_terms enable row level security;

create table public.term_statistics (
  tenant_id uuid not null,
  lexeme text not null,
  chunk_count integer not null,
  constraint term_statistics_pkey primary key (tenant_id, lexeme)
);
alter table public.term_statistics enable row level security;

create table public.chunk_statistics (
  tenant_id uuid not null,
  language regconfig not null,
  chunk_count bigint not null,
  term_count bigint default 0 not null,
  constraint chunk_statistics_pkey primary key (tenant_id, language)
);
alter table public.chunk_statistics enable row level security;

create table public.retrieval_logs (
  id uuid default gen_random_uuid() not null,
  created_at timestamptz default now() not null,
  user_id uuid not null,
  organization_id uuid,
  tenant_id uuid generated always as (coalesce(organization_id, user_id)) stored,
  conversation_id uuid,
  question text not null,
  method text not null,
  result_count integer not null,
  top_score real,
  chunk_ids uuid[] not null,
  duration_ms integer not null,
  metadata jsonb default '{}'::jsonb not null,
  constraint retrieval_logs_pkey primary key (created_at, id),
  constraint retrieval_logs_method_check check (method = any (array['keyword', 'semantic', 'hybrid'])),
  constraint retrieval_logs_user_id_fkey foreign key (user_id) references public.user_profiles(id) on delete cascade
) partition by range (created_at);
create index retrieval_logs_tenant_id_idx on only public.retrieval_logs using btree (tenant_id, created_at desc);
create index retrieval_logs_user_id_idx on only public.retrieval_logs using btree (user_id, created_at desc);
alter table public.retrieval_logs enable row level security;

create table public.chunk_embeddings (
  chunk_id uuid not null,
  model text not null,
  user_id uuid not null,
  organization_id uuid,
  tenant_id uuid generated always as (coalesce(organization_id, user_id)) stored,
  dimensions integer not null,
  embedding extensions.vector not null,
  created_at timestamptz default now() not null,
  constraint chunk_embeddings_pkey primary key (chunk_id, model),
  constraint chunk_embeddings_check check (extensions.vector_dims(embedding) = dimensions),
  constraint chunk_embeddings_dimensions_check check (dimensions > 0),
  constraint chunk_embeddings_chunk_id_fkey foreign key (chunk_id) references public.document_chunks(id) on delete cascade,
  constraint chunk_embeddings_user_id_fkey foreign key (user_id) references public.user_profiles(id) on delete cascade
);
create index chunk_embeddings_tenant_id_idx on public.chunk_embeddings using btree (tenant_id, model);
create index chunk_embeddings_user_id_idx on public.chunk_embeddings using btree (user_id);
alter table public.chunk_embeddings enable row level security;

create function loam.index_chunks()
returns trigger
language plpgsql security definer
set search_path = ''
as $$
begin
  insert into public.chunk_statistics as held (tenant_id, language, chunk_count)
  select tenant_id, language, count(*)
  from added
  group by tenant_id, language
  order by tenant_id, language
  on conflict (tenant_id, language) do update
    set chunk_count = held.chunk_count + excluded.chunk_count;

  with lexemes as materialized (
    select c.id, c.tenant_id, c.language, word.lexeme, cardinality(word.positions) as frequency
    from added as c
    join public.documents as d on d.id = c.document_id
    -- Title and headings count as words of the passage, though it is cited without them.
    cross join lateral unnest(
      to_tsvector(c.language, loam.searchable(c.language, concat_ws(' ', loam.title_words(d.original_name), c.heading, c.content)))
    ) as word
  ),
  lengths as materialized (
    select id, tenant_id, language, sum(frequency) as length
    from lexemes
    group by id, tenant_id, language
  ),
  totals as materialized (
    update public.chunk_statistics as held
    set term_count = held.term_count + batch.length
    from (
      select tenant_id, language, sum(length)::bigint as length
      from lengths
      group by tenant_id, language
    ) as batch
    where held.tenant_id = batch.tenant_id and held.language = batch.language
    returning held.tenant_id, held.language, held.term_count::float8 / held.chunk_count as average_length
  ),
  postings as (
    insert into public.chunk_terms (tenant_id, lexeme, chunk_id, weight, frequency)
    select l.tenant_id, l.lexeme, l.id, loam.term_weight(l.frequency, n.length::float8, t.average_length), l.frequency
    from lexemes as l
    join lengths as n using (id)
    join totals as t on t.tenant_id = l.tenant_id and t.language = l.language
    order by l.tenant_id, l.lexeme collate "C"
  )
  insert into public.term_statistics as held (tenant_id, lexeme, chunk_count)
  select tenant_id, lexeme, count(*)
  from lexemes
  group by tenant_id, lexeme
  order by tenant_id, lexeme collate "C"
  on conflict (tenant_id, lexeme) do update
    set chunk_count = held.chunk_count + excluded.chunk_count;
  return null;
end
$$;

create function loam.unindex_chunks()
returns trigger
language plpgsql security definer
set search_path = ''
as $$
begin
  update public.chunk_statistics as held
  set chunk_count = held.chunk_count - batch.chunks
  from (
    select tenant_id, language, count(*) as chunks
    from removed
    group by tenant_id, language
    order by tenant_id, language
  ) as batch
  where held.tenant_id = batch.tenant_id and held.language = batch.language;

  with gone as (
    delete from public.chunk_terms as t
    using removed as r
    where t.chunk_id = r.id
    returning t.tenant_id, t.lexeme, t.frequency, r.language
  ),
  totals as (
    update public.chunk_statistics as held
    set term_count = held.term_count - batch.length
    from (
      select tenant_id, language, sum(frequency) as length
      from gone
      group by tenant_id, language
    ) as batch
    where held.tenant_id = batch.tenant_id and held.language = batch.language
  )
  update public.term_statistics as held
  set chunk_count = held.chunk_count - batch.chunks
  from (
    select tenant_id, lexeme, count(*) as chunks
    from gone
    group by tenant_id, lexeme
    order by tenant_id, lexeme
  ) as batch
  where held.tenant_id = batch.tenant_id and held.lexeme = batch.lexeme;

  -- A forgotten word must not stay behind as evidence that it was there.
  delete from public.term_statistics
  where tenant_id in (select tenant_id from removed) and chunk_count <= 0;
  delete from public.chunk_statistics
  where tenant_id in (select tenant_id from removed) and chunk_count <= 0;
  return null;
end
$$;

create function loam.term_weight(frequency integer, length double precision, average_length double precision)
returns real
language sql immutable
as $$
  select (
    frequency * 2.2::float8
    / (frequency + 1.2::float8 * (0.25::float8 + 0.75::float8 * length / greatest(average_length, 1)))
  )::real
$$;

create function loam.searchable(language regconfig, passage text)
returns text
language sql immutable
as $$
  select case
    when language = 'simple'::regconfig
      then regexp_replace(loam.parseable(passage), '([\u3040-\u30ff\u3400-\u9fff\u0e00-\u0e7f])', ' \1 ', 'g')
    else loam.parseable(passage)
  end
$$;

create function loam.title_words(original_name text)
returns text
language sql immutable
as $$
  select regexp_replace(regexp_replace(original_name, '\.[[:alnum:]]{1,8}$', ''), '[-_.[:space:]]+', ' ', 'g')
$$;

create function loam.question_terms(question text, prefix boolean)
returns table(tenant_id uuid, lexeme text, chunk_count integer, rarity real)
language plpgsql stable
set search_path = ''
set plan_cache_mode = force_generic_plan
as $$
#variable_conflict use_column
declare
  last_word text := lower((regexp_match(question, '([[:alnum:]]{2,})$'))[1]);
begin
  return query
  with corpus as materialized (
    select held.tenant_id, held.language, sum(held.chunk_count) over (partition by held.tenant_id)::float8 as chunk_count
    from public.chunk_statistics as held
    where held.tenant_id = (select auth.uid())
  ),
  words as materialized (
    select c.tenant_id, c.chunk_count, word.lexeme
    from corpus as c
    cross join lateral unnest(tsvector_to_array(to_tsvector(c.language, loam.searchable(c.language, question)))) as word (lexeme)
    union
    select c.tenant_id, c.chunk_count, begun.lexeme
    from corpus as c
    cross join lateral (
      select s.lexeme
      from public.term_statistics as s
      where prefix and s.tenant_id = c.tenant_id and s.lexeme >= last_word and s.lexeme < last_word || chr(1114111)
      order by s.chunk_count desc
      limit 16
    ) as begun
  )
  select
    s.tenant_id,
    s.lexeme,
    s.chunk_count,
    ln(1::float8 + (w.chunk_count - s.chunk_count + 0.5::float8) / (s.chunk_count + 0.5::float8))::real
  from words as w
  join public.term_statistics as s on s.tenant_id = w.tenant_id and s.lexeme = w.lexeme
  order by s.chunk_count, s.lexeme
  limit 32;
end
$$;

create function loam.rank_passages(tenants uuid[], lexemes text[], rarities real[], wanted uuid[], most integer)
returns table(chunk_id uuid, score real)
language plpgsql stable
set search_path = ''
set enable_sort = off
set plan_cache_mode = force_generic_plan
as $$
#variable_conflict use_column
begin
  if wanted is null and not exists (
    select from public.documents as d
    where
      d.user_id = (select auth.uid())
      and d.chunk_count > 0
      and (d.deleted_at is not null or d.processing_status <> 'completed')
  ) then
    return query
    select t.chunk_id, sum(t.weight * term.rarity) as score
    from unnest(tenants, lexemes, rarities) as term (tenant_id, lexeme, rarity)
    join public.chunk_terms as t on t.tenant_id = term.tenant_id and t.lexeme = term.lexeme
    group by t.chunk_id
    order by score desc, t.chunk_id
    limit most;
    return;
  end if;

  return query
  select found.chunk_id, found.score
  from (
    select t.chunk_id, sum(t.weight * term.rarity) as score
    from unnest(tenants, lexemes, rarities) as term (tenant_id, lexeme, rarity)
    join public.chunk_terms as t on t.tenant_id = term.tenant_id and t.lexeme = term.lexeme
    group by t.chunk_id
    order by score desc, t.chunk_id
  ) as found
  cross join lateral (
    select c.document_id from public.document_chunks as c where c.id = found.chunk_id limit 1
  ) as c
  cross join lateral (
    select d.id from public.documents as d
    where d.id = c.document_id and d.deleted_at is null and d.processing_status = 'completed'
    limit 1
  ) as d
  where wanted is null or c.document_id = any (wanted)
  limit most;
end
$$;

create function public.search_chunks(question text, match_count integer default 20, collection_ids uuid[] default null::uuid[], document_ids uuid[] default null::uuid[], prefix boolean default false)
returns table(chunk_id uuid, document_id uuid, document_name text, page_index integer, page_number integer, heading text, start_offset integer, end_offset integer, content text, score real)
language plpgsql stable
set search_path = ''
set enable_sort = off
set plan_cache_mode = force_generic_plan
as $$
#variable_conflict use_column
declare
  most_postings constant integer := 3000;
  most_candidates constant integer := greatest(48, match_count * 2);
  tenants uuid[];
  lexemes text[];
  rarities real[];
  counts integer[];
  choosing integer := 0;
  postings bigint := 0;
  wanted uuid[];
  passages bigint;
  candidates uuid[];
  scores real[];
begin
  select array_agg(t.tenant_id), array_agg(t.lexeme), array_agg(t.rarity), array_agg(t.chunk_count), sum(t.chunk_count)
  into tenants, lexemes, rarities, counts, postings
  from loam.question_terms(question, prefix) as t;
  if lexemes is null then
    return;
  end if;

  if collection_ids is not null or document_ids is not null then
    select array_agg(d.id), sum(d.chunk_count)
    into wanted, passages
    from public.documents as d
    where
      d.user_id = (select auth.uid()) and d.deleted_at is null and d.processing_status = 'completed'
      and (collection_ids is null or d.collection_id = any (collection_ids))
      and (document_ids is null or d.id = any (document_ids));
    if wanted is null then
      return;
    end if;
  end if;

  -- Looking a term up in a passage costs about as much as reading a dozen postings of a list.
  if passages * cardinality(lexemes) * 12 < postings or passages < 50 then
    choosing := cardinality(lexemes);
    select array_agg(found.chunk_id), array_agg(found.score)
    into candidates, scores
    from (
      select c.id as chunk_id, sum(t.weight * term.rarity) as score
      from public.document_chunks as c
      cross join unnest(tenants, lexemes, rarities) as term (tenant_id, lexeme, rarity)
      join public.chunk_terms as t on t.tenant_id = term.tenant_id and t.lexeme = term.lexeme and t.chunk_id = c.id
      where c.document_id = any (wanted)
      group by c.id
      order by score desc, c.id
      limit most_candidates
    ) as found;
  else
    postings := 0;
    while choosing < cardinality(lexemes) and (choosing = 0 or postings + counts[choosing + 1] <= most_postings) loop
      choosing := choosing + 1;
      postings := postings + counts[choosing];
    end loop;
    loop
      select array_agg(r.chunk_id), array_agg(r.score)
      into candidates, scores
      from loam.rank_passages(tenants[:choosing], lexemes[:choosing], rarities[:choosing], wanted, most_candidates) as r;
      exit when choosing = cardinality(lexemes) or cardinality(candidates) >= match_count;
      choosing := cardinality(lexemes);
    end loop;
  end if;

  return query
  select
    c.id, d.id, d.original_name, c.page_index, c.page_number, c.heading, c.start_offset, c.end_offset, c.content, best.score
  from (
    select candidate.chunk_id, candidate.score + coalesce(common.score, 0) as score
    from unnest(candidates, scores) as candidate (chunk_id, score)
    cross join lateral (
      select sum(t.weight * term.rarity) as score
      from unnest(tenants[choosing + 1:], lexemes[choosing + 1:], rarities[choosing + 1:]) as term (tenant_id, lexeme, rarity)
      join public.chunk_terms as t on t.tenant_id = term.tenant_id and t.lexeme = term.lexeme and t.chunk_id = candidate.chunk_id
    ) as common
    order by score desc, candidate.chunk_id
    limit match_count
  ) as best
  cross join lateral (select c.* from public.document_chunks as c where c.id = best.chunk_id limit 1) as c
  cross join lateral (
    select d.id, d.original_name from public.documents as d
    where d.id = c.document_id and d.deleted_at is null and d.processing_status = 'completed'
    limit 1
  ) as d
  order by best.score desc, best.chunk_id;
end
$$;

create function public.extracted_text(document public.documents)
returns text
language sql stable
set search_path = ''
as $$
  select string_agg(p.content, E'\n\n' order by p.page_index)
  from public.document_pages as p
  where p.document_id = document.id
$$;

create function public.content(document public.documents)
returns text
language sql stable
set search_path = ''
as $$
  select public.extracted_text(document)
$$;

create function loam.notify_document()
returns trigger
language plpgsql
set search_path = ''
as $$
begin
  perform loam.notify_change(tg_table_name, coalesce(new.id, old.id), lower(tg_op), array[coalesce(new.user_id, old.user_id)]);
  return null;
end
$$;

create function loam.stamp_editor()
returns trigger
language plpgsql
set search_path = ''
as $$
begin
  new.updated_by := coalesce((select auth.uid()), new.updated_by);
  return new;
end
$$;

create function public.search_similar_chunks(embedding extensions.vector, user_id uuid, threshold double precision default null::double precision, match_count integer default 10, model text default null::text)
returns table(id uuid, document_id uuid, file_id uuid, content text, chunk_index integer, page_number integer, heading text, metadata jsonb, similarity double precision)
language sql stable
set search_path = ''
as $$
  with mine as materialized (
    select e.chunk_id, 1 - (e.embedding operator(extensions.<=>) search_similar_chunks.embedding) as similarity
    from public.chunk_embeddings as e
    where
      e.tenant_id = (select auth.uid())
      and search_similar_chunks.user_id = (select auth.uid())
      and e.dimensions = extensions.vector_dims(search_similar_chunks.embedding)
      and (search_similar_chunks.model is null or e.model = search_similar_chunks.model)
  )
  select c.id, c.document_id, c.file_id, c.content, c.chunk_index, c.page_number, c.heading, c.metadata, mine.similarity
  from mine
  join public.document_chunks as c on c.id = mine.chunk_id
  join public.documents as d on d.id = c.document_id
  where
    d.deleted_at is null
    and d.processing_status = 'completed'
    and (threshold is null or mine.similarity >= threshold)
  order by mine.similarity desc, c.id
  limit match_count
$$;

create policy "conversations use collections of one's own" on public.conversation_collections as restrictive
  for insert to authenticated
  with check ((exists ( select from public.document_collections c where (c.id = conversation_collections.collection_id))));

create trigger file_type_configs_touch before update on public.file_type_configs for each row execute function loam.touch_updated_at();
create policy "administrators set limits" on public.file_type_configs
  for update to authenticated
  using (( select loam.is_admin() as is_admin))
  with check (( select loam.is_admin() as is_admin));
create policy "everybody signed in sees what may be uploaded" on public.file_type_configs
  for select to authenticated
  using (true);
create policy "ingest reads limits" on public.file_type_configs
  for select to loam_ingest
  using (true);
grant select, update (enabled, max_file_size, max_pages) on public.file_type_configs to authenticated;
grant select on public.file_type_configs to loam_ingest;

create trigger document_collections_notify after insert or delete or update of name, description, deleted_at on public.document_collections for each row execute function loam.notify_document();
create trigger document_collections_stamp before update on public.document_collections for each row execute function loam.stamp_editor();
create trigger document_collections_touch before update on public.document_collections for each row execute function loam.touch_updated_at();
create policy "ingest purges collections" on public.document_collections
  for all to loam_ingest
  using ((deleted_at is not null));
create policy "people change their own collections" on public.document_collections
  for update to authenticated
  using ((user_id = ( select auth.uid() as uid)))
  with check ((user_id = ( select auth.uid() as uid)));
create policy "people make their own collections" on public.document_collections
  for insert to authenticated
  with check ((user_id = ( select auth.uid() as uid)));
create policy "people see their own collections" on public.document_collections
  for select to authenticated
  using ((user_id = ( select auth.uid() as uid)));
grant insert (id, user_id, name, description, metadata), select, update (name, description, metadata, deleted_at) on public.document_collections to authenticated;
grant delete, select (id, deleted_at) on public.document_collections to loam_ingest;

create trigger documents_notify after insert or delete or update of original_name, collection_id, conversation_id, processing_status, error, progress_done, progress_total, page_count, chunk_count, deleted_at on public.documents for each row execute function loam.notify_document();
create trigger documents_stamp before update on public.documents for each row execute function loam.stamp_editor();
create trigger documents_touch before update on public.documents for each row execute function loam.touch_updated_at();
create policy "answers: which documents there are" on public.documents
  for select to loam_answer
  using (true);
create policy "documents are filed in conversations that one sees" on public.documents as restrictive
  for insert to authenticated
  with check (((conversation_id is null) or (exists ( select from public.conversations c where (c.id = documents.conversation_id)))));
create policy "ingest keeps documents" on public.documents
  for all to loam_ingest
  using (true)
  with check (true);
create policy "people add what was stored for them" on public.documents
  for insert to authenticated
  with check (((user_id = ( select auth.uid() as uid)) and ((collection_id is null) or (exists ( select from public.document_collections c where (c.id = documents.collection_id)))) and (exists ( select from storage.objects o where ((o.bucket_id = 'documents') and (o.name = documents.storage_path) and (o.owner = ( select auth.uid() as uid)))))));
create policy "people name, file and bin their own documents" on public.documents
  for update to authenticated
  using ((user_id = ( select auth.uid() as uid)))
  with check (((user_id = ( select auth.uid() as uid)) and ((collection_id is null) or (exists ( select from public.document_collections c where (c.id = documents.collection_id))))));
create policy "people see their own documents" on public.documents
  for select to authenticated
  using ((user_id = ( select auth.uid() as uid)));
grant insert (id, user_id, collection_id, conversation_id, original_name, storage_path, mime_type, file_size, metadata), select, update (collection_id, original_name, metadata, deleted_at, purge_after) on public.documents to authenticated;
grant select (id) on public.documents to loam_answer;
grant delete, select, update (mime_type, processing_status, error, progress_done, progress_total, progress_unit, attempt, heartbeat_at, language, page_count, chunk_count) on public.documents to loam_ingest;

create policy "ingest writes pages" on public.document_pages
  for all to loam_ingest
  using (true)
  with check (true);
create policy "people read pages of their own documents" on public.document_pages
  for select to authenticated
  using ((user_id = ( select auth.uid() as uid)));
grant select on public.document_pages to authenticated;
grant delete, insert, select (document_id, page_index) on public.document_pages to loam_ingest;

create trigger document_chunks_index after insert on public.document_chunks referencing new table as added for each statement execute function loam.index_chunks();
create trigger document_chunks_unindex after delete on public.document_chunks referencing old table as removed for each statement execute function loam.unindex_chunks();
create policy "ingest writes passages" on public.document_chunks
  for all to loam_ingest
  using (true)
  with check (true);
create policy "people read passages of their own documents" on public.document_chunks
  for select to authenticated
  using ((user_id = ( select auth.uid() as uid)));
grant select on public.document_chunks to authenticated;
grant delete, insert, select (id, document_id) on public.document_chunks to loam_ingest;

create policy "people search their own terms" on public.chunk_terms
  for select to authenticated
  using ((tenant_id = ( select auth.uid() as uid)));
grant select on public.chunk_terms to authenticated;

create policy "people see how frequent their own terms are" on public.term_statistics
  for select to authenticated
  using ((tenant_id = ( select auth.uid() as uid)));
grant select on public.term_statistics to authenticated;

create policy "people see how many passages they have" on public.chunk_statistics
  for select to authenticated
  using ((tenant_id = ( select auth.uid() as uid)));
grant select on public.chunk_statistics to authenticated;

create policy "ingest logs questions" on public.retrieval_logs
  for insert to loam_ingest
  with check (true);
create policy "people see what they asked" on public.retrieval_logs
  for select to authenticated
  using ((user_id = ( select auth.uid() as uid)));
grant select on public.retrieval_logs to authenticated;
grant insert on public.retrieval_logs to loam_ingest;

create policy "ingest writes embeddings" on public.chunk_embeddings
  for all to loam_ingest
  using (true)
  with check (true);
create policy "people read embeddings of their own passages" on public.chunk_embeddings
  for select to authenticated
  using ((user_id = ( select auth.uid() as uid)));
grant select on public.chunk_embeddings to authenticated;
grant delete, insert, select (chunk_id, model) on public.chunk_embeddings to loam_ingest;

create view public.files
with (security_invoker=true) as
 select id, user_id, conversation_id, original_name, storage_path, mime_type, file_size,
    processing_status, public.extracted_text(d.*) as extracted_text, chunk_count, metadata,
    created_at, updated_at
   from public.documents d
  where deleted_at is null;
grant select on public.files to authenticated;

create view public.document_embeddings
with (security_invoker=true) as
 select e.chunk_id as id, c.document_id, e.embedding, e.model, c.chunk_index,
    c.content as chunk_content
   from public.chunk_embeddings e
     join public.document_chunks c on c.id = e.chunk_id;
grant select on public.document_embeddings to authenticated;

grant execute on function loam.searchable(regconfig,text) to authenticated;
grant execute on function loam.question_terms(text,boolean) to authenticated;
grant execute on function loam.rank_passages(uuid[],text[],real[],uuid[],integer) to authenticated;
grant execute on function public.search_chunks(text,integer,uuid[],uuid[],boolean) to authenticated;
grant execute on function public.extracted_text(public.documents) to authenticated;
grant execute on function public.content(public.documents) to authenticated;
grant execute on function public.search_similar_chunks(extensions.vector,uuid,double precision,integer,text) to authenticated;

-- References to what comes later
alter table public.conversation_participants add constraint conversation_participants_conversation_id_active_message_i_fkey foreign key (conversation_id, active_message_id) references public.messages(conversation_id, id) on delete set null (active_message_id);
alter table public.message_citations add constraint message_citations_document_id_fkey foreign key (document_id) references public.documents(id) on delete cascade;
alter table public.conversation_collections add constraint conversation_collections_collection_id_fkey foreign key (collection_id) references public.document_collections(id) on delete cascade;

-- On the platform's auth.identities
create policy "accounts service" on auth.identities
  for all to loam_auth
  using (true)
  with check (true);
grant delete, insert, select, update on auth.identities to loam_auth;

-- On the platform's auth.one_time_tokens
create policy "accounts service" on auth.one_time_tokens
  for all to loam_auth
  using (true)
  with check (true);
grant delete, insert, select, update on auth.one_time_tokens to loam_auth;

-- On the platform's auth.refresh_tokens
create policy "accounts service" on auth.refresh_tokens
  for all to loam_auth
  using (true)
  with check (true);
grant delete, insert, select, update on auth.refresh_tokens to loam_auth;

-- On the platform's auth.refresh_tokens_id_seq
grant usage on auth.refresh_tokens_id_seq to loam_auth;

-- On the platform's auth.sessions
create trigger loam_mirror_session after insert or delete or update of refreshed_at on auth.sessions for each row execute function loam.mirror_session();
create policy "accounts service" on auth.sessions
  for all to loam_auth
  using (true)
  with check (true);
grant delete, insert, select, update on auth.sessions to loam_auth;

-- On the platform's auth.users
create trigger loam_create_profile after insert on auth.users for each row execute function loam.create_profile();
create trigger loam_mirror_account after update of email, last_sign_in_at, banned_until on auth.users for each row when (((((old.email)::text is distinct from (new.email)::text) or (old.last_sign_in_at is distinct from new.last_sign_in_at)) or (old.banned_until is distinct from new.banned_until))) execute function loam.mirror_account();
create policy "accounts service" on auth.users
  for all to loam_auth
  using (true)
  with check (true);
grant delete, insert, select, update on auth.users to loam_auth;

-- On the platform's storage.buckets
create policy "storage service knows the documents bucket" on storage.buckets
  for select to loam_storage
  using ((id = 'documents'));
grant select on storage.buckets to loam_storage;

-- On the platform's storage.objects
create policy "people see their own document files" on storage.objects
  for select to authenticated
  using (((bucket_id = 'documents') and (owner = ( select auth.uid() as uid))));
create policy "storage service keeps document files" on storage.objects
  for all to loam_storage
  using ((bucket_id = 'documents'))
  with check ((bucket_id = 'documents'));
grant select on storage.objects to authenticated;
grant delete, insert, select, update on storage.objects to loam_storage;

alter default privileges grant execute on functions to public;

select loam.start_partitions('public.activity_logs');
select loam.start_partitions('public.audit_logs');
select loam.start_partitions('public.retrieval_logs');
select loam.start_partitions('public.usage_logs');
