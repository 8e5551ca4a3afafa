-- needs: foundation, user-management, models
-- What each call to a model used and cost. The gateway writes it, for the chat and for the API alike; nobody else does.

-- Partitioned by month: retention drops a partition instead of deleting rows. Nothing references this table, and it
-- references nothing: what it speaks of may go before it, and each key and index here is paid for by every call.
create table usage_logs (
  id uuid not null default gen_random_uuid(),
  created_at timestamptz not null default now(),
  -- Null once the account is gone (by trigger): the ledger keeps its sums and forgets whose they were.
  user_id uuid,
  organization_id uuid,
  tenant_id uuid generated always as (coalesce(organization_id, user_id)) stored,
  api_key_id uuid,
  conversation_id uuid,
  message_id uuid,
  prompt_version_id uuid,
  request_id text not null,
  action text not null check (char_length(action) between 1 and 50),
  provider text not null,
  model text not null,
  -- What the provider says it ran, where that is more precise than what was asked for.
  model_version text,
  input_tokens bigint not null default 0 check (input_tokens >= 0),
  output_tokens bigint not null default 0 check (output_tokens >= 0),
  cached_tokens bigint not null default 0 check (cached_tokens >= 0),
  cache_write_tokens bigint not null default 0 check (cache_write_tokens >= 0),
  -- Part of output_tokens.
  reasoning_tokens bigint not null default 0 check (reasoning_tokens >= 0),
  tokens_used bigint generated always as (input_tokens + output_tokens) stored,
  -- Null means that no price is known. Zero means free.
  cost_usd numeric(24, 15) check (cost_usd >= 0),
  -- The provider reported no usage, so tokens (and with them the cost) are an estimate.
  estimated boolean not null default false,
  stream boolean not null default false,
  latency_ms integer not null check (latency_ms >= 0),
  time_to_first_token_ms integer check (time_to_first_token_ms >= 0),
  -- stopped: by the person who asked. abandoned: the client went away before the end.
  status text not null check (status in ('completed', 'failed', 'stopped', 'abandoned')),
  error_code text,
  error_message text,
  metadata jsonb not null default '{}',
  primary key (created_at, id)
) partition by range (created_at);
create index usage_logs_user_id_idx on usage_logs (user_id, created_at desc);
create index usage_logs_tenant_id_idx on usage_logs (tenant_id, created_at desc) where organization_id is not null;
create index usage_logs_message_id_idx on usage_logs (message_id) where message_id is not null;

-- Hours whose calls were written since they were last summed up; late calls of long ago too. One row a batch, removed by
-- loam.summarize_usage().
create table usage_pending (
  id bigint generated always as identity primary key,
  hour timestamptz not null
);

-- Sums of calls by hour, day, week (from Monday) and month, in UTC. Made again as a whole for each hour that has new calls,
-- so making them twice changes nothing.
create table usage_summaries (
  id uuid primary key default gen_random_uuid(),
  period text not null check (period in ('hour', 'day', 'week', 'month')),
  period_start timestamptz not null,
  -- Null once the account is gone (by trigger).
  user_id uuid,
  organization_id uuid,
  tenant_id uuid generated always as (coalesce(organization_id, user_id)) stored,
  api_key_id uuid,
  provider text not null,
  model text not null,
  action text not null,
  calls bigint not null,
  failed_calls bigint not null,
  -- Calls without a known price: the cost below is without theirs.
  unpriced_calls bigint not null,
  estimated_calls bigint not null,
  input_tokens bigint not null,
  output_tokens bigint not null,
  cached_tokens bigint not null,
  cache_write_tokens bigint not null,
  reasoning_tokens bigint not null,
  tokens_used bigint generated always as (input_tokens + output_tokens) stored,
  cost_usd numeric(24, 15) not null,
  total_latency_ms bigint not null,
  max_latency_ms integer not null,
  created_at timestamptz not null default now()
);
create index usage_summaries_period_idx on usage_summaries (period, period_start);
create index usage_summaries_user_id_idx on usage_summaries (user_id, period, period_start);
create index usage_summaries_tenant_id_idx on usage_summaries (tenant_id, period, period_start);

-- What may be spent in a period: by a person, with a key, or, where neither is named, by all together. Set by
-- administrators; what is spent and held is kept by the ledger in the row itself, whose lock makes reserving exact.
create table budgets (
  id uuid primary key default gen_random_uuid(),
  user_id uuid references user_profiles (id) on delete cascade,
  organization_id uuid,
  tenant_id uuid generated always as (coalesce(organization_id, user_id)) stored,
  api_key_id uuid references api_keys (id) on delete cascade,
  name text not null check (char_length(name) between 1 and 200),
  period text not null default 'month' check (period in ('day', 'week', 'month', 'total')),
  limit_usd numeric(20, 10) check (limit_usd >= 0),
  limit_tokens bigint check (limit_tokens >= 0),
  enabled boolean not null default true,
  -- The period that the sums below belong to.
  period_start timestamptz not null default '-infinity',
  spent_usd numeric(24, 15) not null default 0 check (spent_usd >= 0),
  spent_tokens bigint not null default 0 check (spent_tokens >= 0),
  held_usd numeric(24, 15) not null default 0 check (held_usd >= 0),
  held_tokens bigint not null default 0 check (held_tokens >= 0),
  metadata jsonb not null default '{}',
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  check (num_nonnulls(limit_usd, limit_tokens) > 0)
);
create index budgets_user_id_idx on budgets (user_id);
create index budgets_api_key_id_idx on budgets (api_key_id);
create index budgets_tenant_id_idx on budgets (tenant_id);

-- What is held for a call that runs, or for a process that leases an amount and spends it call by call. One row a budget
-- that the reservation counts against.
create table budget_reservations (
  id uuid not null,
  budget_id uuid not null references budgets (id) on delete cascade,
  user_id uuid references user_profiles (id) on delete set null,
  request_id text,
  period_start timestamptz not null,
  amount_usd numeric(24, 15) not null check (amount_usd >= 0),
  amount_tokens bigint not null check (amount_tokens >= 0),
  -- released: nobody settled it in time. It can still be settled.
  status text not null default 'held' check (status in ('held', 'settled', 'released')),
  settled_usd numeric(24, 15) check (settled_usd >= 0),
  settled_tokens bigint check (settled_tokens >= 0),
  expires_at timestamptz not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (id, budget_id)
);
create index budget_reservations_budget_id_idx on budget_reservations (budget_id, created_at desc);
create index budget_reservations_user_id_idx on budget_reservations (user_id);
create index budget_reservations_expires_at_idx on budget_reservations (expires_at) where status = 'held';

-- How much of something may be used in a period, by a person, by everybody of a role, or by everybody.
create table usage_quotas (
  id uuid primary key default gen_random_uuid(),
  user_id uuid references user_profiles (id) on delete cascade,
  organization_id uuid,
  tenant_id uuid generated always as (coalesce(organization_id, user_id)) stored,
  role text check (role in ('user', 'admin', 'moderator')),
  resource text not null check (resource in ('calls', 'tokens', 'cost_usd', 'images', 'documents', 'storage_bytes')),
  period text not null default 'month' check (period in ('hour', 'day', 'week', 'month', 'total')),
  -- Of one model only, where it is said.
  provider text,
  model text,
  limit_value numeric(24, 10) not null check (limit_value >= 0),
  enabled boolean not null default true,
  metadata jsonb not null default '{}',
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  check (user_id is null or role is null)
);
create index usage_quotas_user_id_idx on usage_quotas (user_id);
create index usage_quotas_tenant_id_idx on usage_quotas (tenant_id);

-- When to tell somebody about usage. Of the whole installation only to administrators.
create table usage_alerts (
  id uuid primary key default gen_random_uuid(),
  user_id uuid not null default auth.uid() references user_profiles (id) on delete cascade,
  organization_id uuid,
  tenant_id uuid generated always as (coalesce(organization_id, user_id)) stored,
  name text not null check (char_length(name) between 1 and 200),
  scope text not null default 'mine' check (scope in ('mine', 'organization', 'installation')),
  metric text not null check (metric in ('calls', 'tokens', 'cost_usd', 'failed_share', 'mean_latency_ms')),
  period text not null default 'day' check (period in ('hour', 'day', 'week', 'month')),
  threshold numeric(24, 10) not null check (threshold >= 0),
  provider text,
  model text,
  enabled boolean not null default true,
  metadata jsonb not null default '{}' check (octet_length(metadata::text) <= 16384),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create index usage_alerts_user_id_idx on usage_alerts (user_id);
create index usage_alerts_tenant_id_idx on usage_alerts (tenant_id);

-- What was noticed. Without a person it is the installation's, for administrators. An event stays open while what it tells
-- of goes on, so one cause is told once.
create table alert_events (
  id uuid primary key default gen_random_uuid(),
  alert_id uuid references usage_alerts (id) on delete cascade,
  user_id uuid references user_profiles (id) on delete cascade,
  organization_id uuid,
  tenant_id uuid generated always as (coalesce(organization_id, user_id)) stored,
  kind text not null check (kind in ('usage', 'budget', 'slow_query', 'connections', 'storage', 'failed_sign_ins')),
  -- What it is about, among events of its kind: a query's id, a period.
  subject text not null default '',
  severity text not null default 'warning' check (severity in ('info', 'warning', 'critical')),
  message text not null,
  value numeric,
  threshold numeric,
  details jsonb not null default '{}',
  last_seen_at timestamptz not null default now(),
  acknowledged_at timestamptz,
  resolved_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create unique index alert_events_open_key on alert_events (kind, subject) where resolved_at is null and alert_id is null;
create unique index alert_events_alert_key on alert_events (alert_id, subject) where alert_id is not null;
create index alert_events_user_id_idx on alert_events (user_id, created_at desc);
create index alert_events_tenant_id_idx on alert_events (tenant_id, created_at desc);
create index alert_events_created_at_idx on alert_events (created_at desc) where user_id is null;

-- Answers that may be given again, to the same tenant only. The hash is of everything that decides an answer: model,
-- settings, messages, and the versions of the documents that it was made from.
create table response_cache (
  id uuid primary key default gen_random_uuid(),
  user_id uuid not null references user_profiles (id) on delete cascade,
  organization_id uuid,
  tenant_id uuid generated always as (coalesce(organization_id, user_id)) stored,
  request_hash text not null check (request_hash ~ '^[0-9a-f]{64}$'),
  provider text not null,
  model text not null,
  -- What was asked, for the search by meaning; null where only the exact request is answered from here.
  question text check (char_length(question) <= 20000),
  response jsonb not null check (octet_length(response::text) <= 2000000),
  document_ids uuid[] not null default '{}',
  input_tokens bigint not null default 0 check (input_tokens >= 0),
  output_tokens bigint not null default 0 check (output_tokens >= 0),
  cost_usd numeric(24, 15) check (cost_usd >= 0),
  hit_count bigint not null default 0 check (hit_count >= 0),
  -- Hits by meaning that the person rejected.
  false_hit_count bigint not null default 0 check (false_hit_count >= 0),
  last_hit_at timestamptz,
  expires_at timestamptz not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  unique (tenant_id, request_hash)
);
create index response_cache_user_id_idx on response_cache (user_id);
create index response_cache_expires_at_idx on response_cache (expires_at);
create index response_cache_document_ids_idx on response_cache using gin (document_ids);
