-- needs: foundation, user-management
-- Documents, their pages, and the passages that are searched. Offsets count code points into the stored page text, so
-- that substring(page text from start_offset + 1 for end_offset - start_offset) is the passage.

create table file_type_configs (
  mime_type text primary key,
  name text not null,
  extensions text[] not null,
  enabled boolean not null default true,
  max_file_size bigint not null check (max_file_size > 0),
  max_pages integer not null check (max_pages > 0),
  -- What whoever processes such files is to do beyond these limits, e.g. { "chunk_size": 800, "ocr": true }. The server's
  -- own reader needs none.
  processing_rules jsonb not null default '{}' check (jsonb_typeof(processing_rules) = 'object'),
  metadata jsonb not null default '{}',
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);

create table document_collections (
  id uuid primary key default gen_random_uuid(),
  user_id uuid not null default auth.uid() references user_profiles (id) on delete cascade,
  organization_id uuid,
  tenant_id uuid generated always as (coalesce(organization_id, user_id)) stored,
  name text not null check (char_length(name) between 1 and 200),
  description text check (char_length(description) <= 2000),
  metadata jsonb not null default '{}' check (octet_length(metadata::text) <= 16384),
  created_by uuid default auth.uid(),
  updated_by uuid,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  deleted_at timestamptz
);
create unique index document_collections_name_key on document_collections (user_id, lower(name)) where deleted_at is null;
create index document_collections_user_id_idx on document_collections (user_id);
create index document_collections_tenant_id_idx on document_collections (tenant_id);
create index document_collections_deleted_at_idx on document_collections (deleted_at) where deleted_at is not null;

create table documents (
  id uuid primary key default gen_random_uuid(),
  user_id uuid not null default auth.uid() references user_profiles (id) on delete cascade,
  organization_id uuid,
  tenant_id uuid generated always as (coalesce(organization_id, user_id)) stored,
  collection_id uuid references document_collections (id) on delete set null,
  conversation_id uuid,
  original_name text not null check (char_length(original_name) between 1 and 255),
  -- A name in bucket `documents`: <user id>/<random>/<safe name>.
  storage_path text not null,
  mime_type text not null,
  file_size bigint not null check (file_size >= 0),
  processing_status text not null default 'pending'
    check (processing_status in ('pending', 'processing', 'completed', 'failed')),
  -- A code of the error table while the status is failed.
  error text,
  progress_done integer,
  progress_total integer,
  progress_unit text check (progress_unit in ('page', 'passage')),
  -- Whoever works on a document raises `attempt` and keeps `heartbeat_at` fresh; a stale one is taken over.
  attempt integer not null default 0,
  heartbeat_at timestamptz,
  language text not null default 'english',
  page_count integer check (page_count >= 0),
  chunk_count integer not null default 0 check (chunk_count >= 0),
  metadata jsonb not null default '{}' check (octet_length(metadata::text) <= 16384),
  created_by uuid default auth.uid(),
  updated_by uuid,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  -- In the trash since, and to be purged from then on.
  deleted_at timestamptz,
  purge_after timestamptz,
  check ((deleted_at is null) = (purge_after is null))
);
create index documents_list_idx on documents (user_id, created_at desc, id desc);
create index documents_collection_id_idx on documents (collection_id);
create index documents_conversation_id_idx on documents (conversation_id);
create index documents_tenant_id_idx on documents (tenant_id);
create index documents_unfinished_idx on documents (created_at) where processing_status in ('pending', 'processing');
-- Documents whose passages are there but not to be found: search asks whether a tenant has any.
create index documents_hidden_idx on documents (tenant_id)
  where chunk_count > 0 and (deleted_at is not null or processing_status <> 'completed');
create index documents_storage_path_idx on documents (storage_path);
create index documents_purge_after_idx on documents (purge_after) where purge_after is not null;

-- One row a page. Formats without pages are cut at paragraph borders; their page_number is null.
create table document_pages (
  document_id uuid not null references documents (id) on delete cascade,
  page_index integer not null check (page_index >= 0),
  page_number integer check (page_number > 0),
  user_id uuid not null references user_profiles (id) on delete cascade,
  organization_id uuid,
  tenant_id uuid generated always as (coalesce(organization_id, user_id)) stored,
  content text not null,
  created_at timestamptz not null default now(),
  primary key (document_id, page_index)
);
create index document_pages_user_id_idx on document_pages (user_id);
create index document_pages_tenant_id_idx on document_pages (tenant_id, document_id);

-- A passage. Never changed: a document that is read again gets new ones.
create table document_chunks (
  id uuid primary key default gen_random_uuid(),
  document_id uuid not null references documents (id) on delete cascade,
  file_id uuid generated always as (document_id) stored,
  user_id uuid not null references user_profiles (id) on delete cascade,
  organization_id uuid,
  tenant_id uuid generated always as (coalesce(organization_id, user_id)) stored,
  chunk_index integer not null check (chunk_index >= 0),
  page_index integer not null check (page_index >= 0),
  page_number integer,
  -- The headings above the passage, outermost first, joined by ' › '.
  heading text,
  start_offset integer not null check (start_offset >= 0),
  end_offset integer not null check (end_offset > start_offset),
  content text not null,
  -- The name of the text search configuration that its terms were made with.
  language text not null default 'english',
  metadata jsonb not null default '{}',
  created_at timestamptz not null default now(),
  unique (document_id, chunk_index)
);
create index document_chunks_user_id_idx on document_chunks (user_id);
create index document_chunks_tenant_id_idx on document_chunks (tenant_id, document_id);

-- The inverted index of BM25: how much a lexeme weighs in a passage. Written by triggers of document_chunks alone, so it
-- has no foreign key, which would look up the passage again for each of its sixty terms.
create table chunk_terms (
  tenant_id uuid not null,
  lexeme text collate "C" not null,
  chunk_id uuid not null,
  weight real not null,
  frequency smallint not null,
  -- The scan of a question reads this index only.
  primary key (tenant_id, lexeme, chunk_id) include (weight)
);
create index chunk_terms_chunk_id_idx on chunk_terms (chunk_id);

-- In how many passages of a tenant a lexeme stands. Per tenant, so that nobody's vocabulary shows in another's ranking.
create table term_statistics (
  tenant_id uuid not null,
  lexeme text collate "C" not null,
  chunk_count integer not null,
  primary key (tenant_id, lexeme)
);

-- How many passages a tenant has in a language, and how many terms they have together.
create table chunk_statistics (
  tenant_id uuid not null,
  language text not null,
  chunk_count bigint not null,
  term_count bigint not null default 0,
  primary key (tenant_id, language)
);

-- What was asked and what was found. Partitioned by month: retention drops a partition instead of deleting rows.
create table retrieval_logs (
  id uuid not null default gen_random_uuid(),
  created_at timestamptz not null default now(),
  user_id uuid not null references user_profiles (id) on delete cascade,
  organization_id uuid,
  tenant_id uuid generated always as (coalesce(organization_id, user_id)) stored,
  conversation_id uuid,
  question text not null,
  method text not null check (method in ('keyword', 'semantic', 'hybrid')),
  result_count integer not null,
  top_score real,
  chunk_ids uuid[] not null,
  duration_ms integer not null,
  metadata jsonb not null default '{}',
  primary key (created_at, id)
) partition by range (created_at);
create index retrieval_logs_user_id_idx on retrieval_logs (user_id, created_at desc);
create index retrieval_logs_tenant_id_idx on retrieval_logs (tenant_id, created_at desc);

-- Stored files that no row speaks of any more, for a job to remove: on Supabase bytes go through its storage service only.
create table file_deletions (
  bucket_id text not null,
  name text not null,
  reason text not null default 'orphaned' check (char_length(reason) between 1 and 100),
  attempts integer not null default 0,
  last_error text,
  created_at timestamptz not null default now(),
  primary key (bucket_id, name)
);

-- Where chat is installed, its rows point here: a purged document takes its passages out of answers' citations too.
do $$
begin
  if to_regclass('public.conversations') is not null then
    alter table public.documents add foreign key (conversation_id) references public.conversations (id) on delete set null;
    alter table public.message_citations add foreign key (document_id) references public.documents (id) on delete cascade;
    alter table public.conversation_collections
      add foreign key (collection_id) references public.document_collections (id) on delete cascade;
  end if;
end
$$;

insert into file_type_configs (mime_type, name, extensions, max_file_size, max_pages)
values
  ('application/pdf', 'PDF', '{pdf}', 52428800, 2000),
  ('application/vnd.openxmlformats-officedocument.wordprocessingml.document', 'Word', '{docx}', 52428800, 2000),
  ('text/html', 'HTML', '{html,htm,xhtml}', 52428800, 5000),
  ('text/markdown', 'Markdown', '{md,markdown,mdx}', 52428800, 5000),
  ('text/plain', 'Text', '{txt,text,log,csv,tsv,json,xml,yaml,yml,toml,ini,sql,js,ts,tsx,jsx,py,rb,go,rs,java,c,h,cpp,cs,php,sh,css}',
    52428800, 5000)
on conflict (mime_type) do nothing;
