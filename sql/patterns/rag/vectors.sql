-- Search by meaning in documents: one row a passage and model, so that a new model is built beside the old one.
-- Exact search inside the tenant on purpose: an approximate index beside a tenant filter returned 1.7 of 10 rows.
create table chunk_embeddings (
  chunk_id uuid not null references document_chunks (id) on delete cascade,
  model text not null,
  user_id uuid not null references user_profiles (id) on delete cascade,
  organization_id uuid,
  tenant_id uuid generated always as (coalesce(organization_id, user_id)) stored,
  dimensions integer not null check (dimensions > 0),
  -- Any dimension; searched exactly unless an expression index for one model says otherwise.
  embedding extensions.vector not null check (extensions.vector_dims(embedding) = dimensions),
  created_at timestamptz not null default now(),
  primary key (chunk_id, model)
);
create index chunk_embeddings_user_id_idx on chunk_embeddings (user_id);
create index chunk_embeddings_tenant_id_idx on chunk_embeddings (tenant_id, model);
alter table chunk_embeddings enable row level security;
create policy "people read embeddings of their own passages" on chunk_embeddings
  for select to authenticated using (user_id = (select auth.uid()));
create policy "ingest writes embeddings" on chunk_embeddings
  for all to loam_ingest using (true) with check (true);
grant select on chunk_embeddings to authenticated;
grant select (chunk_id, model), insert, delete on chunk_embeddings to loam_ingest;

-- Passages nearest in meaning. `user_id` must be the caller's own: with anybody else's the answer is empty. Without a
-- threshold `match_count` rows come back whenever there are as many. `model` may be null where only one is in use.
-- The tenant's vectors are taken first and sorted exactly, so that the filter cannot starve the result.
create or replace function search_similar_chunks(
  embedding extensions.vector,
  user_id uuid,
  threshold float8 default null,
  match_count integer default 10,
  model text default null
)
returns table (
  id uuid,
  document_id uuid,
  file_id uuid,
  content text,
  chunk_index integer,
  page_number integer,
  heading text,
  metadata jsonb,
  similarity float8
)
language sql
stable
set search_path = ''
as $$
  with mine as materialized (
    select e.chunk_id, 1 - (e.embedding operator(extensions.<=>) search_similar_chunks.embedding) as similarity
    from public.chunk_embeddings as e
    where
      e.tenant_id = (select auth.uid())
      and search_similar_chunks.user_id = (select auth.uid())
      and e.dimensions = extensions.vector_dims(search_similar_chunks.embedding)
      and (search_similar_chunks.model is null or e.model = search_similar_chunks.model)
  )
  select c.id, c.document_id, c.file_id, c.content, c.chunk_index, c.page_number, c.heading, c.metadata, mine.similarity
  from mine
  join public.document_chunks as c on c.id = mine.chunk_id
  join public.documents as d on d.id = c.document_id
  where
    d.deleted_at is null
    and d.processing_status = 'completed'
    and (threshold is null or mine.similarity >= threshold)
  order by mine.similarity desc, c.id
  limit match_count
$$;
revoke execute on function search_similar_chunks(extensions.vector, uuid, float8, integer, text) from public;
grant execute on function search_similar_chunks(extensions.vector, uuid, float8, integer, text) to authenticated;

-- The name that some applications read. Under the caller's rights.
create or replace view document_embeddings
with (security_invoker = true)
as
select
  e.chunk_id as id,
  c.document_id,
  e.embedding,
  e.model,
  c.chunk_index,
  c.content as chunk_content
from chunk_embeddings as e
join document_chunks as c on c.id = e.chunk_id;
grant select on document_embeddings to authenticated;
