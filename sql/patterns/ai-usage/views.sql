-- What is read of the ledger: the view that some applications expect, reports, and what a job looks for. Reports run with
-- the caller's rights: his own calls, or with `everybody` the whole installation's for administrators. Times are UTC.
create or replace view model_metrics
with (security_invoker = true)
as
select
  id,
  provider || '/' || model as model_name,
  created_at as "timestamp",
  latency_ms,
  input_tokens as tokens_input,
  output_tokens as tokens_output,
  status in ('completed', 'stopped', 'abandoned') as success,
  error_message
from usage_logs;

grant select on model_metrics to authenticated;

-- Cost and use by model and day, from the sums. `unpriced_calls` have no known price: the cost is without theirs.
create or replace function usage_by_model(
  since timestamptz default now() - interval '30 days', until timestamptz default now(), everybody boolean default false
)
returns table (
  day date, provider text, model text, calls bigint, failed_calls bigint, unpriced_calls bigint, input_tokens bigint,
  output_tokens bigint, cost_usd numeric
)
language sql
stable
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

-- What the month will cost at its end: what was spent so far, and for each day that is left the mean of the last seven whole
-- days (fewer, where use began later).
create or replace function project_month_cost(moment timestamptz default now(), everybody boolean default false)
returns table (month date, spent_usd numeric, daily_usd numeric, days_left numeric, projected_usd numeric, unpriced_calls bigint)
language sql
stable
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

-- What the calls would have cost at another model's prices, model by model; the price is the one that held on each day.
-- Null where that model has no price in model_pricing: unknown is not free. Pages and pictures cost as text here.
create or replace function what_if_cost(
  other_provider text, other_model text, since timestamptz default now() - interval '30 days', until timestamptz default now(),
  everybody boolean default false
)
returns table (provider text, model text, calls bigint, input_tokens bigint, output_tokens bigint, cost_usd numeric, what_if_usd numeric)
language sql
stable
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

-- Calls of everybody without whose they were and what was said, for reports of administrators; nothing for anybody else.
create or replace function loam.calls_of_everybody(since timestamptz, until timestamptz)
returns table (
  created_at timestamptz, provider text, model text, latency_ms integer, time_to_first_token_ms integer, status text, error_code text
)
language sql
stable
security definer
set search_path = ''
as $$
  select l.created_at, l.provider, l.model, l.latency_ms, l.time_to_first_token_ms, l.status, l.error_code
  from public.usage_logs as l
  where l.created_at >= since and l.created_at < until and (select loam.is_admin())
$$;

-- How long calls took, in milliseconds; calls that failed are left out.
create or replace function latency_percentiles(
  since timestamptz default now() - interval '7 days', until timestamptz default now(), everybody boolean default false
)
returns table (
  provider text, model text, calls bigint, p50_ms integer, p95_ms integer, p99_ms integer, first_token_p50_ms integer,
  first_token_p95_ms integer
)
language sql
stable
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

-- An error's text without what differs from call to call: ids, numbers, what stands in quotes.
create or replace function loam.error_shape(message text)
returns text
language sql
immutable
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

-- Failed calls, those alike together. Of everybody only by code: an error's text may repeat what somebody asked.
create or replace function error_clusters(
  since timestamptz default now() - interval '7 days', until timestamptz default now(), everybody boolean default false
)
returns table (
  provider text, model text, error_code text, shape text, calls bigint, first_at timestamptz, last_at timestamptz, example text
)
language sql
stable
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

revoke execute on function
  usage_by_model(timestamptz, timestamptz, boolean), project_month_cost(timestamptz, boolean),
  what_if_cost(text, text, timestamptz, timestamptz, boolean), latency_percentiles(timestamptz, timestamptz, boolean),
  error_clusters(timestamptz, timestamptz, boolean),
  loam.calls_of_everybody(timestamptz, timestamptz), loam.error_shape(text)
from public;
grant execute on function
  usage_by_model(timestamptz, timestamptz, boolean), project_month_cost(timestamptz, boolean),
  what_if_cost(text, text, timestamptz, timestamptz, boolean), latency_percentiles(timestamptz, timestamptz, boolean),
  error_clusters(timestamptz, timestamptz, boolean),
  loam.calls_of_everybody(timestamptz, timestamptz), loam.error_shape(text)
to authenticated;

-- ---------------------------------------------------------------------------------------------------------------------
-- What a job looks for. Each check tells of one open event a cause, ends it when it is over, and answers `fired`, `fine` or
-- `not evaluated` with the reason: what could not be looked at is not called fine.

create or replace function loam.note_event(
  of_kind text, about text, how_bad text, saying text, found numeric, allowed numeric, more jsonb default '{}', of_user uuid default null
)
returns void
language sql
security definer
set search_path = ''
as $$
  insert into public.alert_events as held (kind, subject, severity, message, value, threshold, details, user_id)
  values (of_kind, about, how_bad, saying, found, allowed, more, of_user)
  on conflict (kind, subject) where resolved_at is null and alert_id is null do update
    set severity = excluded.severity, message = excluded.message, value = excluded.value, details = excluded.details, last_seen_at = now()
$$;

-- Ends the open events of a kind that are not among those still going on.
create or replace function loam.end_events(of_kind text, still text[])
returns void
language sql
security definer
set search_path = ''
as $$
  update public.alert_events
  set resolved_at = now()
  where kind = of_kind and alert_id is null and resolved_at is null and subject <> all (still)
$$;

-- Statements that took longer than this: from pg_stat_statements where that is, and those running now. Queries have no values
-- in them there; commands have (a password in ALTER ROLE), so only their first word is told. Of a running one only its process.
create or replace function loam.check_slow_queries(over_ms numeric default 1000)
returns table (alert text, state text, detail text)
language plpgsql
security definer
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

create or replace function loam.check_connections(share numeric default 0.8)
returns table (alert text, state text, detail text)
language plpgsql
security definer
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

-- Database and stored files against what there is room for: `room` in bytes, or `storage_limit_bytes` of the installation's
-- parameters.
create or replace function loam.check_storage(room bigint default null, share numeric default 0.8)
returns table (alert text, state text, detail text)
language plpgsql
security definer
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

-- Wrong sign-ins of about the last hour, as the accounts service counts them by address: right ones are taken back there.
create or replace function loam.check_failed_sign_ins(more_than integer default 50)
returns table (alert text, state text, detail text)
language plpgsql
security definer
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

-- Budgets that are used up to this share. Whoever a budget is of sees it too.
create or replace function loam.check_budgets(share numeric default 0.8)
returns table (alert text, state text, detail text)
language plpgsql
security definer
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

-- What people asked to be told of. Once a period each; a notification goes with it.
create or replace function loam.check_usage_alerts()
returns table (alert text, state text, detail text)
language plpgsql
security definer
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

-- All of it, for one job.
create or replace function loam.check_alerts()
returns table (alert text, state text, detail text)
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

revoke execute on function
  loam.note_event(text, text, text, text, numeric, numeric, jsonb, uuid), loam.end_events(text, text[]),
  loam.check_slow_queries(numeric), loam.check_connections(numeric), loam.check_storage(bigint, numeric),
  loam.check_failed_sign_ins(integer), loam.check_budgets(numeric), loam.check_usage_alerts(), loam.check_alerts()
from public;
grant execute on function
  loam.check_slow_queries(numeric), loam.check_connections(numeric), loam.check_storage(bigint, numeric),
  loam.check_failed_sign_ins(integer), loam.check_budgets(numeric), loam.check_usage_alerts(), loam.check_alerts()
to loam_maintenance;
