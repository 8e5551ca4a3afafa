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

-- Sizes and use of the tables, for administrators and for the operator at his console: how much others have is nobody
-- else's business. Rows are the planner's estimates, which cost nothing to read.
create or replace function loam.performance_stats()
returns table (
  schema_name text,
  table_name text,
  row_estimate bigint,
  total_bytes bigint,
  table_bytes bigint,
  index_bytes bigint,
  dead_rows bigint,
  sequential_scans bigint,
  index_scans bigint,
  last_vacuum timestamptz,
  last_analyze timestamptz,
  database_bytes bigint
)
language sql
stable
security definer
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

-- What each person did, in counts, never contents; for administrators and the operator. What is not installed counts as
-- nothing.
create or replace function loam.user_activity_summary()
returns table (
  user_id uuid,
  email text,
  display_name text,
  role text,
  created_at timestamptz,
  last_sign_in timestamptz,
  conversation_count bigint,
  message_count bigint,
  document_count bigint,
  total_tokens_used bigint,
  total_cost_usd numeric,
  last_activity_at timestamptz
)
language plpgsql
stable
security definer
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

-- Sample data is for databases that are thrown away: both functions refuse unless the installation allows it, by
-- update loam.installation set parameters = parameters || '{"sample_data": true}'.
create or replace function loam.require_sample_data()
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

-- Some conversations, and documents where that pattern is, for the account of this address; without one it makes one,
-- which nobody can sign in to. Answers what was made. All of it is marked, for cleanup_test_data to find.
create or replace function generate_sample_data(email text default 'test@example.com')
returns jsonb
language plpgsql
security definer
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

-- Removes what generate_sample_data made: marked rows, and the accounts that it made. Answers how many rows that were.
create or replace function cleanup_test_data()
returns bigint
language plpgsql
security definer
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

create or replace trigger loam_create_profile
  after insert on auth.users
  for each row execute function loam.create_profile();
create or replace trigger loam_mirror_account
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
    create or replace trigger loam_mirror_session
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
  loam.mirror_default_model(), loam.notify_ban(), loam.notify_profile(), loam.notify_notification(), loam.performance_stats(),
  loam.user_activity_summary(), loam.require_sample_data(), generate_sample_data(text), cleanup_test_data() from public;
grant execute on function loam.is_admin(), loam.performance_stats(), loam.user_activity_summary() to authenticated;
grant execute on function generate_sample_data(text), cleanup_test_data() to service_role;
grant execute on function loam.has_accounts(), loam.give_role(uuid, text) to loam_auth;

select loam.start_partitions('public.activity_logs');
