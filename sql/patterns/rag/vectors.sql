-- Search by meaning in documents: one row a passage and model, so that a new model is built beside the old one.
-- Exact search inside the tenant on purpose: an approximate index beside a tenant filter returned 1.7 of 10 rows.
create table chunk_embeddings (
  chunk_id uuid not null references document_chunks (id) on delete cascade,
  model text not null default loam.active_embedding_model() check (char_length(model) between 1 and 200),
  user_id uuid not null references user_profiles (id) on delete cascade,
  organization_id uuid,
  tenant_id uuid generated always as (coalesce(organization_id, user_id)) stored,
  dimensions integer not null default /*=dimension*/ 1536 check (dimensions > 0),
  -- Any dimension, because models differ in it: exact search on purpose, or by an index of the model in use.
  embedding /*=type*/ extensions.vector not null check (extensions.vector_dims(embedding) = dimensions),
  created_at timestamptz not null default now(),
  primary key (chunk_id, model)
);
comment on column chunk_embeddings.embedding is 'Searched exactly inside the tenant; an index, where there is one, is of one model.';
create index chunk_embeddings_user_id_idx on chunk_embeddings (user_id);
create index chunk_embeddings_tenant_id_idx on chunk_embeddings (tenant_id, model);
alter table chunk_embeddings enable row level security;
create policy "people read embeddings of their own passages" on chunk_embeddings
  for select to authenticated using (user_id = (select auth.uid()));
create policy "ingest writes embeddings" on chunk_embeddings
  for all to loam_ingest using (true) with check (true);
grant select on chunk_embeddings to authenticated;
grant select (chunk_id, model), insert, delete on chunk_embeddings to loam_ingest;

-- if index = hnsw
--| -- Of one model: another's may have another dimension.
--| create index chunk_embeddings_nearest_idx on chunk_embeddings
--|   using hnsw ((embedding::/*=type*/ extensions.vector(/*=dimension*/ 1536)) /*=operators*/ extensions.vector_cosine_ops)
--|   where model = /*=model*/ 'openai/text-embedding-3-small';
-- end if
-- if index = ivfflat
--| -- ivfflat learns its lists from the rows that are there, so that on an empty table it would learn nothing. Called once
--| -- there are rows, and again when they have become many more; takes a lock that stops writing meanwhile.
--| create or replace function loam.build_chunk_index()
--| returns void
--| language plpgsql
--| security definer
--| set search_path = ''
--| as $$
--| declare
--|   held bigint := (select count(*) from public.chunk_embeddings where model = /*=model*/ 'openai/text-embedding-3-small');
--| begin
--|   drop index if exists public.chunk_embeddings_nearest_idx;
--|   if held > 0 then
--|     execute format(
--|       'create index chunk_embeddings_nearest_idx on public.chunk_embeddings '
--|       'using ivfflat ((embedding::/*=type*/ extensions.vector(/*=dimension*/ 1536)) /*=operators*/ extensions.vector_cosine_ops) '
--|       'with (lists = %s) where model = %L',
--|       greatest(1, least(sqrt(held), held / 1000.0))::integer, /*=model*/ 'openai/text-embedding-3-small'
--|     );
--|   end if;
--| end
--| $$;
--| revoke execute on function loam.build_chunk_index() from public;
--| grant execute on function loam.build_chunk_index() to loam_maintenance;
-- end if

-- Passages nearest in meaning. `user_id` must be the caller; with anybody else's the answer is empty. Without a threshold
-- (least similarity, -1 to 1) "limit" rows come back whenever there are as many. `model` is the one in use unless said. It
-- was specified with an argument named limit, which SQL reads in quotes only.
-- if index = hnsw
--| -- loam-ignore: vectors-cast-missing: what sorts without the cast compares all of a tenant's rows exactly, on purpose
-- end if
create or replace function search_similar_chunks(
  embedding /*=type*/ extensions.vector,
  user_id uuid,
  threshold float8 default null,
  "limit" integer default 10,
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
language plpgsql
stable
set search_path = ''
as $$
#variable_conflict use_column
declare
  tenants uuid[] := array(select loam.my_tenant_ids());
  wanted text := search_similar_chunks.model;
begin
  if search_similar_chunks.user_id is distinct from (select auth.uid()) then
    return;
  end if;
  wanted := coalesce(wanted, loam.active_embedding_model());
  -- Whoever never said which model is in use has embeddings of another: those are searched rather than none.
  if search_similar_chunks.model is null
    and not exists (select from public.chunk_embeddings as e where e.tenant_id = any (tenants) and e.model = wanted) then
    wanted := coalesce((select e.model from public.chunk_embeddings as e where e.tenant_id = any (tenants) limit 1), wanted);
  end if;

  -- if index = hnsw, ivfflat
  --| -- The index goes on until it has found as many; where it gives up, all of the tenant's are compared.
  --| if wanted = /*=model*/ 'openai/text-embedding-3-small'
  --|   and (
  --|     select count(*) > /*=exact*/ 20000
  --|     from (select from public.chunk_embeddings as e where e.tenant_id = any (tenants) and e.model = wanted limit /*=exact*/ 20000 + 1) as few
  --|   ) then
  --|   perform set_config('hnsw.iterative_scan', 'strict_order', true), set_config('ivfflat.iterative_scan', 'relaxed_order', true);
  --|   declare
  --|     near uuid[] := array(
  --|       select e.chunk_id
  --|       from public.chunk_embeddings as e
  --|       join public.document_chunks as c on c.id = e.chunk_id
  --|       join public.documents as d on d.id = c.document_id
  --|       where
  --|         e.tenant_id = any (tenants)
  --|         and e.model = /*=model*/ 'openai/text-embedding-3-small'
  --|         and d.deleted_at is null
  --|         and d.processing_status = 'completed'
  --|       order by
  --|         e.embedding::/*=type*/ extensions.vector(/*=dimension*/ 1536)
  --|         operator(extensions.<=>) search_similar_chunks.embedding::/*=type*/ extensions.vector(/*=dimension*/ 1536)
  --|       limit "limit"
  --|     );
  --|   begin
  --|     if cardinality(near) = "limit" then
  --|       return query
  --|         select c.id, c.document_id, c.file_id, c.content, c.chunk_index, c.page_number, c.heading, c.metadata,
  --|           1 - (e.embedding operator(extensions.<=>) search_similar_chunks.embedding) as similarity
  --|         from public.chunk_embeddings as e
  --|         join public.document_chunks as c on c.id = e.chunk_id
  --|         where
  --|           e.chunk_id = any (near)
  --|           and e.model = wanted
  --|           and (
  --|             threshold is null
  --|             or 1 - (e.embedding operator(extensions.<=>) search_similar_chunks.embedding) >= threshold
  --|           )
  --|         order by similarity desc, c.id
  --|         limit "limit";
  --|       return;
  --|     end if;
  --|   end;
  --| end if;

  -- end if
  -- The tenant's vectors are taken first and sorted exactly, so that no filter can starve the result.
  return query
    with mine as materialized (
      select e.chunk_id, 1 - (e.embedding operator(extensions.<=>) search_similar_chunks.embedding) as similarity
      from public.chunk_embeddings as e
      where
        e.tenant_id = any (tenants)
        and e.model = wanted
        and e.dimensions = extensions.vector_dims(search_similar_chunks.embedding)
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
    limit "limit";
end
$$;
revoke execute on function search_similar_chunks(/*=type*/ extensions.vector, uuid, float8, integer, text) from public;
grant execute on function search_similar_chunks(/*=type*/ extensions.vector, uuid, float8, integer, text) to authenticated;

-- `document_chunks.embedding`: of the model in use, under the caller's rights; null where there is none yet.
create or replace function embedding(document_chunks)
returns /*=type*/ extensions.vector
language sql
stable
set search_path = ''
as $$
  select e.embedding
  from public.chunk_embeddings as e
  where e.chunk_id = $1.id and e.model = (select loam.active_embedding_model())
$$;
revoke execute on function embedding(document_chunks) from public;
grant execute on function embedding(document_chunks) to authenticated;

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
