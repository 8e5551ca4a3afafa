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
-- the parent's policies, so each has RLS on without any policy, in a schema that nobody has rights on. Rows of that month
-- that came before their partition wait in the default one: they move, past the parent's triggers, which saw them already.
create or replace function loam.ensure_partition(parent regclass, moment timestamptz)
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

-- Takes the months that ended more than `older_than` ago out of a growing table, at once however many rows they have, and
-- answers their names. They stay, closed as before, until they are dropped: what was detached by mistake can be attached
-- again. The default partition stays where it is.
create or replace function loam.detach_partitions(parent regclass, older_than interval)
returns setof text
language plpgsql
security definer
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

-- Drops what was detached from a growing table and ended more than `older_than` ago. Nothing that is still attached.
create or replace function loam.drop_detached_partitions(parent regclass, older_than interval)
returns setof text
language plpgsql
security definer
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

-- The tenants whose rows the caller may see: himself. Where organizations are, pattern multi-tenant puts another body here,
-- and `at_least` is the least role that he must have in one: viewer, member, admin or owner.
create or replace function loam.my_tenant_ids(at_least text default 'viewer')
returns setof uuid
language sql
stable
set search_path = ''
as $$
  select (select auth.uid())
$$;

-- Whether this is the owner of the schema at his own console, not somebody who came through an API.
create or replace function loam.is_operator()
returns boolean
language sql
stable
security definer
set search_path = ''
as $$
  select current_setting('role', true) = 'none' and pg_has_role(session_user, current_user, 'member')
$$;

-- Supabase's realtime tells subscribers of changes to the tables in this publication. It checks SELECT policies for
-- inserts and updates but not for deletes, of which it tells the key: so only tables whose key is a random id belong here.
create or replace function loam.publish_changes(published regclass)
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
-- loam-ignore: security-mutable-search-path: a setting keeps it from being inlined; it names only what PostgreSQL itself has
create or replace function loam.parseable(passage text)
returns text
language sql
immutable
as $$
  select regexp_replace(translate(passage, '<', ' '), '(\S{50})', '\1 ', 'g')
$$;

-- Scripts that are written without spaces become words of one letter: in passages and questions alike. `simple` is what
-- texts in such scripts are indexed with.
-- loam-ignore: security-mutable-search-path: a setting keeps it from being inlined; it names only what PostgreSQL itself has
create or replace function loam.searchable(language regconfig, passage text)
returns text
language sql
immutable
as $$
  select case
    when language = 'simple'::regconfig
      then regexp_replace(loam.parseable(passage), '([\u3040-\u30ff\u3400-\u9fff\u0e00-\u0e7f])', ' \1 ', 'g')
    else loam.parseable(passage)
  end
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
grant execute on function loam.searchable(regconfig, text) to authenticated;
grant execute on function loam.take_rate_limit(text, integer, integer) to loam_auth;
grant execute on function loam.ensure_partitions(), loam.detach_partitions(regclass, interval),
  loam.drop_detached_partitions(regclass, interval) to loam_maintenance;
grant execute on function loam.my_tenant_ids(text) to authenticated;

select loam.start_partitions('public.audit_logs');
