-- Answers to questions that mean the same: one row a cached answer and embedding model, compared exactly inside the tenant.
create table response_cache_embeddings (
  cache_id uuid not null references response_cache (id) on delete cascade,
  model text not null check (char_length(model) between 1 and 200),
  user_id uuid not null references user_profiles (id) on delete cascade,
  organization_id uuid,
  tenant_id uuid generated always as (coalesce(organization_id, user_id)) stored,
  dimensions integer not null check (dimensions > 0),
  -- Any dimension, because models differ in it: exact search on purpose.
  embedding extensions.vector not null check (extensions.vector_dims(embedding) = dimensions),
  created_at timestamptz not null default now(),
  primary key (cache_id, model)
);
comment on column response_cache_embeddings.embedding is 'Searched exactly inside the tenant: a cache is small, and a wrong hit is worse than none.';
create index response_cache_embeddings_user_id_idx on response_cache_embeddings (user_id);
create index response_cache_embeddings_tenant_id_idx on response_cache_embeddings (tenant_id, model);
alter table response_cache_embeddings enable row level security;
create policy "people see embeddings of their cached answers" on response_cache_embeddings
  for select to authenticated using (user_id = (select auth.uid()));
create policy "gateway keeps embeddings of cached answers" on response_cache_embeddings
  for all to loam_ledger using (true) with check (true);
grant select on response_cache_embeddings to authenticated;
grant select, insert, delete on response_cache_embeddings to loam_ledger;

-- The tenant's cached answer whose question is nearest, no further than `at_least` (1 is the same), by the same chat model.
create or replace function loam.find_cached_response(
  for_tenant uuid, chat_provider text, chat_model text, question extensions.vector, embedding_model text, at_least float8
)
returns table (id uuid, response jsonb, document_ids uuid[], similarity float8)
language sql
stable
set search_path = ''
as $$
  with near as materialized (
    select e.cache_id, 1 - (e.embedding operator(extensions.<=>) find_cached_response.question) as similarity
    from public.response_cache_embeddings as e
    where
      e.tenant_id = for_tenant
      and e.model = embedding_model
      and e.dimensions = extensions.vector_dims(find_cached_response.question)
  )
  select c.id, c.response, c.document_ids, near.similarity
  from near
  join public.response_cache as c on c.id = near.cache_id
  where
    near.similarity >= at_least
    and c.tenant_id = for_tenant and c.provider = chat_provider and c.model = chat_model and c.expires_at > now()
  order by near.similarity desc, c.id
  limit 1
$$;
revoke execute on function loam.find_cached_response(uuid, text, text, extensions.vector, text, float8) from public;
grant execute on function loam.find_cached_response(uuid, text, text, extensions.vector, text, float8) to loam_ledger;
