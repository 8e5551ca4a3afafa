-- A chat whose messages are searched by meaning; each person sees his own. The approximate search is starved by the policy,
-- and a profile says itself what it has paid for.
-- finds: vectors-fewer-rows public.recall
-- finds: tenancy-power-column public.profiles.plan
-- finds: tenancy-power-column public.profiles.message_credits
-- finds: tenancy-soft-delete-unique public.chats constraint "chats_user_id_title_key"
-- finds: tenancy-usage-idempotency public.token_usage
create extension if not exists vector with schema extensions;

create table profiles (
  id uuid primary key references auth.users (id) on delete cascade,
  display_name text,
  plan text not null default 'free',
  message_credits bigint not null default 20
);
alter table profiles enable row level security;
create policy "people read their profile" on profiles for select to authenticated using (id = (select auth.uid()));
create policy "people change their profile" on profiles for update to authenticated using (id = (select auth.uid()));

create table chats (
  id uuid primary key default gen_random_uuid(),
  user_id uuid not null references profiles (id) on delete cascade,
  title text not null,
  deleted_at timestamptz,
  constraint chats_user_id_title_key unique (user_id, title)
);
alter table chats enable row level security;
create policy "own chats" on chats for all to authenticated using (user_id = (select auth.uid()));

create table messages (
  id uuid primary key default gen_random_uuid(),
  chat_id uuid not null references chats (id) on delete cascade,
  role text not null check (role in ('user', 'assistant')),
  content text not null,
  embedding vector(384),
  embedding_model text not null default 'all-MiniLM-L6-v2',
  created_at timestamptz not null default now()
);
create index messages_chat_id_idx on messages (chat_id);
create index messages_embedding_idx on messages using hnsw (embedding vector_cosine_ops);
alter table messages enable row level security;
create policy "messages of one's own chats" on messages
  for all to authenticated
  using (exists (select from chats where chats.id = messages.chat_id and chats.user_id = (select auth.uid())));

create function recall(question vector(384), how_many int)
returns setof messages
language sql
stable
as $$ select * from messages order by embedding <=> question limit how_many $$;

create function recall_all(question vector(384), how_many int)
returns setof messages
language sql
stable
set hnsw.iterative_scan = 'strict_order'
as $$ select * from public.messages order by embedding operator(extensions.<=>) question limit how_many $$;

create table token_usage (
  id uuid primary key default gen_random_uuid(),
  user_id uuid not null references profiles (id) on delete cascade,
  input_tokens bigint not null,
  created_at timestamptz not null default now()
);
create index token_usage_user_id_idx on token_usage (user_id);
alter table token_usage enable row level security;
create policy "own usage" on token_usage for select to authenticated using (user_id = (select auth.uid()));
