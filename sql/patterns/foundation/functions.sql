-- Helpers of every pattern. They live in `loam`, which no API exposes.

create or replace function loam.touch_updated_at()
returns trigger
language plpgsql
set search_path = ''
as $$
begin
  new.updated_at := now();
  return new;
end
$$;

-- Tells listeners that a row changed: table, id, operation and who may hear of it. Never content; readers refetch under RLS.
create or replace function loam.notify_change(table_name text, row_id uuid, operation text, recipients uuid[])
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

-- Makes the monthly partition of a growing table for the month that `moment` falls in. Reading a partition by name skips
-- the parent's policies, so each has RLS on without any policy, in a schema that nobody has rights on.
create or replace function loam.ensure_partition(parent regclass, moment timestamptz)
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

-- A growing table gets this month's, next month's and a default partition, so that no row is ever refused.
create or replace function loam.start_partitions(parent regclass)
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

-- This month's and next month's partition of every growing table; maintenance calls it daily. Owner's rights, because
-- nobody else may change the schema, and no argument, so that nobody can aim it.
create or replace function loam.ensure_partitions()
returns void
language plpgsql
security definer
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

-- Counts one use of `limit_key` in the current window of `window_seconds`; true while the count is within `allowed`.
-- Fixed windows: at a border up to twice `allowed` can pass, which is what the caller's figures allow for.
create or replace function loam.take_rate_limit(limit_key text, allowed integer, window_seconds integer)
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

-- Text as the parser of text search can take it. Its time grows with the square of a run without spaces, and of what
-- stands behind a '<': a message of 20,000 characters could occupy the engine for twenty seconds. Texts and questions go
-- through this alike, so that what is cut is found again.
create or replace function loam.parseable(passage text)
returns text
language sql
immutable
as $$
  select regexp_replace(translate(passage, '<', ' '), '(\S{50})', '\1 ', 'g')
$$;

create trigger api_keys_touch before update on api_keys for each row execute function loam.touch_updated_at();
create trigger signing_keys_touch before update on loam.signing_keys for each row execute function loam.touch_updated_at();
create trigger installation_touch before update on loam.installation for each row execute function loam.touch_updated_at();

-- A revoked or changed key must be forgotten by every process at once.
create or replace function loam.notify_api_key()
returns trigger
language plpgsql
set search_path = ''
as $$
begin
  perform pg_notify('loam_api_keys', old.key_hash);
  return null;
end
$$;
create trigger api_keys_notify
  after update of revoked_at, expires_at, scopes or delete on api_keys
  for each row execute function loam.notify_api_key();

revoke execute on all functions in schema loam from public;
grant execute on function loam.notify_change(text, uuid, text, uuid[])
  to authenticated, loam_answer, loam_ingest, loam_ledger, loam_maintenance, loam_auth, loam_storage;
grant execute on function loam.parseable(text) to authenticated, loam_answer, loam_ingest;
grant execute on function loam.take_rate_limit(text, integer, integer) to loam_auth;
grant execute on function loam.ensure_partitions() to loam_maintenance;

select loam.start_partitions('public.audit_logs');
