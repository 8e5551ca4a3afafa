-- needs: foundation, user-management
-- Which models there are, where they are served, what they cost, how requests are spread over them and how they compare.

-- organization_id is null on what serves the whole installation.
create table model_providers (
  id uuid primary key default gen_random_uuid(),
  organization_id uuid,
  name text not null check (name ~ '^[a-z0-9][a-z0-9_-]{0,62}$'),
  display_name text not null check (char_length(display_name) between 1 and 200),
  kind text not null check (char_length(kind) between 1 and 50),
  base_url text check (base_url ~ '^https?://'),
  enabled boolean not null default true,
  settings jsonb not null default '{}',
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  deleted_at timestamptz
);
create unique index model_providers_name_key on model_providers (name)
  where organization_id is null and deleted_at is null;
create unique index model_providers_organization_name_key on model_providers (organization_id, name)
  where organization_id is not null and deleted_at is null;

-- The key itself is sealed by the server with LOAM_SECRET; people see its last characters and how it does.
create table provider_keys (
  id uuid primary key default gen_random_uuid(),
  provider_id uuid not null references model_providers (id) on delete cascade,
  name text not null check (char_length(name) between 1 and 100),
  key_sealed text not null,
  key_hint text not null check (char_length(key_hint) <= 8),
  weight integer not null default 1 check (weight >= 0),
  enabled boolean not null default true,
  expires_at timestamptz,
  last_used_at timestamptz,
  last_error_code text,
  created_by uuid references user_profiles (id) on delete set null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create index provider_keys_provider_id_idx on provider_keys (provider_id);
create index provider_keys_created_by_idx on provider_keys (created_by);

create table models (
  id uuid primary key default gen_random_uuid(),
  provider_id uuid not null references model_providers (id) on delete cascade,
  name text not null check (char_length(name) between 1 and 200),
  version text not null default '' check (char_length(version) <= 100),
  display_name text,
  kind text not null default 'chat' check (kind in ('chat', 'embedding', 'image', 'audio', 'moderation', 'other')),
  context_window integer check (context_window > 0),
  max_output_tokens integer check (max_output_tokens > 0),
  embedding_dimensions integer check (embedding_dimensions > 0),
  capabilities text[] not null default '{}',
  model_card jsonb not null default '{}',
  status text not null default 'active' check (status in ('active', 'preview', 'deprecated', 'retired')),
  deprecated_at timestamptz,
  retired_at timestamptz,
  metadata jsonb not null default '{}',
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  unique (provider_id, name, version)
);

-- By name, so that a model which is only known from its provider's list can have a price.
create table model_pricing (
  id uuid primary key default gen_random_uuid(),
  organization_id uuid,
  provider text not null,
  model text not null,
  input_price_per_million numeric(20, 9) not null check (input_price_per_million >= 0),
  output_price_per_million numeric(20, 9) not null check (output_price_per_million >= 0),
  cached_input_price_per_million numeric(20, 9) check (cached_input_price_per_million >= 0),
  cache_write_price_per_million numeric(20, 9) check (cache_write_price_per_million >= 0),
  price_per_call numeric(20, 9) check (price_per_call >= 0),
  price_per_image numeric(20, 9) check (price_per_image >= 0),
  valid_from timestamptz not null default now(),
  valid_to timestamptz,
  source text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  check (valid_to is null or valid_to > valid_from),
  -- One price at a time. A number stands for the name, as a range of one, because ranges can be excluded without an
  -- extension that not every database has.
  constraint model_pricing_no_overlap exclude using gist (
    int8range(
      hashtextextended(coalesce(organization_id::text, '') || ' ' || provider || ' ' || model, 0),
      hashtextextended(coalesce(organization_id::text, '') || ' ' || provider || ' ' || model, 0),
      '[]'
    ) with &&,
    tstzrange(valid_from, valid_to) with &&
  )
);
create index model_pricing_model_idx on model_pricing (provider, model, valid_from) where organization_id is null;
create index model_pricing_organization_id_idx on model_pricing (organization_id, provider, model) where organization_id is not null;

-- An alias stands for one or more models: [{ "provider", "model", "weight" }], and for what to try when these fail.
create table model_routes (
  id uuid primary key default gen_random_uuid(),
  organization_id uuid,
  alias text not null check (alias ~ '^[a-z0-9][a-z0-9._-]{0,99}$'),
  targets jsonb not null check (jsonb_typeof(targets) = 'array' and jsonb_array_length(targets) > 0),
  fallbacks jsonb not null default '[]' check (jsonb_typeof(fallbacks) = 'array'),
  settings jsonb not null default '{}',
  enabled boolean not null default true,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create unique index model_routes_alias_key on model_routes (alias) where organization_id is null;
create unique index model_routes_organization_alias_key on model_routes (organization_id, alias) where organization_id is not null;

-- A comparison on live traffic: a share of a route's requests goes to each variant.
create table experiments (
  id uuid primary key default gen_random_uuid(),
  organization_id uuid,
  route_id uuid references model_routes (id) on delete set null,
  name text not null check (char_length(name) between 1 and 200),
  hypothesis text,
  kind text not null default 'ab' check (kind in ('ab', 'canary', 'shadow')),
  variants jsonb not null check (jsonb_typeof(variants) = 'array' and jsonb_array_length(variants) > 0),
  status text not null default 'draft' check (status in ('draft', 'running', 'stopped', 'completed')),
  started_at timestamptz,
  ended_at timestamptz,
  conclusion text,
  metadata jsonb not null default '{}',
  created_by uuid default auth.uid() references user_profiles (id) on delete set null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create index experiments_route_id_idx on experiments (route_id);
create index experiments_created_by_idx on experiments (created_by);

-- A comparison on a fixed set of cases. It belongs to the person who runs it: its cases are content.
create table evaluations (
  id uuid primary key default gen_random_uuid(),
  user_id uuid not null references user_profiles (id) on delete cascade,
  organization_id uuid,
  tenant_id uuid generated always as (coalesce(organization_id, user_id)) stored,
  experiment_id uuid references experiments (id) on delete set null,
  name text not null check (char_length(name) between 1 and 200),
  models text[] not null check (cardinality(models) > 0),
  cases jsonb not null default '[]' check (jsonb_typeof(cases) = 'array'),
  status text not null default 'pending' check (status in ('pending', 'running', 'completed', 'failed', 'stopped')),
  started_at timestamptz,
  completed_at timestamptz,
  metadata jsonb not null default '{}',
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  deleted_at timestamptz
);
create index evaluations_user_id_idx on evaluations (user_id, created_at desc);
create index evaluations_tenant_id_idx on evaluations (tenant_id, created_at desc);
create index evaluations_experiment_id_idx on evaluations (experiment_id);

create table evaluation_results (
  id uuid primary key default gen_random_uuid(),
  evaluation_id uuid not null references evaluations (id) on delete cascade,
  case_index integer not null check (case_index >= 0),
  model text not null,
  output text,
  score double precision,
  passed boolean,
  tokens_used bigint not null default 0 check (tokens_used >= 0),
  cost_usd numeric(24, 15) check (cost_usd >= 0),
  latency_ms integer check (latency_ms >= 0),
  error_code text,
  metadata jsonb not null default '{}',
  created_at timestamptz not null default now(),
  unique (evaluation_id, model, case_index)
);
