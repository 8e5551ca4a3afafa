-- Search by meaning in messages: one row a message and model, so that a new model is built beside the old one.
-- Exact search inside the tenant by default; see docs on indexing for when an approximate index pays.
create table message_embeddings (
  message_id uuid not null references messages (id) on delete cascade,
  model text not null default loam.active_embedding_model() check (char_length(model) between 1 and 200),
  user_id uuid not null references user_profiles (id) on delete cascade,
  organization_id uuid,
  tenant_id uuid generated always as (coalesce(organization_id, user_id)) stored,
  dimensions integer not null default /*=dimension*/ 1536 check (dimensions > 0),
  -- Any dimension, because models differ in it: exact search on purpose, or by an index of the model in use.
  embedding /*=type*/ extensions.vector not null check (extensions.vector_dims(embedding) = dimensions),
  created_at timestamptz not null default now(),
  primary key (message_id, model)
);
comment on column message_embeddings.embedding is 'Searched exactly inside the tenant; an index, where there is one, is of one model.';
create index message_embeddings_user_id_idx on message_embeddings (user_id);
create index message_embeddings_tenant_id_idx on message_embeddings (tenant_id, model);
alter table message_embeddings enable row level security;
create policy "people read embeddings of messages they may read" on message_embeddings
  for select to authenticated using (user_id = (select auth.uid()) or loam.may_read_message(message_id));
create policy "ingest writes embeddings" on message_embeddings
  for all to loam_ingest using (true) with check (true);
grant select on message_embeddings to authenticated;
grant select, insert, update, delete on message_embeddings to loam_ingest;

-- if index = hnsw
--| -- Of one model: another's may have another dimension.
--| create index message_embeddings_nearest_idx on message_embeddings
--|   using hnsw ((embedding::/*=type*/ extensions.vector(/*=dimension*/ 1536)) /*=operators*/ extensions.vector_cosine_ops)
--|   where model = /*=model*/ 'openai/text-embedding-3-small';
-- end if
-- if index = ivfflat
--| -- ivfflat learns its lists from the rows that are there, so that on an empty table it would learn nothing. Called once
--| -- there are rows, and again when they have become many more; takes a lock that stops writing meanwhile.
--| create or replace function loam.build_message_index()
--| returns void
--| language plpgsql
--| security definer
--| set search_path = ''
--| as $$
--| declare
--|   held bigint := (select count(*) from public.message_embeddings where model = /*=model*/ 'openai/text-embedding-3-small');
--| begin
--|   drop index if exists public.message_embeddings_nearest_idx;
--|   if held > 0 then
--|     execute format(
--|       'create index message_embeddings_nearest_idx on public.message_embeddings '
--|       'using ivfflat ((embedding::/*=type*/ extensions.vector(/*=dimension*/ 1536)) /*=operators*/ extensions.vector_cosine_ops) '
--|       'with (lists = %s) where model = %L',
--|       greatest(1, least(sqrt(held), held / 1000.0))::integer, /*=model*/ 'openai/text-embedding-3-small'
--|     );
--|   end if;
--| end
--| $$;
--| revoke execute on function loam.build_message_index() from public;
--| grant execute on function loam.build_message_index() to loam_maintenance;
-- end if

-- Messages nearest in meaning: the caller's own, or with `conversation_id` all of a conversation that the caller may read.
-- `user_id` must be the caller; with anybody else's the answer is empty. Without a threshold (least similarity, -1 to 1)
-- "limit" rows come back whenever there are as many. `model` is the one in use unless said. It was specified with an
-- argument named limit, which SQL reads in quotes only.
-- if index = hnsw
--| -- loam-ignore: vectors-cast-missing: what sorts without the cast compares all of a tenant's rows exactly, on purpose
-- end if
create or replace function search_similar_messages(
  embedding /*=type*/ extensions.vector,
  user_id uuid,
  conversation_id uuid default null,
  threshold float8 default null,
  "limit" integer default 10,
  model text default null
)
returns table (
  id uuid,
  in_conversation_id uuid,
  role text,
  content text,
  created_at timestamptz,
  similarity float8
)
language plpgsql
stable
set search_path = ''
as $$
#variable_conflict use_column
declare
  tenants uuid[] := array(select loam.my_tenant_ids());
  wanted text := search_similar_messages.model;
begin
  if search_similar_messages.user_id is distinct from (select auth.uid()) then
    return;
  end if;
  wanted := coalesce(wanted, loam.active_embedding_model());
  -- Whoever never said which model is in use has embeddings of another: those are searched rather than none.
  if search_similar_messages.model is null
    and not exists (select from public.message_embeddings as e where e.tenant_id = any (tenants) and e.model = wanted) then
    wanted := coalesce((select e.model from public.message_embeddings as e where e.tenant_id = any (tenants) limit 1), wanted);
  end if;

  if search_similar_messages.conversation_id is not null then
    return query
      select m.id, m.conversation_id, m.role, m.content, m.created_at,
        1 - (e.embedding operator(extensions.<=>) search_similar_messages.embedding) as similarity
      from public.messages as m
      join public.message_embeddings as e on e.message_id = m.id
      where
        m.conversation_id = search_similar_messages.conversation_id
        and m.deleted_at is null
        and e.model = wanted
        and (
          threshold is null
          or 1 - (e.embedding operator(extensions.<=>) search_similar_messages.embedding) >= threshold
        )
      order by similarity desc, m.id
      limit "limit";
    return;
  end if;

  -- if index = hnsw, ivfflat
  --| -- The index goes on until it has found as many; where it gives up, all of the tenant's are compared.
  --| if wanted = /*=model*/ 'openai/text-embedding-3-small'
  --|   and (
  --|     select count(*) > /*=exact*/ 20000
  --|     from (select from public.message_embeddings as e where e.tenant_id = any (tenants) and e.model = wanted limit /*=exact*/ 20000 + 1) as few
  --|   ) then
  --|   perform set_config('hnsw.iterative_scan', 'strict_order', true), set_config('ivfflat.iterative_scan', 'relaxed_order', true);
  --|   declare
  --|     near uuid[] := array(
  --|       select e.message_id
  --|       from public.message_embeddings as e
  --|       join public.messages as m on m.id = e.message_id
  --|       join public.conversations as c on c.id = m.conversation_id
  --|       where
  --|         e.tenant_id = any (tenants)
  --|         and e.model = /*=model*/ 'openai/text-embedding-3-small'
  --|         and m.deleted_at is null
  --|         and c.deleted_at is null
  --|       order by
  --|         e.embedding::/*=type*/ extensions.vector(/*=dimension*/ 1536)
  --|         operator(extensions.<=>) search_similar_messages.embedding::/*=type*/ extensions.vector(/*=dimension*/ 1536)
  --|       limit "limit"
  --|     );
  --|   begin
  --|     if cardinality(near) = "limit" then
  --|       return query
  --|         select m.id, m.conversation_id, m.role, m.content, m.created_at,
  --|           1 - (e.embedding operator(extensions.<=>) search_similar_messages.embedding) as similarity
  --|         from public.message_embeddings as e
  --|         join public.messages as m on m.id = e.message_id
  --|         where
  --|           e.message_id = any (near)
  --|           and e.model = wanted
  --|           and (
  --|             threshold is null
  --|             or 1 - (e.embedding operator(extensions.<=>) search_similar_messages.embedding) >= threshold
  --|           )
  --|         order by similarity desc, m.id
  --|         limit "limit";
  --|       return;
  --|     end if;
  --|   end;
  --| end if;

  -- end if
  -- The tenant's vectors are taken first and sorted exactly, so that no filter can starve the result.
  return query
    with mine as materialized (
      select e.message_id, 1 - (e.embedding operator(extensions.<=>) search_similar_messages.embedding) as similarity
      from public.message_embeddings as e
      where
        e.tenant_id = any (tenants)
        and e.model = wanted
        and e.dimensions = extensions.vector_dims(search_similar_messages.embedding)
    )
    select m.id, m.conversation_id, m.role, m.content, m.created_at, mine.similarity
    from mine
    join public.messages as m on m.id = mine.message_id
    join public.conversations as c on c.id = m.conversation_id
    where
      m.deleted_at is null
      and c.deleted_at is null
      and (threshold is null or mine.similarity >= threshold)
    order by mine.similarity desc, m.id
    limit "limit";
end
$$;
revoke execute on function search_similar_messages(/*=type*/ extensions.vector, uuid, uuid, float8, integer, text) from public;
grant execute on function search_similar_messages(/*=type*/ extensions.vector, uuid, uuid, float8, integer, text) to authenticated;

-- `messages.embedding`: of the model in use, under the caller's rights; null where there is none yet.
create or replace function embedding(messages)
returns /*=type*/ extensions.vector
language sql
stable
set search_path = ''
as $$
  select e.embedding
  from public.message_embeddings as e
  where e.message_id = $1.id and e.model = (select loam.active_embedding_model())
$$;
revoke execute on function embedding(messages) from public;
grant execute on function embedding(messages) to authenticated;
