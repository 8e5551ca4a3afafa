-- Profiles follow accounts by trigger, so they are right on every target, whoever signs people up.

-- Whether the caller is an administrator. An administrator manages accounts, models and limits, and reads nobody's content.
create or replace function loam.is_admin()
returns boolean
language sql
stable
security definer
set search_path = ''
as $$
  select exists (select from public.user_profiles where id = (select auth.uid()) and role = 'admin')
$$;

-- Whether anybody has an account yet; asked before anybody can be signed in.
create or replace function loam.has_accounts()
returns boolean
language sql
stable
security definer
set search_path = ''
as $$
  select exists (select from public.user_profiles)
$$;

-- Roles are given by the accounts service, whose column grant this stands on.
create or replace function loam.give_role(account uuid, new_role text)
returns void
language sql
set search_path = ''
as $$
  update public.user_profiles set role = new_role where id = account
$$;

-- What somebody said of himself at sign-up is his to say: names and a picture. Nothing else is taken from it.
create or replace function loam.create_profile()
returns trigger
language plpgsql
security definer
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

-- People may not read auth.users: what they may know of it stands in their profile.
create or replace function loam.mirror_account()
returns trigger
language plpgsql
security definer
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

create or replace function loam.mirror_session()
returns trigger
language plpgsql
security definer
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

create or replace function loam.mirror_default_model()
returns trigger
language plpgsql
security definer
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

-- A banned person's keys must be asked about again by every process.
create or replace function loam.notify_ban()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
  perform pg_notify('loam_api_keys', key_hash) from public.api_keys where user_id = new.id and revoked_at is null;
  return null;
end
$$;

create or replace function loam.notify_profile()
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

create or replace function loam.notify_notification()
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

create trigger user_profiles_touch before update on user_profiles for each row execute function loam.touch_updated_at();
create trigger user_preferences_touch before update on user_preferences for each row execute function loam.touch_updated_at();
create trigger user_metadata_touch before update on user_metadata for each row execute function loam.touch_updated_at();
create trigger user_sessions_touch before update on user_sessions for each row execute function loam.touch_updated_at();
create trigger social_connections_touch before update on social_connections for each row execute function loam.touch_updated_at();
create trigger achievements_touch before update on achievements for each row execute function loam.touch_updated_at();
create trigger notifications_touch before update on notifications for each row execute function loam.touch_updated_at();

create trigger user_preferences_mirror
  after insert or update of default_model on user_preferences
  for each row execute function loam.mirror_default_model();
-- Not on every update: totals change with each call to a model, and nobody waits for that.
create trigger user_profiles_notify
  after update of email, banned_until, display_name, full_name, avatar_url, role, monthly_token_quota, monthly_cost_quota_usd on user_profiles
  for each row execute function loam.notify_profile();
create trigger user_profiles_ban
  after update of banned_until on user_profiles
  for each row execute function loam.notify_ban();
create trigger user_preferences_notify
  after update on user_preferences
  for each row execute function loam.notify_profile();
create trigger notifications_notify
  after insert or update or delete on notifications
  for each row execute function loam.notify_notification();

create trigger loam_create_profile
  after insert on auth.users
  for each row execute function loam.create_profile();
create trigger loam_mirror_account
  after update of email, last_sign_in_at, banned_until on auth.users
  for each row
  when (
    (old.email, old.last_sign_in_at, old.banned_until) is distinct from (new.email, new.last_sign_in_at, new.banned_until)
  )
  execute function loam.mirror_account();

-- Supabase lets us put triggers on auth.users but keeps auth.sessions to itself.
do $$
begin
  if exists (select from pg_tables where schemaname = 'auth' and tablename = 'sessions' and tableowner = current_user) then
    create trigger loam_mirror_session
      after insert or delete or update of refreshed_at on auth.sessions
      for each row execute function loam.mirror_session();
  end if;
end
$$;

-- Accounts that were there before this pattern.
insert into user_profiles (id, email, last_sign_in)
select id, case when row_number() over (partition by email order by created_at, id) = 1 then email end, last_sign_in_at
from auth.users
on conflict do nothing;
insert into user_preferences (user_id)
select id from user_profiles
on conflict do nothing;

revoke execute on function loam.is_admin(), loam.has_accounts(), loam.give_role(uuid, text), loam.create_profile(), loam.mirror_account(), loam.mirror_session(),
  loam.mirror_default_model(), loam.notify_ban(), loam.notify_profile(), loam.notify_notification() from public;
grant execute on function loam.is_admin() to authenticated;
grant execute on function loam.has_accounts(), loam.give_role(uuid, text) to loam_auth;

select loam.start_partitions('public.activity_logs');
