-- What keeps the ledger: sums of it, budgets that calls are held against, and what is noticed in it. All of it is run by
-- services; people read.

-- What a foreign key with ON DELETE SET NULL would do, without its check on each call that is logged.
create or replace function loam.forget_usage()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
  update public.usage_logs set user_id = null where user_id = old.id;
  update public.usage_summaries set user_id = null where user_id = old.id;
  return null;
end
$$;
create trigger loam_forget_usage
  after delete on user_profiles
  for each row execute function loam.forget_usage();

create trigger budgets_touch before update on budgets for each row execute function loam.touch_updated_at();
create trigger budget_reservations_touch before update on budget_reservations for each row execute function loam.touch_updated_at();
create trigger usage_quotas_touch before update on usage_quotas for each row execute function loam.touch_updated_at();
create trigger usage_alerts_touch before update on usage_alerts for each row execute function loam.touch_updated_at();
create trigger alert_events_touch before update on alert_events for each row execute function loam.touch_updated_at();
create trigger response_cache_touch before update on response_cache for each row execute function loam.touch_updated_at();

-- When a period began, in UTC. Weeks begin on Monday.
create or replace function loam.period_start(period text, moment timestamptz)
returns timestamptz
language sql
stable
set search_path = ''
as $$
  select case when period = 'total' then '-infinity'::timestamptz else date_trunc(period, moment, 'UTC') end
$$;

-- Notes which hours have calls that are not summed up. Rows are only added, so writers wait for nobody; what is not
-- committed when hours are summed up stays for the next time.
create or replace function loam.note_usage_hours()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
  insert into public.usage_pending (hour) select distinct date_trunc('hour', created_at, 'UTC') from added;
  return null;
end
$$;
create trigger usage_logs_note_hours
  after insert on usage_logs
  referencing new table as added
  for each statement execute function loam.note_usage_hours();

-- Sums up the hours that have new calls, and the days, weeks and months around them; answers how many hours. Each hour is
-- made again from the ledger as a whole, so late calls are counted and nothing is counted twice. An hour of which the
-- ledger has fewer calls than were summed up is left alone: its rows were removed by retention.
create or replace function loam.summarize_usage()
returns integer
language plpgsql
security definer
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

-- Which budgets a call counts against.
create or replace function loam.budgets_of(for_user uuid, for_organization uuid, for_key uuid)
returns setof uuid
language sql
stable
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

-- Holds an amount against all of these budgets or against none: null when it is held, else the budget that has too little
-- left. Budgets are locked in the order of their ids, so what is spent and held never passes a limit, however many reserve
-- at once, and nobody deadlocks. To be called in the transaction that authorises the call.
create or replace function loam.reserve_budgets(
  reservation uuid,
  wanted uuid[],
  amount_usd numeric,
  amount_tokens bigint,
  for_user uuid default null,
  for_request text default null,
  valid_for interval default '10 minutes'
)
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

-- Ends a reservation with what was really used, more or less than what was held; true the first time, false ever after. A
-- cost that nobody knows counts as what was held for it. What was released for its age is put right by the difference.
create or replace function loam.settle_reservation(reservation uuid, used_usd numeric, used_tokens bigint)
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

-- A process that leases an amount says that it is still there; false when the lease is held no more.
create or replace function loam.renew_reservation(reservation uuid, valid_for interval)
returns boolean
language sql
set search_path = ''
as $$
  with renewed as (
    update public.budget_reservations set expires_at = now() + valid_for where id = reservation and status = 'held' returning id
  )
  select exists (select from renewed)
$$;

-- Gives back what nobody settled in time, less what the ledger says was used of it: calls with the reservation's request
-- id, or with its id as `reservation_id` in their metadata. Answers how many.
create or replace function loam.release_expired_reservations()
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

-- Where the caller stands: every quota that holds for him, and how much of it is used.
create or replace function usage_against_quotas()
returns table (resource text, period text, provider text, model text, limit_value numeric, used numeric)
language plpgsql
stable
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

revoke execute on function
  loam.forget_usage(), loam.period_start(text, timestamptz), loam.note_usage_hours(), loam.summarize_usage(),
  loam.budgets_of(uuid, uuid, uuid), loam.reserve_budgets(uuid, uuid[], numeric, bigint, uuid, text, interval),
  loam.settle_reservation(uuid, numeric, bigint), loam.renew_reservation(uuid, interval), loam.release_expired_reservations(),
  usage_against_quotas()
from public;
grant execute on function loam.period_start(text, timestamptz) to authenticated, loam_ledger;
grant execute on function usage_against_quotas() to authenticated;
grant execute on function
  loam.budgets_of(uuid, uuid, uuid), loam.reserve_budgets(uuid, uuid[], numeric, bigint, uuid, text, interval),
  loam.settle_reservation(uuid, numeric, bigint), loam.renew_reservation(uuid, interval), loam.release_expired_reservations()
to loam_ledger;
grant execute on function loam.summarize_usage() to loam_maintenance;

-- The partitions of this month and the next; later ones are made by maintenance, and the default one takes what is left.
select loam.start_partitions('public.usage_logs');
