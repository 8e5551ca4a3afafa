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
set check_function_bodies = off;

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
create index api_keys_organization_id_idx on public.api_keys using btree (organization_id, user_id) where (organization_id is not null);
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
  first_moment text := first_day::text || ' 00:00:00+00';
  last_moment text := (first_day + interval '1 month')::date::text || ' 00:00:00+00';
  parent_name text := (select relname from pg_catalog.pg_class where oid = parent);
  partition_name text := format('%s_%s', parent_name, to_char(first_day, 'YYYYMM'));
  default_name text := format('%s_default', parent_name);
  time_column text := (
    select a.attname
    from pg_catalog.pg_partitioned_table as p
    join pg_catalog.pg_attribute as a on a.attrelid = p.partrelid and a.attnum = p.partattrs[0]
    where p.partrelid = parent
  );
  given_columns text := (
    select string_agg(quote_ident(attname), ', ' order by attnum)
    from pg_catalog.pg_attribute
    where attrelid = parent and attnum > 0 and not attisdropped and attgenerated = ''
  );
begin
  if to_regclass(format('loam_partitions.%I', partition_name)) is not null then
    return;
  end if;
  execute format(
    'create table loam_partitions.%I (like %s including defaults including generated including constraints)', partition_name, parent
  );
  execute format('alter table loam_partitions.%I enable row level security', partition_name);
  execute format('revoke all on loam_partitions.%I from public', partition_name);
  if to_regclass(format('loam_partitions.%I', default_name)) is not null then
    execute format(
      'with moved as (delete from loam_partitions.%1$I where %2$I >= %3$L and %2$I < %4$L returning %5$s)
       insert into loam_partitions.%6$I (%5$s) select %5$s from moved',
      default_name, time_column, first_moment, last_moment, given_columns, partition_name
    );
  end if;
  execute format(
    'alter table %s attach partition loam_partitions.%I for values from (%L) to (%L)', parent, partition_name, first_moment, last_moment
  );
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

create function loam.detach_partitions(parent regclass, older_than interval)
returns setof text
language plpgsql security definer
set search_path = ''
as $$
declare
  partition_name text;
begin
  if older_than < interval '1 month' then
    raise exception 'the current month cannot be detached' using errcode = 'invalid_parameter_value';
  end if;
  for partition_name in
    select c.relname
    from pg_catalog.pg_inherits as i
    join pg_catalog.pg_class as c on c.oid = i.inhrelid
    where
      i.inhparent = parent
      and c.relnamespace = 'loam_partitions'::regnamespace
      and case
        when c.relname ~ '_[0-9]{6}$' then
          to_date(right(c.relname, 6), 'YYYYMM') + interval '1 month' <= (now() - older_than) at time zone 'utc'
        else false
      end
    order by c.relname
  loop
    execute format('alter table %s detach partition loam_partitions.%I', parent, partition_name);
    execute format('comment on table loam_partitions.%I is %L', partition_name, format('detached from %s', parent));
    return next partition_name;
  end loop;
end
$$;

create function loam.drop_detached_partitions(parent regclass, older_than interval)
returns setof text
language plpgsql security definer
set search_path = ''
as $$
declare
  partition_name text;
begin
  for partition_name in
    select c.relname
    from pg_catalog.pg_class as c
    where
      c.relnamespace = 'loam_partitions'::regnamespace
      and c.relkind = 'r'
      and not c.relispartition
      and obj_description(c.oid, 'pg_class') = format('detached from %s', parent)
      and case
        when c.relname ~ '_[0-9]{6}$' then
          to_date(right(c.relname, 6), 'YYYYMM') + interval '1 month' <= (now() - older_than) at time zone 'utc'
        else false
      end
    order by c.relname
  loop
    execute format('drop table loam_partitions.%I', partition_name);
    return next partition_name;
  end loop;
end
$$;

create function loam.my_tenant_ids(at_least text default 'viewer')
returns setof uuid
language sql stable
set search_path = ''
as $$
  select (select auth.uid())
  union all
  select loam.my_organization_ids(at_least)
$$;

create function loam.is_operator()
returns boolean
language sql stable security definer
set search_path = ''
as $$
  select current_setting('role', true) = 'none' and pg_has_role(session_user, current_user, 'member')
$$;

create function loam.publish_changes(published regclass)
returns void
language plpgsql
set search_path = ''
set client_min_messages = error
as $$
begin
  if exists (select from pg_catalog.pg_publication where pubname = 'supabase_realtime' and not puballtables)
    and not exists (
      select from pg_catalog.pg_publication_rel as r
      join pg_catalog.pg_publication as p on p.oid = r.prpubid
      where p.pubname = 'supabase_realtime' and r.prrelid = published
    )
  then
    execute format('alter publication supabase_realtime add table %s', published);
  end if;
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

create function loam.active_embedding_model()
returns text
language sql stable security definer
set search_path = ''
as $$
  select coalesce(
    (select parameters ->> 'model' from loam.installation),
    'openai/text-embedding-3-small'
  )
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
grant insert (user_id, organization_id, name, key_hash, key_prefix, scopes, expires_at, metadata), select (id, user_id, organization_id, tenant_id, name, key_prefix, scopes, expires_at, last_used_at, revoked_at, metadata, created_at, updated_at), update (name, revoked_at, metadata) on public.api_keys to authenticated;
grant select, update (last_used_at) on public.api_keys to loam_auth;

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
grant execute on function loam.detach_partitions(regclass,interval) to loam_maintenance;
grant execute on function loam.drop_detached_partitions(regclass,interval) to loam_maintenance;
grant execute on function loam.my_tenant_ids(text) to authenticated;
grant execute on function loam.take_rate_limit(text,integer,integer) to loam_auth;
grant execute on function loam.parseable(text) to authenticated;
grant execute on function loam.parseable(text) to loam_answer;
grant execute on function loam.parseable(text) to loam_ingest;
grant execute on function loam.searchable(regconfig,text) to authenticated;
grant execute on function loam.active_embedding_model() to authenticated;
grant execute on function loam.active_embedding_model() to loam_ingest;

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

create function loam.performance_stats()
returns table(schema_name text, table_name text, row_estimate bigint, total_bytes bigint, table_bytes bigint, index_bytes bigint, dead_rows bigint, sequential_scans bigint, index_scans bigint, last_vacuum timestamptz, last_analyze timestamptz, database_bytes bigint)
language sql stable security definer
set search_path = ''
as $$
  with sizes as (
    select
      c.oid,
      c.relnamespace::regnamespace::text as schema_name,
      c.relname::text as table_name,
      -- A table that grows is the sum of its months.
      coalesce((
        select array_agg(inhrelid) from pg_catalog.pg_inherits where inhparent = c.oid
      ), array[c.oid]) as parts
    from pg_catalog.pg_class as c
    where
      c.relkind in ('r', 'p')
      and not c.relispartition
      and c.relnamespace::regnamespace::text in ('public', 'loam', 'auth', 'storage')
      and (loam.is_admin() or loam.is_operator())
  )
  select
    s.schema_name,
    s.table_name,
    sum(greatest(part.reltuples, 0))::bigint,
    sum(pg_total_relation_size(part.oid))::bigint,
    sum(pg_table_size(part.oid))::bigint,
    sum(pg_indexes_size(part.oid))::bigint,
    coalesce(sum(used.n_dead_tup), 0)::bigint,
    coalesce(sum(used.seq_scan), 0)::bigint,
    coalesce(sum(used.idx_scan), 0)::bigint,
    max(greatest(used.last_vacuum, used.last_autovacuum)),
    max(greatest(used.last_analyze, used.last_autoanalyze)),
    pg_database_size(current_database())
  from sizes as s
  join pg_catalog.pg_class as part on part.oid = any (s.parts)
  left join pg_catalog.pg_stat_all_tables as used on used.relid = part.oid
  group by s.schema_name, s.table_name
  order by 4 desc, 1, 2
$$;

create function loam.user_activity_summary()
returns table(user_id uuid, email text, display_name text, role text, created_at timestamptz, last_sign_in timestamptz, conversation_count bigint, message_count bigint, document_count bigint, total_tokens_used bigint, total_cost_usd numeric, last_activity_at timestamptz)
language plpgsql stable security definer
set search_path = ''
as $$
declare
  nothing constant text := 'select null::uuid as user_id, 0::bigint as many, null::timestamptz as latest where false';
begin
  if not (loam.is_admin() or loam.is_operator()) then
    return;
  end if;
  return query execute format(
    'select
       p.id, p.email, p.display_name, p.role, p.created_at, p.last_sign_in,
       coalesce(c.many, 0), coalesce(m.many, 0), coalesce(d.many, 0), p.total_tokens_used, p.total_cost_usd,
       greatest(p.last_sign_in, c.latest, m.latest, d.latest)
     from public.user_profiles as p
     left join (%s) as c on c.user_id = p.id
     left join (%s) as m on m.user_id = p.id
     left join (%s) as d on d.user_id = p.id
     order by 12 desc nulls last, p.id',
    case when to_regclass('public.conversations') is null then nothing else
      'select user_id, count(*) as many, max(created_at) as latest from public.conversations where deleted_at is null group by user_id'
    end,
    case when to_regclass('public.messages') is null then nothing else
      'select user_id, count(*) as many, max(created_at) as latest from public.messages where role = ''user'' and deleted_at is null group by user_id'
    end,
    case when to_regclass('public.documents') is null then nothing else
      'select user_id, count(*) as many, max(created_at) as latest from public.documents where deleted_at is null group by user_id'
    end
  );
end
$$;

create function loam.require_sample_data()
returns void
language plpgsql
set search_path = ''
as $$
begin
  if not exists (select from loam.installation where parameters -> 'sample_data' = 'true'::jsonb) then
    raise exception 'this installation does not allow sample data'
      using errcode = 'object_not_in_prerequisite_state', hint = 'Set "sample_data" to true in loam.installation.parameters.';
  end if;
end
$$;

create function public.generate_sample_data(email text default 'test@example.com')
returns jsonb
language plpgsql security definer
set search_path = ''
as $$
declare
  address text := lower(btrim(email));
  person uuid;
  talk uuid;
  question uuid;
  topics constant text[] := array['Planning a garden', 'A letter to the landlord', 'Reading a contract'];
  made jsonb := '{"conversations": 0, "messages": 0, "documents": 0}';
begin
  perform loam.require_sample_data();
  if address !~ '^[^@[:space:]]+@[^@[:space:]]+$' then
    raise exception 'an address is wanted' using errcode = 'invalid_parameter_value';
  end if;
  select u.id into person from auth.users as u where lower(u.email) = address order by u.created_at limit 1;
  if not found then
    person := gen_random_uuid();
    insert into auth.users (id, aud, role, email, email_confirmed_at, raw_app_meta_data, raw_user_meta_data, created_at, updated_at)
    values (
      person, 'authenticated', 'authenticated', address, now(), '{"provider": "email", "providers": ["email"], "sample": true}',
      jsonb_build_object('display_name', split_part(address, '@', 1)), now(), now()
    );
  end if;
  if to_regclass('public.conversations') is not null then
    for topic in 1..3 loop
      insert into public.conversations (user_id, title, model_provider, model_name, metadata)
      values (person, topics[topic], 'loam', 'extractive', '{"sample": true}')
      returning id into talk;
      question := null;
      for turn in 1..4 loop
        insert into public.messages (conversation_id, user_id, parent_id, role, content, input_tokens, output_tokens, metadata, created_at)
        values (
          talk, person, question,
          case when turn % 2 = 1 then 'user' else 'assistant' end,
          case when turn % 2 = 1 then format('%s: what comes first? (%s)', topics[topic], turn) else format('First, the question: %s.', lower(topics[topic])) end,
          12, 24, '{"sample": true}', now() - interval '1 day' * (4 - topic) + interval '1 minute' * turn
        )
        returning id into question;
      end loop;
    end loop;
    made := made || '{"conversations": 3, "messages": 12}';
  end if;
  if to_regclass('public.documents') is not null then
    for number in 1..2 loop
      insert into public.documents (
        user_id, original_name, storage_path, mime_type, file_size, processing_status, page_count, metadata, created_by
      )
      values (
        person, format('sample-%s.txt', number), format('%s/sample/%s.txt', person, gen_random_uuid()), 'text/plain', 120,
        'completed', 1, '{"sample": true}', person
      )
      returning id into talk;
      insert into public.document_pages (document_id, page_index, user_id, content)
      values (talk, 0, person, format('Sample page %s. The warranty of the sample lasts %s years.', number, number));
      insert into public.document_chunks (document_id, user_id, chunk_index, page_index, start_offset, end_offset, content)
      select p.document_id, p.user_id, 0, 0, 0, char_length(p.content), p.content
      from public.document_pages as p
      where p.document_id = talk;
      update public.documents set chunk_count = 1 where id = talk;
    end loop;
    made := made || '{"documents": 2}';
  end if;
  return made || jsonb_build_object('user_id', person);
end
$$;

create function public.cleanup_test_data()
returns bigint
language plpgsql security definer
set search_path = ''
as $$
declare
  removed bigint := 0;
  gone bigint;
begin
  perform loam.require_sample_data();
  if to_regclass('public.documents') is not null then
    delete from public.documents where metadata -> 'sample' = 'true'::jsonb;
    get diagnostics gone = row_count;
    removed := removed + gone;
  end if;
  if to_regclass('public.conversations') is not null then
    delete from public.conversations where metadata -> 'sample' = 'true'::jsonb;
    get diagnostics gone = row_count;
    removed := removed + gone;
  end if;
  delete from auth.users where raw_app_meta_data -> 'sample' = 'true'::jsonb;
  get diagnostics gone = row_count;
  return removed + gone;
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

create view public.performance_stats
with (security_invoker=true) as
 select schema_name, table_name, row_estimate, total_bytes, table_bytes, index_bytes, dead_rows,
    sequential_scans, index_scans, last_vacuum, last_analyze, database_bytes
   from loam.performance_stats() performance_stats(schema_name, table_name, row_estimate, total_bytes, table_bytes, index_bytes, dead_rows, sequential_scans, index_scans, last_vacuum, last_analyze, database_bytes);
grant select on public.performance_stats to authenticated;

create view public.user_activity_summary
with (security_invoker=true) as
 select user_id, email, display_name, role, created_at, last_sign_in, conversation_count,
    message_count, document_count, total_tokens_used, total_cost_usd, last_activity_at
   from loam.user_activity_summary() user_activity_summary(user_id, email, display_name, role, created_at, last_sign_in, conversation_count, message_count, document_count, total_tokens_used, total_cost_usd, last_activity_at);
grant select on public.user_activity_summary to authenticated;

grant execute on function loam.is_admin() to authenticated;
grant execute on function loam.has_accounts() to loam_auth;
grant execute on function loam.give_role(uuid,text) to loam_auth;
grant execute on function loam.performance_stats() to authenticated;
grant execute on function loam.user_activity_summary() to authenticated;
grant execute on function public.generate_sample_data(text) to service_role;
grant execute on function public.cleanup_test_data() to service_role;

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
create index model_providers_organization_id_idx on public.model_providers using btree (organization_id) where (organization_id is not null);
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
  price_per_image numeric(20,9),
  valid_from timestamptz default now() not null,
  valid_to timestamptz,
  source text,
  created_at timestamptz default now() not null,
  updated_at timestamptz default now() not null,
  constraint model_pricing_pkey primary key (id),
  constraint model_pricing_no_overlap exclude using gist (int8range(hashtextextended(((((coalesce((organization_id)::text, '') || ' ') || provider) || ' ') || model), (0)::bigint), hashtextextended(((((coalesce((organization_id)::text, '') || ' ') || provider) || ' ') || model), (0)::bigint), '[]') with &&, tstzrange(valid_from, valid_to) with &&),
  constraint model_pricing_cache_write_price_per_million_check check (cache_write_price_per_million >= (0)::numeric),
  constraint model_pricing_cached_input_price_per_million_check check (cached_input_price_per_million >= (0)::numeric),
  constraint model_pricing_check check ((valid_to is null) or (valid_to > valid_from)),
  constraint model_pricing_input_price_per_million_check check (input_price_per_million >= (0)::numeric),
  constraint model_pricing_output_price_per_million_check check (output_price_per_million >= (0)::numeric),
  constraint model_pricing_price_per_call_check check (price_per_call >= (0)::numeric),
  constraint model_pricing_price_per_image_check check (price_per_image >= (0)::numeric)
);
create index model_pricing_model_idx on public.model_pricing using btree (provider, model, valid_from) where (organization_id is null);
create index model_pricing_organization_id_idx on public.model_pricing using btree (organization_id, provider, model) where (organization_id is not null);
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
  created_by uuid default auth.uid(),
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
create index experiments_organization_id_idx on public.experiments using btree (organization_id) where (organization_id is not null);
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
create index evaluations_organization_id_idx on public.evaluations using btree (organization_id) where (organization_id is not null);
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

create function loam.end_earlier_price()
returns trigger
language plpgsql
set search_path = ''
as $$
begin
  update public.model_pricing as p
  set valid_to = new.valid_from
  where
    p.provider = new.provider and p.model = new.model and p.organization_id is not distinct from new.organization_id
    and p.valid_to is null and p.valid_from < new.valid_from;
  return new;
end
$$;

create function public.price_at(wanted_provider text, wanted_model text, moment timestamptz default now())
returns setof public.model_pricing
language sql stable
set search_path = ''
as $$
  select p.*
  from public.model_pricing as p
  where
    p.organization_id is null and p.provider = wanted_provider and p.model = wanted_model
    and p.valid_from <= moment and (p.valid_to is null or p.valid_to > moment)
  order by p.valid_from desc
  limit 1
$$;

create trigger model_providers_touch before update on public.model_providers for each row execute function loam.touch_updated_at();
create policy "gateway reads providers" on public.model_providers
  for select to loam_ledger
  using (true);
grant delete, insert, select, update on public.model_providers to authenticated;
grant select on public.model_providers to loam_ledger;

create trigger provider_keys_touch before update on public.provider_keys for each row execute function loam.touch_updated_at();
create policy "gateway keeps keys" on public.provider_keys
  for all to loam_ledger
  using (true)
  with check (true);
grant delete, select (id, provider_id, name, key_hint, weight, enabled, expires_at, last_used_at, last_error_code, created_by, created_at, updated_at), update (name, weight, enabled, expires_at) on public.provider_keys to authenticated;
grant insert, select, update (key_sealed, key_hint, last_used_at, last_error_code) on public.provider_keys to loam_ledger;

create trigger models_touch before update on public.models for each row execute function loam.touch_updated_at();
create policy "gateway reads models" on public.models
  for select to loam_ledger
  using (true);
grant delete, insert, select, update on public.models to authenticated;
grant select on public.models to loam_ledger;

create trigger model_pricing_follow before insert on public.model_pricing for each row execute function loam.end_earlier_price();
create trigger model_pricing_touch before update on public.model_pricing for each row execute function loam.touch_updated_at();
create policy "gateway reads prices" on public.model_pricing
  for select to loam_ledger
  using (true);
grant delete, insert, select, update on public.model_pricing to authenticated;
grant select on public.model_pricing to loam_ledger;

create trigger model_routes_touch before update on public.model_routes for each row execute function loam.touch_updated_at();
create policy "gateway reads routes" on public.model_routes
  for select to loam_ledger
  using (true);
grant delete, insert, select, update on public.model_routes to authenticated;
grant select on public.model_routes to loam_ledger;

create trigger experiments_touch before update on public.experiments for each row execute function loam.touch_updated_at();
create policy "gateway reads experiments" on public.experiments
  for select to loam_ledger
  using (true);
grant delete, insert (id, organization_id, route_id, name, hypothesis, kind, variants, status, started_at, ended_at, conclusion, metadata), select, update (organization_id, route_id, name, hypothesis, kind, variants, status, started_at, ended_at, conclusion, metadata) on public.experiments to authenticated;
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
  using ((tenant_id = any (array( select loam.my_tenant_ids('member') as my_tenant_ids))))
  with check ((tenant_id = any (array( select loam.my_tenant_ids('member') as my_tenant_ids))));
create policy "people remove their own evaluations" on public.evaluations
  for delete to authenticated
  using ((tenant_id = any (array( select loam.my_tenant_ids('member') as my_tenant_ids))));
create policy "people see their own evaluations" on public.evaluations
  for select to authenticated
  using ((tenant_id = any (array( select loam.my_tenant_ids() as my_tenant_ids))));
create policy "people start their own evaluations" on public.evaluations
  for insert to authenticated
  with check (((user_id = ( select auth.uid() as uid)) and (tenant_id = any (array( select loam.my_tenant_ids('member') as my_tenant_ids))) and ((experiment_id is null) or (exists ( select from public.experiments e where (e.id = evaluations.experiment_id))))));
grant delete, insert (user_id, organization_id, experiment_id, name, models, cases, metadata), select, update (name, metadata, deleted_at) on public.evaluations to authenticated;
grant select, update (status, started_at, completed_at, metadata) on public.evaluations to loam_ledger;

create policy "ledger reads results" on public.evaluation_results
  for select to loam_ledger
  using (true);
create policy "ledger writes results" on public.evaluation_results
  for insert to loam_ledger
  with check (true);
create policy "people see results of their own evaluations" on public.evaluation_results
  for select to authenticated
  using ((exists ( select from public.evaluations e where (e.id = evaluation_results.evaluation_id))));
grant select on public.evaluation_results to authenticated;
grant insert, select on public.evaluation_results to loam_ledger;

grant execute on function public.price_at(text,text,timestamp with time zone) to authenticated;
grant execute on function public.price_at(text,text,timestamp with time zone) to loam_ledger;

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

create table public.usage_pending (
  id bigint generated always as identity not null,
  hour timestamptz not null,
  constraint usage_pending_pkey primary key (id)
);
alter table public.usage_pending enable row level security;

create table public.usage_summaries (
  id uuid default gen_random_uuid() not null,
  period text not null,
  period_start timestamptz not null,
  user_id uuid,
  organization_id uuid,
  tenant_id uuid generated always as (coalesce(organization_id, user_id)) stored,
  api_key_id uuid,
  provider text not null,
  model text not null,
  action text not null,
  calls bigint not null,
  failed_calls bigint not null,
  unpriced_calls bigint not null,
  estimated_calls bigint not null,
  input_tokens bigint not null,
  output_tokens bigint not null,
  cached_tokens bigint not null,
  cache_write_tokens bigint not null,
  reasoning_tokens bigint not null,
  tokens_used bigint generated always as ((input_tokens + output_tokens)) stored,
  cost_usd numeric(24,15) not null,
  total_latency_ms bigint not null,
  max_latency_ms integer not null,
  created_at timestamptz default now() not null,
  constraint usage_summaries_pkey primary key (id),
  constraint usage_summaries_period_check check (period = any (array['hour', 'day', 'week', 'month']))
);
create index usage_summaries_period_idx on public.usage_summaries using btree (period, period_start);
create index usage_summaries_tenant_id_idx on public.usage_summaries using btree (tenant_id, period, period_start);
create index usage_summaries_user_id_idx on public.usage_summaries using btree (user_id, period, period_start);
alter table public.usage_summaries enable row level security;

create table public.budgets (
  id uuid default gen_random_uuid() not null,
  user_id uuid,
  organization_id uuid,
  tenant_id uuid generated always as (coalesce(organization_id, user_id)) stored,
  api_key_id uuid,
  name text not null,
  period text default 'month' not null,
  limit_usd numeric(20,10),
  limit_tokens bigint,
  enabled boolean default true not null,
  period_start timestamptz default '-infinity'::timestamptz not null,
  spent_usd numeric(24,15) default 0 not null,
  spent_tokens bigint default 0 not null,
  held_usd numeric(24,15) default 0 not null,
  held_tokens bigint default 0 not null,
  metadata jsonb default '{}'::jsonb not null,
  created_at timestamptz default now() not null,
  updated_at timestamptz default now() not null,
  constraint budgets_pkey primary key (id),
  constraint budgets_check check (num_nonnulls(limit_usd, limit_tokens) > 0),
  constraint budgets_held_tokens_check check (held_tokens >= 0),
  constraint budgets_held_usd_check check (held_usd >= (0)::numeric),
  constraint budgets_limit_tokens_check check (limit_tokens >= 0),
  constraint budgets_limit_usd_check check (limit_usd >= (0)::numeric),
  constraint budgets_name_check check ((char_length(name) >= 1) and (char_length(name) <= 200)),
  constraint budgets_period_check check (period = any (array['day', 'week', 'month', 'total'])),
  constraint budgets_spent_tokens_check check (spent_tokens >= 0),
  constraint budgets_spent_usd_check check (spent_usd >= (0)::numeric),
  constraint budgets_api_key_id_fkey foreign key (api_key_id) references public.api_keys(id) on delete cascade,
  constraint budgets_user_id_fkey foreign key (user_id) references public.user_profiles(id) on delete cascade
);
create index budgets_api_key_id_idx on public.budgets using btree (api_key_id);
create index budgets_organization_id_idx on public.budgets using btree (organization_id) where (organization_id is not null);
create index budgets_tenant_id_idx on public.budgets using btree (tenant_id);
create index budgets_user_id_idx on public.budgets using btree (user_id);
alter table public.budgets enable row level security;

create table public.budget_reservations (
  id uuid not null,
  budget_id uuid not null,
  user_id uuid,
  request_id text,
  period_start timestamptz not null,
  amount_usd numeric(24,15) not null,
  amount_tokens bigint not null,
  status text default 'held' not null,
  settled_usd numeric(24,15),
  settled_tokens bigint,
  expires_at timestamptz not null,
  created_at timestamptz default now() not null,
  updated_at timestamptz default now() not null,
  constraint budget_reservations_pkey primary key (id, budget_id),
  constraint budget_reservations_amount_tokens_check check (amount_tokens >= 0),
  constraint budget_reservations_amount_usd_check check (amount_usd >= (0)::numeric),
  constraint budget_reservations_settled_tokens_check check (settled_tokens >= 0),
  constraint budget_reservations_settled_usd_check check (settled_usd >= (0)::numeric),
  constraint budget_reservations_status_check check (status = any (array['held', 'settled', 'released'])),
  constraint budget_reservations_budget_id_fkey foreign key (budget_id) references public.budgets(id) on delete cascade,
  constraint budget_reservations_user_id_fkey foreign key (user_id) references public.user_profiles(id) on delete set null
);
create index budget_reservations_budget_id_idx on public.budget_reservations using btree (budget_id, created_at desc);
create index budget_reservations_expires_at_idx on public.budget_reservations using btree (expires_at) where (status = 'held');
create index budget_reservations_user_id_idx on public.budget_reservations using btree (user_id);
alter table public.budget_reservations enable row level security;

create table public.usage_quotas (
  id uuid default gen_random_uuid() not null,
  user_id uuid,
  organization_id uuid,
  tenant_id uuid generated always as (coalesce(organization_id, user_id)) stored,
  role text,
  resource text not null,
  period text default 'month' not null,
  provider text,
  model text,
  limit_value numeric(24,10) not null,
  enabled boolean default true not null,
  metadata jsonb default '{}'::jsonb not null,
  created_at timestamptz default now() not null,
  updated_at timestamptz default now() not null,
  constraint usage_quotas_pkey primary key (id),
  constraint usage_quotas_check check ((user_id is null) or (role is null)),
  constraint usage_quotas_limit_value_check check (limit_value >= (0)::numeric),
  constraint usage_quotas_period_check check (period = any (array['hour', 'day', 'week', 'month', 'total'])),
  constraint usage_quotas_resource_check check (resource = any (array['calls', 'tokens', 'cost_usd', 'images', 'documents', 'storage_bytes'])),
  constraint usage_quotas_role_check check (role = any (array['user', 'admin', 'moderator'])),
  constraint usage_quotas_user_id_fkey foreign key (user_id) references public.user_profiles(id) on delete cascade
);
create index usage_quotas_organization_id_idx on public.usage_quotas using btree (organization_id) where (organization_id is not null);
create index usage_quotas_tenant_id_idx on public.usage_quotas using btree (tenant_id);
create index usage_quotas_user_id_idx on public.usage_quotas using btree (user_id);
alter table public.usage_quotas enable row level security;

create table public.usage_alerts (
  id uuid default gen_random_uuid() not null,
  user_id uuid default auth.uid() not null,
  organization_id uuid,
  tenant_id uuid generated always as (coalesce(organization_id, user_id)) stored,
  name text not null,
  scope text default 'mine' not null,
  metric text not null,
  period text default 'day' not null,
  threshold numeric(24,10) not null,
  provider text,
  model text,
  enabled boolean default true not null,
  metadata jsonb default '{}'::jsonb not null,
  created_at timestamptz default now() not null,
  updated_at timestamptz default now() not null,
  constraint usage_alerts_pkey primary key (id),
  constraint usage_alerts_metadata_check check (octet_length((metadata)::text) <= 16384),
  constraint usage_alerts_metric_check check (metric = any (array['calls', 'tokens', 'cost_usd', 'failed_share', 'mean_latency_ms'])),
  constraint usage_alerts_name_check check ((char_length(name) >= 1) and (char_length(name) <= 200)),
  constraint usage_alerts_period_check check (period = any (array['hour', 'day', 'week', 'month'])),
  constraint usage_alerts_scope_check check (scope = any (array['mine', 'organization', 'installation'])),
  constraint usage_alerts_threshold_check check (threshold >= (0)::numeric),
  constraint usage_alerts_user_id_fkey foreign key (user_id) references public.user_profiles(id) on delete cascade
);
create index usage_alerts_organization_id_idx on public.usage_alerts using btree (organization_id) where (organization_id is not null);
create index usage_alerts_tenant_id_idx on public.usage_alerts using btree (tenant_id);
create index usage_alerts_user_id_idx on public.usage_alerts using btree (user_id);
alter table public.usage_alerts enable row level security;

create table public.alert_events (
  id uuid default gen_random_uuid() not null,
  alert_id uuid,
  user_id uuid,
  organization_id uuid,
  tenant_id uuid generated always as (coalesce(organization_id, user_id)) stored,
  kind text not null,
  subject text default '' not null,
  severity text default 'warning' not null,
  message text not null,
  value numeric,
  threshold numeric,
  details jsonb default '{}'::jsonb not null,
  last_seen_at timestamptz default now() not null,
  acknowledged_at timestamptz,
  resolved_at timestamptz,
  created_at timestamptz default now() not null,
  updated_at timestamptz default now() not null,
  constraint alert_events_pkey primary key (id),
  constraint alert_events_kind_check check (kind = any (array['usage', 'budget', 'slow_query', 'connections', 'storage', 'failed_sign_ins'])),
  constraint alert_events_severity_check check (severity = any (array['info', 'warning', 'critical'])),
  constraint alert_events_alert_id_fkey foreign key (alert_id) references public.usage_alerts(id) on delete cascade,
  constraint alert_events_user_id_fkey foreign key (user_id) references public.user_profiles(id) on delete cascade
);
create unique index alert_events_alert_key on public.alert_events using btree (alert_id, subject) where (alert_id is not null);
create index alert_events_created_at_idx on public.alert_events using btree (created_at desc) where (user_id is null);
create unique index alert_events_open_key on public.alert_events using btree (kind, subject) where ((resolved_at is null) and (alert_id is null));
create index alert_events_tenant_id_idx on public.alert_events using btree (tenant_id, created_at desc);
create index alert_events_user_id_idx on public.alert_events using btree (user_id, created_at desc);
alter table public.alert_events enable row level security;

create table public.response_cache (
  id uuid default gen_random_uuid() not null,
  user_id uuid not null,
  organization_id uuid,
  tenant_id uuid generated always as (coalesce(organization_id, user_id)) stored,
  request_hash text not null,
  provider text not null,
  model text not null,
  question text,
  response jsonb not null,
  document_ids uuid[] default '{}'::uuid[] not null,
  input_tokens bigint default 0 not null,
  output_tokens bigint default 0 not null,
  cost_usd numeric(24,15),
  hit_count bigint default 0 not null,
  false_hit_count bigint default 0 not null,
  last_hit_at timestamptz,
  expires_at timestamptz not null,
  created_at timestamptz default now() not null,
  updated_at timestamptz default now() not null,
  constraint response_cache_pkey primary key (id),
  constraint response_cache_tenant_id_request_hash_key unique (tenant_id, request_hash),
  constraint response_cache_cost_usd_check check (cost_usd >= (0)::numeric),
  constraint response_cache_false_hit_count_check check (false_hit_count >= 0),
  constraint response_cache_hit_count_check check (hit_count >= 0),
  constraint response_cache_input_tokens_check check (input_tokens >= 0),
  constraint response_cache_output_tokens_check check (output_tokens >= 0),
  constraint response_cache_question_check check (char_length(question) <= 20000),
  constraint response_cache_request_hash_check check (request_hash ~ '^[0-9a-f]{64}$'),
  constraint response_cache_response_check check (octet_length((response)::text) <= 2000000),
  constraint response_cache_user_id_fkey foreign key (user_id) references public.user_profiles(id) on delete cascade
);
create index response_cache_document_ids_idx on public.response_cache using gin (document_ids);
create index response_cache_expires_at_idx on public.response_cache using btree (expires_at);
create index response_cache_organization_id_idx on public.response_cache using btree (organization_id) where (organization_id is not null);
create index response_cache_user_id_idx on public.response_cache using btree (user_id);
alter table public.response_cache enable row level security;

create table public.response_cache_embeddings (
  cache_id uuid not null,
  model text not null,
  user_id uuid not null,
  organization_id uuid,
  tenant_id uuid generated always as (coalesce(organization_id, user_id)) stored,
  dimensions integer not null,
  embedding extensions.vector not null,
  created_at timestamptz default now() not null,
  constraint response_cache_embeddings_pkey primary key (cache_id, model),
  constraint response_cache_embeddings_check check (extensions.vector_dims(embedding) = dimensions),
  constraint response_cache_embeddings_dimensions_check check (dimensions > 0),
  constraint response_cache_embeddings_model_check check ((char_length(model) >= 1) and (char_length(model) <= 200)),
  constraint response_cache_embeddings_cache_id_fkey foreign key (cache_id) references public.response_cache(id) on delete cascade,
  constraint response_cache_embeddings_user_id_fkey foreign key (user_id) references public.user_profiles(id) on delete cascade
);
create index response_cache_embeddings_tenant_id_idx on public.response_cache_embeddings using btree (tenant_id, model);
create index response_cache_embeddings_user_id_idx on public.response_cache_embeddings using btree (user_id);
alter table public.response_cache_embeddings enable row level security;

create function loam.forget_usage()
returns trigger
language plpgsql security definer
set search_path = ''
as $$
begin
  update public.usage_logs set user_id = null where user_id = old.id;
  update public.usage_summaries set user_id = null where user_id = old.id;
  return null;
end
$$;

create function loam.period_start(period text, moment timestamptz)
returns timestamptz
language sql stable
set search_path = ''
as $$
  select case when period = 'total' then '-infinity'::timestamptz else date_trunc(period, moment, 'UTC') end
$$;

create function loam.note_usage_hours()
returns trigger
language plpgsql security definer
set search_path = ''
as $$
begin
  insert into public.usage_pending (hour) select distinct date_trunc('hour', created_at, 'UTC') from added;
  return null;
end
$$;

create function loam.summarize_usage()
returns integer
language plpgsql security definer
set search_path = ''
as $$
declare
  hours timestamptz[];
  covering text;
  part text;
begin
  perform pg_advisory_xact_lock(hashtextextended('loam.usage.summaries', 0));
  with taken as (
    delete from public.usage_pending returning hour
  )
  select array_agg(distinct t.hour) into hours from taken as t;

  select array_agg(h.start) into hours
  from unnest(hours) as h (start)
  where (
    select count(*) from public.usage_logs as l where l.created_at >= h.start and l.created_at < h.start + interval '1 hour'
  ) >= (
    select coalesce(sum(s.calls), 0) from public.usage_summaries as s where s.period = 'hour' and s.period_start = h.start
  );
  if hours is null then
    return 0;
  end if;

  delete from public.usage_summaries where period = 'hour' and period_start = any (hours);
  insert into public.usage_summaries (
    period, period_start, user_id, organization_id, api_key_id, provider, model, action, calls, failed_calls, unpriced_calls,
    estimated_calls, input_tokens, output_tokens, cached_tokens, cache_write_tokens, reasoning_tokens, cost_usd,
    total_latency_ms, max_latency_ms
  )
  select
    'hour', h.start, l.user_id, l.organization_id, l.api_key_id, l.provider, l.model, l.action, count(*),
    count(*) filter (where l.status = 'failed'), count(*) filter (where l.cost_usd is null), count(*) filter (where l.estimated),
    sum(l.input_tokens), sum(l.output_tokens), sum(l.cached_tokens), sum(l.cache_write_tokens), sum(l.reasoning_tokens),
    coalesce(sum(l.cost_usd), 0), sum(l.latency_ms), max(l.latency_ms)
  from unnest(hours) as h (start)
  join public.usage_logs as l on l.created_at >= h.start and l.created_at < h.start + interval '1 hour'
  group by h.start, l.user_id, l.organization_id, l.api_key_id, l.provider, l.model, l.action;

  -- Days are sums of hours; weeks and months are sums of days.
  foreach covering in array array['day', 'week', 'month'] loop
    part := case when covering = 'day' then 'hour' else 'day' end;
    delete from public.usage_summaries as s
    where s.period = covering and s.period_start in (select date_trunc(covering, h.start, 'UTC') from unnest(hours) as h (start));
    insert into public.usage_summaries (
      period, period_start, user_id, organization_id, api_key_id, provider, model, action, calls, failed_calls, unpriced_calls,
      estimated_calls, input_tokens, output_tokens, cached_tokens, cache_write_tokens, reasoning_tokens, cost_usd,
      total_latency_ms, max_latency_ms
    )
    select
      covering, w.start, s.user_id, s.organization_id, s.api_key_id, s.provider, s.model, s.action, sum(s.calls),
      sum(s.failed_calls), sum(s.unpriced_calls), sum(s.estimated_calls), sum(s.input_tokens), sum(s.output_tokens),
      sum(s.cached_tokens), sum(s.cache_write_tokens), sum(s.reasoning_tokens), sum(s.cost_usd), sum(s.total_latency_ms),
      max(s.max_latency_ms)
    from (
      -- Hours, not days: a day is not always 24 hours where the session's clock is.
      select distinct
        date_trunc(covering, h.start, 'UTC') as start,
        date_trunc(covering, h.start, 'UTC')
          + case covering when 'day' then interval '24 hours' when 'week' then interval '168 hours' else interval '744 hours' end as bound
      from unnest(hours) as h (start)
    ) as w
    join public.usage_summaries as s
      on s.period = part and s.period_start >= w.start and s.period_start < w.bound
      and date_trunc(covering, s.period_start, 'UTC') = w.start
    group by w.start, s.user_id, s.organization_id, s.api_key_id, s.provider, s.model, s.action;
  end loop;
  return cardinality(hours);
end
$$;

create function loam.budgets_of(for_user uuid, for_organization uuid, for_key uuid)
returns setof uuid
language sql stable
set search_path = ''
as $$
  select b.id
  from public.budgets as b
  where
    b.enabled
    and (b.user_id is null or b.user_id = for_user)
    and (b.organization_id is null or b.organization_id = for_organization)
    and (b.api_key_id is null or b.api_key_id = for_key)
$$;

create function loam.reserve_budgets(reservation uuid, wanted uuid[], amount_usd numeric, amount_tokens bigint, for_user uuid default null::uuid, for_request text default null::text, valid_for interval default '00:10:00'::interval)
returns uuid
language plpgsql
set search_path = ''
as $$
#variable_conflict use_column
declare
  budget public.budgets;
begin
  if reserve_budgets.amount_usd < 0 or reserve_budgets.amount_tokens < 0 then
    raise exception 'nobody reserves less than nothing' using errcode = 'invalid_parameter_value';
  end if;
  for budget in
    select b.* from public.budgets as b where b.id = any (wanted) and b.enabled order by b.id for no key update
  loop
    -- What another period spent counts no more; what is still held does.
    if loam.period_start(budget.period, now()) > budget.period_start then
      budget.spent_usd := 0;
      budget.spent_tokens := 0;
    end if;
    if budget.spent_usd + budget.held_usd + reserve_budgets.amount_usd > budget.limit_usd
      or budget.spent_tokens + budget.held_tokens + reserve_budgets.amount_tokens > budget.limit_tokens
    then
      return budget.id;
    end if;
  end loop;

  with counted as (
    update public.budgets as b
    set
      spent_usd = case when now_starts.at > b.period_start then 0 else b.spent_usd end,
      spent_tokens = case when now_starts.at > b.period_start then 0 else b.spent_tokens end,
      held_usd = b.held_usd + reserve_budgets.amount_usd,
      held_tokens = b.held_tokens + reserve_budgets.amount_tokens,
      period_start = greatest(b.period_start, now_starts.at)
    from (
      select each.id, loam.period_start(each.period, now()) as at from public.budgets as each where each.id = any (wanted)
    ) as now_starts
    where b.id = now_starts.id and b.enabled
    returning b.id, b.period_start
  )
  insert into public.budget_reservations (
    id, budget_id, user_id, request_id, period_start, amount_usd, amount_tokens, expires_at
  )
  select
    reservation, counted.id, for_user, for_request, counted.period_start, reserve_budgets.amount_usd,
    reserve_budgets.amount_tokens, now() + valid_for
  from counted;
  return null;
end
$$;

create function loam.settle_reservation(reservation uuid, used_usd numeric, used_tokens bigint)
returns boolean
language plpgsql
set search_path = ''
as $$
declare
  held public.budget_reservations;
  ended boolean := false;
begin
  perform
  from public.budgets as b
  where b.id in (select r.budget_id from public.budget_reservations as r where r.id = reservation)
  order by b.id
  for no key update;
  for held in
    select r.* from public.budget_reservations as r where r.id = reservation and r.status <> 'settled' order by r.budget_id for update
  loop
    update public.budgets as b
    set
      held_usd = b.held_usd - case when held.status = 'held' then held.amount_usd else 0 end,
      held_tokens = b.held_tokens - case when held.status = 'held' then held.amount_tokens else 0 end,
      spent_usd = case
        when b.period_start = held.period_start
          then greatest(0, b.spent_usd + coalesce(used_usd, held.amount_usd) - coalesce(held.settled_usd, 0))
        else b.spent_usd
      end,
      spent_tokens = case
        when b.period_start = held.period_start
          then greatest(0, b.spent_tokens + coalesce(used_tokens, held.amount_tokens) - coalesce(held.settled_tokens, 0))
        else b.spent_tokens
      end
    where b.id = held.budget_id;
    update public.budget_reservations as r
    set
      status = 'settled', settled_usd = coalesce(used_usd, held.amount_usd), settled_tokens = coalesce(used_tokens, held.amount_tokens)
    where r.id = held.id and r.budget_id = held.budget_id;
    ended := true;
  end loop;
  return ended;
end
$$;

create function loam.renew_reservation(reservation uuid, valid_for interval)
returns boolean
language sql
set search_path = ''
as $$
  with renewed as (
    update public.budget_reservations set expires_at = now() + valid_for where id = reservation and status = 'held' returning id
  )
  select exists (select from renewed)
$$;

create function loam.release_expired_reservations()
returns integer
language plpgsql
set search_path = ''
as $$
declare
  expired public.budget_reservations;
  used record;
  released integer := 0;
begin
  perform
  from public.budgets as b
  where b.id in (select r.budget_id from public.budget_reservations as r where r.status = 'held' and r.expires_at < now())
  order by b.id
  for no key update;
  for expired in
    select r.* from public.budget_reservations as r
    where r.status = 'held' and r.expires_at < now()
    order by r.budget_id, r.id
    for update skip locked
  loop
    select coalesce(sum(l.cost_usd), 0) as usd, coalesce(sum(l.tokens_used), 0)::bigint as tokens into used
    from public.usage_logs as l
    where
      l.created_at >= expired.created_at - interval '1 minute'
      and (l.request_id = expired.request_id or l.metadata ->> 'reservation_id' = expired.id::text);
    update public.budgets as b
    set
      held_usd = b.held_usd - expired.amount_usd,
      held_tokens = b.held_tokens - expired.amount_tokens,
      spent_usd = b.spent_usd + case when b.period_start = expired.period_start then used.usd else 0 end,
      spent_tokens = b.spent_tokens + case when b.period_start = expired.period_start then used.tokens else 0 end
    where b.id = expired.budget_id;
    update public.budget_reservations as r
    set status = 'released', settled_usd = used.usd, settled_tokens = used.tokens
    where r.id = expired.id and r.budget_id = expired.budget_id;
    released := released + 1;
  end loop;
  return released;
end
$$;

create function public.usage_against_quotas()
returns table(resource text, period text, provider text, model text, limit_value numeric, used numeric)
language plpgsql stable
set search_path = ''
as $$
#variable_conflict use_column
declare
  quota public.usage_quotas;
  caller uuid := (select auth.uid());
  begun timestamptz;
begin
  for quota in
    select q.*
    from public.usage_quotas as q
    where
      q.enabled and q.organization_id is null
      and (q.user_id is null or q.user_id = caller)
      and (q.role is null or q.role = (select u.role from public.user_profiles as u where u.id = caller))
    order by q.resource, q.period, q.created_at, q.id
  loop
    begun := loam.period_start(quota.period, now());
    resource := quota.resource;
    period := quota.period;
    provider := quota.provider;
    model := quota.model;
    limit_value := quota.limit_value;
    if quota.resource in ('calls', 'tokens', 'cost_usd') then
      select
        case quota.resource when 'calls' then count(*)::numeric when 'tokens' then coalesce(sum(l.tokens_used), 0) else coalesce(sum(l.cost_usd), 0) end
      into used
      from public.usage_logs as l
      where
        l.user_id = caller and l.created_at >= begun
        and (quota.provider is null or l.provider = quota.provider)
        and (quota.model is null or l.model = quota.model);
    else
      -- Of patterns that need not be installed.
      used := null;
      if quota.resource = 'images' and to_regclass('public.generated_images') is not null then
        execute 'select count(*) from public.generated_images where user_id = $1 and created_at >= $2' into used using caller, begun;
      elsif quota.resource = 'documents' and to_regclass('public.documents') is not null then
        execute 'select count(*) from public.documents where user_id = $1 and created_at >= $2' into used using caller, begun;
      elsif quota.resource = 'storage_bytes' and to_regclass('public.documents') is not null then
        execute 'select coalesce(sum(file_size), 0) from public.documents where user_id = $1' into used using caller;
      end if;
    end if;
    return next;
  end loop;
end
$$;

create function public.usage_by_model(since timestamptz default (now() - '30 days'::interval), until timestamptz default now(), everybody boolean default false)
returns table(day date, provider text, model text, calls bigint, failed_calls bigint, unpriced_calls bigint, input_tokens bigint, output_tokens bigint, cost_usd numeric)
language sql stable
set search_path = ''
as $$
  select
    (s.period_start at time zone 'UTC')::date, s.provider, s.model, sum(s.calls)::bigint, sum(s.failed_calls)::bigint,
    sum(s.unpriced_calls)::bigint, sum(s.input_tokens)::bigint, sum(s.output_tokens)::bigint, sum(s.cost_usd)
  from public.usage_summaries as s
  where
    s.period = 'day'
    and s.period_start >= date_trunc('day', since, 'UTC') and s.period_start < until
    and (everybody or s.user_id = (select auth.uid()))
  group by s.period_start, s.provider, s.model
  order by s.period_start, s.provider, s.model
$$;

create function public.project_month_cost(moment timestamptz default now(), everybody boolean default false)
returns table(month date, spent_usd numeric, daily_usd numeric, days_left numeric, projected_usd numeric, unpriced_calls bigint)
language sql stable
set search_path = ''
as $$
  with days as materialized (
    select s.period_start, sum(s.cost_usd) as cost_usd, sum(s.unpriced_calls) as unpriced_calls
    from public.usage_summaries as s
    where
      s.period = 'day'
      and s.period_start >= least(date_trunc('month', moment, 'UTC'), date_trunc('day', moment, 'UTC') - interval '168 hours')
      and s.period_start <= moment
      and (everybody or s.user_id = (select auth.uid()))
    group by s.period_start
  ),
  month as (
    select
      date_trunc('month', moment, 'UTC') as start,
      (date_trunc('month', moment at time zone 'UTC') + interval '1 month') at time zone 'UTC' as bound
  ),
  pace as (
    select
      coalesce(
        sum(d.cost_usd) / greatest(1, extract(epoch from date_trunc('day', moment, 'UTC') - min(d.period_start)) / 86400)::numeric, 0
      ) as daily
    from days as d
    where
      d.period_start >= date_trunc('day', moment, 'UTC') - interval '168 hours'
      and d.period_start < date_trunc('day', moment, 'UTC')
  ),
  spent as (
    select coalesce(sum(d.cost_usd), 0) as usd, coalesce(sum(d.unpriced_calls), 0)::bigint as unpriced
    from days as d, month as m
    where d.period_start >= m.start
  )
  select
    (m.start at time zone 'UTC')::date, s.usd, p.daily, rest.days, s.usd + p.daily * rest.days, s.unpriced
  from month as m, pace as p, spent as s
  cross join lateral (
    select round((extract(epoch from m.bound - moment) / 86400)::numeric, 4) as days
  ) as rest
$$;

create function public.what_if_cost(other_provider text, other_model text, since timestamptz default (now() - '30 days'::interval), until timestamptz default now(), everybody boolean default false)
returns table(provider text, model text, calls bigint, input_tokens bigint, output_tokens bigint, cost_usd numeric, what_if_usd numeric)
language sql stable
set search_path = ''
as $$
  select
    s.provider, s.model, sum(s.calls)::bigint, sum(s.input_tokens)::bigint, sum(s.output_tokens)::bigint, sum(s.cost_usd),
    case
      when count(*) = count(p.id) then sum(
        (
          greatest(0, s.input_tokens - s.cached_tokens - s.cache_write_tokens) * p.input_price_per_million
          + s.cached_tokens * coalesce(p.cached_input_price_per_million, p.input_price_per_million)
          + s.cache_write_tokens * coalesce(p.cache_write_price_per_million, p.input_price_per_million)
          + s.output_tokens * p.output_price_per_million
        ) / 1000000 + s.calls * coalesce(p.price_per_call, 0)
      )
    end
  from public.usage_summaries as s
  left join lateral (
    select * from public.price_at(other_provider, other_model, s.period_start)
  ) as p on true
  where
    s.period = 'day'
    and s.period_start >= date_trunc('day', since, 'UTC') and s.period_start < until
    and (everybody or s.user_id = (select auth.uid()))
  group by s.provider, s.model
  order by sum(s.cost_usd) desc, s.provider, s.model
$$;

create function loam.calls_of_everybody(since timestamptz, until timestamptz)
returns table(created_at timestamptz, provider text, model text, latency_ms integer, time_to_first_token_ms integer, status text, error_code text)
language sql stable security definer
set search_path = ''
as $$
  select l.created_at, l.provider, l.model, l.latency_ms, l.time_to_first_token_ms, l.status, l.error_code
  from public.usage_logs as l
  where l.created_at >= since and l.created_at < until and (select loam.is_admin())
$$;

create function public.latency_percentiles(since timestamptz default (now() - '7 days'::interval), until timestamptz default now(), everybody boolean default false)
returns table(provider text, model text, calls bigint, p50_ms integer, p95_ms integer, p99_ms integer, first_token_p50_ms integer, first_token_p95_ms integer)
language sql stable
set search_path = ''
as $$
  with calls as (
    select l.provider, l.model, l.latency_ms, l.time_to_first_token_ms, l.status
    from public.usage_logs as l
    where not everybody and l.user_id = (select auth.uid()) and l.created_at >= since and l.created_at < until
    union all
    select c.provider, c.model, c.latency_ms, c.time_to_first_token_ms, c.status
    from loam.calls_of_everybody(since, until) as c
    where everybody
  )
  select
    c.provider, c.model, count(*),
    percentile_disc(0.5) within group (order by c.latency_ms),
    percentile_disc(0.95) within group (order by c.latency_ms),
    percentile_disc(0.99) within group (order by c.latency_ms),
    percentile_disc(0.5) within group (order by c.time_to_first_token_ms),
    percentile_disc(0.95) within group (order by c.time_to_first_token_ms)
  from calls as c
  where c.status <> 'failed'
  group by c.provider, c.model
  order by count(*) desc, c.provider, c.model
$$;

create function loam.error_shape(message text)
returns text
language sql immutable
set search_path = ''
as $$
  select left(
    regexp_replace(
      regexp_replace(
        regexp_replace(left(message, 2000), '("[^"]*"|''[^'']*''|`[^`]*`)', '…', 'g'),
        '\m(?=[[:alnum:]_-]*[0-9])[[:alnum:]_-]{6,}\M', '#', 'g'
      ),
      '[0-9]+', '#', 'g'
    ),
    200
  )
$$;

create function public.error_clusters(since timestamptz default (now() - '7 days'::interval), until timestamptz default now(), everybody boolean default false)
returns table(provider text, model text, error_code text, shape text, calls bigint, first_at timestamptz, last_at timestamptz, example text)
language sql stable
set search_path = ''
as $$
  with failed as (
    select l.created_at, l.provider, l.model, l.error_code, loam.error_shape(l.error_message) as shape, l.error_message as example
    from public.usage_logs as l
    where
      not everybody and l.user_id = (select auth.uid()) and l.status = 'failed'
      and l.created_at >= since and l.created_at < until
    union all
    select c.created_at, c.provider, c.model, c.error_code, null, null
    from loam.calls_of_everybody(since, until) as c
    where everybody and c.status = 'failed'
  )
  select f.provider, f.model, f.error_code, f.shape, count(*), min(f.created_at), max(f.created_at), min(f.example)
  from failed as f
  group by f.provider, f.model, f.error_code, f.shape
  order by count(*) desc, max(f.created_at) desc
$$;

create function loam.note_event(of_kind text, about text, how_bad text, saying text, found numeric, allowed numeric, more jsonb default '{}'::jsonb, of_user uuid default null::uuid)
returns void
language sql security definer
set search_path = ''
as $$
  insert into public.alert_events as held (kind, subject, severity, message, value, threshold, details, user_id)
  values (of_kind, about, how_bad, saying, found, allowed, more, of_user)
  on conflict (kind, subject) where resolved_at is null and alert_id is null do update
    set severity = excluded.severity, message = excluded.message, value = excluded.value, details = excluded.details, last_seen_at = now()
$$;

create function loam.end_events(of_kind text, still text[])
returns void
language sql security definer
set search_path = ''
as $$
  update public.alert_events
  set resolved_at = now()
  where kind = of_kind and alert_id is null and resolved_at is null and subject <> all (still)
$$;

create function loam.check_slow_queries(over_ms numeric default 1000)
returns table(alert text, state text, detail text)
language plpgsql security definer
set search_path = ''
as $$
declare
  source text := (
    select format('%I.pg_stat_statements', n.nspname)
    from pg_catalog.pg_extension as e
    join pg_catalog.pg_namespace as n on n.oid = e.extnamespace
    where e.extname = 'pg_stat_statements'
  );
  found text[] := '{}';
  slow record;
  lacking text := case when source is null then 'pg_stat_statements is not installed: only what runs now was looked at' end;
begin
  for slow in
    select a.pid, round(extract(epoch from clock_timestamp() - a.query_start) * 1000) as ms, a.query_start
    from pg_catalog.pg_stat_activity as a
    where
      a.state = 'active' and a.pid <> pg_backend_pid() and a.datname = current_database()
      and a.query_start < clock_timestamp() - over_ms * interval '1 millisecond'
  loop
    found := found || format('running:%s:%s', slow.pid, slow.query_start);
    perform loam.note_event('slow_query', found[cardinality(found)], 'warning',
      format('A statement of process %s has been running for %s ms.', slow.pid, slow.ms), slow.ms, over_ms);
  end loop;
  if source is not null then
    begin
      for slow in execute format(
        'select queryid, calls, round(max_exec_time::numeric, 1) as ms, round(mean_exec_time::numeric, 1) as mean,
           left(substring(query from ''(?i)^\s*((?:with|select|insert|update|delete|merge|values)\M.*|\w+)''), 500) as query
         from %s where dbid = (select oid from pg_catalog.pg_database where datname = current_database()) and max_exec_time > $1
         order by max_exec_time desc limit 50', source
      ) using over_ms::float8
      loop
        found := found || format('query:%s', slow.queryid);
        perform loam.note_event('slow_query', found[cardinality(found)], 'warning',
          format('A statement took up to %s ms.', slow.ms), slow.ms, over_ms,
          jsonb_build_object('query', slow.query, 'calls', slow.calls, 'mean_ms', slow.mean));
      end loop;
    exception when object_not_in_prerequisite_state then
      lacking := 'pg_stat_statements is not among shared_preload_libraries: only what runs now was looked at';
    end;
  end if;
  perform loam.end_events('slow_query', found);
  return query select
    'slow_query',
    case when cardinality(found) > 0 then 'fired' when lacking is null then 'fine' else 'not evaluated' end,
    concat_ws('; ', case when cardinality(found) > 0 then format('%s statements over %s ms', cardinality(found), over_ms) end, lacking);
end
$$;

create function loam.check_connections(share numeric default 0.8)
returns table(alert text, state text, detail text)
language plpgsql security definer
set search_path = ''
as $$
declare
  most integer := current_setting('max_connections')::integer - current_setting('superuser_reserved_connections')::integer;
  taken integer := (select count(*) from pg_catalog.pg_stat_activity as a where a.backend_type = 'client backend');
begin
  if (select i.parameters ->> 'target' from loam.installation as i) = 'pglite' then
    return query select 'connections', 'not evaluated', 'the embedded engine has one connection';
    return;
  end if;
  if taken >= most * share then
    perform loam.note_event('connections', '', case when taken >= most * 0.95 then 'critical' else 'warning' end,
      format('%s of %s connections are taken.', taken, most), taken, most * share);
  end if;
  perform loam.end_events('connections', case when taken >= most * share then array[''] else '{}' end);
  return query select
    'connections', case when taken >= most * share then 'fired' else 'fine' end, format('%s of %s', taken, most);
end
$$;

create function loam.check_storage(room bigint default null::bigint, share numeric default 0.8)
returns table(alert text, state text, detail text)
language plpgsql security definer
set search_path = ''
as $$
declare
  most bigint := coalesce(room, (select (i.parameters ->> 'storage_limit_bytes')::bigint from loam.installation as i));
  taken bigint := pg_database_size(current_database())
    + coalesce((select sum((o.metadata ->> 'size')::bigint) from storage.objects as o where o.metadata ->> 'size' ~ '^[0-9]+$'), 0);
begin
  if most is null then
    return query select 'storage', 'not evaluated', format('%s bytes are taken; storage_limit_bytes is not set', taken);
    return;
  end if;
  if taken >= most * share then
    perform loam.note_event('storage', '', case when taken >= most * 0.95 then 'critical' else 'warning' end,
      format('%s of %s bytes are taken.', taken, most), taken, most * share);
  end if;
  perform loam.end_events('storage', case when taken >= most * share then array[''] else '{}' end);
  return query select 'storage', case when taken >= most * share then 'fired' else 'fine' end, format('%s of %s bytes', taken, most);
end
$$;

create function loam.check_failed_sign_ins(more_than integer default 50)
returns table(alert text, state text, detail text)
language plpgsql security definer
set search_path = ''
as $$
declare
  failed bigint := (
    select coalesce(sum(r.count), 0) from public.rate_limits as r
    where r.key like 'sign\_in:ip:%' and r.window_start >= now() - interval '1 hour'
  );
begin
  if (select i.parameters ->> 'target' from loam.installation as i) = 'supabase' then
    return query select 'failed_sign_ins', 'not evaluated', 'the sign-in service of Supabase keeps no count in the database';
    return;
  end if;
  if failed > more_than then
    perform loam.note_event('failed_sign_ins', '', 'warning', format('%s sign-ins failed within an hour.', failed), failed, more_than);
  end if;
  perform loam.end_events('failed_sign_ins', case when failed > more_than then array[''] else '{}' end);
  return query select 'failed_sign_ins', case when failed > more_than then 'fired' else 'fine' end, format('%s within an hour', failed);
end
$$;

create function loam.check_budgets(share numeric default 0.8)
returns table(alert text, state text, detail text)
language plpgsql security definer
set search_path = ''
as $$
declare
  found text[] := '{}';
  near record;
begin
  for near in
    select b.id, b.user_id, b.name, round(used.share, 4) as part
    from public.budgets as b
    cross join lateral (
      select greatest(
        case when b.limit_usd > 0 then b.spent_usd / b.limit_usd when b.limit_usd = 0 then 1 end,
        case when b.limit_tokens > 0 then b.spent_tokens::numeric / b.limit_tokens when b.limit_tokens = 0 then 1 end
      ) as share
    ) as used
    where b.enabled and b.period_start = loam.period_start(b.period, now()) and used.share >= check_budgets.share
  loop
    found := found || near.id::text;
    perform loam.note_event('budget', near.id::text, case when near.part >= 1 then 'critical' else 'warning' end,
      format('Budget "%s" is used up to %s %%.', near.name, round(near.part * 100)), near.part, share, '{}', near.user_id);
  end loop;
  perform loam.end_events('budget', found);
  return query select
    'budget', case when cardinality(found) > 0 then 'fired' else 'fine' end, format('%s budgets at %s %%', cardinality(found), round(share * 100));
end
$$;

create function loam.check_usage_alerts()
returns table(alert text, state text, detail text)
language plpgsql security definer
set search_path = ''
as $$
declare
  wanted public.usage_alerts;
  measured numeric;
  fired integer := 0;
  begun timestamptz;
begin
  for wanted in select a.* from public.usage_alerts as a where a.enabled order by a.id loop
    begun := loam.period_start(wanted.period, now());
    select
      case wanted.metric
        when 'calls' then sum(s.calls)
        when 'tokens' then sum(s.tokens_used)
        when 'cost_usd' then sum(s.cost_usd)
        when 'failed_share' then sum(s.failed_calls)::numeric / nullif(sum(s.calls), 0)
        else sum(s.total_latency_ms)::numeric / nullif(sum(s.calls), 0)
      end
    into measured
    from public.usage_summaries as s
    where
      s.period = 'hour' and s.period_start >= begun
      and case wanted.scope
        when 'mine' then s.user_id = wanted.user_id
        when 'organization' then s.organization_id = wanted.organization_id
        else exists (select from public.user_profiles as u where u.id = wanted.user_id and u.role = 'admin')
      end
      and (wanted.provider is null or s.provider = wanted.provider)
      and (wanted.model is null or s.model = wanted.model);
    if measured > wanted.threshold then
      insert into public.alert_events (alert_id, user_id, organization_id, kind, subject, message, value, threshold)
      values (
        wanted.id, wanted.user_id, wanted.organization_id, 'usage', begun::text,
        format('%s: %s is %s, more than %s.', wanted.name, wanted.metric, round(measured, 4), trim_scale(wanted.threshold)), measured, wanted.threshold
      )
      on conflict (alert_id, subject) where alert_id is not null do nothing;
      if found then
        insert into public.notifications (user_id, type, title, body, link)
        values (wanted.user_id, 'usage_alert', wanted.name, format('%s is %s, more than %s.', wanted.metric, round(measured, 4), trim_scale(wanted.threshold)), '/usage');
        fired := fired + 1;
      end if;
    end if;
  end loop;
  return query select 'usage', case when fired > 0 then 'fired' else 'fine' end, format('%s alerts', fired);
end
$$;

create function loam.check_alerts()
returns table(alert text, state text, detail text)
language sql
set search_path = ''
as $$
  select * from loam.check_slow_queries()
  union all select * from loam.check_connections()
  union all select * from loam.check_storage()
  union all select * from loam.check_failed_sign_ins()
  union all select * from loam.check_budgets()
  union all select * from loam.check_usage_alerts()
$$;

create function loam.find_cached_response(for_tenant uuid, chat_provider text, chat_model text, question extensions.vector, embedding_model text, at_least double precision)
returns table(id uuid, response jsonb, document_ids uuid[], similarity double precision)
language sql stable
set search_path = ''
as $$
  with near as materialized (
    select e.cache_id, 1 - (e.embedding operator(extensions.<=>) find_cached_response.question) as similarity
    from public.response_cache_embeddings as e
    where
      e.tenant_id = for_tenant
      and e.model = embedding_model
      and e.dimensions = extensions.vector_dims(find_cached_response.question)
  )
  select c.id, c.response, c.document_ids, near.similarity
  from near
  join public.response_cache as c on c.id = near.cache_id
  where
    near.similarity >= at_least
    and c.tenant_id = for_tenant and c.provider = chat_provider and c.model = chat_model and c.expires_at > now()
  order by near.similarity desc, c.id
  limit 1
$$;

create function loam.drop_alerts_of_member()
returns trigger
language plpgsql security definer
set search_path = ''
as $$
begin
  delete from public.usage_alerts as a
  where a.organization_id = old.organization_id and a.user_id = old.user_id;
  return null;
end
$$;

create trigger loam_forget_usage after delete on public.user_profiles for each row execute function loam.forget_usage();

create trigger usage_logs_note_hours after insert on public.usage_logs referencing new table as added for each statement execute function loam.note_usage_hours();
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

create policy "maintenance sees what is not summed up" on public.usage_pending
  for select to loam_maintenance
  using (true);
grant select on public.usage_pending to loam_maintenance;

grant select on public.usage_summaries to authenticated;

create trigger budgets_touch before update on public.budgets for each row execute function loam.touch_updated_at();
create policy "ledger counts against budgets" on public.budgets
  for update to loam_ledger
  using (true)
  with check (true);
create policy "ledger reads budgets" on public.budgets
  for select to loam_ledger
  using (true);
grant delete, insert (id, user_id, organization_id, api_key_id, name, period, limit_usd, limit_tokens, enabled, metadata), select, update (name, period, limit_usd, limit_tokens, enabled, metadata) on public.budgets to authenticated;
grant select, update (period_start, spent_usd, spent_tokens, held_usd, held_tokens) on public.budgets to loam_ledger;

create trigger budget_reservations_touch before update on public.budget_reservations for each row execute function loam.touch_updated_at();
create policy "ledger holds and settles" on public.budget_reservations
  for all to loam_ledger
  using (true)
  with check (true);
create policy "people see what is held for them" on public.budget_reservations
  for select to authenticated
  using ((user_id = ( select auth.uid() as uid)));
grant select on public.budget_reservations to authenticated;
grant delete, insert, select, update (status, settled_usd, settled_tokens, expires_at) on public.budget_reservations to loam_ledger;

create trigger usage_quotas_touch before update on public.usage_quotas for each row execute function loam.touch_updated_at();
create policy "ledger reads limits of use" on public.usage_quotas
  for select to loam_ledger
  using (true);
grant delete, insert (id, user_id, organization_id, role, resource, period, provider, model, limit_value, enabled, metadata), select, update (limit_value, enabled, metadata) on public.usage_quotas to authenticated;
grant select on public.usage_quotas to loam_ledger;

create trigger usage_alerts_touch before update on public.usage_alerts for each row execute function loam.touch_updated_at();
create policy "people change their own alerts" on public.usage_alerts
  for update to authenticated
  using ((user_id = ( select auth.uid() as uid)))
  with check ((user_id = ( select auth.uid() as uid)));
create policy "people remove their own alerts" on public.usage_alerts
  for delete to authenticated
  using ((user_id = ( select auth.uid() as uid)));
create policy "people see their own alerts" on public.usage_alerts
  for select to authenticated
  using ((user_id = ( select auth.uid() as uid)));
grant delete, insert (id, user_id, organization_id, name, scope, metric, period, threshold, provider, model, enabled, metadata), select, update (name, metric, period, threshold, provider, model, enabled, metadata) on public.usage_alerts to authenticated;

create trigger alert_events_touch before update on public.alert_events for each row execute function loam.touch_updated_at();
create policy "people acknowledge what was noticed for them" on public.alert_events
  for update to authenticated
  using (((user_id = ( select auth.uid() as uid)) or ((user_id is null) and (organization_id is null) and ( select loam.is_admin() as is_admin))))
  with check (((user_id = ( select auth.uid() as uid)) or ((user_id is null) and (organization_id is null) and ( select loam.is_admin() as is_admin))));
create policy "people see what was noticed for them, administrators the instal" on public.alert_events
  for select to authenticated
  using (((user_id = ( select auth.uid() as uid)) or ((user_id is null) and (organization_id is null) and ( select loam.is_admin() as is_admin))));
grant select, update (acknowledged_at) on public.alert_events to authenticated;

create trigger response_cache_touch before update on public.response_cache for each row execute function loam.touch_updated_at();
create policy "gateway keeps answers" on public.response_cache
  for all to loam_ledger
  using (true)
  with check (true);
create policy "maintenance removes old answers" on public.response_cache
  for all to loam_maintenance
  using ((expires_at < now()));
create policy "people remove their own cached answers" on public.response_cache
  for delete to authenticated
  using ((user_id = ( select auth.uid() as uid)));
create policy "people see their own cached answers" on public.response_cache
  for select to authenticated
  using ((user_id = ( select auth.uid() as uid)));
grant delete, select on public.response_cache to authenticated;
grant delete, insert, select, update (response, document_ids, input_tokens, output_tokens, cost_usd, hit_count, false_hit_count, last_hit_at, expires_at) on public.response_cache to loam_ledger;
grant delete, select (id, expires_at) on public.response_cache to loam_maintenance;

create policy "gateway keeps embeddings of cached answers" on public.response_cache_embeddings
  for all to loam_ledger
  using (true)
  with check (true);
create policy "people see embeddings of their cached answers" on public.response_cache_embeddings
  for select to authenticated
  using ((user_id = ( select auth.uid() as uid)));
grant select on public.response_cache_embeddings to authenticated;
grant delete, insert, select on public.response_cache_embeddings to loam_ledger;

create view public.model_metrics
with (security_invoker=true) as
 select id, (provider || '/') || model as model_name, created_at as "timestamp", latency_ms,
    input_tokens as tokens_input, output_tokens as tokens_output,
    status = any (array['completed', 'stopped', 'abandoned']) as success,
    error_message
   from public.usage_logs;
grant select on public.model_metrics to authenticated;

grant execute on function loam.period_start(text,timestamp with time zone) to authenticated;
grant execute on function loam.period_start(text,timestamp with time zone) to loam_ledger;
grant execute on function loam.summarize_usage() to loam_maintenance;
grant execute on function loam.budgets_of(uuid,uuid,uuid) to loam_ledger;
grant execute on function loam.reserve_budgets(uuid,uuid[],numeric,bigint,uuid,text,interval) to loam_ledger;
grant execute on function loam.settle_reservation(uuid,numeric,bigint) to loam_ledger;
grant execute on function loam.renew_reservation(uuid,interval) to loam_ledger;
grant execute on function loam.release_expired_reservations() to loam_ledger;
grant execute on function public.usage_against_quotas() to authenticated;
grant execute on function public.usage_by_model(timestamp with time zone,timestamp with time zone,boolean) to authenticated;
grant execute on function public.project_month_cost(timestamp with time zone,boolean) to authenticated;
grant execute on function public.what_if_cost(text,text,timestamp with time zone,timestamp with time zone,boolean) to authenticated;
grant execute on function loam.calls_of_everybody(timestamp with time zone,timestamp with time zone) to authenticated;
grant execute on function public.latency_percentiles(timestamp with time zone,timestamp with time zone,boolean) to authenticated;
grant execute on function loam.error_shape(text) to authenticated;
grant execute on function public.error_clusters(timestamp with time zone,timestamp with time zone,boolean) to authenticated;
grant execute on function loam.check_slow_queries(numeric) to loam_maintenance;
grant execute on function loam.check_connections(numeric) to loam_maintenance;
grant execute on function loam.check_storage(bigint,numeric) to loam_maintenance;
grant execute on function loam.check_failed_sign_ins(integer) to loam_maintenance;
grant execute on function loam.check_budgets(numeric) to loam_maintenance;
grant execute on function loam.check_usage_alerts() to loam_maintenance;
grant execute on function loam.check_alerts() to loam_maintenance;
grant execute on function loam.find_cached_response(uuid,text,text,extensions.vector,text,double precision) to loam_ledger;

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
  constraint conversations_id_organization_id_key unique (id, organization_id),
  constraint conversations_id_tenant_id_key unique (id, tenant_id),
  constraint conversations_max_tokens_check check (max_tokens > 0),
  constraint conversations_system_prompt_check check (char_length(system_prompt) <= 100000),
  constraint conversations_temperature_check check ((temperature >= (0)::numeric) and (temperature <= (2)::numeric)),
  constraint conversations_title_check check (char_length(title) <= 500),
  constraint conversations_user_id_fkey foreign key (user_id) references public.user_profiles(id) on delete cascade
);
create index conversations_deleted_at_idx on public.conversations using btree (deleted_at) where (deleted_at is not null);
create index conversations_organization_id_idx on public.conversations using btree (organization_id) where (organization_id is not null);
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
  owner_id uuid default auth.uid() not null,
  organization_id uuid,
  tenant_id uuid generated always as (coalesce(organization_id, owner_id)) stored,
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
  constraint messages_id_tenant_id_key unique (id, tenant_id),
  constraint messages_content_check check (octet_length(content) <= 2000000),
  constraint messages_role_check check (role = any (array['user', 'assistant', 'system', 'tool'])),
  constraint messages_status_check check (status = any (array['pending', 'streaming', 'completed', 'stopped', 'failed'])),
  constraint messages_conversation_id_parent_id_fkey foreign key (conversation_id, parent_id) references public.messages(conversation_id, id) on delete cascade,
  constraint messages_conversation_id_reply_to_id_fkey foreign key (conversation_id, reply_to_id) references public.messages(conversation_id, id) on delete set null (reply_to_id),
  constraint messages_conversation_id_tenant_id_fkey foreign key (conversation_id, tenant_id) references public.conversations(id, tenant_id) on delete cascade,
  constraint messages_user_id_fkey foreign key (user_id) references public.user_profiles(id) on delete cascade
);
create index messages_conversation_id_idx on public.messages using btree (conversation_id, created_at, seq);
create index messages_organization_id_idx on public.messages using btree (organization_id) where (organization_id is not null);
create index messages_parent_id_idx on public.messages using btree (conversation_id, parent_id, created_at, seq);
create index messages_reply_to_id_idx on public.messages using btree (conversation_id, reply_to_id) where (reply_to_id is not null);
create index messages_tenant_id_idx on public.messages using btree (tenant_id, conversation_id);
create index messages_unfinished_idx on public.messages using btree (created_at) where (status = any (array['pending', 'streaming']));
create index messages_user_id_idx on public.messages using btree (user_id, created_at desc);
alter table public.messages enable row level security;

create table public.messages_archive (
  id uuid not null,
  conversation_id uuid not null,
  user_id uuid not null,
  owner_id uuid not null,
  organization_id uuid,
  tenant_id uuid generated always as (coalesce(organization_id, owner_id)) stored,
  parent_id uuid,
  reply_to_id uuid,
  seq bigint not null,
  role text not null,
  content text not null,
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
  status text not null,
  error jsonb,
  metadata jsonb default '{}'::jsonb not null,
  citations jsonb default '[]'::jsonb not null,
  reactions jsonb default '[]'::jsonb not null,
  feedback jsonb default '[]'::jsonb not null,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  deleted_at timestamptz,
  archived_at timestamptz default now() not null,
  constraint messages_archive_pkey primary key (id),
  constraint messages_archive_role_check check (role = any (array['user', 'assistant', 'system', 'tool'])),
  constraint messages_archive_status_check check (status = any (array['completed', 'stopped', 'failed'])),
  constraint messages_archive_conversation_id_tenant_id_fkey foreign key (conversation_id, tenant_id) references public.conversations(id, tenant_id) on delete cascade,
  constraint messages_archive_user_id_fkey foreign key (user_id) references public.user_profiles(id) on delete cascade
);
create index messages_archive_conversation_id_idx on public.messages_archive using btree (conversation_id, created_at, seq);
create index messages_archive_organization_id_idx on public.messages_archive using btree (organization_id) where (organization_id is not null);
create index messages_archive_tenant_id_idx on public.messages_archive using btree (tenant_id, conversation_id);
create index messages_archive_user_id_idx on public.messages_archive using btree (user_id);
alter table public.messages_archive enable row level security;

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
  tenant_id uuid default auth.uid() not null,
  events jsonb not null,
  created_at timestamptz default now() not null,
  constraint stream_chunks_pkey primary key (message_id, seq),
  constraint stream_chunks_message_id_tenant_id_fkey foreign key (message_id, tenant_id) references public.messages(id, tenant_id) on delete cascade,
  constraint stream_chunks_user_id_fkey foreign key (user_id) references public.user_profiles(id) on delete cascade
);
create index stream_chunks_created_at_idx on public.stream_chunks using btree (created_at);
create index stream_chunks_tenant_id_idx on public.stream_chunks using btree (tenant_id, message_id);
create index stream_chunks_user_id_idx on public.stream_chunks using btree (user_id);
alter table public.stream_chunks enable row level security;

create table public.message_citations (
  message_id uuid not null,
  "position" integer not null,
  user_id uuid not null,
  tenant_id uuid default auth.uid() not null,
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
  constraint message_citations_message_id_tenant_id_fkey foreign key (message_id, tenant_id) references public.messages(id, tenant_id) on delete cascade,
  constraint message_citations_user_id_fkey foreign key (user_id) references public.user_profiles(id) on delete cascade
);
create index message_citations_document_id_idx on public.message_citations using btree (document_id);
create index message_citations_tenant_id_idx on public.message_citations using btree (tenant_id, message_id);
create index message_citations_user_id_idx on public.message_citations using btree (user_id);
alter table public.message_citations enable row level security;

create table public.conversation_collections (
  conversation_id uuid not null,
  collection_id uuid not null,
  tenant_id uuid default auth.uid() not null,
  created_at timestamptz default now() not null,
  constraint conversation_collections_pkey primary key (conversation_id, collection_id),
  constraint conversation_collections_conversation_id_tenant_id_fkey foreign key (conversation_id, tenant_id) references public.conversations(id, tenant_id) on delete cascade
);
create index conversation_collections_collection_id_idx on public.conversation_collections using btree (collection_id);
create index conversation_collections_tenant_id_idx on public.conversation_collections using btree (tenant_id, conversation_id);
alter table public.conversation_collections enable row level security;

create table public.message_reactions (
  message_id uuid not null,
  user_id uuid not null,
  tenant_id uuid default auth.uid() not null,
  reaction text not null,
  created_at timestamptz default now() not null,
  constraint message_reactions_pkey primary key (message_id, user_id, reaction),
  constraint message_reactions_reaction_check check ((char_length(reaction) >= 1) and (char_length(reaction) <= 32)),
  constraint message_reactions_message_id_tenant_id_fkey foreign key (message_id, tenant_id) references public.messages(id, tenant_id) on delete cascade,
  constraint message_reactions_user_id_fkey foreign key (user_id) references public.user_profiles(id) on delete cascade
);
create index message_reactions_tenant_id_idx on public.message_reactions using btree (tenant_id, message_id);
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
create index system_prompt_templates_organization_id_idx on public.system_prompt_templates using btree (organization_id) where (organization_id is not null);
create index system_prompt_templates_public_idx on public.system_prompt_templates using btree (category) where is_public;
create index system_prompt_templates_tenant_id_idx on public.system_prompt_templates using btree (tenant_id);
create index system_prompt_templates_user_id_idx on public.system_prompt_templates using btree (user_id);
alter table public.system_prompt_templates enable row level security;

create table public.message_embeddings (
  message_id uuid not null,
  model text default loam.active_embedding_model() not null,
  user_id uuid not null,
  organization_id uuid,
  tenant_id uuid generated always as (coalesce(organization_id, user_id)) stored,
  dimensions integer default 1536 not null,
  embedding extensions.vector not null,
  created_at timestamptz default now() not null,
  constraint message_embeddings_pkey primary key (message_id, model),
  constraint message_embeddings_check check (extensions.vector_dims(embedding) = dimensions),
  constraint message_embeddings_dimensions_check check (dimensions > 0),
  constraint message_embeddings_model_check check ((char_length(model) >= 1) and (char_length(model) <= 200)),
  constraint message_embeddings_message_id_tenant_id_fkey foreign key (message_id, tenant_id) references public.messages(id, tenant_id) on delete cascade,
  constraint message_embeddings_user_id_fkey foreign key (user_id) references public.user_profiles(id) on delete cascade
);
create index message_embeddings_message_id_idx on public.message_embeddings using btree (message_id, tenant_id);
create index message_embeddings_organization_id_idx on public.message_embeddings using btree (organization_id) where (organization_id is not null);
create index message_embeddings_tenant_id_idx on public.message_embeddings using btree (tenant_id, model);
create index message_embeddings_user_id_idx on public.message_embeddings using btree (user_id);
alter table public.message_embeddings enable row level security;

create function loam.my_shared_conversation_ids()
returns setof uuid
language sql stable security definer
set search_path = ''
as $$
  select p.conversation_id
  from public.conversation_participants as p
  join public.conversations as c on c.id = p.conversation_id
  where
    p.user_id = (select auth.uid())
    and p.shared
    and (c.organization_id is null or c.organization_id = any (array(select loam.my_organization_ids())))
$$;

create function loam.my_shared_message_ids()
returns setof uuid
language sql stable security definer
set search_path = ''
as $$
  select m.id
  from public.messages as m
  where m.conversation_id = any (array(select loam.my_shared_conversation_ids()))
$$;

create function loam.may_read_conversation(wanted uuid)
returns boolean
language sql stable security definer
set search_path = ''
as $$
  select exists (
    select from public.conversations as c
    where
      c.id = wanted
      and case
        when c.organization_id is null then exists (
          select from public.conversation_participants as p
          where p.conversation_id = c.id and p.user_id = (select auth.uid())
        )
        else c.organization_id = any (array(select loam.my_organization_ids()))
      end
  )
$$;

create function loam.may_write_conversation(wanted uuid)
returns boolean
language sql stable security definer
set search_path = ''
as $$
  select exists (
    select from public.conversations as c
    join public.conversation_participants as p on p.conversation_id = c.id and p.user_id = (select auth.uid())
    where
      c.id = wanted
      and (c.organization_id is null or c.organization_id = any (array(select loam.my_organization_ids('member'))))
  )
$$;

create function loam.owns_conversation(wanted uuid)
returns boolean
language sql stable security definer
set search_path = ''
as $$
  select exists (
    select from public.conversations
    where
      id = wanted and user_id = (select auth.uid())
      and tenant_id = any (array(select loam.my_tenant_ids('member')))
  )
$$;

create function loam.may_read_message(wanted uuid)
returns boolean
language sql stable security definer
set search_path = ''
as $$
  select exists (
    select from public.messages as m
    where m.id = wanted and loam.may_read_conversation(m.conversation_id)
  )
$$;

create function loam.follow_conversation()
returns trigger
language plpgsql security definer
set search_path = ''
as $$
begin
  select user_id, organization_id into new.owner_id, new.organization_id
  from public.conversations
  where id = new.conversation_id
  -- Before the foreign key locks it weakly: two messages at once would each hold that and wait for the other to count.
  for no key update;
  new.owner_id := coalesce(new.owner_id, new.user_id);
  return new;
end
$$;

create function loam.follow_message()
returns trigger
language plpgsql security definer
set search_path = ''
as $$
begin
  new.tenant_id := coalesce((select tenant_id from public.messages where id = new.message_id), new.user_id);
  return new;
end
$$;

create function loam.follow_tenant()
returns trigger
language plpgsql security definer
set search_path = ''
as $$
begin
  new.tenant_id := coalesce((select tenant_id from public.conversations where id = new.conversation_id), new.tenant_id);
  return new;
end
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

create function loam.count_messages()
returns trigger
language plpgsql security definer
set search_path = ''
as $$
begin
  update public.conversations as c
  set message_count = c.message_count + batch.messages, last_message_at = greatest(c.last_message_at, batch.newest)
  from (
    select conversation_id, count(*) as messages, max(created_at) as newest
    from added
    group by conversation_id
    order by conversation_id
  ) as batch
  where c.id = batch.conversation_id;
  update public.conversation_participants as p
  set active_message_id = leaf.id, last_read_at = leaf.created_at
  from (
    select distinct on (conversation_id, user_id) conversation_id, user_id, id, created_at
    from added
    order by conversation_id, user_id, created_at desc, seq desc
  ) as leaf
  where p.conversation_id = leaf.conversation_id and p.user_id = leaf.user_id;
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
  where
    m.id = parent and m.user_id = (select auth.uid()) and m.role = 'user'
    and loam.may_write_conversation(m.conversation_id);
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
language sql stable rows 50
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

create function public.search_messages(question text, in_conversation uuid default null::uuid, match_count integer default 20)
returns table(id uuid, conversation_id uuid, role text, content text, created_at timestamptz, rank real)
language sql stable
set search_path = ''
as $$
  select m.id, m.conversation_id, m.role, m.content, m.created_at, ts_rank(m.content_search, asked.words) as rank
  from public.messages as m
  join public.conversations as c on c.id = m.conversation_id
  cross join (
    select plainto_tsquery('simple', loam.parseable(left(question, 1000))) as words
  ) as asked
  where
    m.content_search @@ asked.words
    and m.deleted_at is null
    and c.deleted_at is null
    and (in_conversation is null or m.conversation_id = in_conversation)
  order by rank desc, m.created_at desc, m.id
  limit least(match_count, 200)
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

create function public.archive_old_messages(older_than interval default '1 year'::interval, most integer default 100)
returns bigint
language plpgsql security definer
set search_path = ''
as $$
declare
  quiet uuid[];
  moved bigint;
begin
  if older_than < interval '1 day' then
    raise exception 'messages of the last day are not archived' using errcode = 'invalid_parameter_value';
  end if;
  quiet := array(
    select c.id
    from public.conversations as c
    where
      coalesce(c.last_message_at, c.created_at) < now() - older_than
      and not c.pinned
      and exists (select from public.messages as m where m.conversation_id = c.id)
      and not exists (
        select from public.messages as m where m.conversation_id = c.id and m.status in ('pending', 'streaming')
      )
    order by coalesce(c.last_message_at, c.created_at), c.id
    limit most
    for update of c skip locked
  );
  insert into public.messages_archive (
    id, conversation_id, user_id, owner_id, organization_id, parent_id, reply_to_id, seq, role, content, reasoning, provider, model,
    model_used, input_tokens, output_tokens, cost_usd, tool_calls, attachments, status, error, metadata, citations, reactions,
    feedback, created_at, updated_at, deleted_at
  )
  select
    m.id, m.conversation_id, m.user_id, m.owner_id, m.organization_id, m.parent_id, m.reply_to_id, m.seq, m.role, m.content, m.reasoning,
    m.provider, m.model, m.model_used, m.input_tokens, m.output_tokens, m.cost_usd, m.tool_calls, m.attachments, m.status,
    m.error, m.metadata,
    (select coalesce(jsonb_agg(to_jsonb(x) order by x.position), '[]') from public.message_citations as x where x.message_id = m.id),
    (select coalesce(jsonb_agg(to_jsonb(x)), '[]') from public.message_reactions as x where x.message_id = m.id),
    (select coalesce(jsonb_agg(to_jsonb(x)), '[]') from public.message_feedback as x where x.message_id = m.id),
    m.created_at, m.updated_at, m.deleted_at
  from public.messages as m
  where m.conversation_id = any (quiet);
  get diagnostics moved = row_count;
  delete from public.messages where conversation_id = any (quiet);
  update public.conversations set archived = true where id = any (quiet);
  return moved;
end
$$;

create function loam.restore_archived_messages(wanted uuid)
returns bigint
language plpgsql security definer
set search_path = ''
as $$
declare
  counted integer;
  kept public.messages_archive[];
begin
  if not loam.owns_conversation(wanted) then
    raise exception 'the conversation is not there' using errcode = 'no_data_found';
  end if;
  select message_count into counted from public.conversations where id = wanted for update;
  with gone as (
    delete from public.messages_archive where conversation_id = wanted returning *
  )
  select coalesce(array_agg(g order by g.created_at, g.seq), '{}') into kept from gone as g;
  insert into public.messages (
    id, conversation_id, user_id, owner_id, organization_id, parent_id, reply_to_id, seq, role, content, reasoning, provider, model,
    model_used, input_tokens, output_tokens, cost_usd, tool_calls, attachments, status, error, metadata, created_at, updated_at,
    deleted_at
  )
  overriding system value
  select
    id, conversation_id, user_id, owner_id, organization_id, parent_id, reply_to_id, seq, role, content, reasoning, provider, model,
    model_used, input_tokens, output_tokens, cost_usd, tool_calls, attachments, status, error, metadata, created_at, updated_at,
    deleted_at
  from unnest(kept);
  if to_regclass('public.documents') is null then
    insert into public.message_citations
    select c.* from unnest(kept) as k cross join lateral jsonb_populate_recordset(null::public.message_citations, k.citations) as c;
  else
    insert into public.message_citations
    select c.*
    from unnest(kept) as k
    cross join lateral jsonb_populate_recordset(null::public.message_citations, k.citations) as c
    where exists (select from public.documents as d where d.id = c.document_id);
  end if;
  insert into public.message_reactions
  select r.* from unnest(kept) as k cross join lateral jsonb_populate_recordset(null::public.message_reactions, k.reactions) as r;
  insert into public.message_feedback
  select f.* from unnest(kept) as k cross join lateral jsonb_populate_recordset(null::public.message_feedback, k.feedback) as f;
  update public.conversations set message_count = counted, archived = false where id = wanted;
  return cardinality(kept);
end
$$;

create function public.restore_archived_messages(conversation_id uuid)
returns bigint
language sql
set search_path = ''
as $$
  select loam.restore_archived_messages(conversation_id)
$$;

create function public.search_similar_messages(embedding extensions.vector, user_id uuid, conversation_id uuid default null::uuid, threshold double precision default null::double precision, "limit" integer default 10, model text default null::text)
returns table(id uuid, in_conversation_id uuid, role text, content text, created_at timestamptz, similarity double precision)
language plpgsql stable
set search_path = ''
as $$
#variable_conflict use_column
declare
  tenants uuid[] := array(select loam.my_tenant_ids());
  wanted text := search_similar_messages.model;
begin
  if search_similar_messages.user_id is distinct from (select auth.uid()) then
    return;
  end if;
  wanted := coalesce(wanted, loam.active_embedding_model());
  -- Whoever never said which model is in use has embeddings of another: those are searched rather than none.
  if search_similar_messages.model is null
    and not exists (select from public.message_embeddings as e where e.tenant_id = any (tenants) and e.model = wanted) then
    wanted := coalesce((select e.model from public.message_embeddings as e where e.tenant_id = any (tenants) limit 1), wanted);
  end if;

  if search_similar_messages.conversation_id is not null then
    return query
      select m.id, m.conversation_id, m.role, m.content, m.created_at,
        1 - (e.embedding operator(extensions.<=>) search_similar_messages.embedding) as similarity
      from public.messages as m
      join public.message_embeddings as e on e.message_id = m.id
      where
        m.conversation_id = search_similar_messages.conversation_id
        and m.deleted_at is null
        and e.model = wanted
        and (
          threshold is null
          or 1 - (e.embedding operator(extensions.<=>) search_similar_messages.embedding) >= threshold
        )
      order by similarity desc, m.id
      limit "limit";
    return;
  end if;

  -- The tenant's vectors are taken first and sorted exactly, so that no filter can starve the result.
  return query
    with mine as materialized (
      select e.message_id, 1 - (e.embedding operator(extensions.<=>) search_similar_messages.embedding) as similarity
      from public.message_embeddings as e
      where
        e.tenant_id = any (tenants)
        and e.model = wanted
        and e.dimensions = extensions.vector_dims(search_similar_messages.embedding)
    )
    select m.id, m.conversation_id, m.role, m.content, m.created_at, mine.similarity
    from mine
    join public.messages as m on m.id = mine.message_id
    join public.conversations as c on c.id = m.conversation_id
    where
      m.deleted_at is null
      and c.deleted_at is null
      and (threshold is null or mine.similarity >= threshold)
    order by mine.similarity desc, m.id
    limit "limit";
end
$$;

create function public.embedding(public.messages)
returns extensions.vector
language sql stable
set search_path = ''
as $$
  select e.embedding
  from public.message_embeddings as e
  where e.message_id = $1.id and e.model = (select loam.active_embedding_model())
$$;

create function loam.may_mark_message(wanted uuid)
returns boolean
language sql stable security definer
set search_path = ''
as $$
  select exists (
    select from public.messages as m
    where
      m.id = wanted
      and loam.may_read_conversation(m.conversation_id)
      and (m.organization_id is null or m.organization_id = any (array(select loam.my_organization_ids('member'))))
  )
$$;

create function loam.follow_message_embedding()
returns trigger
language plpgsql security definer
set search_path = ''
as $$
begin
  select owner_id, organization_id into new.user_id, new.organization_id
  from public.messages
  where id = new.message_id;
  return new;
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
  using (((user_id = ( select auth.uid() as uid)) and (tenant_id = any (array( select loam.my_tenant_ids('member') as my_tenant_ids)))))
  with check (((user_id = ( select auth.uid() as uid)) and (tenant_id = any (array( select loam.my_tenant_ids('member') as my_tenant_ids)))));
create policy "people read conversations they take part in" on public.conversations
  for select to authenticated
  using (((tenant_id = any (array( select loam.my_tenant_ids() as my_tenant_ids))) or (id = any (array( select loam.my_shared_conversation_ids() as my_shared_conversation_ids)))));
create policy "people start their own conversations" on public.conversations
  for insert to authenticated
  with check (((user_id = ( select auth.uid() as uid)) and (tenant_id = any (array( select loam.my_tenant_ids('member') as my_tenant_ids)))));
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

create trigger messages_count after insert on public.messages referencing new table as added for each statement execute function loam.count_messages();
create trigger messages_follow_conversation before insert on public.messages for each row execute function loam.follow_conversation();
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
  using (((tenant_id = any (array( select loam.my_tenant_ids() as my_tenant_ids))) or (conversation_id = any (array( select loam.my_shared_conversation_ids() as my_shared_conversation_ids)))));
create policy "people write their own questions" on public.messages
  for insert to authenticated
  with check (((user_id = ( select auth.uid() as uid)) and (role = 'user') and loam.may_write_conversation(conversation_id)));
grant insert (id, conversation_id, user_id, parent_id, reply_to_id, role, content, attachments, metadata), select on public.messages to authenticated;
grant select, update (content, reasoning, provider, model, model_used, input_tokens, output_tokens, cost_usd, tool_calls, status, error, metadata) on public.messages to loam_answer;

create trigger messages_archive_touch before update on public.messages_archive for each row execute function loam.touch_updated_at();
create policy "people read what was put away of their conversations" on public.messages_archive
  for select to authenticated
  using (((tenant_id = any (array( select loam.my_tenant_ids() as my_tenant_ids))) or (conversation_id = any (array( select loam.my_shared_conversation_ids() as my_shared_conversation_ids)))));
grant select on public.messages_archive to authenticated;

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

create trigger stream_chunks_follow before insert on public.stream_chunks for each row execute function loam.follow_message();
create policy "answers: pieces" on public.stream_chunks
  for all to loam_answer
  using (true)
  with check (true);
create policy "maintenance: purge pieces" on public.stream_chunks
  for all to loam_maintenance
  using (true);
create policy "people read pieces of answers they may read" on public.stream_chunks
  for select to authenticated
  using (((tenant_id = any (array( select loam.my_tenant_ids() as my_tenant_ids))) or (message_id = any (array( select loam.my_shared_message_ids() as my_shared_message_ids)))));
grant select on public.stream_chunks to authenticated;
grant delete, insert, select, update on public.stream_chunks to loam_answer;
grant delete, select (message_id, seq, created_at) on public.stream_chunks to loam_maintenance;

create trigger message_citations_follow before insert on public.message_citations for each row execute function loam.follow_message();
create policy "answers: citations" on public.message_citations
  for all to loam_answer
  using (true)
  with check (true);
create policy "people read citations of answers they may read" on public.message_citations
  for select to authenticated
  using (((tenant_id = any (array( select loam.my_tenant_ids() as my_tenant_ids))) or (message_id = any (array( select loam.my_shared_message_ids() as my_shared_message_ids)))));
grant select on public.message_citations to authenticated;
grant delete, insert, select, update on public.message_citations to loam_answer;

create trigger conversation_collections_follow before insert on public.conversation_collections for each row execute function loam.follow_tenant();
create policy "owners choose collections" on public.conversation_collections
  for insert to authenticated
  with check (loam.owns_conversation(conversation_id));
create policy "owners drop collections" on public.conversation_collections
  for delete to authenticated
  using (loam.owns_conversation(conversation_id));
create policy "people see which collections a conversation uses" on public.conversation_collections
  for select to authenticated
  using (((tenant_id = any (array( select loam.my_tenant_ids() as my_tenant_ids))) or (conversation_id = any (array( select loam.my_shared_conversation_ids() as my_shared_conversation_ids)))));
grant delete, insert (conversation_id, collection_id), select on public.conversation_collections to authenticated;

create trigger message_reactions_follow before insert on public.message_reactions for each row execute function loam.follow_message();
create policy "people react" on public.message_reactions
  for insert to authenticated
  with check (((user_id = ( select auth.uid() as uid)) and loam.may_mark_message(message_id)));
create policy "people see reactions to messages they may read" on public.message_reactions
  for select to authenticated
  using (((tenant_id = any (array( select loam.my_tenant_ids() as my_tenant_ids))) or (message_id = any (array( select loam.my_shared_message_ids() as my_shared_message_ids)))));
create policy "people take reactions back" on public.message_reactions
  for delete to authenticated
  using (((user_id = ( select auth.uid() as uid)) and loam.may_mark_message(message_id)));
grant delete, insert (message_id, user_id, reaction), select on public.message_reactions to authenticated;

create trigger message_feedback_touch before update on public.message_feedback for each row execute function loam.touch_updated_at();
create policy "people change their feedback" on public.message_feedback
  for update to authenticated
  using (((user_id = ( select auth.uid() as uid)) and loam.may_mark_message(message_id)))
  with check (((user_id = ( select auth.uid() as uid)) and loam.may_mark_message(message_id)));
create policy "people rate answers they may read" on public.message_feedback
  for insert to authenticated
  with check (((user_id = ( select auth.uid() as uid)) and loam.may_mark_message(message_id)));
create policy "people see their feedback" on public.message_feedback
  for select to authenticated
  using ((user_id = ( select auth.uid() as uid)));
create policy "people take feedback back" on public.message_feedback
  for delete to authenticated
  using (((user_id = ( select auth.uid() as uid)) and loam.may_mark_message(message_id)));
grant delete, insert (message_id, user_id, rating, comment), select, update (rating, comment) on public.message_feedback to authenticated;

create policy "maintenance: purge typing" on public.typing_indicators
  for all to loam_maintenance
  using (true);
create policy "people go on typing" on public.typing_indicators
  for update to authenticated
  using (((user_id = ( select auth.uid() as uid)) and loam.may_write_conversation(conversation_id)))
  with check (((user_id = ( select auth.uid() as uid)) and loam.may_write_conversation(conversation_id)));
create policy "people see who is typing with them" on public.typing_indicators
  for select to authenticated
  using (((user_id = ( select auth.uid() as uid)) or (conversation_id = any (array( select loam.my_shared_conversation_ids() as my_shared_conversation_ids)))));
create policy "people stop typing" on public.typing_indicators
  for delete to authenticated
  using ((user_id = ( select auth.uid() as uid)));
create policy "people type" on public.typing_indicators
  for insert to authenticated
  with check (((user_id = ( select auth.uid() as uid)) and loam.may_write_conversation(conversation_id)));
grant delete, insert (conversation_id, user_id, started_at, expires_at), select, update (started_at, expires_at) on public.typing_indicators to authenticated;
grant delete, select (conversation_id, user_id, expires_at) on public.typing_indicators to loam_maintenance;

create trigger system_prompt_templates_touch before update on public.system_prompt_templates for each row execute function loam.touch_updated_at();
create policy "people read their own and public templates" on public.system_prompt_templates
  for select to authenticated
  using (((tenant_id = any (array( select loam.my_tenant_ids() as my_tenant_ids))) or is_public));
create policy "people write their own templates" on public.system_prompt_templates
  for insert to authenticated
  with check (((user_id = ( select auth.uid() as uid)) and (tenant_id = any (array( select loam.my_tenant_ids('member') as my_tenant_ids)))));
grant delete, insert (id, user_id, organization_id, name, description, content, category, is_public, metadata), select, update (name, description, content, category, is_public, metadata, deleted_at) on public.system_prompt_templates to authenticated;

create trigger message_embeddings_follow before insert on public.message_embeddings for each row execute function loam.follow_message_embedding();
create policy "ingest writes embeddings" on public.message_embeddings
  for all to loam_ingest
  using (true)
  with check (true);
create policy "people read embeddings of messages they may read" on public.message_embeddings
  for select to authenticated
  using (((tenant_id = any (array( select loam.my_tenant_ids() as my_tenant_ids))) or (message_id = any (array( select loam.my_shared_message_ids() as my_shared_message_ids)))));
grant select on public.message_embeddings to authenticated;
grant delete, insert, select, update on public.message_embeddings to loam_ingest;

create view public.unread_counts
with (security_invoker=true) as
 select p.conversation_id, p.user_id, p.last_read_at, count(m.id) as unread_count
   from public.conversation_participants p
     left join public.messages m on m.conversation_id = p.conversation_id and m.created_at > coalesce(p.last_read_at, '-infinity'::timestamptz) and (m.role <> 'user' or m.user_id <> p.user_id) and m.deleted_at is null
  where p.user_id = (( select auth.uid() as uid))
  group by p.conversation_id, p.user_id;
grant select on public.unread_counts to authenticated;

grant execute on function loam.my_shared_conversation_ids() to authenticated;
grant execute on function loam.my_shared_message_ids() to authenticated;
grant execute on function loam.may_read_conversation(uuid) to authenticated;
grant execute on function loam.may_write_conversation(uuid) to authenticated;
grant execute on function loam.owns_conversation(uuid) to authenticated;
grant execute on function loam.may_read_message(uuid) to authenticated;
grant execute on function loam.begin_answer(uuid,uuid,text,text,uuid,integer) to authenticated;
grant execute on function loam.request_stop(uuid) to authenticated;
grant execute on function loam.fail_abandoned_answers(interval) to loam_answer;
grant execute on function loam.message_path(uuid,integer) to authenticated;
grant execute on function loam.message_path(uuid,integer) to loam_answer;
grant execute on function loam.latest_leaf(uuid) to authenticated;
grant execute on function public.search_messages(text,uuid,integer) to authenticated;
grant execute on function public.archive_old_messages(interval,integer) to loam_maintenance;
grant execute on function public.archive_old_messages(interval,integer) to service_role;
grant execute on function loam.restore_archived_messages(uuid) to authenticated;
grant execute on function public.restore_archived_messages(uuid) to authenticated;
grant execute on function public.search_similar_messages(extensions.vector,uuid,uuid,double precision,integer,text) to authenticated;
grant execute on function public.embedding(public.messages) to authenticated;
grant execute on function loam.may_mark_message(uuid) to authenticated;

-- ==================== images

create table public.generated_images (
  id uuid default gen_random_uuid() not null,
  user_id uuid not null,
  organization_id uuid,
  tenant_id uuid generated always as (coalesce(organization_id, user_id)) stored,
  conversation_id uuid,
  message_id uuid,
  prompt text not null,
  revised_prompt text,
  negative_prompt text,
  provider text not null,
  model text not null,
  storage_path text not null,
  width integer,
  height integer,
  dimensions text generated always as ((((width)::text || 'x') || (height)::text)) stored,
  format text default 'png' not null,
  file_size bigint,
  seed bigint,
  generation_time_ms integer,
  cost_usd numeric(24,15),
  metadata jsonb default '{}'::jsonb not null,
  created_at timestamptz default now() not null,
  updated_at timestamptz default now() not null,
  deleted_at timestamptz,
  constraint generated_images_pkey primary key (id),
  constraint generated_images_storage_path_key unique (storage_path),
  constraint generated_images_cost_usd_check check (cost_usd >= (0)::numeric),
  constraint generated_images_file_size_check check (file_size >= 0),
  constraint generated_images_format_check check (format = any (array['png', 'jpeg', 'webp'])),
  constraint generated_images_generation_time_ms_check check (generation_time_ms >= 0),
  constraint generated_images_height_check check (height > 0),
  constraint generated_images_negative_prompt_check check (char_length(negative_prompt) <= 32000),
  constraint generated_images_prompt_check check ((char_length(prompt) >= 1) and (char_length(prompt) <= 32000)),
  constraint generated_images_width_check check (width > 0),
  constraint generated_images_conversation_id_fkey foreign key (conversation_id) references public.conversations(id) on delete set null,
  constraint generated_images_message_id_fkey foreign key (message_id) references public.messages(id) on delete set null,
  constraint generated_images_user_id_fkey foreign key (user_id) references public.user_profiles(id) on delete cascade
);
create index generated_images_conversation_id_idx on public.generated_images using btree (conversation_id);
create index generated_images_deleted_at_idx on public.generated_images using btree (deleted_at) where (deleted_at is not null);
create index generated_images_message_id_idx on public.generated_images using btree (message_id);
create index generated_images_organization_id_idx on public.generated_images using btree (organization_id) where (organization_id is not null);
create index generated_images_tenant_id_idx on public.generated_images using btree (tenant_id, created_at desc);
create index generated_images_user_id_idx on public.generated_images using btree (user_id, created_at desc, id desc);
alter table public.generated_images enable row level security;

create function loam.notify_image()
returns trigger
language plpgsql
set search_path = ''
as $$
begin
  perform loam.notify_change('generated_images', coalesce(new.id, old.id), lower(tg_op), array[coalesce(new.user_id, old.user_id)]);
  return null;
end
$$;

create trigger generated_images_notify after insert or delete or update of deleted_at on public.generated_images for each row execute function loam.notify_image();
create trigger generated_images_touch before update on public.generated_images for each row execute function loam.touch_updated_at();
create policy "answers: write pictures" on public.generated_images
  for insert to loam_answer
  with check (true);
create policy "maintenance: purge pictures" on public.generated_images
  for all to loam_maintenance
  using ((deleted_at is not null));
create policy "people bin their own pictures" on public.generated_images
  for update to authenticated
  using (((tenant_id = any (array( select loam.my_tenant_ids('admin') as my_tenant_ids))) or ((user_id = ( select auth.uid() as uid)) and (tenant_id = any (array( select loam.my_tenant_ids('member') as my_tenant_ids))))))
  with check (((tenant_id = any (array( select loam.my_tenant_ids('admin') as my_tenant_ids))) or ((user_id = ( select auth.uid() as uid)) and (tenant_id = any (array( select loam.my_tenant_ids('member') as my_tenant_ids))))));
create policy "people see their own pictures" on public.generated_images
  for select to authenticated
  using ((tenant_id = any (array( select loam.my_tenant_ids() as my_tenant_ids))));
grant select, update (metadata, deleted_at) on public.generated_images to authenticated;
grant insert on public.generated_images to loam_answer;
grant delete, select (id, storage_path, deleted_at) on public.generated_images to loam_maintenance;

-- ==================== multi-tenant

create table public.organizations (
  id uuid default gen_random_uuid() not null,
  name text not null,
  description text,
  avatar_url text,
  settings jsonb default '{}'::jsonb not null,
  metadata jsonb default '{}'::jsonb not null,
  created_by uuid,
  created_at timestamptz default now() not null,
  updated_at timestamptz default now() not null,
  deleted_at timestamptz,
  constraint organizations_pkey primary key (id),
  constraint organizations_avatar_url_check check (char_length(avatar_url) <= 2000),
  constraint organizations_description_check check (char_length(description) <= 2000),
  constraint organizations_metadata_check check (octet_length((metadata)::text) <= 16384),
  constraint organizations_name_check check ((char_length(btrim(name)) >= 1) and (char_length(btrim(name)) <= 200)),
  constraint organizations_settings_check check ((jsonb_typeof(settings) = 'object') and (octet_length((settings)::text) <= 16384)),
  constraint organizations_created_by_fkey foreign key (created_by) references public.user_profiles(id) on delete set null
);
create index organizations_created_by_idx on public.organizations using btree (created_by);
create index organizations_deleted_at_idx on public.organizations using btree (deleted_at) where (deleted_at is not null);
alter table public.organizations enable row level security;

create table public.organization_members (
  organization_id uuid not null,
  user_id uuid not null,
  role text not null,
  created_at timestamptz default now() not null,
  updated_at timestamptz default now() not null,
  constraint organization_members_pkey primary key (organization_id, user_id),
  constraint organization_members_role_check check (role = any (array['owner', 'admin', 'member', 'viewer'])),
  constraint organization_members_organization_id_fkey foreign key (organization_id) references public.organizations(id) on delete cascade,
  constraint organization_members_user_id_fkey foreign key (user_id) references public.user_profiles(id) on delete cascade
);
create index organization_members_user_id_idx on public.organization_members using btree (user_id, organization_id) include (role);
alter table public.organization_members enable row level security;

create table public.teams (
  id uuid default gen_random_uuid() not null,
  organization_id uuid not null,
  name text not null,
  description text,
  metadata jsonb default '{}'::jsonb not null,
  created_by uuid default auth.uid(),
  created_at timestamptz default now() not null,
  updated_at timestamptz default now() not null,
  constraint teams_pkey primary key (id),
  constraint teams_organization_id_id_key unique (organization_id, id),
  constraint teams_description_check check (char_length(description) <= 2000),
  constraint teams_metadata_check check (octet_length((metadata)::text) <= 16384),
  constraint teams_name_check check ((char_length(btrim(name)) >= 1) and (char_length(btrim(name)) <= 200)),
  constraint teams_created_by_fkey foreign key (created_by) references public.user_profiles(id) on delete set null,
  constraint teams_organization_id_fkey foreign key (organization_id) references public.organizations(id) on delete cascade
);
create index teams_created_by_idx on public.teams using btree (created_by);
create unique index teams_name_key on public.teams using btree (organization_id, lower(name));
alter table public.teams enable row level security;

create table public.team_members (
  organization_id uuid not null,
  team_id uuid not null,
  user_id uuid not null,
  created_at timestamptz default now() not null,
  constraint team_members_pkey primary key (organization_id, team_id, user_id),
  constraint team_members_organization_id_team_id_fkey foreign key (organization_id, team_id) references public.teams(organization_id, id) on delete cascade,
  constraint team_members_organization_id_user_id_fkey foreign key (organization_id, user_id) references public.organization_members(organization_id, user_id) on delete cascade
);
create index team_members_user_id_idx on public.team_members using btree (organization_id, user_id);
alter table public.team_members enable row level security;

create table public.invitations (
  id uuid default gen_random_uuid() not null,
  organization_id uuid not null,
  team_id uuid,
  email text not null,
  role text default 'member' not null,
  token_hash text not null,
  invited_by uuid,
  expires_at timestamptz default (now() + '7 days'::interval) not null,
  accepted_at timestamptz,
  accepted_by uuid,
  revoked_at timestamptz,
  created_at timestamptz default now() not null,
  updated_at timestamptz default now() not null,
  constraint invitations_pkey primary key (id),
  constraint invitations_token_hash_key unique (token_hash),
  constraint invitations_email_check check ((email ~ '^[^@[:space:]]+@[^@[:space:]]+$') and (char_length(email) <= 255)),
  constraint invitations_role_check check (role = any (array['admin', 'member', 'viewer'])),
  constraint invitations_accepted_by_fkey foreign key (accepted_by) references public.user_profiles(id) on delete set null,
  constraint invitations_invited_by_fkey foreign key (invited_by) references public.user_profiles(id) on delete set null,
  constraint invitations_organization_id_fkey foreign key (organization_id) references public.organizations(id) on delete cascade,
  constraint invitations_organization_id_team_id_fkey foreign key (organization_id, team_id) references public.teams(organization_id, id) on delete set null (team_id)
);
create index invitations_accepted_by_idx on public.invitations using btree (accepted_by);
create index invitations_invited_by_idx on public.invitations using btree (invited_by);
create index invitations_organization_id_idx on public.invitations using btree (organization_id, created_at desc);
create index invitations_team_id_idx on public.invitations using btree (organization_id, team_id);
alter table public.invitations enable row level security;

create function loam.my_organization_ids(at_least text default 'viewer')
returns setof uuid
language sql stable security definer
set search_path = ''
as $$
  select m.organization_id
  from public.organization_members as m
  where
    m.user_id = (select auth.uid())
    and array_position(array['viewer', 'member', 'admin', 'owner'], m.role)
      >= array_position(array['viewer', 'member', 'admin', 'owner'], at_least)
$$;

create function loam.organization_people()
returns table(organization_id uuid, user_id uuid, role text, display_name text, avatar_url text, email text, created_at timestamptz)
language sql stable security definer
set search_path = ''
as $$
  select
    m.organization_id,
    m.user_id,
    m.role,
    p.display_name,
    p.avatar_url,
    case when m.organization_id = any (array(select loam.my_organization_ids('admin'))) then p.email end,
    m.created_at
  from public.organization_members as m
  join public.user_profiles as p on p.id = m.user_id
  where m.organization_id = any (array(select loam.my_organization_ids()))
$$;

create function loam.create_organization(new_name text, new_description text)
returns public.organizations
language plpgsql security definer
set search_path = ''
as $$
declare
  made public.organizations;
begin
  insert into public.organizations (name, description, created_by)
  values (new_name, new_description, (select auth.uid()))
  returning * into made;
  insert into public.organization_members (organization_id, user_id, role)
  values (made.id, (select auth.uid()), 'owner');
  return made;
end
$$;

create function loam.set_member_role(in_organization uuid, member uuid, new_role text)
returns void
language plpgsql security definer
set search_path = ''
as $$
declare
  held text;
begin
  if in_organization is null or not in_organization = any (array(select loam.my_organization_ids('admin'))) then
    raise exception 'only administrators of the organization give roles' using errcode = 'insufficient_privilege';
  end if;
  select role into held
  from public.organization_members
  where organization_id = in_organization and user_id = member
  for update;
  if not found then
    raise exception 'nobody of this id is a member' using errcode = 'no_data_found';
  end if;
  if 'owner' in (held, new_role) and not in_organization = any (array(select loam.my_organization_ids('owner'))) then
    raise exception 'only owners make owners and change them' using errcode = 'insufficient_privilege';
  end if;
  update public.organization_members
  set role = new_role
  where organization_id = in_organization and user_id = member;
end
$$;

create function loam.invite(in_organization uuid, to_email text, with_role text, to_team uuid, valid_for interval)
returns text
language plpgsql security definer
set search_path = ''
as $$
declare
  -- Two of them have 244 bits of the server's own strong randomness.
  token text := replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', '');
begin
  if in_organization is null or not in_organization = any (array(select loam.my_organization_ids('admin'))) then
    raise exception 'only administrators of the organization invite' using errcode = 'insufficient_privilege';
  end if;
  if not valid_for between interval '1 minute' and interval '30 days' then
    raise exception 'an invitation holds for a minute to thirty days' using errcode = 'invalid_parameter_value';
  end if;
  update public.invitations
  set revoked_at = now()
  where organization_id = in_organization and email = lower(btrim(to_email)) and accepted_at is null and revoked_at is null;
  insert into public.invitations (organization_id, team_id, email, role, token_hash, invited_by, expires_at)
  values (
    in_organization, to_team, lower(btrim(to_email)), with_role, encode(sha256(convert_to(token, 'UTF8')), 'hex'),
    (select auth.uid()), now() + valid_for
  );
  return token;
end
$$;

create function loam.accept_invitation(token text)
returns uuid
language plpgsql security definer
set search_path = ''
as $$
declare
  invitation public.invitations;
begin
  select i.* into invitation
  from public.invitations as i
  join public.organizations as o on o.id = i.organization_id and o.deleted_at is null
  where i.token_hash = encode(sha256(convert_to(token, 'UTF8')), 'hex')
  for update of i;
  if not found or invitation.revoked_at is not null then
    raise exception 'there is no such invitation' using errcode = 'no_data_found';
  end if;
  if invitation.accepted_at is not null then
    raise exception 'the invitation was used already' using errcode = 'object_not_in_prerequisite_state';
  end if;
  if invitation.expires_at <= now() then
    raise exception 'the invitation has expired' using errcode = 'object_not_in_prerequisite_state';
  end if;
  if not exists (
    select from auth.users as u
    where u.id = (select auth.uid()) and lower(u.email) = invitation.email and u.email_confirmed_at is not null
  ) then
    raise exception 'the invitation is for another address' using errcode = 'insufficient_privilege';
  end if;
  insert into public.organization_members (organization_id, user_id, role)
  values (invitation.organization_id, (select auth.uid()), invitation.role)
  on conflict (organization_id, user_id) do nothing;
  if invitation.team_id is not null then
    insert into public.team_members (organization_id, team_id, user_id)
    values (invitation.organization_id, invitation.team_id, (select auth.uid()))
    on conflict do nothing;
  end if;
  update public.invitations
  set accepted_at = now(), accepted_by = (select auth.uid())
  where id = invitation.id;
  return invitation.organization_id;
end
$$;

create function loam.keep_an_owner()
returns trigger
language plpgsql security definer
set search_path = ''
as $$
begin
  perform from public.organizations where id = old.organization_id for no key update;
  if not found or exists (
    select from public.organization_members
    where organization_id = old.organization_id and role = 'owner'
  ) then
    return null;
  end if;
  if tg_op = 'UPDATE' or exists (select from public.user_profiles where id = old.user_id) then
    raise exception 'an organization keeps at least one owner' using errcode = 'object_not_in_prerequisite_state';
  end if;
  update public.organization_members
  set role = 'owner'
  where organization_id = old.organization_id and user_id = (
    select m.user_id
    from public.organization_members as m
    where m.organization_id = old.organization_id
    order by array_position(array['admin', 'member', 'viewer'], m.role), m.created_at, m.user_id
    limit 1
  );
  if not found then
    delete from public.organizations where id = old.organization_id;
  end if;
  return null;
end
$$;

create function loam.audit_organization()
returns trigger
language plpgsql security definer
set search_path = ''
as $$
declare
  was jsonb := case when tg_op <> 'INSERT' then to_jsonb(old) end;
  is_now jsonb := case when tg_op <> 'DELETE' then to_jsonb(new) end;
  it jsonb := coalesce(is_now, was);
  noun text := case tg_table_name
    when 'organizations' then 'organization' when 'organization_members' then 'member' when 'team_members' then 'team_member'
    when 'teams' then 'team' else 'invitation'
  end;
  verb text := case
    when tg_op = 'INSERT' then case when noun like '%member' then 'added' else 'created' end
    when tg_op = 'DELETE' then case when noun like '%member' then 'removed' else 'deleted' end
    when was ->> 'accepted_at' is null and is_now ->> 'accepted_at' is not null then 'accepted'
    when was ->> 'revoked_at' is null and is_now ->> 'revoked_at' is not null then 'revoked'
    when was ->> 'deleted_at' is null and is_now ->> 'deleted_at' is not null then 'binned'
    else 'changed'
  end;
begin
  insert into public.audit_logs (user_id, organization_id, action, resource_type, resource_id, metadata)
  values (
    (select auth.uid()),
    coalesce(it ->> 'organization_id', it ->> 'id')::uuid,
    noun || '.' || verb,
    noun,
    coalesce(it ->> 'user_id', it ->> 'id')::uuid,
    jsonb_strip_nulls(jsonb_build_object(
      'team_id', it -> 'team_id', 'name', it -> 'name', 'email', it -> 'email', 'role', it -> 'role',
      'role_before', case when was ->> 'role' is distinct from it ->> 'role' then was -> 'role' end
    ))
  );
  return null;
end
$$;

create function loam.notify_membership()
returns trigger
language plpgsql security definer
set search_path = ''
as $$
declare
  changed uuid := coalesce(new.organization_id, old.organization_id);
begin
  perform loam.notify_change(
    'organization_members', changed, lower(tg_op),
    array(
      select user_id from public.organization_members where organization_id = changed
      union
      select coalesce(new.user_id, old.user_id)
    )
  );
  return null;
end
$$;

create function public.create_organization(name text, description text default null::text)
returns public.organizations
language sql
set search_path = ''
as $$
  select loam.create_organization(name, description)
$$;

create function public.set_member_role(organization_id uuid, user_id uuid, role text)
returns void
language sql
set search_path = ''
as $$
  select loam.set_member_role(organization_id, user_id, role)
$$;

create function public.invite_member(organization_id uuid, email text, role text default 'member', team_id uuid default null::uuid, valid_for interval default '7 days'::interval)
returns text
language sql
set search_path = ''
as $$
  select loam.invite(organization_id, email, role, team_id, valid_for)
$$;

create function public.accept_invitation(token text)
returns uuid
language sql
set search_path = ''
as $$
  select loam.accept_invitation(token)
$$;

create policy "people make their own keys" on public.api_keys
  for insert to authenticated
  with check (((user_id = ( select auth.uid() as uid)) and ((organization_id is null) or (organization_id = any (array( select loam.my_organization_ids('admin') as my_organization_ids))))));
create policy "people rename and revoke their own keys" on public.api_keys
  for update to authenticated
  using (((user_id = ( select auth.uid() as uid)) or (organization_id = any (array( select loam.my_organization_ids('admin') as my_organization_ids)))))
  with check (((user_id = ( select auth.uid() as uid)) or (organization_id = any (array( select loam.my_organization_ids('admin') as my_organization_ids)))));
create policy "people see their own keys" on public.api_keys
  for select to authenticated
  using (((user_id = ( select auth.uid() as uid)) or (organization_id = any (array( select loam.my_organization_ids('admin') as my_organization_ids)))));

create policy "people see what they did" on public.audit_logs
  for select to authenticated
  using (((user_id = ( select auth.uid() as uid)) or (tenant_id = any (array( select loam.my_organization_ids('admin') as my_organization_ids)))));

create policy "administrators add providers" on public.model_providers
  for insert to authenticated
  with check ((((organization_id is null) and ( select loam.is_admin() as is_admin)) or (organization_id = any (array( select loam.my_organization_ids('admin') as my_organization_ids)))));
create policy "administrators change providers" on public.model_providers
  for update to authenticated
  using ((((organization_id is null) and ( select loam.is_admin() as is_admin)) or (organization_id = any (array( select loam.my_organization_ids('admin') as my_organization_ids)))))
  with check ((((organization_id is null) and ( select loam.is_admin() as is_admin)) or (organization_id = any (array( select loam.my_organization_ids('admin') as my_organization_ids)))));
create policy "administrators remove providers" on public.model_providers
  for delete to authenticated
  using ((((organization_id is null) and ( select loam.is_admin() as is_admin)) or (organization_id = any (array( select loam.my_organization_ids('admin') as my_organization_ids)))));
create policy "everybody signed in sees providers" on public.model_providers
  for select to authenticated
  using (((organization_id is null) or (organization_id = any (array( select loam.my_organization_ids() as my_organization_ids)))));

create policy "administrators remove keys" on public.provider_keys
  for delete to authenticated
  using ((exists ( select from public.model_providers p where ((p.id = provider_keys.provider_id) and (((p.organization_id is null) and ( select loam.is_admin() as is_admin)) or (p.organization_id = any (array( select loam.my_organization_ids('admin') as my_organization_ids))))))));
create policy "administrators see keys" on public.provider_keys
  for select to authenticated
  using ((exists ( select from public.model_providers p where ((p.id = provider_keys.provider_id) and (((p.organization_id is null) and ( select loam.is_admin() as is_admin)) or (p.organization_id = any (array( select loam.my_organization_ids('admin') as my_organization_ids))))))));
create policy "administrators switch keys" on public.provider_keys
  for update to authenticated
  using ((exists ( select from public.model_providers p where ((p.id = provider_keys.provider_id) and (((p.organization_id is null) and ( select loam.is_admin() as is_admin)) or (p.organization_id = any (array( select loam.my_organization_ids('admin') as my_organization_ids))))))))
  with check ((exists ( select from public.model_providers p where ((p.id = provider_keys.provider_id) and (((p.organization_id is null) and ( select loam.is_admin() as is_admin)) or (p.organization_id = any (array( select loam.my_organization_ids('admin') as my_organization_ids))))))));

create policy "administrators add models" on public.models
  for insert to authenticated
  with check ((exists ( select from public.model_providers p where ((p.id = models.provider_id) and (((p.organization_id is null) and ( select loam.is_admin() as is_admin)) or (p.organization_id = any (array( select loam.my_organization_ids('admin') as my_organization_ids))))))));
create policy "administrators change models" on public.models
  for update to authenticated
  using ((exists ( select from public.model_providers p where ((p.id = models.provider_id) and (((p.organization_id is null) and ( select loam.is_admin() as is_admin)) or (p.organization_id = any (array( select loam.my_organization_ids('admin') as my_organization_ids))))))))
  with check ((exists ( select from public.model_providers p where ((p.id = models.provider_id) and (((p.organization_id is null) and ( select loam.is_admin() as is_admin)) or (p.organization_id = any (array( select loam.my_organization_ids('admin') as my_organization_ids))))))));
create policy "administrators remove models" on public.models
  for delete to authenticated
  using ((exists ( select from public.model_providers p where ((p.id = models.provider_id) and (((p.organization_id is null) and ( select loam.is_admin() as is_admin)) or (p.organization_id = any (array( select loam.my_organization_ids('admin') as my_organization_ids))))))));
create policy "everybody signed in sees models" on public.models
  for select to authenticated
  using ((exists ( select from public.model_providers p where ((p.id = models.provider_id) and ((p.organization_id is null) or (p.organization_id = any (array( select loam.my_organization_ids() as my_organization_ids))))))));

create policy "administrators add prices" on public.model_pricing
  for insert to authenticated
  with check ((((organization_id is null) and ( select loam.is_admin() as is_admin)) or (organization_id = any (array( select loam.my_organization_ids('admin') as my_organization_ids)))));
create policy "administrators change prices" on public.model_pricing
  for update to authenticated
  using ((((organization_id is null) and ( select loam.is_admin() as is_admin)) or (organization_id = any (array( select loam.my_organization_ids('admin') as my_organization_ids)))))
  with check ((((organization_id is null) and ( select loam.is_admin() as is_admin)) or (organization_id = any (array( select loam.my_organization_ids('admin') as my_organization_ids)))));
create policy "administrators remove prices" on public.model_pricing
  for delete to authenticated
  using ((((organization_id is null) and ( select loam.is_admin() as is_admin)) or (organization_id = any (array( select loam.my_organization_ids('admin') as my_organization_ids)))));
create policy "everybody signed in sees prices" on public.model_pricing
  for select to authenticated
  using (((organization_id is null) or (organization_id = any (array( select loam.my_organization_ids() as my_organization_ids)))));

create policy "administrators add routes" on public.model_routes
  for insert to authenticated
  with check ((((organization_id is null) and ( select loam.is_admin() as is_admin)) or (organization_id = any (array( select loam.my_organization_ids('admin') as my_organization_ids)))));
create policy "administrators change routes" on public.model_routes
  for update to authenticated
  using ((((organization_id is null) and ( select loam.is_admin() as is_admin)) or (organization_id = any (array( select loam.my_organization_ids('admin') as my_organization_ids)))))
  with check ((((organization_id is null) and ( select loam.is_admin() as is_admin)) or (organization_id = any (array( select loam.my_organization_ids('admin') as my_organization_ids)))));
create policy "administrators remove routes" on public.model_routes
  for delete to authenticated
  using ((((organization_id is null) and ( select loam.is_admin() as is_admin)) or (organization_id = any (array( select loam.my_organization_ids('admin') as my_organization_ids)))));
create policy "everybody signed in sees routes" on public.model_routes
  for select to authenticated
  using (((organization_id is null) or (organization_id = any (array( select loam.my_organization_ids() as my_organization_ids)))));

create policy "administrators change experiments" on public.experiments
  for update to authenticated
  using ((((organization_id is null) and ( select loam.is_admin() as is_admin)) or (organization_id = any (array( select loam.my_organization_ids('admin') as my_organization_ids)))))
  with check (((((organization_id is null) and ( select loam.is_admin() as is_admin)) or (organization_id = any (array( select loam.my_organization_ids('admin') as my_organization_ids)))) and ((route_id is null) or (exists ( select from public.model_routes r where ((r.id = experiments.route_id) and (not (r.organization_id is distinct from experiments.organization_id))))))));
create policy "administrators remove experiments" on public.experiments
  for delete to authenticated
  using ((((organization_id is null) and ( select loam.is_admin() as is_admin)) or (organization_id = any (array( select loam.my_organization_ids('admin') as my_organization_ids)))));
create policy "administrators see experiments" on public.experiments
  for select to authenticated
  using ((((organization_id is null) and ( select loam.is_admin() as is_admin)) or (organization_id = any (array( select loam.my_organization_ids('admin') as my_organization_ids)))));
create policy "administrators start experiments" on public.experiments
  for insert to authenticated
  with check (((((organization_id is null) and ( select loam.is_admin() as is_admin)) or (organization_id = any (array( select loam.my_organization_ids('admin') as my_organization_ids)))) and ((route_id is null) or (exists ( select from public.model_routes r where ((r.id = experiments.route_id) and (not (r.organization_id is distinct from experiments.organization_id))))))));

create policy "people see sums of what they used, administrators all" on public.usage_summaries
  for select to authenticated
  using (((user_id = ( select auth.uid() as uid)) or (tenant_id = any (array( select loam.my_organization_ids('admin') as my_organization_ids))) or ( select loam.is_admin() as is_admin)));

create policy "administrators change budgets" on public.budgets
  for update to authenticated
  using ((((organization_id is null) and ( select loam.is_admin() as is_admin)) or (organization_id = any (array( select loam.my_organization_ids('admin') as my_organization_ids)))))
  with check ((((organization_id is null) and ( select loam.is_admin() as is_admin)) or (organization_id = any (array( select loam.my_organization_ids('admin') as my_organization_ids)))));
create policy "administrators remove budgets" on public.budgets
  for delete to authenticated
  using ((((organization_id is null) and ( select loam.is_admin() as is_admin)) or (organization_id = any (array( select loam.my_organization_ids('admin') as my_organization_ids)))));
create policy "administrators set budgets" on public.budgets
  for insert to authenticated
  with check ((((organization_id is null) and ( select loam.is_admin() as is_admin)) or ((organization_id = any (array( select loam.my_organization_ids('admin') as my_organization_ids))) and ((user_id is null) or (exists ( select from public.organization_members m where ((m.organization_id = budgets.organization_id) and (m.user_id = budgets.user_id))))) and ((api_key_id is null) or (exists ( select from public.api_keys k where ((k.id = budgets.api_key_id) and (k.organization_id = budgets.organization_id))))))));
create policy "people see their own budgets, administrators all" on public.budgets
  for select to authenticated
  using (((user_id = ( select auth.uid() as uid)) or ((user_id is null) and (organization_id = any (array( select loam.my_organization_ids() as my_organization_ids)))) or (organization_id = any (array( select loam.my_organization_ids('admin') as my_organization_ids))) or ( select loam.is_admin() as is_admin)));

create policy "administrators change quotas" on public.usage_quotas
  for update to authenticated
  using ((((organization_id is null) and ( select loam.is_admin() as is_admin)) or (organization_id = any (array( select loam.my_organization_ids('admin') as my_organization_ids)))))
  with check ((((organization_id is null) and ( select loam.is_admin() as is_admin)) or (organization_id = any (array( select loam.my_organization_ids('admin') as my_organization_ids)))));
create policy "administrators remove quotas" on public.usage_quotas
  for delete to authenticated
  using ((((organization_id is null) and ( select loam.is_admin() as is_admin)) or (organization_id = any (array( select loam.my_organization_ids('admin') as my_organization_ids)))));
create policy "administrators set quotas" on public.usage_quotas
  for insert to authenticated
  with check ((((organization_id is null) and ( select loam.is_admin() as is_admin)) or ((organization_id = any (array( select loam.my_organization_ids('admin') as my_organization_ids))) and ((user_id is null) or (exists ( select from public.organization_members m where ((m.organization_id = usage_quotas.organization_id) and (m.user_id = usage_quotas.user_id))))))));
create policy "people see their own quotas and everybody's" on public.usage_quotas
  for select to authenticated
  using (((user_id = ( select auth.uid() as uid)) or ((user_id is null) and ((organization_id is null) or (organization_id = any (array( select loam.my_organization_ids() as my_organization_ids))))) or (organization_id = any (array( select loam.my_organization_ids('admin') as my_organization_ids))) or ( select loam.is_admin() as is_admin)));

create policy "people set their own alerts" on public.usage_alerts
  for insert to authenticated
  with check (((user_id = ( select auth.uid() as uid)) and case scope when 'mine' then (organization_id is null) when 'organization' then (organization_id = any (array( select loam.my_organization_ids('admin') as my_organization_ids))) else ((organization_id is null) and ( select loam.is_admin() as is_admin)) end));

create policy "people remove their own conversations" on public.conversations
  for delete to authenticated
  using ((((user_id = ( select auth.uid() as uid)) and (tenant_id = any (array( select loam.my_tenant_ids('member') as my_tenant_ids)))) or (organization_id = any (array( select loam.my_organization_ids('admin') as my_organization_ids)))));

create policy "people change their own templates" on public.system_prompt_templates
  for update to authenticated
  using ((((user_id = ( select auth.uid() as uid)) and (tenant_id = any (array( select loam.my_tenant_ids('member') as my_tenant_ids)))) or (organization_id = any (array( select loam.my_organization_ids('admin') as my_organization_ids)))))
  with check ((((user_id = ( select auth.uid() as uid)) and (tenant_id = any (array( select loam.my_tenant_ids('member') as my_tenant_ids)))) or (organization_id = any (array( select loam.my_organization_ids('admin') as my_organization_ids)))));
create policy "people remove their own templates" on public.system_prompt_templates
  for delete to authenticated
  using ((((user_id = ( select auth.uid() as uid)) and (tenant_id = any (array( select loam.my_tenant_ids('member') as my_tenant_ids)))) or (organization_id = any (array( select loam.my_organization_ids('admin') as my_organization_ids)))));

create trigger organizations_audit after insert or delete or update of name, deleted_at on public.organizations for each row execute function loam.audit_organization();
create trigger organizations_touch before update on public.organizations for each row execute function loam.touch_updated_at();
create policy "maintenance: purge organizations" on public.organizations
  for all to loam_maintenance
  using ((deleted_at is not null));
create policy "members see their organizations" on public.organizations
  for select to authenticated
  using ((id = any (array( select loam.my_organization_ids() as my_organization_ids))));
create policy "owners change their organizations" on public.organizations
  for update to authenticated
  using ((id = any (array( select loam.my_organization_ids('owner') as my_organization_ids))))
  with check ((id = any (array( select loam.my_organization_ids('owner') as my_organization_ids))));
create policy "owners remove their organizations" on public.organizations
  for delete to authenticated
  using ((id = any (array( select loam.my_organization_ids('owner') as my_organization_ids))));
grant delete, select, update (name, description, avatar_url, settings, metadata, deleted_at) on public.organizations to authenticated;
grant delete, select (id, deleted_at) on public.organizations to loam_maintenance;

create trigger organization_members_audit after insert or delete or update of role on public.organization_members for each row execute function loam.audit_organization();
create trigger organization_members_drop_alerts after delete on public.organization_members for each row execute function loam.drop_alerts_of_member();
create trigger organization_members_drop_alerts_of_role after update of role on public.organization_members for each row when ((new.role = any (array['viewer', 'member']))) execute function loam.drop_alerts_of_member();
create trigger organization_members_keep_owner after delete or update of role on public.organization_members for each row when ((old.role = 'owner')) execute function loam.keep_an_owner();
create trigger organization_members_notify after insert or delete or update of role on public.organization_members for each row execute function loam.notify_membership();
create trigger organization_members_touch before update on public.organization_members for each row execute function loam.touch_updated_at();
create policy "members leave, administrators remove, owners remove anybody" on public.organization_members
  for delete to authenticated
  using (((user_id = ( select auth.uid() as uid)) or ((role <> 'owner') and (organization_id = any (array( select loam.my_organization_ids('admin') as my_organization_ids)))) or (organization_id = any (array( select loam.my_organization_ids('owner') as my_organization_ids)))));
create policy "members see who belongs to their organizations" on public.organization_members
  for select to authenticated
  using ((organization_id = any (array( select loam.my_organization_ids() as my_organization_ids))));
grant delete, select on public.organization_members to authenticated;

create trigger teams_audit after insert or delete or update of name on public.teams for each row execute function loam.audit_organization();
create trigger teams_touch before update on public.teams for each row execute function loam.touch_updated_at();
create policy "administrators change teams" on public.teams
  for update to authenticated
  using ((organization_id = any (array( select loam.my_organization_ids('admin') as my_organization_ids))))
  with check ((organization_id = any (array( select loam.my_organization_ids('admin') as my_organization_ids))));
create policy "administrators make teams" on public.teams
  for insert to authenticated
  with check ((organization_id = any (array( select loam.my_organization_ids('admin') as my_organization_ids))));
create policy "administrators remove teams" on public.teams
  for delete to authenticated
  using ((organization_id = any (array( select loam.my_organization_ids('admin') as my_organization_ids))));
create policy "members see the teams of their organizations" on public.teams
  for select to authenticated
  using ((organization_id = any (array( select loam.my_organization_ids() as my_organization_ids))));
grant delete, insert (organization_id, name, description, metadata), select, update (name, description, metadata) on public.teams to authenticated;

create trigger team_members_audit after insert or delete on public.team_members for each row execute function loam.audit_organization();
create policy "administrators put members into teams" on public.team_members
  for insert to authenticated
  with check ((organization_id = any (array( select loam.my_organization_ids('admin') as my_organization_ids))));
create policy "members leave teams, administrators remove" on public.team_members
  for delete to authenticated
  using (((user_id = ( select auth.uid() as uid)) or (organization_id = any (array( select loam.my_organization_ids('admin') as my_organization_ids)))));
create policy "members see who is in the teams of their organizations" on public.team_members
  for select to authenticated
  using ((organization_id = any (array( select loam.my_organization_ids() as my_organization_ids))));
grant delete, insert (organization_id, team_id, user_id), select on public.team_members to authenticated;

create trigger invitations_audit after insert or delete or update of accepted_at, revoked_at on public.invitations for each row execute function loam.audit_organization();
create trigger invitations_touch before update on public.invitations for each row execute function loam.touch_updated_at();
create policy "administrators revoke invitations" on public.invitations
  for update to authenticated
  using ((organization_id = any (array( select loam.my_organization_ids('admin') as my_organization_ids))))
  with check ((organization_id = any (array( select loam.my_organization_ids('admin') as my_organization_ids))));
create policy "administrators see invitations" on public.invitations
  for select to authenticated
  using ((organization_id = any (array( select loam.my_organization_ids('admin') as my_organization_ids))));
grant select (id, organization_id, team_id, email, role, invited_by, expires_at, accepted_at, accepted_by, revoked_at, created_at, updated_at), update (revoked_at) on public.invitations to authenticated;

create view public.organization_people
with (security_invoker=true) as
 select organization_id, user_id, role, display_name, avatar_url, email, created_at
   from loam.organization_people() organization_people(organization_id, user_id, role, display_name, avatar_url, email, created_at);
grant select on public.organization_people to authenticated;

grant execute on function loam.my_organization_ids(text) to authenticated;
grant execute on function loam.organization_people() to authenticated;
grant execute on function loam.create_organization(text,text) to authenticated;
grant execute on function loam.set_member_role(uuid,uuid,text) to authenticated;
grant execute on function loam.invite(uuid,text,text,uuid,interval) to authenticated;
grant execute on function loam.accept_invitation(text) to authenticated;
grant execute on function public.create_organization(text,text) to authenticated;
grant execute on function public.set_member_role(uuid,uuid,text) to authenticated;
grant execute on function public.invite_member(uuid,text,text,uuid,interval) to authenticated;
grant execute on function public.accept_invitation(text) to authenticated;

-- ==================== prompts

create table public.prompts (
  id uuid default gen_random_uuid() not null,
  user_id uuid default auth.uid() not null,
  organization_id uuid,
  tenant_id uuid generated always as (coalesce(organization_id, user_id)) stored,
  title text not null,
  goal text not null,
  template text default '' not null,
  system_prompt text default '' not null,
  assistant_template text default '' not null,
  variables jsonb default '[]'::jsonb not null,
  is_public boolean default false not null,
  gated_labels text[] default '{}'::text[] not null,
  source_template_id uuid,
  metadata jsonb default '{}'::jsonb not null,
  created_at timestamptz default now() not null,
  updated_at timestamptz default now() not null,
  deleted_at timestamptz,
  constraint prompts_pkey primary key (id),
  constraint prompts_id_tenant_id_key unique (id, tenant_id),
  constraint prompts_assistant_template_check check (char_length(assistant_template) <= 100000),
  constraint prompts_goal_check check (char_length(goal) <= 20000),
  constraint prompts_metadata_check check (octet_length((metadata)::text) <= 16384),
  constraint prompts_system_prompt_check check (char_length(system_prompt) <= 100000),
  constraint prompts_template_check check (char_length(template) <= 200000),
  constraint prompts_title_check check ((char_length(title) >= 1) and (char_length(title) <= 255)),
  constraint prompts_variables_check check ((jsonb_typeof(variables) = 'array') and (octet_length((variables)::text) <= 100000)),
  constraint prompts_organization_id_fkey foreign key (organization_id) references public.organizations(id) on delete cascade,
  constraint prompts_user_id_fkey foreign key (user_id) references public.user_profiles(id) on delete cascade
);
create index prompts_deleted_at_idx on public.prompts using btree (deleted_at) where (deleted_at is not null);
create index prompts_is_public_idx on public.prompts using btree (created_at desc) where is_public;
create index prompts_organization_id_idx on public.prompts using btree (organization_id) where (organization_id is not null);
create index prompts_tenant_id_idx on public.prompts using btree (tenant_id, created_at desc);
create index prompts_user_id_idx on public.prompts using btree (user_id, created_at desc);
alter table public.prompts enable row level security;

create table public.prompt_versions (
  id uuid default gen_random_uuid() not null,
  prompt_id uuid not null,
  user_id uuid default auth.uid() not null,
  organization_id uuid,
  tenant_id uuid generated always as (coalesce(organization_id, user_id)) stored,
  version integer not null,
  title text not null,
  goal text not null,
  system_prompt text not null,
  user_template text not null,
  assistant_template text not null,
  variables jsonb not null,
  questions jsonb not null,
  note text,
  metadata jsonb default '{}'::jsonb not null,
  is_published boolean default false not null,
  created_at timestamptz default now() not null,
  constraint prompt_versions_pkey primary key (id),
  constraint prompt_versions_prompt_id_id_key unique (prompt_id, id),
  constraint prompt_versions_prompt_id_version_key unique (prompt_id, version),
  constraint prompt_versions_metadata_check check (octet_length((metadata)::text) <= 16384),
  constraint prompt_versions_note_check check (char_length(note) <= 2000),
  constraint prompt_versions_questions_check check (jsonb_typeof(questions) = 'array'),
  constraint prompt_versions_variables_check check (jsonb_typeof(variables) = 'array'),
  constraint prompt_versions_version_check check (version > 0),
  constraint prompt_versions_prompt_id_tenant_id_fkey foreign key (prompt_id, tenant_id) references public.prompts(id, tenant_id) on delete cascade,
  constraint prompt_versions_user_id_fkey foreign key (user_id) references public.user_profiles(id) on delete cascade
);
create index prompt_versions_is_published_idx on public.prompt_versions using btree (id) where is_published;
create index prompt_versions_tenant_id_idx on public.prompt_versions using btree (tenant_id);
create index prompt_versions_tenant_idx on public.prompt_versions using btree (prompt_id, tenant_id);
create index prompt_versions_user_id_idx on public.prompt_versions using btree (user_id);
alter table public.prompt_versions enable row level security;

create table public.prompt_labels (
  prompt_id uuid not null,
  label text not null,
  version_id uuid not null,
  user_id uuid default auth.uid() not null,
  organization_id uuid,
  tenant_id uuid generated always as (coalesce(organization_id, user_id)) stored,
  created_at timestamptz default now() not null,
  updated_at timestamptz default now() not null,
  constraint prompt_labels_pkey primary key (prompt_id, label),
  constraint prompt_labels_label_check check (label ~ '^[a-z0-9][a-z0-9_.-]{0,62}$'),
  constraint prompt_labels_prompt_id_tenant_id_fkey foreign key (prompt_id, tenant_id) references public.prompts(id, tenant_id) on delete cascade,
  constraint prompt_labels_prompt_id_version_id_fkey foreign key (prompt_id, version_id) references public.prompt_versions(prompt_id, id) on delete cascade,
  constraint prompt_labels_user_id_fkey foreign key (user_id) references public.user_profiles(id) on delete cascade
);
create index prompt_labels_tenant_id_idx on public.prompt_labels using btree (tenant_id);
create index prompt_labels_tenant_idx on public.prompt_labels using btree (prompt_id, tenant_id);
create index prompt_labels_user_id_idx on public.prompt_labels using btree (user_id);
create index prompt_labels_version_idx on public.prompt_labels using btree (prompt_id, version_id);
alter table public.prompt_labels enable row level security;

create table public.prompt_questions (
  id uuid default gen_random_uuid() not null,
  prompt_id uuid not null,
  user_id uuid default auth.uid() not null,
  organization_id uuid,
  tenant_id uuid generated always as (coalesce(organization_id, user_id)) stored,
  question_id text not null,
  question_text text not null,
  help text,
  kind text default 'text' not null,
  options jsonb default '[]'::jsonb not null,
  required boolean default true not null,
  default_answer text,
  "position" integer default 0 not null,
  condition jsonb,
  metadata jsonb default '{}'::jsonb not null,
  created_at timestamptz default now() not null,
  updated_at timestamptz default now() not null,
  constraint prompt_questions_pkey primary key (id),
  constraint prompt_questions_prompt_id_question_id_key unique (prompt_id, question_id),
  constraint prompt_questions_check check ((kind <> all (array['choice', 'choices'])) or (jsonb_array_length(options) > 0)),
  constraint prompt_questions_condition_check check ((condition is null) or ((jsonb_typeof(condition) = 'object') and (condition ? 'question_id') and (coalesce((condition ->> 'operator'), 'equals') = any (array['equals', 'not_equals', 'contains', 'answered'])))),
  constraint prompt_questions_default_answer_check check (char_length(default_answer) <= 20000),
  constraint prompt_questions_help_check check (char_length(help) <= 2000),
  constraint prompt_questions_kind_check check (kind = any (array['text', 'long_text', 'number', 'boolean', 'choice', 'choices', 'date'])),
  constraint prompt_questions_metadata_check check (octet_length((metadata)::text) <= 16384),
  constraint prompt_questions_options_check check ((jsonb_typeof(options) = 'array') and (octet_length((options)::text) <= 16384)),
  constraint prompt_questions_question_id_check check ((char_length(question_id) >= 1) and (char_length(question_id) <= 100)),
  constraint prompt_questions_question_text_check check ((char_length(question_text) >= 1) and (char_length(question_text) <= 2000)),
  constraint prompt_questions_prompt_id_tenant_id_fkey foreign key (prompt_id, tenant_id) references public.prompts(id, tenant_id) on delete cascade,
  constraint prompt_questions_user_id_fkey foreign key (user_id) references public.user_profiles(id) on delete cascade
);
create index prompt_questions_tenant_id_idx on public.prompt_questions using btree (tenant_id);
create index prompt_questions_tenant_idx on public.prompt_questions using btree (prompt_id, tenant_id);
create index prompt_questions_user_id_idx on public.prompt_questions using btree (user_id);
alter table public.prompt_questions enable row level security;

create table public.prompt_answers (
  id uuid default gen_random_uuid() not null,
  prompt_id uuid not null,
  version_id uuid,
  user_id uuid default auth.uid() not null,
  organization_id uuid,
  tenant_id uuid generated always as (coalesce(organization_id, user_id)) stored,
  question_id text not null,
  question_text text not null,
  answer text not null,
  created_at timestamptz default now() not null,
  updated_at timestamptz default now() not null,
  constraint prompt_answers_pkey primary key (id),
  constraint prompt_answers_answer_check check (char_length(answer) <= 20000),
  constraint prompt_answers_question_id_check check ((char_length(question_id) >= 1) and (char_length(question_id) <= 100)),
  constraint prompt_answers_question_text_check check (char_length(question_text) <= 2000),
  constraint prompt_answers_prompt_id_tenant_id_fkey foreign key (prompt_id, tenant_id) references public.prompts(id, tenant_id) on delete cascade,
  constraint prompt_answers_prompt_id_version_id_fkey foreign key (prompt_id, version_id) references public.prompt_versions(prompt_id, id) on delete set null (version_id),
  constraint prompt_answers_user_id_fkey foreign key (user_id) references public.user_profiles(id) on delete cascade
);
create index prompt_answers_tenant_id_idx on public.prompt_answers using btree (tenant_id);
create index prompt_answers_tenant_idx on public.prompt_answers using btree (prompt_id, tenant_id);
create index prompt_answers_user_id_idx on public.prompt_answers using btree (user_id, question_id, created_at desc);
create index prompt_answers_version_idx on public.prompt_answers using btree (prompt_id, version_id) where (version_id is not null);
alter table public.prompt_answers enable row level security;

create table public.test_cases (
  id uuid default gen_random_uuid() not null,
  prompt_id uuid not null,
  user_id uuid default auth.uid() not null,
  organization_id uuid,
  tenant_id uuid generated always as (coalesce(organization_id, user_id)) stored,
  name text not null,
  variable_values jsonb default '{}'::jsonb not null,
  expectations jsonb default '[]'::jsonb not null,
  source_message_id uuid,
  enabled boolean default true not null,
  "position" integer default 0 not null,
  metadata jsonb default '{}'::jsonb not null,
  created_at timestamptz default now() not null,
  updated_at timestamptz default now() not null,
  constraint test_cases_pkey primary key (id),
  constraint test_cases_prompt_id_id_key unique (prompt_id, id),
  constraint test_cases_expectations_check check ((jsonb_typeof(expectations) = 'array') and (octet_length((expectations)::text) <= 100000)),
  constraint test_cases_metadata_check check (octet_length((metadata)::text) <= 16384),
  constraint test_cases_name_check check ((char_length(name) >= 1) and (char_length(name) <= 200)),
  constraint test_cases_variable_values_check check ((jsonb_typeof(variable_values) = 'object') and (octet_length((variable_values)::text) <= 200000)),
  constraint test_cases_prompt_id_tenant_id_fkey foreign key (prompt_id, tenant_id) references public.prompts(id, tenant_id) on delete cascade,
  constraint test_cases_user_id_fkey foreign key (user_id) references public.user_profiles(id) on delete cascade
);
create index test_cases_tenant_id_idx on public.test_cases using btree (tenant_id);
create index test_cases_tenant_idx on public.test_cases using btree (prompt_id, tenant_id);
create index test_cases_user_id_idx on public.test_cases using btree (user_id);
alter table public.test_cases enable row level security;

create table public.test_results (
  id uuid default gen_random_uuid() not null,
  prompt_id uuid not null,
  version_id uuid,
  test_case_id uuid,
  user_id uuid default auth.uid() not null,
  organization_id uuid,
  tenant_id uuid generated always as (coalesce(organization_id, user_id)) stored,
  provider text,
  model text not null,
  temperature numeric(3,2) not null,
  variable_values jsonb default '{}'::jsonb not null,
  resolved_prompt text not null,
  result text,
  passed boolean,
  score numeric(6,5),
  tokens_used bigint,
  cost_usd numeric(24,15),
  response_time_ms integer,
  error_code text,
  metadata jsonb default '{}'::jsonb not null,
  created_at timestamptz default now() not null,
  constraint test_results_pkey primary key (id),
  constraint test_results_cost_usd_check check (cost_usd >= (0)::numeric),
  constraint test_results_response_time_ms_check check (response_time_ms >= 0),
  constraint test_results_score_check check ((score >= (0)::numeric) and (score <= (1)::numeric)),
  constraint test_results_temperature_check check ((temperature >= (0)::numeric) and (temperature <= (2)::numeric)),
  constraint test_results_tokens_used_check check (tokens_used >= 0),
  constraint test_results_variable_values_check check (jsonb_typeof(variable_values) = 'object'),
  constraint test_results_prompt_id_tenant_id_fkey foreign key (prompt_id, tenant_id) references public.prompts(id, tenant_id) on delete cascade,
  constraint test_results_prompt_id_test_case_id_fkey foreign key (prompt_id, test_case_id) references public.test_cases(prompt_id, id) on delete set null (test_case_id),
  constraint test_results_prompt_id_version_id_fkey foreign key (prompt_id, version_id) references public.prompt_versions(prompt_id, id) on delete cascade,
  constraint test_results_user_id_fkey foreign key (user_id) references public.user_profiles(id) on delete cascade
);
create index test_results_case_idx on public.test_results using btree (prompt_id, test_case_id);
create index test_results_model_idx on public.test_results using btree (model, created_at desc);
create index test_results_tenant_id_idx on public.test_results using btree (tenant_id, created_at desc);
create index test_results_tenant_idx on public.test_results using btree (prompt_id, tenant_id);
create index test_results_user_id_idx on public.test_results using btree (user_id, created_at desc);
create index test_results_version_idx on public.test_results using btree (prompt_id, version_id, created_at desc);
alter table public.test_results enable row level security;

create table public.prompt_templates (
  id uuid default gen_random_uuid() not null,
  prompt_id uuid not null,
  version_id uuid not null,
  user_id uuid default auth.uid() not null,
  organization_id uuid,
  tenant_id uuid generated always as (coalesce(organization_id, user_id)) stored,
  category text,
  tags text[] default '{}'::text[] not null,
  is_published boolean default true not null,
  title text not null,
  goal text not null,
  template text not null,
  system_prompt text not null,
  assistant_template text not null,
  variables jsonb not null,
  questions jsonb not null,
  search tsvector not null,
  likes_count integer default 0 not null,
  uses_count integer default 0 not null,
  created_at timestamptz default now() not null,
  updated_at timestamptz default now() not null,
  constraint prompt_templates_pkey primary key (id),
  constraint prompt_templates_prompt_id_key unique (prompt_id),
  constraint prompt_templates_category_check check ((char_length(category) >= 1) and (char_length(category) <= 100)),
  constraint prompt_templates_likes_count_check check (likes_count >= 0),
  constraint prompt_templates_tags_check check ((cardinality(tags) <= 20) and (octet_length((tags)::text) <= 2000)),
  constraint prompt_templates_uses_count_check check (uses_count >= 0),
  constraint prompt_templates_prompt_id_tenant_id_fkey foreign key (prompt_id, tenant_id) references public.prompts(id, tenant_id) on delete cascade,
  constraint prompt_templates_prompt_id_version_id_fkey foreign key (prompt_id, version_id) references public.prompt_versions(prompt_id, id) on delete cascade,
  constraint prompt_templates_user_id_fkey foreign key (user_id) references public.user_profiles(id) on delete cascade
);
create index prompt_templates_category_idx on public.prompt_templates using btree (category, likes_count desc, uses_count desc, id) where is_published;
create index prompt_templates_popular_idx on public.prompt_templates using btree (likes_count desc, uses_count desc, id) where is_published;
create index prompt_templates_search_idx on public.prompt_templates using gin (search) where is_published;
create index prompt_templates_tenant_id_idx on public.prompt_templates using btree (tenant_id);
create index prompt_templates_tenant_idx on public.prompt_templates using btree (prompt_id, tenant_id);
create index prompt_templates_user_id_idx on public.prompt_templates using btree (user_id);
create index prompt_templates_uses_idx on public.prompt_templates using btree (uses_count desc, id) where is_published;
create index prompt_templates_version_idx on public.prompt_templates using btree (prompt_id, version_id);
alter table public.prompt_templates enable row level security;

create table public.template_likes (
  template_id uuid not null,
  user_id uuid default auth.uid() not null,
  created_at timestamptz default now() not null,
  constraint template_likes_pkey primary key (template_id, user_id),
  constraint template_likes_template_id_fkey foreign key (template_id) references public.prompt_templates(id) on delete cascade,
  constraint template_likes_user_id_fkey foreign key (user_id) references public.user_profiles(id) on delete cascade
);
create index template_likes_user_id_idx on public.template_likes using btree (user_id);
alter table public.template_likes enable row level security;

create table public.user_favorites (
  user_id uuid default auth.uid() not null,
  template_id uuid not null,
  created_at timestamptz default now() not null,
  constraint user_favorites_pkey primary key (user_id, template_id),
  constraint user_favorites_template_id_fkey foreign key (template_id) references public.prompt_templates(id) on delete cascade,
  constraint user_favorites_user_id_fkey foreign key (user_id) references public.user_profiles(id) on delete cascade
);
create index user_favorites_template_id_idx on public.user_favorites using btree (template_id);
alter table public.user_favorites enable row level security;

create function loam.visitors_may_read_prompts()
returns boolean
language sql stable security definer
set search_path = ''
as $$
  select coalesce((select parameters ->> 'public_prompts' = 'true' from loam.installation), false)
$$;

create function loam.inherit_prompt()
returns trigger
language plpgsql
set search_path = ''
as $$
begin
  if new.organization_id is null then
    new.organization_id := (select p.organization_id from public.prompts as p where p.id = new.prompt_id);
  end if;
  return new;
end
$$;

create function loam.fill_prompt_version()
returns trigger
language plpgsql
set search_path = ''
as $$
declare
  draft public.prompts;
begin
  select p.* into draft from public.prompts as p where p.id = new.prompt_id for no key update;
  if not found then
    raise exception 'there is no such prompt to keep a version of' using errcode = 'foreign_key_violation';
  end if;
  new.user_id := draft.user_id;
  new.organization_id := draft.organization_id;
  new.version := 1 + coalesce((select max(v.version) from public.prompt_versions as v where v.prompt_id = draft.id), 0);
  new.is_published := false;
  new.title := coalesce(new.title, draft.title);
  new.goal := coalesce(new.goal, draft.goal);
  new.system_prompt := coalesce(new.system_prompt, draft.system_prompt);
  new.user_template := coalesce(new.user_template, draft.template);
  new.assistant_template := coalesce(new.assistant_template, draft.assistant_template);
  new.variables := coalesce(new.variables, draft.variables);
  new.questions := (
    select coalesce(
      jsonb_agg(
        jsonb_build_object(
          'question_id', q.question_id, 'question_text', q.question_text, 'help', q.help, 'kind', q.kind,
          'options', q.options, 'required', q.required, 'default_answer', q.default_answer, 'condition', q.condition
        )
        order by q.position, q.created_at, q.question_id
      ),
      '[]'
    )
    from public.prompt_questions as q
    where q.prompt_id = draft.id
  );
  return new;
end
$$;

create function loam.keep_prompt_version()
returns trigger
language plpgsql
set search_path = ''
as $$
begin
  if (to_jsonb(new) - '{is_published,tenant_id}'::text[]) is distinct from (to_jsonb(old) - '{is_published,tenant_id}'::text[]) then
    raise exception 'a version of a prompt never changes: keep a new one' using errcode = 'restrict_violation';
  end if;
  return new;
end
$$;

create function loam.check_prompt_label()
returns trigger
language plpgsql
set search_path = ''
as $$
begin
  if exists (select from public.prompts as p where p.id = new.prompt_id and new.label = any (p.gated_labels)) and (
    not exists (select from public.test_cases as c where c.prompt_id = new.prompt_id and c.enabled)
    or exists (
      select from public.test_cases as c
      where c.prompt_id = new.prompt_id and c.enabled and (
        select r.passed
        from public.test_results as r
        where r.prompt_id = new.prompt_id and r.version_id = new.version_id and r.test_case_id = c.id
        order by r.created_at desc, r.id desc
        limit 1
      ) is not true
    )
  ) then
    raise exception 'this label needs a version whose test cases have all passed' using errcode = 'check_violation';
  end if;
  return new;
end
$$;

create function loam.withdraw_prompt()
returns trigger
language plpgsql security definer
set search_path = ''
as $$
begin
  if new.deleted_at is not null and old.deleted_at is null then
    new.is_public := false;
    update public.prompt_templates set is_published = false where prompt_id = new.id and is_published;
  end if;
  return new;
end
$$;

create function loam.template_words(words text)
returns tsvector
language sql immutable
set search_path = ''
as $$
  select to_tsvector('pg_catalog.simple', loam.parseable(words)) || to_tsvector('pg_catalog.english', loam.parseable(words))
$$;

create function loam.fill_template()
returns trigger
language plpgsql
set search_path = ''
as $$
declare
  kept public.prompt_versions;
begin
  if tg_op = 'INSERT' or new.version_id is distinct from old.version_id then
    select v.* into kept from public.prompt_versions as v where v.id = new.version_id and v.prompt_id = new.prompt_id;
    if not found then
      raise exception 'there is no such version of this prompt to publish' using errcode = 'foreign_key_violation';
    end if;
    new.user_id := kept.user_id;
    new.organization_id := kept.organization_id;
    new.title := kept.title;
    new.goal := kept.goal;
    new.template := kept.user_template;
    new.system_prompt := kept.system_prompt;
    new.assistant_template := kept.assistant_template;
    new.variables := kept.variables;
    new.questions := kept.questions;
  end if;
  new.search :=
    setweight(loam.template_words(new.title), 'A')
    || setweight(loam.template_words(concat_ws(' ', new.category, array_to_string(new.tags, ' '))), 'B')
    || setweight(loam.template_words(new.goal), 'C')
    || setweight(loam.template_words(left(new.template, 20000)), 'D');
  return new;
end
$$;

create function loam.mark_published_versions()
returns trigger
language plpgsql security definer
set search_path = ''
as $$
declare
  touched uuid[] := array_remove(array[
    case when tg_op <> 'INSERT' then old.version_id end,
    case when tg_op <> 'DELETE' then new.version_id end
  ], null);
begin
  update public.prompt_versions as v
  set is_published = not v.is_published
  where
    v.id = any (touched)
    and v.is_published <> exists (select from public.prompt_templates as t where t.version_id = v.id and t.is_published);
  return null;
end
$$;

create function loam.count_likes()
returns trigger
language plpgsql security definer
set search_path = ''
as $$
begin
  if tg_op = 'INSERT' then
    update public.prompt_templates set likes_count = likes_count + 1 where id = new.template_id;
  else
    update public.prompt_templates set likes_count = likes_count - 1 where id = old.template_id;
  end if;
  return null;
end
$$;

create function loam.notify_prompt()
returns trigger
language plpgsql
set search_path = ''
as $$
begin
  perform loam.notify_change('prompts', coalesce(new.id, old.id), lower(tg_op), array[coalesce(new.user_id, old.user_id)]);
  return null;
end
$$;

create function public.publish_prompt(prompt_id uuid, category text default null::text, tags text[] default null::text[])
returns uuid
language plpgsql
set search_path = ''
as $$
#variable_conflict use_column
declare
  kept uuid;
  shown uuid;
begin
  insert into public.prompt_versions (prompt_id) values (publish_prompt.prompt_id) returning id into kept;
  insert into public.prompt_templates as held (prompt_id, version_id, category, tags)
  values (publish_prompt.prompt_id, kept, publish_prompt.category, coalesce(publish_prompt.tags, '{}'))
  on conflict (prompt_id) do update
    set
      version_id = excluded.version_id,
      category = coalesce(publish_prompt.category, held.category),
      tags = coalesce(publish_prompt.tags, held.tags),
      is_published = true
  returning id into shown;
  return shown;
end
$$;

create function public.unpublish_prompt(prompt_id uuid)
returns boolean
language plpgsql
set search_path = ''
as $$
begin
  update public.prompt_templates as t set is_published = false where t.prompt_id = unpublish_prompt.prompt_id and t.is_published;
  return found;
end
$$;

create function public.increment_likes_count(template_id uuid)
returns void
language sql
set search_path = ''
as $$
  insert into public.template_likes (template_id, user_id)
  select t.id, (select auth.uid())
  from public.prompt_templates as t
  where t.id = increment_likes_count.template_id and t.is_published
  on conflict do nothing
$$;

create function loam.count_use(wanted uuid)
returns void
language plpgsql security definer
set search_path = ''
as $$
declare
  caller uuid := (select auth.uid());
begin
  if caller is null or not exists (
    select from public.prompt_templates as t where t.id = wanted and t.is_published
  ) then
    return;
  end if;
  if loam.take_rate_limit(format('template_use:%s:%s', wanted, caller), 1, 3600) then
    update public.prompt_templates as t set uses_count = t.uses_count + 1 where t.id = wanted;
  end if;
end
$$;

create function public.increment_uses_count(template_id uuid)
returns void
language sql
set search_path = ''
as $$
  select loam.count_use(template_id)
$$;

create function public.get_popular_templates(limit_count integer default 10, category_filter text default null::text)
returns table(id uuid, title text, goal text, category text, likes_count integer, uses_count integer)
language sql stable
set search_path = ''
as $$
  select t.id, t.title, t.goal, t.category, t.likes_count, t.uses_count
  from public.prompt_templates as t
  where t.is_published and (category_filter is null or t.category = category_filter)
  order by t.likes_count desc, t.uses_count desc, t.id
  limit least(greatest(coalesce(limit_count, 10), 0), 100)
$$;

create function loam.find_templates(question text, category_filter text, most integer)
returns table(template_id uuid, rank real)
language sql stable security definer
set search_path = ''
as $$
  with asked as materialized (
    -- Words are OR-ed: asking for all of a question's words finds almost nothing.
    select string_agg(quote_literal(lexeme), ' | ')::tsquery as words
    from (
      select lexeme from unnest(loam.template_words(left(question, 1000))) order by lexeme limit 64
    ) as each
  )
  select t.id, ts_rank(t.search, asked.words, 1)
  from asked
  join public.prompt_templates as t on t.search @@ asked.words
  where
    t.is_published
    and ((select auth.uid()) is not null or (select loam.visitors_may_read_prompts()))
    and (category_filter is null or t.category = category_filter)
  order by 2 desc, t.likes_count desc, t.id
  limit most
$$;

create function public.search_templates(question text, category_filter text default null::text, limit_count integer default 20)
returns table(id uuid, title text, goal text, template text, category text, tags text[], likes_count integer, uses_count integer, rank real)
language plpgsql stable
set search_path = ''
as $$
#variable_conflict use_column
declare
  most integer := least(greatest(coalesce(limit_count, 20), 0), 100);
begin
  if question is null or btrim(question) = '' then
    return query
    select t.id, t.title, t.goal, t.template, t.category, t.tags, t.likes_count, t.uses_count, 0::real
    from public.prompt_templates as t
    where t.is_published and (category_filter is null or t.category = category_filter)
    order by t.likes_count desc, t.uses_count desc, t.id
    limit most;
  else
    return query
    select t.id, t.title, t.goal, t.template, t.category, t.tags, t.likes_count, t.uses_count, found.rank
    from loam.find_templates(question, category_filter, most) as found
    join public.prompt_templates as t on t.id = found.template_id
    order by found.rank desc, t.likes_count desc, t.id;
  end if;
end
$$;

create function loam.question_applies(condition jsonb, answers jsonb)
returns boolean
language sql immutable
set search_path = ''
as $$
  select case
    when condition is null then true
    when condition ->> 'operator' = 'answered' then coalesce(answers ->> (condition ->> 'question_id'), '') <> ''
    when condition ->> 'operator' = 'not_equals'
      then answers ->> (condition ->> 'question_id') is distinct from condition ->> 'value'
    when condition ->> 'operator' = 'contains'
      then coalesce(strpos(answers ->> (condition ->> 'question_id'), condition ->> 'value') > 0, false)
    else coalesce(answers ->> (condition ->> 'question_id') = condition ->> 'value', false)
  end
$$;

create function public.questions_to_ask(prompt_id uuid, answers jsonb default '{}'::jsonb)
returns setof public.prompt_questions
language sql stable
set search_path = ''
as $$
  select q.*
  from public.prompt_questions as q
  where
    q.prompt_id = questions_to_ask.prompt_id
    and not questions_to_ask.answers ? q.question_id
    and loam.question_applies(q.condition, questions_to_ask.answers)
  order by q.position, q.created_at, q.question_id
$$;

create trigger prompts_notify after insert or delete or update of title, goal, template, system_prompt, assistant_template, variables, is_public, deleted_at on public.prompts for each row execute function loam.notify_prompt();
create trigger prompts_touch before update on public.prompts for each row execute function loam.touch_updated_at();
create trigger prompts_withdraw before update of deleted_at on public.prompts for each row execute function loam.withdraw_prompt();
create policy "ledger knows whose prompts are" on public.prompts
  for select to loam_ledger
  using (true);
create policy "maintenance: purge prompts" on public.prompts
  for all to loam_maintenance
  using ((deleted_at is not null));
create policy "people change their own prompts" on public.prompts
  for update to authenticated
  using ((tenant_id = any (array( select loam.my_tenant_ids('member') as my_tenant_ids))))
  with check ((tenant_id = any (array( select loam.my_tenant_ids('member') as my_tenant_ids))));
create policy "people remove their own prompts" on public.prompts
  for delete to authenticated
  using (((tenant_id = any (array( select loam.my_tenant_ids('admin') as my_tenant_ids))) or ((user_id = ( select auth.uid() as uid)) and (tenant_id = any (array( select loam.my_tenant_ids('member') as my_tenant_ids))))));
create policy "people see their own prompts and public ones" on public.prompts
  for select to authenticated
  using (((tenant_id = any (array( select loam.my_tenant_ids() as my_tenant_ids))) or is_public));
create policy "people write their own prompts" on public.prompts
  for insert to authenticated
  with check (((user_id = ( select auth.uid() as uid)) and (tenant_id = any (array( select loam.my_tenant_ids('member') as my_tenant_ids)))));
create policy "visitors see public prompts where that is allowed" on public.prompts
  for select to anon
  using ((is_public and ( select loam.visitors_may_read_prompts() as visitors_may_read_prompts)));
grant select (id, title, goal, template, system_prompt, assistant_template, variables, is_public, created_at, updated_at) on public.prompts to anon;
grant delete, insert (id, user_id, organization_id, title, goal, template, system_prompt, assistant_template, variables, is_public, gated_labels, source_template_id, metadata), select, update (title, goal, template, system_prompt, assistant_template, variables, is_public, gated_labels, metadata, deleted_at) on public.prompts to authenticated;
grant select (id, user_id, organization_id) on public.prompts to loam_ledger;
grant delete, select (id, user_id, deleted_at) on public.prompts to loam_maintenance;

create trigger prompt_versions_fill before insert on public.prompt_versions for each row execute function loam.fill_prompt_version();
create trigger prompt_versions_keep before update on public.prompt_versions for each row execute function loam.keep_prompt_version();
create policy "people keep versions of their own prompts" on public.prompt_versions
  for insert to authenticated
  with check ((tenant_id = any (array( select loam.my_tenant_ids('member') as my_tenant_ids))));
create policy "people see their own versions and published ones" on public.prompt_versions
  for select to authenticated
  using (((tenant_id = any (array( select loam.my_tenant_ids() as my_tenant_ids))) or is_published));
grant insert (id, prompt_id, title, goal, system_prompt, user_template, assistant_template, variables, note, metadata), select on public.prompt_versions to authenticated;

create trigger prompt_labels_gate before insert or update of version_id on public.prompt_labels for each row execute function loam.check_prompt_label();
create trigger prompt_labels_inherit before insert on public.prompt_labels for each row execute function loam.inherit_prompt();
create trigger prompt_labels_touch before update on public.prompt_labels for each row execute function loam.touch_updated_at();
create policy "people label their own prompts" on public.prompt_labels
  for insert to authenticated
  with check (((user_id = ( select auth.uid() as uid)) and (tenant_id = any (array( select loam.my_tenant_ids('member') as my_tenant_ids)))));
create policy "people move labels of their own prompts" on public.prompt_labels
  for update to authenticated
  using ((tenant_id = any (array( select loam.my_tenant_ids('member') as my_tenant_ids))))
  with check ((tenant_id = any (array( select loam.my_tenant_ids('member') as my_tenant_ids))));
create policy "people see labels of their own prompts" on public.prompt_labels
  for select to authenticated
  using ((tenant_id = any (array( select loam.my_tenant_ids() as my_tenant_ids))));
create policy "people take labels from their own prompts" on public.prompt_labels
  for delete to authenticated
  using ((tenant_id = any (array( select loam.my_tenant_ids('member') as my_tenant_ids))));
grant delete, insert (prompt_id, label, version_id, user_id, organization_id), select, update (version_id) on public.prompt_labels to authenticated;

create trigger prompt_questions_inherit before insert on public.prompt_questions for each row execute function loam.inherit_prompt();
create trigger prompt_questions_touch before update on public.prompt_questions for each row execute function loam.touch_updated_at();
create policy "people change questions of their own prompts" on public.prompt_questions
  for update to authenticated
  using ((tenant_id = any (array( select loam.my_tenant_ids('member') as my_tenant_ids))))
  with check ((tenant_id = any (array( select loam.my_tenant_ids('member') as my_tenant_ids))));
create policy "people remove questions of their own prompts" on public.prompt_questions
  for delete to authenticated
  using ((tenant_id = any (array( select loam.my_tenant_ids('member') as my_tenant_ids))));
create policy "people see questions of their own prompts" on public.prompt_questions
  for select to authenticated
  using ((tenant_id = any (array( select loam.my_tenant_ids() as my_tenant_ids))));
create policy "people write questions of their own prompts" on public.prompt_questions
  for insert to authenticated
  with check (((user_id = ( select auth.uid() as uid)) and (tenant_id = any (array( select loam.my_tenant_ids('member') as my_tenant_ids)))));
grant delete, insert (id, prompt_id, user_id, organization_id, question_id, question_text, help, kind, options, required, default_answer, "position", condition, metadata), select, update (question_id, question_text, help, kind, options, required, default_answer, "position", condition, metadata) on public.prompt_questions to authenticated;

create trigger prompt_answers_inherit before insert on public.prompt_answers for each row execute function loam.inherit_prompt();
create trigger prompt_answers_touch before update on public.prompt_answers for each row execute function loam.touch_updated_at();
create policy "people answer for their own prompts" on public.prompt_answers
  for insert to authenticated
  with check (((user_id = ( select auth.uid() as uid)) and (tenant_id = any (array( select loam.my_tenant_ids('member') as my_tenant_ids)))));
create policy "people change their own answers" on public.prompt_answers
  for update to authenticated
  using ((tenant_id = any (array( select loam.my_tenant_ids('member') as my_tenant_ids))))
  with check ((tenant_id = any (array( select loam.my_tenant_ids('member') as my_tenant_ids))));
create policy "people remove their own answers" on public.prompt_answers
  for delete to authenticated
  using ((tenant_id = any (array( select loam.my_tenant_ids('member') as my_tenant_ids))));
create policy "people see their own answers" on public.prompt_answers
  for select to authenticated
  using ((tenant_id = any (array( select loam.my_tenant_ids() as my_tenant_ids))));
grant delete, insert (id, prompt_id, version_id, user_id, organization_id, question_id, question_text, answer), select, update (answer) on public.prompt_answers to authenticated;

create trigger test_cases_inherit before insert on public.test_cases for each row execute function loam.inherit_prompt();
create trigger test_cases_touch before update on public.test_cases for each row execute function loam.touch_updated_at();
create policy "people change test cases of their own prompts" on public.test_cases
  for update to authenticated
  using ((tenant_id = any (array( select loam.my_tenant_ids('member') as my_tenant_ids))))
  with check ((tenant_id = any (array( select loam.my_tenant_ids('member') as my_tenant_ids))));
create policy "people remove test cases of their own prompts" on public.test_cases
  for delete to authenticated
  using ((tenant_id = any (array( select loam.my_tenant_ids('member') as my_tenant_ids))));
create policy "people see test cases of their own prompts" on public.test_cases
  for select to authenticated
  using ((tenant_id = any (array( select loam.my_tenant_ids() as my_tenant_ids))));
create policy "people write test cases of their own prompts" on public.test_cases
  for insert to authenticated
  with check (((user_id = ( select auth.uid() as uid)) and (tenant_id = any (array( select loam.my_tenant_ids('member') as my_tenant_ids)))));
grant delete, insert (id, prompt_id, user_id, organization_id, name, variable_values, expectations, source_message_id, enabled, "position", metadata), select, update (name, variable_values, expectations, enabled, "position", metadata) on public.test_cases to authenticated;

create trigger test_results_inherit before insert on public.test_results for each row execute function loam.inherit_prompt();
create policy "ledger writes results" on public.test_results
  for insert to loam_ledger
  with check (true);
create policy "people remove results of their own tests" on public.test_results
  for delete to authenticated
  using ((tenant_id = any (array( select loam.my_tenant_ids('member') as my_tenant_ids))));
create policy "people see results of their own tests" on public.test_results
  for select to authenticated
  using ((tenant_id = any (array( select loam.my_tenant_ids() as my_tenant_ids))));
grant delete, select on public.test_results to authenticated;
grant insert on public.test_results to loam_ledger;

create trigger prompt_templates_fill before insert or update of version_id, category, tags on public.prompt_templates for each row execute function loam.fill_template();
create trigger prompt_templates_mark after insert or delete or update of version_id, is_published on public.prompt_templates for each row execute function loam.mark_published_versions();
create trigger prompt_templates_touch before update of version_id, category, tags, is_published on public.prompt_templates for each row execute function loam.touch_updated_at();
create policy "people change what they published" on public.prompt_templates
  for update to authenticated
  using ((tenant_id = any (array( select loam.my_tenant_ids('admin') as my_tenant_ids))))
  with check ((tenant_id = any (array( select loam.my_tenant_ids('admin') as my_tenant_ids))));
create policy "people publish their own prompts" on public.prompt_templates
  for insert to authenticated
  with check ((tenant_id = any (array( select loam.my_tenant_ids('admin') as my_tenant_ids))));
create policy "people remove what they published" on public.prompt_templates
  for delete to authenticated
  using ((tenant_id = any (array( select loam.my_tenant_ids('admin') as my_tenant_ids))));
create policy "people see published templates and their own" on public.prompt_templates
  for select to authenticated
  using (((tenant_id = any (array( select loam.my_tenant_ids() as my_tenant_ids))) or is_published));
create policy "visitors see published templates where that is allowed" on public.prompt_templates
  for select to anon
  using ((is_published and ( select loam.visitors_may_read_prompts() as visitors_may_read_prompts)));
grant select (id, prompt_id, version_id, category, tags, is_published, title, goal, template, system_prompt, assistant_template, variables, questions, likes_count, uses_count, created_at, updated_at) on public.prompt_templates to anon;
grant delete, insert (id, prompt_id, version_id, category, tags, is_published), select, update (version_id, category, tags, is_published) on public.prompt_templates to authenticated;

create trigger template_likes_count after insert or delete on public.template_likes for each row execute function loam.count_likes();
create policy "people like what is published" on public.template_likes
  for insert to authenticated
  with check (((user_id = ( select auth.uid() as uid)) and (exists ( select from public.prompt_templates t where ((t.id = template_likes.template_id) and t.is_published)))));
create policy "people see what they like" on public.template_likes
  for select to authenticated
  using ((user_id = ( select auth.uid() as uid)));
create policy "people take a like back" on public.template_likes
  for delete to authenticated
  using ((user_id = ( select auth.uid() as uid)));
grant delete, insert (template_id, user_id), select on public.template_likes to authenticated;

create policy "people drop favourites" on public.user_favorites
  for delete to authenticated
  using ((user_id = ( select auth.uid() as uid)));
create policy "people keep favourites that they can see" on public.user_favorites
  for insert to authenticated
  with check (((user_id = ( select auth.uid() as uid)) and (exists ( select from public.prompt_templates t where (t.id = user_favorites.template_id)))));
create policy "people see their own favourites" on public.user_favorites
  for select to authenticated
  using ((user_id = ( select auth.uid() as uid)));
grant delete, insert (user_id, template_id), select on public.user_favorites to authenticated;

grant execute on function loam.visitors_may_read_prompts() to anon;
grant execute on function loam.template_words(text) to authenticated;
grant execute on function public.publish_prompt(uuid,text,text[]) to authenticated;
grant execute on function public.unpublish_prompt(uuid) to authenticated;
grant execute on function public.increment_likes_count(uuid) to authenticated;
grant execute on function loam.count_use(uuid) to authenticated;
grant execute on function public.increment_uses_count(uuid) to authenticated;
grant execute on function public.get_popular_templates(integer,text) to anon;
grant execute on function public.get_popular_templates(integer,text) to authenticated;
grant execute on function loam.find_templates(text,text,integer) to anon;
grant execute on function loam.find_templates(text,text,integer) to authenticated;
grant execute on function public.search_templates(text,text,integer) to anon;
grant execute on function public.search_templates(text,text,integer) to authenticated;
grant execute on function loam.question_applies(jsonb,jsonb) to authenticated;
grant execute on function public.questions_to_ask(uuid,jsonb) to authenticated;

-- ==================== rag

create table public.file_type_configs (
  mime_type text not null,
  name text not null,
  extensions text[] not null,
  enabled boolean default true not null,
  max_file_size bigint not null,
  max_pages integer not null,
  processing_rules jsonb default '{}'::jsonb not null,
  metadata jsonb default '{}'::jsonb not null,
  created_at timestamptz default now() not null,
  updated_at timestamptz default now() not null,
  constraint file_type_configs_pkey primary key (mime_type),
  constraint file_type_configs_max_file_size_check check (max_file_size > 0),
  constraint file_type_configs_max_pages_check check (max_pages > 0),
  constraint file_type_configs_processing_rules_check check (jsonb_typeof(processing_rules) = 'object')
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
  constraint document_collections_id_organization_id_key unique (id, organization_id),
  constraint document_collections_description_check check (char_length(description) <= 2000),
  constraint document_collections_metadata_check check (octet_length((metadata)::text) <= 16384),
  constraint document_collections_name_check check ((char_length(name) >= 1) and (char_length(name) <= 200)),
  constraint document_collections_organization_id_fkey foreign key (organization_id) references public.organizations(id) on delete cascade,
  constraint document_collections_user_id_fkey foreign key (user_id) references public.user_profiles(id) on delete cascade
);
create index document_collections_deleted_at_idx on public.document_collections using btree (deleted_at) where (deleted_at is not null);
create unique index document_collections_name_key on public.document_collections using btree (tenant_id, lower(name)) where (deleted_at is null);
create index document_collections_organization_id_idx on public.document_collections using btree (organization_id) where (organization_id is not null);
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
  constraint documents_id_tenant_id_key unique (id, tenant_id),
  constraint documents_check check ((deleted_at is null) = (purge_after is null)),
  constraint documents_chunk_count_check check (chunk_count >= 0),
  constraint documents_file_size_check check (file_size >= 0),
  constraint documents_metadata_check check (octet_length((metadata)::text) <= 16384),
  constraint documents_original_name_check check ((char_length(original_name) >= 1) and (char_length(original_name) <= 255)),
  constraint documents_page_count_check check (page_count >= 0),
  constraint documents_processing_status_check check (processing_status = any (array['pending', 'processing', 'completed', 'failed'])),
  constraint documents_progress_unit_check check (progress_unit = any (array['page', 'passage'])),
  constraint documents_collection_id_fkey foreign key (collection_id) references public.document_collections(id) on delete set null,
  constraint documents_collection_id_organization_id_fkey foreign key (collection_id, organization_id) references public.document_collections(id, organization_id) on delete set null (collection_id),
  constraint documents_conversation_id_fkey foreign key (conversation_id) references public.conversations(id) on delete set null,
  constraint documents_conversation_id_organization_id_fkey foreign key (conversation_id, organization_id) references public.conversations(id, organization_id) on delete set null (conversation_id),
  constraint documents_organization_id_fkey foreign key (organization_id) references public.organizations(id) on delete cascade,
  constraint documents_user_id_fkey foreign key (user_id) references public.user_profiles(id) on delete cascade
);
create index documents_collection_id_idx on public.documents using btree (collection_id);
create index documents_collection_organization_idx on public.documents using btree (collection_id, organization_id) where (organization_id is not null);
create index documents_conversation_id_idx on public.documents using btree (conversation_id);
create index documents_conversation_organization_idx on public.documents using btree (conversation_id, organization_id) where (organization_id is not null);
create index documents_hidden_idx on public.documents using btree (tenant_id) where ((chunk_count > 0) and ((deleted_at is not null) or (processing_status <> 'completed')));
create index documents_list_idx on public.documents using btree (user_id, created_at desc, id desc);
create index documents_organization_id_idx on public.documents using btree (organization_id) where (organization_id is not null);
create index documents_purge_after_idx on public.documents using btree (purge_after) where (purge_after is not null);
create index documents_storage_path_idx on public.documents using btree (storage_path);
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
  constraint document_pages_document_id_tenant_id_fkey foreign key (document_id, tenant_id) references public.documents(id, tenant_id) on delete cascade,
  constraint document_pages_organization_id_fkey foreign key (organization_id) references public.organizations(id) on delete cascade,
  constraint document_pages_user_id_fkey foreign key (user_id) references public.user_profiles(id) on delete cascade
);
create index document_pages_organization_id_idx on public.document_pages using btree (organization_id) where (organization_id is not null);
create index document_pages_tenant_id_idx on public.document_pages using btree (tenant_id, document_id);
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
  language text default 'english' not null,
  metadata jsonb default '{}'::jsonb not null,
  created_at timestamptz default now() not null,
  constraint document_chunks_pkey primary key (id),
  constraint document_chunks_document_id_chunk_index_key unique (document_id, chunk_index),
  constraint document_chunks_id_tenant_id_key unique (id, tenant_id),
  constraint document_chunks_check check (end_offset > start_offset),
  constraint document_chunks_chunk_index_check check (chunk_index >= 0),
  constraint document_chunks_page_index_check check (page_index >= 0),
  constraint document_chunks_start_offset_check check (start_offset >= 0),
  constraint document_chunks_document_id_tenant_id_fkey foreign key (document_id, tenant_id) references public.documents(id, tenant_id) on delete cascade,
  constraint document_chunks_organization_id_fkey foreign key (organization_id) references public.organizations(id) on delete cascade,
  constraint document_chunks_user_id_fkey foreign key (user_id) references public.user_profiles(id) on delete cascade
);
create index document_chunks_organization_id_idx on public.document_chunks using btree (organization_id) where (organization_id is not null);
create index document_chunks_tenant_id_idx on public.document_chunks using btree (tenant_id, document_id);
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
  language text not null,
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
  constraint retrieval_logs_organization_id_fkey foreign key (organization_id) references public.organizations(id) on delete cascade,
  constraint retrieval_logs_user_id_fkey foreign key (user_id) references public.user_profiles(id) on delete cascade
) partition by range (created_at);
create index retrieval_logs_organization_id_idx on only public.retrieval_logs using btree (organization_id) where (organization_id is not null);
create index retrieval_logs_tenant_id_idx on only public.retrieval_logs using btree (tenant_id, created_at desc);
create index retrieval_logs_user_id_idx on only public.retrieval_logs using btree (user_id, created_at desc);
alter table public.retrieval_logs enable row level security;

create table public.file_deletions (
  bucket_id text not null,
  name text not null,
  reason text default 'orphaned' not null,
  attempts integer default 0 not null,
  last_error text,
  created_at timestamptz default now() not null,
  constraint file_deletions_pkey primary key (bucket_id, name),
  constraint file_deletions_reason_check check ((char_length(reason) >= 1) and (char_length(reason) <= 100))
);
alter table public.file_deletions enable row level security;

create table public.chunk_embeddings (
  chunk_id uuid not null,
  model text default loam.active_embedding_model() not null,
  user_id uuid not null,
  organization_id uuid,
  tenant_id uuid generated always as (coalesce(organization_id, user_id)) stored,
  dimensions integer default 1536 not null,
  embedding extensions.vector not null,
  created_at timestamptz default now() not null,
  constraint chunk_embeddings_pkey primary key (chunk_id, model),
  constraint chunk_embeddings_check check (extensions.vector_dims(embedding) = dimensions),
  constraint chunk_embeddings_dimensions_check check (dimensions > 0),
  constraint chunk_embeddings_model_check check ((char_length(model) >= 1) and (char_length(model) <= 200)),
  constraint chunk_embeddings_chunk_id_tenant_id_fkey foreign key (chunk_id, tenant_id) references public.document_chunks(id, tenant_id) on delete cascade,
  constraint chunk_embeddings_organization_id_fkey foreign key (organization_id) references public.organizations(id) on delete cascade,
  constraint chunk_embeddings_user_id_fkey foreign key (user_id) references public.user_profiles(id) on delete cascade
);
create index chunk_embeddings_chunk_id_idx on public.chunk_embeddings using btree (chunk_id, tenant_id);
create index chunk_embeddings_organization_id_idx on public.chunk_embeddings using btree (organization_id) where (organization_id is not null);
create index chunk_embeddings_tenant_id_idx on public.chunk_embeddings using btree (tenant_id, model);
create index chunk_embeddings_user_id_idx on public.chunk_embeddings using btree (user_id);
alter table public.chunk_embeddings enable row level security;

create function public.embedding(public.document_chunks)
returns extensions.vector
language sql stable
set search_path = ''
as $$
  select e.embedding
  from public.chunk_embeddings as e
  where e.chunk_id = $1.id and e.model = (select loam.active_embedding_model())
$$;

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
      to_tsvector(c.language::regconfig, loam.searchable(c.language::regconfig, concat_ws(' ', loam.title_words(d.original_name), c.heading, c.content)))
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
    select held.tenant_id, held.language::regconfig as language, sum(held.chunk_count) over (partition by held.tenant_id)::float8 as chunk_count
    from public.chunk_statistics as held
    where held.tenant_id = any (array(select loam.my_tenant_ids()))
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
  -- Word by word through the key, whatever is known of the tables: before they are first analysed a join would read all.
  cross join lateral (
    select held.tenant_id, held.lexeme, held.chunk_count
    from public.term_statistics as held
    where held.tenant_id = w.tenant_id and held.lexeme = w.lexeme
    limit 1
  ) as s
  order by s.chunk_count, s.lexeme
  limit 32 * (select count(distinct c.tenant_id) from corpus as c);
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
      d.tenant_id = any (array(select loam.my_tenant_ids()))
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
      d.tenant_id = any (array(select loam.my_tenant_ids())) and d.deleted_at is null and d.processing_status = 'completed'
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

create function public.cleanup_orphaned_files(older_than interval default '1 day'::interval)
returns bigint
language plpgsql security definer
set search_path = ''
as $$
declare
  queued bigint;
begin
  if older_than < interval '1 hour' then
    raise exception 'a file may be on its way for an hour' using errcode = 'invalid_parameter_value';
  end if;
  if to_regclass('public.generated_images') is null then
    insert into public.file_deletions (bucket_id, name)
    select o.bucket_id, o.name
    from storage.objects as o
    where
      o.bucket_id = 'documents'
      and o.created_at < now() - older_than
      and not exists (select from public.documents as d where d.storage_path = o.name)
    on conflict do nothing;
  else
    insert into public.file_deletions (bucket_id, name)
    select o.bucket_id, o.name
    from storage.objects as o
    where
      o.bucket_id in ('documents', 'images')
      and o.created_at < now() - older_than
      and not exists (select from public.documents as d where d.storage_path = o.name and o.bucket_id = 'documents')
      and not exists (select from public.generated_images as i where i.storage_path = o.name and o.bucket_id = 'images')
    on conflict do nothing;
  end if;
  get diagnostics queued = row_count;
  return queued;
end
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

create function public.search_similar_chunks(embedding extensions.vector, user_id uuid, threshold double precision default null::double precision, "limit" integer default 10, model text default null::text)
returns table(id uuid, document_id uuid, file_id uuid, content text, chunk_index integer, page_number integer, heading text, metadata jsonb, similarity double precision)
language plpgsql stable
set search_path = ''
as $$
#variable_conflict use_column
declare
  tenants uuid[] := array(select loam.my_tenant_ids());
  wanted text := search_similar_chunks.model;
begin
  if search_similar_chunks.user_id is distinct from (select auth.uid()) then
    return;
  end if;
  wanted := coalesce(wanted, loam.active_embedding_model());
  -- Whoever never said which model is in use has embeddings of another: those are searched rather than none.
  if search_similar_chunks.model is null
    and not exists (select from public.chunk_embeddings as e where e.tenant_id = any (tenants) and e.model = wanted) then
    wanted := coalesce((select e.model from public.chunk_embeddings as e where e.tenant_id = any (tenants) limit 1), wanted);
  end if;

  -- The tenant's vectors are taken first and sorted exactly, so that no filter can starve the result.
  return query
    with mine as materialized (
      select e.chunk_id, 1 - (e.embedding operator(extensions.<=>) search_similar_chunks.embedding) as similarity
      from public.chunk_embeddings as e
      where
        e.tenant_id = any (tenants)
        and e.model = wanted
        and e.dimensions = extensions.vector_dims(search_similar_chunks.embedding)
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
    limit "limit";
end
$$;

create function loam.may_read_file(path text)
returns boolean
language sql stable security definer
set search_path = ''
as $$
  select exists (
    select from public.documents as d
    where d.storage_path = path and d.tenant_id = any (array(select loam.my_tenant_ids()))
  )
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
grant select, update (enabled, max_file_size, max_pages, processing_rules) on public.file_type_configs to authenticated;
grant select on public.file_type_configs to loam_ingest;

create trigger document_collections_notify after insert or delete or update of name, description, deleted_at on public.document_collections for each row execute function loam.notify_document();
create trigger document_collections_stamp before update on public.document_collections for each row execute function loam.stamp_editor();
create trigger document_collections_touch before update on public.document_collections for each row execute function loam.touch_updated_at();
create policy "ingest purges collections" on public.document_collections
  for all to loam_ingest
  using ((deleted_at is not null));
create policy "people change their own collections" on public.document_collections
  for update to authenticated
  using ((((user_id = ( select auth.uid() as uid)) and (tenant_id = any (array( select loam.my_tenant_ids('member') as my_tenant_ids)))) or (organization_id = any (array( select loam.my_organization_ids('admin') as my_organization_ids)))))
  with check ((((user_id = ( select auth.uid() as uid)) and (tenant_id = any (array( select loam.my_tenant_ids('member') as my_tenant_ids)))) or (organization_id = any (array( select loam.my_organization_ids('admin') as my_organization_ids)))));
create policy "people make their own collections" on public.document_collections
  for insert to authenticated
  with check (((user_id = ( select auth.uid() as uid)) and (tenant_id = any (array( select loam.my_tenant_ids('member') as my_tenant_ids)))));
create policy "people see their own collections" on public.document_collections
  for select to authenticated
  using ((tenant_id = any (array( select loam.my_tenant_ids() as my_tenant_ids))));
grant insert (id, user_id, organization_id, name, description, metadata), select, update (name, description, metadata, deleted_at) on public.document_collections to authenticated;
grant delete, select (id, deleted_at) on public.document_collections to loam_ingest;

create trigger documents_notify after insert or delete or update of original_name, collection_id, conversation_id, processing_status, error, progress_done, progress_total, page_count, chunk_count, deleted_at on public.documents for each row execute function loam.notify_document();
create trigger documents_stamp before update on public.documents for each row execute function loam.stamp_editor();
create trigger documents_touch before update on public.documents for each row execute function loam.touch_updated_at();
create policy "answers: which documents there are" on public.documents
  for select to loam_answer
  using (true);
create policy "documents are filed in conversations that one sees" on public.documents as restrictive
  for insert to authenticated
  with check (((conversation_id is null) or (exists ( select from public.conversations c where ((c.id = documents.conversation_id) and (not (c.organization_id is distinct from documents.organization_id)))))));
create policy "ingest keeps documents" on public.documents
  for all to loam_ingest
  using (true)
  with check (true);
create policy "people add what was stored for them" on public.documents
  for insert to authenticated
  with check (((user_id = ( select auth.uid() as uid)) and (tenant_id = any (array( select loam.my_tenant_ids('member') as my_tenant_ids))) and ((collection_id is null) or (exists ( select from public.document_collections c where ((c.id = documents.collection_id) and (c.tenant_id = documents.tenant_id))))) and (exists ( select from storage.objects o where ((o.bucket_id = 'documents') and (o.name = documents.storage_path) and ((storage.foldername(o.name))[1] = (( select auth.uid() as uid))::text))))));
create policy "people name, file and bin their own documents" on public.documents
  for update to authenticated
  using ((((user_id = ( select auth.uid() as uid)) and (tenant_id = any (array( select loam.my_tenant_ids('member') as my_tenant_ids)))) or (organization_id = any (array( select loam.my_organization_ids('admin') as my_organization_ids)))))
  with check (((((user_id = ( select auth.uid() as uid)) and (tenant_id = any (array( select loam.my_tenant_ids('member') as my_tenant_ids)))) or (organization_id = any (array( select loam.my_organization_ids('admin') as my_organization_ids)))) and ((collection_id is null) or (exists ( select from public.document_collections c where ((c.id = documents.collection_id) and (c.tenant_id = documents.tenant_id)))))));
create policy "people see their own documents" on public.documents
  for select to authenticated
  using ((tenant_id = any (array( select loam.my_tenant_ids() as my_tenant_ids))));
grant insert (id, user_id, organization_id, collection_id, conversation_id, original_name, storage_path, mime_type, file_size, metadata), select, update (collection_id, original_name, metadata, deleted_at, purge_after) on public.documents to authenticated;
grant select (id) on public.documents to loam_answer;
grant delete, select, update (mime_type, processing_status, error, progress_done, progress_total, progress_unit, attempt, heartbeat_at, language, page_count, chunk_count) on public.documents to loam_ingest;

create policy "ingest writes pages" on public.document_pages
  for all to loam_ingest
  using (true)
  with check (true);
create policy "people read pages of their own documents" on public.document_pages
  for select to authenticated
  using ((tenant_id = any (array( select loam.my_tenant_ids() as my_tenant_ids))));
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
  using ((tenant_id = any (array( select loam.my_tenant_ids() as my_tenant_ids))));
grant select on public.document_chunks to authenticated;
grant delete, insert, select (id, document_id) on public.document_chunks to loam_ingest;

create policy "people search their own terms" on public.chunk_terms
  for select to authenticated
  using ((tenant_id = any (array( select loam.my_tenant_ids() as my_tenant_ids))));
grant select on public.chunk_terms to authenticated;

create policy "people see how frequent their own terms are" on public.term_statistics
  for select to authenticated
  using ((tenant_id = any (array( select loam.my_tenant_ids() as my_tenant_ids))));
grant select on public.term_statistics to authenticated;

create policy "people see how many passages they have" on public.chunk_statistics
  for select to authenticated
  using ((tenant_id = any (array( select loam.my_tenant_ids() as my_tenant_ids))));
grant select on public.chunk_statistics to authenticated;

create policy "ingest logs questions" on public.retrieval_logs
  for insert to loam_ingest
  with check (true);
create policy "people see what they asked" on public.retrieval_logs
  for select to authenticated
  using ((user_id = ( select auth.uid() as uid)));
grant select on public.retrieval_logs to authenticated;
grant insert on public.retrieval_logs to loam_ingest;

create policy "storage service removes files" on public.file_deletions
  for all to loam_storage
  using (true)
  with check (true);
grant delete, select, update (attempts, last_error) on public.file_deletions to loam_storage;

create policy "ingest writes embeddings" on public.chunk_embeddings
  for all to loam_ingest
  using (true)
  with check (true);
create policy "people read embeddings of their own passages" on public.chunk_embeddings
  for select to authenticated
  using ((tenant_id = any (array( select loam.my_tenant_ids() as my_tenant_ids))));
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

create view public.retrieval_statistics
with (security_invoker=true) as
 select date_trunc('day', (created_at at time zone 'utc'))::date as day, user_id, method,
    count(*) as searches, count(*) filter (where result_count = 0) as searches_without_result,
    round(avg(result_count), 2) as average_results,
    round(avg(duration_ms), 1) as average_duration_ms,
    percentile_disc(0.95::double precision) within group (order by duration_ms) as p95_duration_ms
   from public.retrieval_logs
  group by (date_trunc('day', (created_at at time zone 'utc'))::date), user_id, method;
grant select on public.retrieval_statistics to authenticated;

create view public.document_embeddings
with (security_invoker=true) as
 select e.chunk_id as id, c.document_id, e.embedding, e.model, c.chunk_index,
    c.content as chunk_content
   from public.chunk_embeddings e
     join public.document_chunks c on c.id = e.chunk_id;
grant select on public.document_embeddings to authenticated;

grant execute on function public.embedding(public.document_chunks) to authenticated;
grant execute on function loam.question_terms(text,boolean) to authenticated;
grant execute on function loam.rank_passages(uuid[],text[],real[],uuid[],integer) to authenticated;
grant execute on function public.search_chunks(text,integer,uuid[],uuid[],boolean) to authenticated;
grant execute on function public.extracted_text(public.documents) to authenticated;
grant execute on function public.content(public.documents) to authenticated;
grant execute on function public.cleanup_orphaned_files(interval) to loam_maintenance;
grant execute on function public.cleanup_orphaned_files(interval) to service_role;
grant execute on function public.search_similar_chunks(extensions.vector,uuid,double precision,integer,text) to authenticated;
grant execute on function loam.may_read_file(text) to authenticated;

-- ==================== search

create table public.search_entries (
  id uuid not null,
  kind text not null,
  user_id uuid not null,
  organization_id uuid,
  tenant_id uuid generated always as (coalesce(organization_id, user_id)) stored,
  conversation_id uuid,
  language text not null,
  created_at timestamptz default now() not null,
  constraint search_entries_pkey primary key (id),
  constraint search_entries_kind_check check (kind = any (array['message', 'prompt'])),
  constraint search_entries_language_check check (language = any (array['english', 'simple'])),
  constraint search_entries_organization_id_fkey foreign key (organization_id) references public.organizations(id) on delete cascade,
  constraint search_entries_user_id_fkey foreign key (user_id) references public.user_profiles(id) on delete cascade
);
create index search_entries_organization_id_idx on public.search_entries using btree (organization_id) where (organization_id is not null);
create index search_entries_tenant_id_idx on public.search_entries using btree (tenant_id);
create index search_entries_user_id_idx on public.search_entries using btree (user_id);
alter table public.search_entries enable row level security;

create table public.search_terms (
  tenant_id uuid not null,
  lexeme text not null,
  entry_id uuid not null,
  weight real not null,
  frequency smallint not null,
  constraint search_terms_pkey primary key (tenant_id, lexeme, entry_id) include (weight)
);
create index search_terms_entry_id_idx on public.search_terms using btree (entry_id);
alter table public.search_terms enable row level security;

create table public.search_term_statistics (
  tenant_id uuid not null,
  lexeme text not null,
  entry_count integer not null,
  constraint search_term_statistics_pkey primary key (tenant_id, lexeme)
);
alter table public.search_term_statistics enable row level security;

create table public.search_statistics (
  tenant_id uuid not null,
  language text not null,
  entry_count bigint not null,
  term_count bigint default 0 not null,
  constraint search_statistics_pkey primary key (tenant_id, language)
);
alter table public.search_statistics enable row level security;

create function loam.language_of(content text)
returns text
language sql immutable
set search_path = ''
as $$
  select case
    when regexp_count(left(content, 2000), '[\u0370-\u1dff\u2c80-\ud7ff\uf900-\ufdff]') * 5 > char_length(left(content, 2000)) then 'simple'
    else 'english'
  end
$$;

create function loam.index_entries()
returns trigger
language plpgsql security definer
set search_path = ''
as $$
begin
  insert into public.search_statistics as held (tenant_id, language, entry_count)
  select tenant_id, language, count(*)
  from added
  group by tenant_id, language
  order by tenant_id, language
  on conflict (tenant_id, language) do update
    set entry_count = held.entry_count + excluded.entry_count;

  with lexemes as materialized (
    select a.id, a.tenant_id, a.language, word.lexeme, cardinality(word.positions) as frequency
    from added as a
    left join public.messages as m on a.kind = 'message' and m.id = a.id
    left join public.prompts as p on a.kind = 'prompt' and p.id = a.id
    cross join lateral unnest(
      to_tsvector(
        a.language::regconfig,
        loam.searchable(
          a.language::regconfig,
          left(case a.kind when 'message' then m.content else concat_ws(' ', p.title, p.goal, p.system_prompt, p.template) end, 20000)
        )
      )
    ) as word
  ),
  lengths as materialized (
    select id, tenant_id, language, sum(frequency) as length
    from lexemes
    group by id, tenant_id, language
  ),
  totals as materialized (
    update public.search_statistics as held
    set term_count = held.term_count + batch.length
    from (
      select tenant_id, language, sum(length)::bigint as length
      from lengths
      group by tenant_id, language
    ) as batch
    where held.tenant_id = batch.tenant_id and held.language = batch.language
    returning held.tenant_id, held.language, held.term_count::float8 / held.entry_count as average_length
  ),
  postings as (
    insert into public.search_terms (tenant_id, lexeme, entry_id, weight, frequency)
    select l.tenant_id, l.lexeme, l.id, loam.term_weight(l.frequency, n.length::float8, t.average_length), l.frequency
    from lexemes as l
    join lengths as n using (id)
    join totals as t on t.tenant_id = l.tenant_id and t.language = l.language
    order by l.tenant_id, l.lexeme collate "C"
  )
  insert into public.search_term_statistics as held (tenant_id, lexeme, entry_count)
  select tenant_id, lexeme, count(*)
  from lexemes
  group by tenant_id, lexeme
  order by tenant_id, lexeme collate "C"
  on conflict (tenant_id, lexeme) do update
    set entry_count = held.entry_count + excluded.entry_count;
  return null;
end
$$;

create function loam.unindex_entries()
returns trigger
language plpgsql security definer
set search_path = ''
as $$
begin
  update public.search_statistics as held
  set entry_count = held.entry_count - batch.entries
  from (
    select tenant_id, language, count(*) as entries
    from removed
    group by tenant_id, language
    order by tenant_id, language
  ) as batch
  where held.tenant_id = batch.tenant_id and held.language = batch.language;

  with gone as (
    delete from public.search_terms as t
    using removed as r
    where t.entry_id = r.id
    returning t.tenant_id, t.lexeme, t.frequency, r.language
  ),
  totals as (
    update public.search_statistics as held
    set term_count = held.term_count - batch.length
    from (
      select tenant_id, language, sum(frequency) as length
      from gone
      group by tenant_id, language
    ) as batch
    where held.tenant_id = batch.tenant_id and held.language = batch.language
  )
  update public.search_term_statistics as held
  set entry_count = held.entry_count - batch.entries
  from (
    select tenant_id, lexeme, count(*) as entries
    from gone
    group by tenant_id, lexeme
    order by tenant_id, lexeme
  ) as batch
  where held.tenant_id = batch.tenant_id and held.lexeme = batch.lexeme;

  -- A forgotten word must not stay behind as evidence that it was there.
  delete from public.search_term_statistics
  where tenant_id in (select tenant_id from removed) and entry_count <= 0;
  delete from public.search_statistics
  where tenant_id in (select tenant_id from removed) and entry_count <= 0;
  return null;
end
$$;

create function loam.refresh_entries()
returns void
language plpgsql security definer
set search_path = ''
as $$
declare
  ids constant uuid[] := string_to_array(ltrim(current_setting('loam.unindexed', true), ','), ',')::uuid[];
begin
  perform set_config('loam.unindexed', '', true);
  if exists (select from public.search_entries where id = any (ids)) then
    delete from public.search_entries where id = any (ids);
  end if;
  insert into public.search_entries (id, kind, user_id, organization_id, conversation_id, language, created_at)
  select m.id, 'message', c.user_id, c.organization_id, c.id, loam.language_of(m.content), m.created_at
  from public.messages as m
  join public.conversations as c on c.id = m.conversation_id
  where
    m.id = any (ids) and m.role in ('user', 'assistant') and m.status in ('completed', 'stopped', 'failed')
    and m.content ~ '\S' and m.deleted_at is null
  union all
  select p.id, 'prompt', p.user_id, p.organization_id, null, loam.language_of(concat_ws(' ', p.title, p.goal, p.template)), p.created_at
  from public.prompts as p
  where p.id = any (ids) and p.deleted_at is null
  on conflict (id) do nothing;
end
$$;

create function loam.note_unindexed()
returns trigger
language plpgsql security definer
set search_path = ''
as $$
declare
  noted constant text := concat(current_setting('loam.unindexed', true), ',', new.id);
begin
  perform set_config('loam.unindexed', noted, true);
  if char_length(noted) >= 18500 then
    perform loam.refresh_entries();
  end if;
  return null;
end
$$;

create function loam.index_noted()
returns trigger
language plpgsql security definer
set search_path = ''
as $$
begin
  if current_setting('loam.unindexed', true) <> '' then
    perform loam.refresh_entries();
  end if;
  return null;
end
$$;

create function loam.remove_entries()
returns trigger
language plpgsql security definer
set search_path = ''
as $$
begin
  delete from public.search_entries where id in (select id from removed);
  return null;
end
$$;

create function loam.everything_terms(question text, prefix boolean)
returns table(tenant_id uuid, lexeme text, item_count integer, rarity real)
language plpgsql stable
set search_path = ''
set plan_cache_mode = force_generic_plan
as $$
#variable_conflict use_column
declare
  tenants uuid[] := array(select loam.my_tenant_ids());
  last_word text := lower((regexp_match(question, '([[:alnum:]]{2,})$'))[1]);
begin
  return query
  with corpus as materialized (
    select held.tenant_id, held.language::regconfig, held.chunk_count as item_count
    from public.chunk_statistics as held
    where held.tenant_id = any (tenants)
    union all
    select held.tenant_id, held.language::regconfig, held.entry_count
    from public.search_statistics as held
    where held.tenant_id = any (tenants)
  ),
  sizes as materialized (
    select c.tenant_id, sum(c.item_count)::float8 as item_count from corpus as c group by c.tenant_id
  ),
  words as materialized (
    select c.tenant_id, word.lexeme
    from corpus as c
    cross join lateral unnest(tsvector_to_array(to_tsvector(c.language, loam.searchable(c.language, question)))) as word (lexeme)
    union
    select z.tenant_id, begun.lexeme
    from sizes as z
    cross join lateral (
      (
        select s.lexeme from public.term_statistics as s
        where prefix and s.tenant_id = z.tenant_id and s.lexeme >= last_word and s.lexeme < last_word || chr(1114111)
        order by s.chunk_count desc
        limit 16
      )
      union
      (
        select s.lexeme from public.search_term_statistics as s
        where prefix and s.tenant_id = z.tenant_id and s.lexeme >= last_word and s.lexeme < last_word || chr(1114111)
        order by s.entry_count desc
        limit 16
      )
    ) as begun
  ),
  counted as materialized (
    select
      w.tenant_id, w.lexeme, z.item_count,
      coalesce((select s.chunk_count from public.term_statistics as s where s.tenant_id = w.tenant_id and s.lexeme = w.lexeme), 0)
      + coalesce((select s.entry_count from public.search_term_statistics as s where s.tenant_id = w.tenant_id and s.lexeme = w.lexeme), 0)
      as having
    from words as w
    join sizes as z on z.tenant_id = w.tenant_id
  )
  select
    c.tenant_id, c.lexeme, c.having,
    ln(1::float8 + greatest(0, c.item_count - c.having + 0.5::float8) / (c.having + 0.5::float8))::real
  from counted as c
  where c.having > 0
  order by c.having, c.lexeme
  limit 32;
end
$$;

create function loam.excerpt(content text, words text[])
returns text
language sql immutable
set search_path = ''
as $$
  select case
    when char_length(content) <= 320 then content
    else concat(case when first.place > 81 then '… ' end, btrim(substring(content from greatest(1, first.place - 80) for 300)), ' …')
  end
  from (
    select coalesce(min(strpos(lower(left(content, 20000)), word)) filter (where strpos(lower(left(content, 20000)), word) > 0), 1) as place
    from unnest(words) as word
  ) as first
$$;

create function public.search_everything(question text, match_count integer default 20, kinds text[] default null::text[], prefix boolean default false)
returns table(kind text, id uuid, parent_id uuid, title text, content text, created_at timestamptz, score real)
language plpgsql stable
set search_path = ''
set enable_sort = off
set plan_cache_mode = force_generic_plan
as $$
#variable_conflict use_column
declare
  most constant integer := least(greatest(coalesce(match_count, 20), 1), 100);
  tenants uuid[];
  lexemes text[];
  rarities real[];
  counts integer[];
  choosing integer := 0;
  postings bigint := 0;
begin
  select array_agg(t.tenant_id), array_agg(t.lexeme), array_agg(t.rarity), array_agg(t.item_count)
  into tenants, lexemes, rarities, counts
  from loam.everything_terms(left(question, 1000), prefix) as t;
  if lexemes is null then
    return;
  end if;
  while choosing < cardinality(lexemes) and (choosing = 0 or postings + counts[choosing + 1] <= 20000) loop
    choosing := choosing + 1;
    postings := postings + counts[choosing];
  end loop;
  tenants := tenants[:choosing];
  lexemes := lexemes[:choosing];
  rarities := rarities[:choosing];

  return query
  with entries as materialized (
    select t.entry_id, sum(t.weight * term.rarity) as score
    from unnest(tenants, lexemes, rarities) as term (tenant_id, lexeme, rarity)
    join public.search_terms as t on t.tenant_id = term.tenant_id and t.lexeme = term.lexeme
    where kinds is null or kinds && array['message', 'prompt']
    group by t.entry_id
  ),
  messages as (
    select 'message', m.id, m.conversation_id, c.title, m.content, m.created_at, found.score
    from (select e.entry_id, e.score from entries as e order by e.score desc, e.entry_id) as found
    cross join lateral (
      select m.id, m.conversation_id, m.content, m.created_at from public.messages as m
      where m.id = found.entry_id and m.deleted_at is null
      limit 1
    ) as m
    cross join lateral (
      select c.title from public.conversations as c where c.id = m.conversation_id and c.deleted_at is null limit 1
    ) as c
    where kinds is null or 'message' = any (kinds)
    limit most
  ),
  prompts as (
    select 'prompt', p.id, null::uuid, p.title, concat_ws(E'\n', p.goal, p.template), p.created_at, found.score
    from (select e.entry_id, e.score from entries as e order by e.score desc, e.entry_id) as found
    cross join lateral (
      select p.id, p.title, p.goal, p.template, p.created_at from public.prompts as p
      where p.id = found.entry_id and p.deleted_at is null
      limit 1
    ) as p
    where kinds is null or 'prompt' = any (kinds)
    limit most
  ),
  passages as (
    select 'passage', c.id, d.id, d.original_name, c.content, d.created_at, found.score
    from loam.rank_passages(tenants, lexemes, rarities, null, most) as found
    cross join lateral (
      select c.id, c.document_id, c.content from public.document_chunks as c where c.id = found.chunk_id limit 1
    ) as c
    cross join lateral (
      select d.id, d.original_name, d.created_at from public.documents as d
      where d.id = c.document_id and d.deleted_at is null and d.processing_status = 'completed'
      limit 1
    ) as d
    where kinds is null or 'passage' = any (kinds)
  )
  select best.kind, best.id, best.parent_id, best.title, loam.excerpt(best.content, lexemes), best.created_at, best.score
  from (
    select * from messages union all select * from prompts union all select * from passages
  ) as best (kind, id, parent_id, title, content, created_at, score)
  order by best.score desc, best.id
  limit most;
end
$$;

create trigger messages_search_delete after delete on public.messages referencing old table as removed for each statement execute function loam.remove_entries();
create trigger messages_search_insert_1_note after insert on public.messages for each row when (((new.status <> all (array['pending', 'streaming'])) and (new.content <> ''))) execute function loam.note_unindexed();
create constraint trigger messages_search_insert_2_index after insert on public.messages deferrable initially deferred for each row when (((new.status <> all (array['pending', 'streaming'])) and (new.content <> ''))) execute function loam.index_noted();
create trigger messages_search_update_1_note after update of content, status, deleted_at on public.messages for each row when (((new.status <> all (array['pending', 'streaming'])) and (((old.content is distinct from new.content) or (old.status is distinct from new.status)) or (old.deleted_at is distinct from new.deleted_at)))) execute function loam.note_unindexed();
create constraint trigger messages_search_update_2_index after update of content, status, deleted_at on public.messages deferrable initially deferred for each row when (((new.status <> all (array['pending', 'streaming'])) and (((old.content is distinct from new.content) or (old.status is distinct from new.status)) or (old.deleted_at is distinct from new.deleted_at)))) execute function loam.index_noted();

create trigger prompts_search_delete after delete on public.prompts referencing old table as removed for each statement execute function loam.remove_entries();
create trigger prompts_search_insert_1_note after insert on public.prompts for each row execute function loam.note_unindexed();
create constraint trigger prompts_search_insert_2_index after insert on public.prompts deferrable initially deferred for each row execute function loam.index_noted();
create trigger prompts_search_update_1_note after update of title, goal, system_prompt, template, deleted_at on public.prompts for each row when ((((((old.title is distinct from new.title) or (old.goal is distinct from new.goal)) or (old.system_prompt is distinct from new.system_prompt)) or (old.template is distinct from new.template)) or (old.deleted_at is distinct from new.deleted_at))) execute function loam.note_unindexed();
create constraint trigger prompts_search_update_2_index after update of title, goal, system_prompt, template, deleted_at on public.prompts deferrable initially deferred for each row when ((((((old.title is distinct from new.title) or (old.goal is distinct from new.goal)) or (old.system_prompt is distinct from new.system_prompt)) or (old.template is distinct from new.template)) or (old.deleted_at is distinct from new.deleted_at))) execute function loam.index_noted();

create trigger search_entries_index after insert on public.search_entries referencing new table as added for each statement execute function loam.index_entries();
create trigger search_entries_unindex after delete on public.search_entries referencing old table as removed for each statement execute function loam.unindex_entries();
create policy "people see which of their texts can be found" on public.search_entries
  for select to authenticated
  using ((tenant_id = any (array( select loam.my_tenant_ids() as my_tenant_ids))));
grant select on public.search_entries to authenticated;

create policy "people search the terms of their own texts" on public.search_terms
  for select to authenticated
  using ((tenant_id = any (array( select loam.my_tenant_ids() as my_tenant_ids))));
grant select on public.search_terms to authenticated;

create policy "people see how frequent terms of their own texts are" on public.search_term_statistics
  for select to authenticated
  using ((tenant_id = any (array( select loam.my_tenant_ids() as my_tenant_ids))));
grant select on public.search_term_statistics to authenticated;

create policy "people see how many texts they have" on public.search_statistics
  for select to authenticated
  using ((tenant_id = any (array( select loam.my_tenant_ids() as my_tenant_ids))));
grant select on public.search_statistics to authenticated;

grant execute on function loam.everything_terms(text,boolean) to authenticated;
grant execute on function loam.excerpt(text,text[]) to authenticated;
grant execute on function public.search_everything(text,integer,text[],boolean) to authenticated;

-- References to what comes later
alter table public.api_keys add constraint api_keys_organization_id_fkey foreign key (organization_id) references public.organizations(id) on delete cascade;
alter table public.api_keys add constraint api_keys_organization_id_user_id_fkey foreign key (organization_id, user_id) references public.organization_members(organization_id, user_id) on delete cascade;
alter table public.model_providers add constraint model_providers_organization_id_fkey foreign key (organization_id) references public.organizations(id) on delete cascade;
alter table public.model_pricing add constraint model_pricing_organization_id_fkey foreign key (organization_id) references public.organizations(id) on delete cascade;
alter table public.model_routes add constraint model_routes_organization_id_fkey foreign key (organization_id) references public.organizations(id) on delete cascade;
alter table public.experiments add constraint experiments_organization_id_fkey foreign key (organization_id) references public.organizations(id) on delete cascade;
alter table public.evaluations add constraint evaluations_organization_id_fkey foreign key (organization_id) references public.organizations(id) on delete cascade;
alter table public.budgets add constraint budgets_organization_id_fkey foreign key (organization_id) references public.organizations(id) on delete cascade;
alter table public.usage_quotas add constraint usage_quotas_organization_id_fkey foreign key (organization_id) references public.organizations(id) on delete cascade;
alter table public.usage_alerts add constraint usage_alerts_organization_id_fkey foreign key (organization_id) references public.organizations(id) on delete cascade;
alter table public.response_cache add constraint response_cache_organization_id_fkey foreign key (organization_id) references public.organizations(id) on delete cascade;
alter table public.conversations add constraint conversations_organization_id_fkey foreign key (organization_id) references public.organizations(id) on delete cascade;
alter table public.conversation_participants add constraint conversation_participants_conversation_id_active_message_i_fkey foreign key (conversation_id, active_message_id) references public.messages(conversation_id, id) on delete set null (active_message_id);
alter table public.messages add constraint messages_organization_id_fkey foreign key (organization_id) references public.organizations(id) on delete cascade;
alter table public.messages_archive add constraint messages_archive_organization_id_fkey foreign key (organization_id) references public.organizations(id) on delete cascade;
alter table public.message_citations add constraint message_citations_document_id_fkey foreign key (document_id) references public.documents(id) on delete cascade;
alter table public.conversation_collections add constraint conversation_collections_collection_id_fkey foreign key (collection_id) references public.document_collections(id) on delete cascade;
alter table public.system_prompt_templates add constraint system_prompt_templates_organization_id_fkey foreign key (organization_id) references public.organizations(id) on delete cascade;
alter table public.message_embeddings add constraint message_embeddings_organization_id_fkey foreign key (organization_id) references public.organizations(id) on delete cascade;
alter table public.generated_images add constraint generated_images_organization_id_fkey foreign key (organization_id) references public.organizations(id) on delete cascade;

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
create policy "storage service knows its buckets" on storage.buckets
  for select to loam_storage
  using ((id = any (array['documents', 'images'])));
grant select on storage.buckets to loam_storage;

-- On the platform's storage.objects
create policy "people remove their own files" on storage.objects
  for delete to authenticated
  using (((bucket_id = any (array['documents', 'images'])) and ((storage.foldername(name))[1] = (( select auth.uid() as uid))::text)));
create policy "people replace their own files" on storage.objects
  for update to authenticated
  using (((bucket_id = any (array['documents', 'images'])) and ((storage.foldername(name))[1] = (( select auth.uid() as uid))::text)))
  with check (((bucket_id = any (array['documents', 'images'])) and ((storage.foldername(name))[1] = (( select auth.uid() as uid))::text) and (coalesce(owner, ( select auth.uid() as uid)) = ( select auth.uid() as uid)) and (coalesce(owner_id, (( select auth.uid() as uid))::text) = (( select auth.uid() as uid))::text)));
create policy "people see their own files" on storage.objects
  for select to authenticated
  using (((bucket_id = any (array['documents', 'images'])) and (((storage.foldername(name))[1] = (( select auth.uid() as uid))::text) or ((bucket_id = 'documents') and loam.may_read_file(name)))));
create policy "people store their own files" on storage.objects
  for insert to authenticated
  with check (((bucket_id = any (array['documents', 'images'])) and ((storage.foldername(name))[1] = (( select auth.uid() as uid))::text) and (coalesce(owner, ( select auth.uid() as uid)) = ( select auth.uid() as uid)) and (coalesce(owner_id, (( select auth.uid() as uid))::text) = (( select auth.uid() as uid))::text)));
create policy "storage service keeps files" on storage.objects
  for all to loam_storage
  using ((bucket_id = any (array['documents', 'images'])))
  with check ((bucket_id = any (array['documents', 'images'])));
grant select on storage.objects to authenticated;
grant delete, insert, select, update on storage.objects to loam_storage;

alter default privileges grant execute on functions to public;
reset check_function_bodies;

select loam.start_partitions('public.activity_logs');
select loam.start_partitions('public.audit_logs');
select loam.start_partitions('public.retrieval_logs');
select loam.start_partitions('public.usage_logs');

select loam.publish_changes('public.conversations');
select loam.publish_changes('public.document_collections');
select loam.publish_changes('public.documents');
select loam.publish_changes('public.messages');
select loam.publish_changes('public.notifications');
