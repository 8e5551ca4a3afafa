-- needs: foundation, user-management
-- Prompts from the goal to what is published. `prompts` is the draft that its owner edits; `prompt_versions` is what was
-- kept of it and never changes. Rows below a prompt name its tenant in their key, so none can hang below another's prompt.

create table prompts (
  id uuid primary key default gen_random_uuid(),
  user_id uuid not null default auth.uid() references user_profiles (id) on delete cascade,
  organization_id uuid,
  tenant_id uuid generated always as (coalesce(organization_id, user_id)) stored,
  title text not null check (char_length(title) between 1 and 255),
  -- What it is for, in the words of who wants it: the questions and the template are made from it.
  goal text not null check (char_length(goal) <= 20000),
  -- With variables as {{name}}.
  template text not null default '' check (char_length(template) <= 200000),
  system_prompt text not null default '' check (char_length(system_prompt) <= 100000),
  assistant_template text not null default '' check (char_length(assistant_template) <= 100000),
  variables jsonb not null default '[]' check (jsonb_typeof(variables) = 'array' and octet_length(variables::text) <= 100000),
  -- Everybody may read the draft as it is at any moment. To show what does not change any more, publish it.
  is_public boolean not null default false,
  -- Labels that only a version may carry whose test cases have all passed.
  gated_labels text[] not null default '{}',
  -- The published template that it was made from; that one may be gone by now.
  source_template_id uuid,
  metadata jsonb not null default '{}' check (octet_length(metadata::text) <= 16384),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  deleted_at timestamptz,
  unique (id, tenant_id)
);
create index prompts_user_id_idx on prompts (user_id, created_at desc);
create index prompts_tenant_id_idx on prompts (tenant_id, created_at desc);
create index prompts_is_public_idx on prompts (created_at desc) where is_public;
create index prompts_deleted_at_idx on prompts (deleted_at) where deleted_at is not null;

-- Never changed once written. What is not given is taken from the draft as it stands.
create table prompt_versions (
  id uuid primary key default gen_random_uuid(),
  prompt_id uuid not null,
  user_id uuid not null default auth.uid() references user_profiles (id) on delete cascade,
  organization_id uuid,
  tenant_id uuid generated always as (coalesce(organization_id, user_id)) stored,
  version integer not null check (version > 0),
  title text not null,
  goal text not null,
  system_prompt text not null,
  user_template text not null,
  assistant_template text not null,
  variables jsonb not null check (jsonb_typeof(variables) = 'array'),
  -- The prompt's questions at that moment.
  questions jsonb not null check (jsonb_typeof(questions) = 'array'),
  note text check (char_length(note) <= 2000),
  metadata jsonb not null default '{}' check (octet_length(metadata::text) <= 16384),
  -- Whether a published template shows it: kept by trigger.
  is_published boolean not null default false,
  created_at timestamptz not null default now(),
  unique (prompt_id, version),
  unique (prompt_id, id),
  foreign key (prompt_id, tenant_id) references prompts (id, tenant_id) on delete cascade
);
create index prompt_versions_tenant_idx on prompt_versions (prompt_id, tenant_id);
create index prompt_versions_user_id_idx on prompt_versions (user_id);
create index prompt_versions_tenant_id_idx on prompt_versions (tenant_id);
create index prompt_versions_is_published_idx on prompt_versions (id) where is_published;

-- Names that move from version to version, such as `production`.
create table prompt_labels (
  prompt_id uuid not null,
  label text not null check (label ~ '^[a-z0-9][a-z0-9_.-]{0,62}$'),
  version_id uuid not null,
  user_id uuid not null default auth.uid() references user_profiles (id) on delete cascade,
  organization_id uuid,
  tenant_id uuid generated always as (coalesce(organization_id, user_id)) stored,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (prompt_id, label),
  foreign key (prompt_id, tenant_id) references prompts (id, tenant_id) on delete cascade,
  foreign key (prompt_id, version_id) references prompt_versions (prompt_id, id) on delete cascade
);
create index prompt_labels_tenant_idx on prompt_labels (prompt_id, tenant_id);
create index prompt_labels_version_idx on prompt_labels (prompt_id, version_id);
create index prompt_labels_user_id_idx on prompt_labels (user_id);
create index prompt_labels_tenant_id_idx on prompt_labels (tenant_id);

-- What to ask before the template can be written or filled in.
create table prompt_questions (
  id uuid primary key default gen_random_uuid(),
  prompt_id uuid not null,
  user_id uuid not null default auth.uid() references user_profiles (id) on delete cascade,
  organization_id uuid,
  tenant_id uuid generated always as (coalesce(organization_id, user_id)) stored,
  -- Its name inside the prompt: answers and conditions say it.
  question_id text not null check (char_length(question_id) between 1 and 100),
  question_text text not null check (char_length(question_text) between 1 and 2000),
  help text check (char_length(help) <= 2000),
  kind text not null default 'text' check (kind in ('text', 'long_text', 'number', 'boolean', 'choice', 'choices', 'date')),
  -- What can be chosen, for the two kinds of choice.
  options jsonb not null default '[]' check (jsonb_typeof(options) = 'array' and octet_length(options::text) <= 16384),
  required boolean not null default true,
  default_answer text check (char_length(default_answer) <= 20000),
  position integer not null default 0,
  -- Asked only when an earlier answer fits: { "question_id", "operator", "value" }.
  condition jsonb check (
    condition is null
    or (
      jsonb_typeof(condition) = 'object'
      and condition ? 'question_id'
      and coalesce(condition ->> 'operator', 'equals') in ('equals', 'not_equals', 'contains', 'answered')
    )
  ),
  metadata jsonb not null default '{}' check (octet_length(metadata::text) <= 16384),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  check (kind not in ('choice', 'choices') or jsonb_array_length(options) > 0),
  unique (prompt_id, question_id),
  foreign key (prompt_id, tenant_id) references prompts (id, tenant_id) on delete cascade
);
create index prompt_questions_tenant_idx on prompt_questions (prompt_id, tenant_id);
create index prompt_questions_user_id_idx on prompt_questions (user_id);
create index prompt_questions_tenant_id_idx on prompt_questions (tenant_id);

create table prompt_answers (
  id uuid primary key default gen_random_uuid(),
  prompt_id uuid not null,
  version_id uuid,
  user_id uuid not null default auth.uid() references user_profiles (id) on delete cascade,
  organization_id uuid,
  tenant_id uuid generated always as (coalesce(organization_id, user_id)) stored,
  question_id text not null check (char_length(question_id) between 1 and 100),
  -- As it was asked: the question may have changed since.
  question_text text not null check (char_length(question_text) <= 2000),
  answer text not null check (char_length(answer) <= 20000),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  foreign key (prompt_id, tenant_id) references prompts (id, tenant_id) on delete cascade,
  foreign key (prompt_id, version_id) references prompt_versions (prompt_id, id) on delete set null (version_id)
);
create index prompt_answers_tenant_idx on prompt_answers (prompt_id, tenant_id);
create index prompt_answers_version_idx on prompt_answers (prompt_id, version_id) where version_id is not null;
-- What somebody answered to a question of that name before.
create index prompt_answers_user_id_idx on prompt_answers (user_id, question_id, created_at desc);
create index prompt_answers_tenant_id_idx on prompt_answers (tenant_id);

create table test_cases (
  id uuid primary key default gen_random_uuid(),
  prompt_id uuid not null,
  user_id uuid not null default auth.uid() references user_profiles (id) on delete cascade,
  organization_id uuid,
  tenant_id uuid generated always as (coalesce(organization_id, user_id)) stored,
  name text not null check (char_length(name) between 1 and 200),
  variable_values jsonb not null default '{}' check (jsonb_typeof(variable_values) = 'object' and octet_length(variable_values::text) <= 200000),
  -- What must hold of the result: [{ "kind": "contains", "value": "…" }].
  expectations jsonb not null default '[]' check (jsonb_typeof(expectations) = 'array' and octet_length(expectations::text) <= 100000),
  -- The turn of a chat that it was made from; that one may be gone by now.
  source_message_id uuid,
  enabled boolean not null default true,
  position integer not null default 0,
  metadata jsonb not null default '{}' check (octet_length(metadata::text) <= 16384),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  unique (prompt_id, id),
  foreign key (prompt_id, tenant_id) references prompts (id, tenant_id) on delete cascade
);
create index test_cases_tenant_idx on test_cases (prompt_id, tenant_id);
create index test_cases_user_id_idx on test_cases (user_id);
create index test_cases_tenant_id_idx on test_cases (tenant_id);

-- One run of one version on one model. Written by the service that ran it: a release may depend on it.
create table test_results (
  id uuid primary key default gen_random_uuid(),
  prompt_id uuid not null,
  version_id uuid,
  test_case_id uuid,
  user_id uuid not null default auth.uid() references user_profiles (id) on delete cascade,
  organization_id uuid,
  tenant_id uuid generated always as (coalesce(organization_id, user_id)) stored,
  provider text,
  model text not null,
  temperature numeric(3, 2) not null check (temperature between 0 and 2),
  variable_values jsonb not null default '{}' check (jsonb_typeof(variable_values) = 'object'),
  resolved_prompt text not null,
  result text,
  passed boolean,
  score numeric(6, 5) check (score between 0 and 1),
  tokens_used bigint check (tokens_used >= 0),
  -- Null means that no price is known.
  cost_usd numeric(24, 15) check (cost_usd >= 0),
  response_time_ms integer check (response_time_ms >= 0),
  error_code text,
  metadata jsonb not null default '{}',
  created_at timestamptz not null default now(),
  foreign key (prompt_id, tenant_id) references prompts (id, tenant_id) on delete cascade,
  foreign key (prompt_id, version_id) references prompt_versions (prompt_id, id) on delete cascade,
  foreign key (prompt_id, test_case_id) references test_cases (prompt_id, id) on delete set null (test_case_id)
);
create index test_results_tenant_idx on test_results (prompt_id, tenant_id);
create index test_results_version_idx on test_results (prompt_id, version_id, created_at desc);
create index test_results_case_idx on test_results (prompt_id, test_case_id);
create index test_results_user_id_idx on test_results (user_id, created_at desc);
create index test_results_tenant_id_idx on test_results (tenant_id, created_at desc);
create index test_results_model_idx on test_results (model, created_at desc);

-- What everybody may read: a copy of one version. A later edit of the prompt changes nothing here.
create table prompt_templates (
  id uuid primary key default gen_random_uuid(),
  prompt_id uuid not null unique,
  version_id uuid not null,
  user_id uuid not null default auth.uid() references user_profiles (id) on delete cascade,
  organization_id uuid,
  tenant_id uuid generated always as (coalesce(organization_id, user_id)) stored,
  category text check (char_length(category) between 1 and 100),
  tags text[] not null default '{}' check (cardinality(tags) <= 20 and octet_length(tags::text) <= 2000),
  is_published boolean not null default true,
  -- Copied from the version by trigger.
  title text not null,
  goal text not null,
  template text not null,
  system_prompt text not null,
  assistant_template text not null,
  variables jsonb not null,
  questions jsonb not null,
  search tsvector not null,
  -- Counted by trigger and function.
  likes_count integer not null default 0 check (likes_count >= 0),
  uses_count integer not null default 0 check (uses_count >= 0),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  foreign key (prompt_id, tenant_id) references prompts (id, tenant_id) on delete cascade,
  foreign key (prompt_id, version_id) references prompt_versions (prompt_id, id) on delete cascade
);
create index prompt_templates_tenant_idx on prompt_templates (prompt_id, tenant_id);
create index prompt_templates_version_idx on prompt_templates (prompt_id, version_id);
create index prompt_templates_user_id_idx on prompt_templates (user_id);
create index prompt_templates_tenant_id_idx on prompt_templates (tenant_id);
create index prompt_templates_popular_idx on prompt_templates (likes_count desc, uses_count desc, id) where is_published;
create index prompt_templates_category_idx on prompt_templates (category, likes_count desc, uses_count desc, id) where is_published;
create index prompt_templates_uses_idx on prompt_templates (uses_count desc, id) where is_published;
create index prompt_templates_search_idx on prompt_templates using gin (search) where is_published;

create table template_likes (
  template_id uuid not null references prompt_templates (id) on delete cascade,
  user_id uuid not null default auth.uid() references user_profiles (id) on delete cascade,
  created_at timestamptz not null default now(),
  primary key (template_id, user_id)
);
create index template_likes_user_id_idx on template_likes (user_id);

create table user_favorites (
  user_id uuid not null default auth.uid() references user_profiles (id) on delete cascade,
  template_id uuid not null references prompt_templates (id) on delete cascade,
  created_at timestamptz not null default now(),
  primary key (user_id, template_id)
);
create index user_favorites_template_id_idx on user_favorites (template_id);
