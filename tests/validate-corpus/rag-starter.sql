-- A starter for questions about one's own documents, with what such starters usually get wrong.
-- finds: vectors-model-unrecorded public.documents.embedding
-- finds: vectors-filter-without-gin public.documents.metadata
-- finds: vectors-ivfflat-empty index public.documents_embedding_idx
-- finds: vectors-unindexable-order public.match_documents
-- finds: vectors-dimension-mismatch public.match_documents_by_question
-- finds: vectors-operator-class public.match_documents_by_question
-- finds: vectors-hidden-threshold public.match_documents_by_question
-- finds: tenancy-definer-unfiltered public.documents_of
create extension if not exists vector with schema extensions;

create table documents (
  id bigint generated always as identity primary key,
  user_id uuid not null references auth.users (id) on delete cascade,
  content text not null,
  metadata jsonb not null default '{}',
  embedding vector(1536),
  created_at timestamptz not null default now()
);
create index documents_user_id_idx on documents (user_id);
create index documents_embedding_idx on documents using ivfflat (embedding vector_cosine_ops) with (lists = 100);

alter table documents enable row level security;
create policy "own documents" on documents
  for all to authenticated using ((select auth.uid()) = user_id) with check ((select auth.uid()) = user_id);

create function match_documents(query_embedding vector(1536), match_count int default 5, filter jsonb default '{}')
returns table (id bigint, content text, metadata jsonb, similarity float)
language sql
stable
as $$
  select d.id, d.content, d.metadata, 1 - (d.embedding <=> query_embedding) as similarity
  from documents as d
  where d.metadata @> filter
  order by similarity desc
  limit match_count
$$;

create function match_documents_by_question(query_embedding vector(768), match_count int default 5)
returns setof documents
language plpgsql
stable
as $$
begin
  return query
  select *
  from documents
  where (documents.embedding <-> query_embedding) < 0.8
  order by documents.embedding <-> query_embedding
  limit match_count;
end
$$;

create function documents_of(owner uuid)
returns setof documents
language sql
stable
security definer
set search_path = ''
as $$ select * from public.documents where user_id = owner $$;
