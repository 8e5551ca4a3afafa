-- BM25 in plain SQL, the same on every target (Robertson and Zaragoza 2009; k1 = 1.2, b = 0.75). What can be known when a
-- passage is stored is stored with it; a question then adds up weights times inverse document frequencies.

-- Statement triggers, so that a hundred passages cost one pass. Writers of one tenant wait for each other on its row of
-- chunk_statistics, taken first by both triggers: no deadlock whatever the order of terms.
create or replace function loam.index_chunks()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
  insert into public.chunk_statistics as held (tenant_id, language, chunk_count)
  select tenant_id, language, count(*)
  from added
  group by tenant_id, language
  order by tenant_id, language
  on conflict (tenant_id, language) do update
    set chunk_count = held.chunk_count + excluded.chunk_count;

  with lexemes as materialized (
    select c.id, c.tenant_id, c.language, word.lexeme, cardinality(word.positions) as frequency
    from added as c
    join public.documents as d on d.id = c.document_id
    -- Title and headings count as words of the passage, though it is cited without them.
    cross join lateral unnest(
      to_tsvector(c.language::regconfig, loam.searchable(c.language::regconfig, concat_ws(' ', loam.title_words(d.original_name), c.heading, c.content)))
    ) as word
  ),
  lengths as materialized (
    select id, tenant_id, language, sum(frequency) as length
    from lexemes
    group by id, tenant_id, language
  ),
  totals as materialized (
    update public.chunk_statistics as held
    set term_count = held.term_count + batch.length
    from (
      select tenant_id, language, sum(length)::bigint as length
      from lengths
      group by tenant_id, language
    ) as batch
    where held.tenant_id = batch.tenant_id and held.language = batch.language
    returning held.tenant_id, held.language, held.term_count::float8 / held.chunk_count as average_length
  ),
  postings as (
    insert into public.chunk_terms (tenant_id, lexeme, chunk_id, weight, frequency)
    select l.tenant_id, l.lexeme, l.id, loam.term_weight(l.frequency, n.length::float8, t.average_length), l.frequency
    from lexemes as l
    join lengths as n using (id)
    join totals as t on t.tenant_id = l.tenant_id and t.language = l.language
    order by l.tenant_id, l.lexeme collate "C"
  )
  insert into public.term_statistics as held (tenant_id, lexeme, chunk_count)
  select tenant_id, lexeme, count(*)
  from lexemes
  group by tenant_id, lexeme
  order by tenant_id, lexeme collate "C"
  on conflict (tenant_id, lexeme) do update
    set chunk_count = held.chunk_count + excluded.chunk_count;
  return null;
end
$$;

create or replace function loam.unindex_chunks()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
  update public.chunk_statistics as held
  set chunk_count = held.chunk_count - batch.chunks
  from (
    select tenant_id, language, count(*) as chunks
    from removed
    group by tenant_id, language
    order by tenant_id, language
  ) as batch
  where held.tenant_id = batch.tenant_id and held.language = batch.language;

  with gone as (
    delete from public.chunk_terms as t
    using removed as r
    where t.chunk_id = r.id
    returning t.tenant_id, t.lexeme, t.frequency, r.language
  ),
  totals as (
    update public.chunk_statistics as held
    set term_count = held.term_count - batch.length
    from (
      select tenant_id, language, sum(frequency) as length
      from gone
      group by tenant_id, language
    ) as batch
    where held.tenant_id = batch.tenant_id and held.language = batch.language
  )
  update public.term_statistics as held
  set chunk_count = held.chunk_count - batch.chunks
  from (
    select tenant_id, lexeme, count(*) as chunks
    from gone
    group by tenant_id, lexeme
    order by tenant_id, lexeme
  ) as batch
  where held.tenant_id = batch.tenant_id and held.lexeme = batch.lexeme;

  -- A forgotten word must not stay behind as evidence that it was there.
  delete from public.term_statistics
  where tenant_id in (select tenant_id from removed) and chunk_count <= 0;
  delete from public.chunk_statistics
  where tenant_id in (select tenant_id from removed) and chunk_count <= 0;
  return null;
end
$$;

-- How much a term that stands `frequency` times in a passage of `length` terms counts, before its rarity.
-- loam-ignore: security-mutable-search-path: a setting keeps it from being inlined; it names only what PostgreSQL itself has
create or replace function loam.term_weight(frequency integer, length float8, average_length float8)
returns real
language sql
immutable
as $$
  select (
    frequency * 2.2::float8
    / (frequency + 1.2::float8 * (0.25::float8 + 0.75::float8 * length / greatest(average_length, 1)))
  )::real
$$;

-- The words in a file's name: `novak-quote_2026.pdf` says "novak quote 2026".
-- loam-ignore: security-mutable-search-path: a setting keeps it from being inlined; it names only what PostgreSQL itself has
create or replace function loam.title_words(original_name text)
returns text
language sql
immutable
as $$
  select regexp_replace(regexp_replace(original_name, '\.[[:alnum:]]{1,8}$', ''), '[-_.[:space:]]+', ' ', 'g')
$$;

create trigger document_chunks_index
  after insert on document_chunks
  referencing new table as added
  for each statement execute function loam.index_chunks();
create trigger document_chunks_unindex
  after delete on document_chunks
  referencing old table as removed
  for each statement execute function loam.unindex_chunks();

-- The words of a question as the caller's passages know them, rarest first, with what each is worth; of somebody in
-- organizations, theirs too, each with its own figures. `prefix` also takes
-- the last word as the beginning of one, for searching while typing. Planned once: planning takes longer than running.
create or replace function loam.question_terms(question text, prefix boolean)
returns table (tenant_id uuid, lexeme text, chunk_count integer, rarity real)
language plpgsql
stable
set search_path = ''
set plan_cache_mode = force_generic_plan
as $$
#variable_conflict use_column
declare
  last_word text := lower((regexp_match(question, '([[:alnum:]]{2,})$'))[1]);
begin
  return query
  with corpus as materialized (
    select held.tenant_id, held.language::regconfig as language, sum(held.chunk_count) over (partition by held.tenant_id)::float8 as chunk_count
    from public.chunk_statistics as held
    where held.tenant_id = any (array(select loam.my_tenant_ids()))
  ),
  words as materialized (
    select c.tenant_id, c.chunk_count, word.lexeme
    from corpus as c
    cross join lateral unnest(tsvector_to_array(to_tsvector(c.language, loam.searchable(c.language, question)))) as word (lexeme)
    union
    select c.tenant_id, c.chunk_count, begun.lexeme
    from corpus as c
    cross join lateral (
      select s.lexeme
      from public.term_statistics as s
      where prefix and s.tenant_id = c.tenant_id and s.lexeme >= last_word and s.lexeme < last_word || chr(1114111)
      order by s.chunk_count desc
      limit 16
    ) as begun
  )
  select
    s.tenant_id,
    s.lexeme,
    s.chunk_count,
    ln(1::float8 + (w.chunk_count - s.chunk_count + 0.5::float8) / (s.chunk_count + 0.5::float8))::real
  from words as w
  -- Word by word through the key, whatever is known of the tables: before they are first analysed a join would read all.
  cross join lateral (
    select held.tenant_id, held.lexeme, held.chunk_count
    from public.term_statistics as held
    where held.tenant_id = w.tenant_id and held.lexeme = w.lexeme
    limit 1
  ) as s
  order by s.chunk_count, s.lexeme
  limit 32 * (select count(distinct c.tenant_id) from corpus as c);
end
$$;

-- The best passages by some terms of a question, with their scores: `most` of them, from finished documents only, and from
-- `wanted` documents where that is not null. Only a caller who has hidden passages (in the trash, or being read) pays for
-- looking each one's document up.
create or replace function loam.rank_passages(tenants uuid[], lexemes text[], rarities real[], wanted uuid[], most integer)
returns table (chunk_id uuid, score real)
language plpgsql
stable
set search_path = ''
set enable_sort = off
set plan_cache_mode = force_generic_plan
as $$
#variable_conflict use_column
begin
  if wanted is null and not exists (
    select from public.documents as d
    where
      d.tenant_id = any (array(select loam.my_tenant_ids()))
      and d.chunk_count > 0
      and (d.deleted_at is not null or d.processing_status <> 'completed')
  ) then
    return query
    select t.chunk_id, sum(t.weight * term.rarity) as score
    from unnest(tenants, lexemes, rarities) as term (tenant_id, lexeme, rarity)
    join public.chunk_terms as t on t.tenant_id = term.tenant_id and t.lexeme = term.lexeme
    group by t.chunk_id
    order by score desc, t.chunk_id
    limit most;
    return;
  end if;

  return query
  select found.chunk_id, found.score
  from (
    select t.chunk_id, sum(t.weight * term.rarity) as score
    from unnest(tenants, lexemes, rarities) as term (tenant_id, lexeme, rarity)
    join public.chunk_terms as t on t.tenant_id = term.tenant_id and t.lexeme = term.lexeme
    group by t.chunk_id
    order by score desc, t.chunk_id
  ) as found
  cross join lateral (
    select c.document_id from public.document_chunks as c where c.id = found.chunk_id limit 1
  ) as c
  cross join lateral (
    select d.id from public.documents as d
    where d.id = c.document_id and d.deleted_at is null and d.processing_status = 'completed'
    limit 1
  ) as d
  where wanted is null or c.document_id = any (wanted)
  limit most;
end
$$;

-- Ranked passages for a question, best first, from the caller's finished documents. The question's words are OR-ed: asking
-- for all of them finds almost nothing. Runs with the caller's rights, so RLS holds inside.
-- Words that stand in thousands of passages decide little and cost most: the rarer ones choose candidates, and all of them
-- rank these. Where that finds too few, every word chooses. A few documents alone are looked up passage by passage.
-- `enable_sort`: the planner cannot know how common a word is, and takes four times as long to group sorted postings as
-- hashed ones.
create or replace function search_chunks(
  question text,
  match_count integer default 20,
  collection_ids uuid[] default null,
  document_ids uuid[] default null,
  prefix boolean default false
)
returns table (
  chunk_id uuid,
  document_id uuid,
  document_name text,
  page_index integer,
  page_number integer,
  heading text,
  start_offset integer,
  end_offset integer,
  content text,
  score real
)
language plpgsql
stable
set search_path = ''
set enable_sort = off
set plan_cache_mode = force_generic_plan
as $$
#variable_conflict use_column
declare
  most_postings constant integer := 3000;
  most_candidates constant integer := greatest(48, match_count * 2);
  tenants uuid[];
  lexemes text[];
  rarities real[];
  counts integer[];
  choosing integer := 0;
  postings bigint := 0;
  wanted uuid[];
  passages bigint;
  candidates uuid[];
  scores real[];
begin
  select array_agg(t.tenant_id), array_agg(t.lexeme), array_agg(t.rarity), array_agg(t.chunk_count), sum(t.chunk_count)
  into tenants, lexemes, rarities, counts, postings
  from loam.question_terms(question, prefix) as t;
  if lexemes is null then
    return;
  end if;

  if collection_ids is not null or document_ids is not null then
    select array_agg(d.id), sum(d.chunk_count)
    into wanted, passages
    from public.documents as d
    where
      d.tenant_id = any (array(select loam.my_tenant_ids())) and d.deleted_at is null and d.processing_status = 'completed'
      and (collection_ids is null or d.collection_id = any (collection_ids))
      and (document_ids is null or d.id = any (document_ids));
    if wanted is null then
      return;
    end if;
  end if;

  -- Looking a term up in a passage costs about as much as reading a dozen postings of a list.
  if passages * cardinality(lexemes) * 12 < postings or passages < 50 then
    choosing := cardinality(lexemes);
    select array_agg(found.chunk_id), array_agg(found.score)
    into candidates, scores
    from (
      select c.id as chunk_id, sum(t.weight * term.rarity) as score
      from public.document_chunks as c
      cross join unnest(tenants, lexemes, rarities) as term (tenant_id, lexeme, rarity)
      join public.chunk_terms as t on t.tenant_id = term.tenant_id and t.lexeme = term.lexeme and t.chunk_id = c.id
      where c.document_id = any (wanted)
      group by c.id
      order by score desc, c.id
      limit most_candidates
    ) as found;
  else
    postings := 0;
    while choosing < cardinality(lexemes) and (choosing = 0 or postings + counts[choosing + 1] <= most_postings) loop
      choosing := choosing + 1;
      postings := postings + counts[choosing];
    end loop;
    loop
      select array_agg(r.chunk_id), array_agg(r.score)
      into candidates, scores
      from loam.rank_passages(tenants[:choosing], lexemes[:choosing], rarities[:choosing], wanted, most_candidates) as r;
      exit when choosing = cardinality(lexemes) or cardinality(candidates) >= match_count;
      choosing := cardinality(lexemes);
    end loop;
  end if;

  return query
  select
    c.id, d.id, d.original_name, c.page_index, c.page_number, c.heading, c.start_offset, c.end_offset, c.content, best.score
  from (
    select candidate.chunk_id, candidate.score + coalesce(common.score, 0) as score
    from unnest(candidates, scores) as candidate (chunk_id, score)
    cross join lateral (
      select sum(t.weight * term.rarity) as score
      from unnest(tenants[choosing + 1:], lexemes[choosing + 1:], rarities[choosing + 1:]) as term (tenant_id, lexeme, rarity)
      join public.chunk_terms as t on t.tenant_id = term.tenant_id and t.lexeme = term.lexeme and t.chunk_id = candidate.chunk_id
    ) as common
    order by score desc, candidate.chunk_id
    limit match_count
  ) as best
  cross join lateral (select c.* from public.document_chunks as c where c.id = best.chunk_id limit 1) as c
  cross join lateral (
    select d.id, d.original_name from public.documents as d
    where d.id = c.document_id and d.deleted_at is null and d.processing_status = 'completed'
    limit 1
  ) as d
  order by best.score desc, best.chunk_id;
end
$$;

-- The names that two of the old schemas read: the whole text of a document, as computed columns.
create or replace function extracted_text(document documents)
returns text
language sql
stable
set search_path = ''
as $$
  select string_agg(p.content, E'\n\n' order by p.page_index)
  from public.document_pages as p
  where p.document_id = document.id
$$;
create or replace function content(document documents)
returns text
language sql
stable
set search_path = ''
as $$
  select public.extracted_text(document)
$$;

-- Queues stored files that are older than `older_than` and that no document or image speaks of; answers how many are new
-- in the queue. A job removes the bytes and then the rows of the queue.
create or replace function cleanup_orphaned_files(older_than interval default '1 day')
returns bigint
language plpgsql
security definer
set search_path = ''
as $$
declare
  queued bigint;
begin
  if older_than < interval '1 hour' then
    raise exception 'a file may be on its way for an hour' using errcode = 'invalid_parameter_value';
  end if;
  if to_regclass('public.generated_images') is null then
    insert into public.file_deletions (bucket_id, name)
    select o.bucket_id, o.name
    from storage.objects as o
    where
      o.bucket_id = 'documents'
      and o.created_at < now() - older_than
      and not exists (select from public.documents as d where d.storage_path = o.name)
    on conflict do nothing;
  else
    insert into public.file_deletions (bucket_id, name)
    select o.bucket_id, o.name
    from storage.objects as o
    where
      o.bucket_id in ('documents', 'images')
      and o.created_at < now() - older_than
      and not exists (select from public.documents as d where d.storage_path = o.name and o.bucket_id = 'documents')
      and not exists (select from public.generated_images as i where i.storage_path = o.name and o.bucket_id = 'images')
    on conflict do nothing;
  end if;
  get diagnostics queued = row_count;
  return queued;
end
$$;

create or replace function loam.notify_document()
returns trigger
language plpgsql
set search_path = ''
as $$
begin
  perform loam.notify_change(tg_table_name, coalesce(new.id, old.id), lower(tg_op), array[coalesce(new.user_id, old.user_id)]);
  return null;
end
$$;
create trigger documents_notify
  after insert or delete or update of original_name, collection_id, conversation_id, processing_status, error,
    progress_done, progress_total, page_count, chunk_count, deleted_at
  on documents
  for each row execute function loam.notify_document();
create trigger document_collections_notify
  after insert or delete or update of name, description, deleted_at
  on document_collections
  for each row execute function loam.notify_document();

-- Who changed it last: a service keeps the name that stands there.
create or replace function loam.stamp_editor()
returns trigger
language plpgsql
set search_path = ''
as $$
begin
  new.updated_by := coalesce((select auth.uid()), new.updated_by);
  return new;
end
$$;
create trigger documents_stamp before update on documents for each row execute function loam.stamp_editor();
create trigger document_collections_stamp before update on document_collections for each row execute function loam.stamp_editor();
create trigger documents_touch before update on documents for each row execute function loam.touch_updated_at();
create trigger document_collections_touch before update on document_collections for each row execute function loam.touch_updated_at();
create trigger file_type_configs_touch before update on file_type_configs for each row execute function loam.touch_updated_at();

revoke execute on function
  loam.index_chunks(), loam.unindex_chunks(), loam.term_weight(integer, float8, float8), loam.title_words(text),
  loam.question_terms(text, boolean),
  loam.rank_passages(uuid[], text[], real[], uuid[], integer), loam.notify_document(), loam.stamp_editor(),
  cleanup_orphaned_files(interval)
from public;
revoke execute on function search_chunks(text, integer, uuid[], uuid[], boolean), extracted_text(documents), content(documents)
from public;
grant execute on function search_chunks(text, integer, uuid[], uuid[], boolean), extracted_text(documents), content(documents)
to authenticated;
grant execute on function
  loam.question_terms(text, boolean),
  loam.rank_passages(uuid[], text[], real[], uuid[], integer)
to authenticated;
grant execute on function cleanup_orphaned_files(interval) to loam_maintenance, service_role;

select loam.start_partitions('public.retrieval_logs');
