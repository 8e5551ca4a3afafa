-- needs: foundation, user-management
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
