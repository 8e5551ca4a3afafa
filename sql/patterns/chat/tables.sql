-- needs: foundation, user-management
-- Conversations as trees of messages. Order is (created_at, seq); parent_id is the tree, reply_to_id a quotation.

create table conversations (
  id uuid primary key default gen_random_uuid(),
  user_id uuid not null references user_profiles (id) on delete cascade,
  organization_id uuid,
  tenant_id uuid generated always as (coalesce(organization_id, user_id)) stored,
  title text check (char_length(title) <= 500),
  model_provider text,
  model_name text,
  temperature numeric(3, 2) check (temperature between 0 and 2),
  max_tokens integer check (max_tokens > 0),
  system_prompt text check (char_length(system_prompt) <= 100000),
  document_chat boolean not null default true,
  image_generation boolean not null default false,
  web_search boolean not null default false,
  message_count integer not null default 0,
  total_tokens_used bigint not null default 0,
  total_cost_usd numeric(20, 10) not null default 0,
  pinned boolean not null default false,
  archived boolean not null default false,
  metadata jsonb not null default '{}',
  last_message_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  deleted_at timestamptz
);
create index conversations_user_id_idx on conversations (user_id, created_at desc);
create index conversations_recent_idx
  on conversations (user_id, coalesce(last_message_at, created_at) desc, id desc)
  where deleted_at is null;
create index conversations_tenant_id_idx on conversations (tenant_id);
create index conversations_deleted_at_idx on conversations (deleted_at) where deleted_at is not null;

create table conversation_participants (
  conversation_id uuid not null references conversations (id) on delete cascade,
  user_id uuid not null references user_profiles (id) on delete cascade,
  role text not null default 'member' check (role in ('owner', 'member')),
  -- True once somebody besides the owner takes part: kept by trigger, so that policies look at few rows.
  shared boolean not null default false,
  active_message_id uuid,
  last_read_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (conversation_id, user_id)
);
create index conversation_participants_user_id_idx on conversation_participants (user_id);
create index conversation_participants_shared_idx on conversation_participants (user_id, conversation_id) where shared;

create table messages (
  id uuid primary key default gen_random_uuid(),
  conversation_id uuid not null references conversations (id) on delete cascade,
  -- Who wrote it; of an answer, who asked.
  user_id uuid not null references user_profiles (id) on delete cascade,
  -- The conversation's, kept by trigger: policies look at the tenant alone, whoever wrote the message.
  owner_id uuid not null default auth.uid(),
  organization_id uuid,
  tenant_id uuid generated always as (coalesce(organization_id, owner_id)) stored,
  parent_id uuid,
  reply_to_id uuid,
  seq bigint generated always as identity,
  role text not null check (role in ('user', 'assistant', 'system', 'tool')),
  content text not null default '' check (octet_length(content) <= 2000000),
  reasoning text,
  provider text,
  model text,
  model_used text,
  tokens_used bigint generated always as (coalesce(input_tokens, 0) + coalesce(output_tokens, 0)) stored,
  input_tokens bigint,
  output_tokens bigint,
  cost_usd numeric(20, 10),
  tool_calls jsonb not null default '[]',
  attachments jsonb not null default '[]',
  status text not null default 'completed' check (status in ('pending', 'streaming', 'completed', 'stopped', 'failed')),
  error jsonb,
  metadata jsonb not null default '{}',
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  deleted_at timestamptz,
  content_search tsvector generated always as (to_tsvector('simple', loam.parseable(left(content, 100000)))) stored,
  unique (conversation_id, id),
  -- Branches and quotations stay inside their conversation.
  foreign key (conversation_id, parent_id) references messages (conversation_id, id) on delete cascade,
  foreign key (conversation_id, reply_to_id) references messages (conversation_id, id) on delete set null (reply_to_id)
);
create index messages_conversation_id_idx on messages (conversation_id, created_at, seq);
create index messages_parent_id_idx on messages (conversation_id, parent_id, created_at, seq);
create index messages_reply_to_id_idx on messages (conversation_id, reply_to_id) where reply_to_id is not null;
create index messages_user_id_idx on messages (user_id, created_at desc);
create index messages_tenant_id_idx on messages (tenant_id, conversation_id);
create index messages_unfinished_idx on messages (created_at) where status in ('pending', 'streaming');
alter table conversation_participants
  add foreign key (conversation_id, active_message_id) references messages (conversation_id, id)
  on delete set null (active_message_id);
create index conversation_participants_active_idx on conversation_participants (conversation_id, active_message_id);

-- Messages of conversations that were put away, as they were, with what hung on them. restore_archived_messages() takes
-- them back.
create table messages_archive (
  id uuid primary key,
  conversation_id uuid not null references conversations (id) on delete cascade,
  user_id uuid not null references user_profiles (id) on delete cascade,
  owner_id uuid not null,
  organization_id uuid,
  tenant_id uuid generated always as (coalesce(organization_id, owner_id)) stored,
  parent_id uuid,
  reply_to_id uuid,
  seq bigint not null,
  role text not null check (role in ('user', 'assistant', 'system', 'tool')),
  content text not null,
  reasoning text,
  provider text,
  model text,
  model_used text,
  tokens_used bigint generated always as (coalesce(input_tokens, 0) + coalesce(output_tokens, 0)) stored,
  input_tokens bigint,
  output_tokens bigint,
  cost_usd numeric(20, 10),
  tool_calls jsonb not null default '[]',
  attachments jsonb not null default '[]',
  status text not null check (status in ('completed', 'stopped', 'failed')),
  error jsonb,
  metadata jsonb not null default '{}',
  -- Rows of message_citations, message_reactions and message_feedback.
  citations jsonb not null default '[]',
  reactions jsonb not null default '[]',
  feedback jsonb not null default '[]',
  created_at timestamptz not null,
  updated_at timestamptz not null,
  deleted_at timestamptz,
  archived_at timestamptz not null default now()
);
create index messages_archive_conversation_id_idx on messages_archive (conversation_id, created_at, seq);
create index messages_archive_user_id_idx on messages_archive (user_id);
create index messages_archive_tenant_id_idx on messages_archive (tenant_id, conversation_id);

-- Which process is making an answer. A lease that is not renewed means that the process died.
create table answer_leases (
  message_id uuid primary key references messages (id) on delete cascade,
  user_id uuid not null references user_profiles (id) on delete cascade,
  owner_id uuid not null,
  heartbeat_at timestamptz not null default now(),
  stop_requested_at timestamptz
);
create index answer_leases_heartbeat_at_idx on answer_leases (heartbeat_at);
create index answer_leases_user_id_idx on answer_leases (user_id);

-- What a running answer has said so far, in pieces of 50 to 100 ms; purged an hour after its end.
create table stream_chunks (
  message_id uuid not null references messages (id) on delete cascade,
  seq integer not null,
  user_id uuid not null references user_profiles (id) on delete cascade,
  -- The message's, kept by trigger.
  tenant_id uuid not null default auth.uid(),
  events jsonb not null,
  created_at timestamptz not null default now(),
  primary key (message_id, seq)
);
create index stream_chunks_created_at_idx on stream_chunks (created_at);
create index stream_chunks_user_id_idx on stream_chunks (user_id);
create index stream_chunks_tenant_id_idx on stream_chunks (tenant_id, message_id);

-- Where an answer's numbered marks point. `position` is the number in the text. Documents are in pattern rag, which adds
-- the foreign key: purging a document takes its passages out of here too.
create table message_citations (
  message_id uuid not null references messages (id) on delete cascade,
  position integer not null check (position > 0),
  user_id uuid not null references user_profiles (id) on delete cascade,
  -- The message's, kept by trigger.
  tenant_id uuid not null default auth.uid(),
  document_id uuid not null,
  chunk_id uuid,
  document_name text not null,
  page_index integer not null default 0 check (page_index >= 0),
  page_number integer,
  heading text,
  start_offset integer not null,
  end_offset integer not null check (end_offset >= start_offset),
  passage text not null,
  metadata jsonb not null default '{}',
  created_at timestamptz not null default now(),
  primary key (message_id, position)
);
create index message_citations_document_id_idx on message_citations (document_id);
create index message_citations_user_id_idx on message_citations (user_id);
create index message_citations_tenant_id_idx on message_citations (tenant_id, message_id);

create table conversation_collections (
  conversation_id uuid not null references conversations (id) on delete cascade,
  collection_id uuid not null,
  -- The conversation's, kept by trigger.
  tenant_id uuid not null default auth.uid(),
  created_at timestamptz not null default now(),
  primary key (conversation_id, collection_id)
);
create index conversation_collections_collection_id_idx on conversation_collections (collection_id);
create index conversation_collections_tenant_id_idx on conversation_collections (tenant_id, conversation_id);

create table message_reactions (
  message_id uuid not null references messages (id) on delete cascade,
  user_id uuid not null references user_profiles (id) on delete cascade,
  -- The message's, kept by trigger.
  tenant_id uuid not null default auth.uid(),
  reaction text not null check (char_length(reaction) between 1 and 32),
  created_at timestamptz not null default now(),
  primary key (message_id, user_id, reaction)
);
create index message_reactions_user_id_idx on message_reactions (user_id);
create index message_reactions_tenant_id_idx on message_reactions (tenant_id, message_id);

create table message_feedback (
  message_id uuid not null references messages (id) on delete cascade,
  user_id uuid not null references user_profiles (id) on delete cascade,
  rating text not null check (rating in ('up', 'down')),
  comment text check (char_length(comment) <= 2000),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (message_id, user_id)
);
create index message_feedback_user_id_idx on message_feedback (user_id);

create table typing_indicators (
  conversation_id uuid not null references conversations (id) on delete cascade,
  user_id uuid not null references user_profiles (id) on delete cascade,
  started_at timestamptz not null default now(),
  expires_at timestamptz not null default now() + interval '10 seconds',
  primary key (conversation_id, user_id)
);
create index typing_indicators_user_id_idx on typing_indicators (user_id);
create index typing_indicators_expires_at_idx on typing_indicators (expires_at);

create table system_prompt_templates (
  id uuid primary key default gen_random_uuid(),
  user_id uuid references user_profiles (id) on delete cascade,
  organization_id uuid,
  tenant_id uuid generated always as (coalesce(organization_id, user_id)) stored,
  name text not null check (char_length(name) between 1 and 200),
  description text,
  content text not null check (char_length(content) <= 100000),
  category text,
  is_public boolean not null default false,
  metadata jsonb not null default '{}',
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  deleted_at timestamptz
);
create index system_prompt_templates_user_id_idx on system_prompt_templates (user_id);
create index system_prompt_templates_public_idx on system_prompt_templates (category) where is_public;
create index system_prompt_templates_tenant_id_idx on system_prompt_templates (tenant_id);
