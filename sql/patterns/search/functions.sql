-- Keeps entries and their terms, and searches everything. Same weights and same counting as for passages in rag, whose
-- functions are used here, so that one question's scores can stand in one list.

-- Which configuration a text is taken apart with: `simple` where a fifth of it is in scripts that English stems mean nothing in.
create or replace function loam.language_of(content text)
returns text
language sql
immutable
set search_path = ''
as $$
  select case
    when regexp_count(left(content, 2000), '[\u0370-\u1dff\u2c80-\ud7ff\uf900-\ufdff]') * 5 > char_length(left(content, 2000)) then 'simple'
    else 'english'
  end
$$;

-- Statement triggers, as in rag. Writers of one tenant wait for each other on its row of search_statistics, taken first by
-- both triggers: no deadlock whatever the order of terms.
create or replace function loam.index_entries()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
  insert into public.search_statistics as held (tenant_id, language, entry_count)
  select tenant_id, language, count(*)
  from added
  group by tenant_id, language
  order by tenant_id, language
  on conflict (tenant_id, language) do update
    set entry_count = held.entry_count + excluded.entry_count;

  with lexemes as materialized (
    select a.id, a.tenant_id, a.language, word.lexeme, cardinality(word.positions) as frequency
    from added as a
    left join public.messages as m on a.kind = 'message' and m.id = a.id
    left join public.prompts as p on a.kind = 'prompt' and p.id = a.id
    cross join lateral unnest(
      to_tsvector(
        a.language::regconfig,
        loam.searchable(
          a.language::regconfig,
          left(case a.kind when 'message' then m.content else concat_ws(' ', p.title, p.goal, p.system_prompt, p.template) end, 20000)
        )
      )
    ) as word
  ),
  lengths as materialized (
    select id, tenant_id, language, sum(frequency) as length
    from lexemes
    group by id, tenant_id, language
  ),
  totals as materialized (
    update public.search_statistics as held
    set term_count = held.term_count + batch.length
    from (
      select tenant_id, language, sum(length)::bigint as length
      from lengths
      group by tenant_id, language
    ) as batch
    where held.tenant_id = batch.tenant_id and held.language = batch.language
    returning held.tenant_id, held.language, held.term_count::float8 / held.entry_count as average_length
  ),
  postings as (
    insert into public.search_terms (tenant_id, lexeme, entry_id, weight, frequency)
    select l.tenant_id, l.lexeme, l.id, loam.term_weight(l.frequency, n.length::float8, t.average_length), l.frequency
    from lexemes as l
    join lengths as n using (id)
    join totals as t on t.tenant_id = l.tenant_id and t.language = l.language
    order by l.tenant_id, l.lexeme collate "C"
  )
  insert into public.search_term_statistics as held (tenant_id, lexeme, entry_count)
  select tenant_id, lexeme, count(*)
  from lexemes
  group by tenant_id, lexeme
  order by tenant_id, lexeme collate "C"
  on conflict (tenant_id, lexeme) do update
    set entry_count = held.entry_count + excluded.entry_count;
  return null;
end
$$;

create or replace function loam.unindex_entries()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
  update public.search_statistics as held
  set entry_count = held.entry_count - batch.entries
  from (
    select tenant_id, language, count(*) as entries
    from removed
    group by tenant_id, language
    order by tenant_id, language
  ) as batch
  where held.tenant_id = batch.tenant_id and held.language = batch.language;

  with gone as (
    delete from public.search_terms as t
    using removed as r
    where t.entry_id = r.id
    returning t.tenant_id, t.lexeme, t.frequency, r.language
  ),
  totals as (
    update public.search_statistics as held
    set term_count = held.term_count - batch.length
    from (
      select tenant_id, language, sum(frequency) as length
      from gone
      group by tenant_id, language
    ) as batch
    where held.tenant_id = batch.tenant_id and held.language = batch.language
  )
  update public.search_term_statistics as held
  set entry_count = held.entry_count - batch.entries
  from (
    select tenant_id, lexeme, count(*) as entries
    from gone
    group by tenant_id, lexeme
    order by tenant_id, lexeme
  ) as batch
  where held.tenant_id = batch.tenant_id and held.lexeme = batch.lexeme;

  -- A forgotten word must not stay behind as evidence that it was there.
  delete from public.search_term_statistics
  where tenant_id in (select tenant_id from removed) and entry_count <= 0;
  delete from public.search_statistics
  where tenant_id in (select tenant_id from removed) and entry_count <= 0;
  return null;
end
$$;
create trigger search_entries_index
  after insert on search_entries
  referencing new table as added
  for each statement execute function loam.index_entries();
create trigger search_entries_unindex
  after delete on search_entries
  referencing old table as removed
  for each statement execute function loam.unindex_entries();

-- A finished message gets an entry, a prompt too; one that was changed gets a new one. `loam.unindexed` holds the ids of
-- what this transaction wrote, with a comma before each: whoever sets it himself gets those looked at again, and no more.
create or replace function loam.refresh_entries()
returns void
language plpgsql
security definer
set search_path = ''
as $$
declare
  ids constant uuid[] := string_to_array(ltrim(current_setting('loam.unindexed', true), ','), ',')::uuid[];
begin
  perform set_config('loam.unindexed', '', true);
  if exists (select from public.search_entries where id = any (ids)) then
    delete from public.search_entries where id = any (ids);
  end if;
  insert into public.search_entries (id, kind, user_id, organization_id, conversation_id, language, created_at)
  select m.id, 'message', c.user_id, c.organization_id, c.id, loam.language_of(m.content), m.created_at
  from public.messages as m
  join public.conversations as c on c.id = m.conversation_id
  where
    m.id = any (ids) and m.role in ('user', 'assistant') and m.status in ('completed', 'stopped', 'failed')
    and m.content ~ '\S' and m.deleted_at is null
  union all
  select p.id, 'prompt', p.user_id, p.organization_id, null, loam.language_of(concat_ws(' ', p.title, p.goal, p.template)), p.created_at
  from public.prompts as p
  where p.id = any (ids) and p.deleted_at is null
  on conflict (id) do nothing;
end
$$;

-- Rows are noted as they are written and taken together when the transaction ends, after all its other locks: an answer that
-- is written and a question that is asked never wait for each other crosswise. More than five hundred are not kept waiting.
create or replace function loam.note_unindexed()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
declare
  noted constant text := concat(current_setting('loam.unindexed', true), ',', new.id);
begin
  perform set_config('loam.unindexed', noted, true);
  if char_length(noted) >= 18500 then
    perform loam.refresh_entries();
  end if;
  return null;
end
$$;

create or replace function loam.index_noted()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
  if current_setting('loam.unindexed', true) <> '' then
    perform loam.refresh_entries();
  end if;
  return null;
end
$$;

-- Triggers of one event run in the order of their names: noted first, also where constraints are made immediate.
create trigger messages_search_insert_1_note
  after insert on messages
  for each row
  when (new.status not in ('pending', 'streaming') and new.content <> '')
  execute function loam.note_unindexed();
create constraint trigger messages_search_insert_2_index
  after insert on messages
  deferrable initially deferred
  for each row
  when (new.status not in ('pending', 'streaming') and new.content <> '')
  execute function loam.index_noted();
create trigger messages_search_update_1_note
  after update of content, status, deleted_at on messages
  for each row
  when (
    new.status not in ('pending', 'streaming')
    and (old.content, old.status, old.deleted_at) is distinct from (new.content, new.status, new.deleted_at)
  )
  execute function loam.note_unindexed();
create constraint trigger messages_search_update_2_index
  after update of content, status, deleted_at on messages
  deferrable initially deferred
  for each row
  when (
    new.status not in ('pending', 'streaming')
    and (old.content, old.status, old.deleted_at) is distinct from (new.content, new.status, new.deleted_at)
  )
  execute function loam.index_noted();
create trigger prompts_search_insert_1_note
  after insert on prompts
  for each row execute function loam.note_unindexed();
create constraint trigger prompts_search_insert_2_index
  after insert on prompts
  deferrable initially deferred
  for each row execute function loam.index_noted();
create trigger prompts_search_update_1_note
  after update of title, goal, system_prompt, template, deleted_at on prompts
  for each row
  when (
    (old.title, old.goal, old.system_prompt, old.template, old.deleted_at)
      is distinct from (new.title, new.goal, new.system_prompt, new.template, new.deleted_at)
  )
  execute function loam.note_unindexed();
create constraint trigger prompts_search_update_2_index
  after update of title, goal, system_prompt, template, deleted_at on prompts
  deferrable initially deferred
  for each row
  when (
    (old.title, old.goal, old.system_prompt, old.template, old.deleted_at)
      is distinct from (new.title, new.goal, new.system_prompt, new.template, new.deleted_at)
  )
  execute function loam.index_noted();

create or replace function loam.remove_entries()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
  delete from public.search_entries where id in (select id from removed);
  return null;
end
$$;
create trigger messages_search_delete
  after delete on messages
  referencing old table as removed
  for each statement execute function loam.remove_entries();
create trigger prompts_search_delete
  after delete on prompts
  referencing old table as removed
  for each statement execute function loam.remove_entries();

-- The words of a question as the caller's texts and passages know them together, rarest first: how many have the word, and
-- what it is worth. `prefix` also takes the last word as the beginning of one, for searching while typing.
create or replace function loam.everything_terms(question text, prefix boolean)
returns table (tenant_id uuid, lexeme text, item_count integer, rarity real)
language plpgsql
stable
set search_path = ''
set plan_cache_mode = force_generic_plan
as $$
#variable_conflict use_column
declare
  tenants uuid[] := array(select loam.my_tenant_ids());
  last_word text := lower((regexp_match(question, '([[:alnum:]]{2,})$'))[1]);
begin
  return query
  with corpus as materialized (
    select held.tenant_id, held.language::regconfig, held.chunk_count as item_count
    from public.chunk_statistics as held
    where held.tenant_id = any (tenants)
    union all
    select held.tenant_id, held.language::regconfig, held.entry_count
    from public.search_statistics as held
    where held.tenant_id = any (tenants)
  ),
  sizes as materialized (
    select c.tenant_id, sum(c.item_count)::float8 as item_count from corpus as c group by c.tenant_id
  ),
  words as materialized (
    select c.tenant_id, word.lexeme
    from corpus as c
    cross join lateral unnest(tsvector_to_array(to_tsvector(c.language, loam.searchable(c.language, question)))) as word (lexeme)
    union
    select z.tenant_id, begun.lexeme
    from sizes as z
    cross join lateral (
      (
        select s.lexeme from public.term_statistics as s
        where prefix and s.tenant_id = z.tenant_id and s.lexeme >= last_word and s.lexeme < last_word || chr(1114111)
        order by s.chunk_count desc
        limit 16
      )
      union
      (
        select s.lexeme from public.search_term_statistics as s
        where prefix and s.tenant_id = z.tenant_id and s.lexeme >= last_word and s.lexeme < last_word || chr(1114111)
        order by s.entry_count desc
        limit 16
      )
    ) as begun
  ),
  counted as materialized (
    select
      w.tenant_id, w.lexeme, z.item_count,
      coalesce((select s.chunk_count from public.term_statistics as s where s.tenant_id = w.tenant_id and s.lexeme = w.lexeme), 0)
      + coalesce((select s.entry_count from public.search_term_statistics as s where s.tenant_id = w.tenant_id and s.lexeme = w.lexeme), 0)
      as having
    from words as w
    join sizes as z on z.tenant_id = w.tenant_id
  )
  select
    c.tenant_id, c.lexeme, c.having,
    ln(1::float8 + greatest(0, c.item_count - c.having + 0.5::float8) / (c.having + 0.5::float8))::real
  from counted as c
  where c.having > 0
  order by c.having, c.lexeme
  limit 32;
end
$$;

-- The part of a text where one of the words stands, about 300 characters.
create or replace function loam.excerpt(content text, words text[])
returns text
language sql
immutable
set search_path = ''
as $$
  select case
    when char_length(content) <= 320 then content
    else concat(case when first.place > 81 then '… ' end, btrim(substring(content from greatest(1, first.place - 80) for 300)), ' …')
  end
  from (
    select coalesce(min(strpos(lower(left(content, 20000)), word)) filter (where strpos(lower(left(content, 20000)), word) > 0), 1) as place
    from unnest(words) as word
  ) as first
$$;

-- One ranked list of the caller's messages, prompts and passages of documents, best first, `kinds` of them or all. Words are
-- OR-ed. Runs with the caller's rights, so RLS holds inside: what is listed was read from its own table. `parent_id` is the
-- conversation of a message and the document of a passage. Rarer words choose, up to twenty thousand postings: words that
-- stand nearly everywhere decide little and cost most.
create or replace function search_everything(
  question text,
  match_count integer default 20,
  kinds text[] default null,
  prefix boolean default false
)
returns table (kind text, id uuid, parent_id uuid, title text, content text, created_at timestamptz, score real)
language plpgsql
stable
set search_path = ''
set enable_sort = off
set plan_cache_mode = force_generic_plan
as $$
#variable_conflict use_column
declare
  most constant integer := least(greatest(coalesce(match_count, 20), 1), 100);
  tenants uuid[];
  lexemes text[];
  rarities real[];
  counts integer[];
  choosing integer := 0;
  postings bigint := 0;
begin
  select array_agg(t.tenant_id), array_agg(t.lexeme), array_agg(t.rarity), array_agg(t.item_count)
  into tenants, lexemes, rarities, counts
  from loam.everything_terms(left(question, 1000), prefix) as t;
  if lexemes is null then
    return;
  end if;
  while choosing < cardinality(lexemes) and (choosing = 0 or postings + counts[choosing + 1] <= 20000) loop
    choosing := choosing + 1;
    postings := postings + counts[choosing];
  end loop;
  tenants := tenants[:choosing];
  lexemes := lexemes[:choosing];
  rarities := rarities[:choosing];

  return query
  with entries as materialized (
    select t.entry_id, sum(t.weight * term.rarity) as score
    from unnest(tenants, lexemes, rarities) as term (tenant_id, lexeme, rarity)
    join public.search_terms as t on t.tenant_id = term.tenant_id and t.lexeme = term.lexeme
    where kinds is null or kinds && array['message', 'prompt']
    group by t.entry_id
  ),
  messages as (
    select 'message', m.id, m.conversation_id, c.title, m.content, m.created_at, found.score
    from (select e.entry_id, e.score from entries as e order by e.score desc, e.entry_id) as found
    cross join lateral (
      select m.id, m.conversation_id, m.content, m.created_at from public.messages as m
      where m.id = found.entry_id and m.deleted_at is null
      limit 1
    ) as m
    cross join lateral (
      select c.title from public.conversations as c where c.id = m.conversation_id and c.deleted_at is null limit 1
    ) as c
    where kinds is null or 'message' = any (kinds)
    limit most
  ),
  prompts as (
    select 'prompt', p.id, null::uuid, p.title, concat_ws(E'\n', p.goal, p.template), p.created_at, found.score
    from (select e.entry_id, e.score from entries as e order by e.score desc, e.entry_id) as found
    cross join lateral (
      select p.id, p.title, p.goal, p.template, p.created_at from public.prompts as p
      where p.id = found.entry_id and p.deleted_at is null
      limit 1
    ) as p
    where kinds is null or 'prompt' = any (kinds)
    limit most
  ),
  passages as (
    select 'passage', c.id, d.id, d.original_name, c.content, d.created_at, found.score
    from loam.rank_passages(tenants, lexemes, rarities, null, most) as found
    cross join lateral (
      select c.id, c.document_id, c.content from public.document_chunks as c where c.id = found.chunk_id limit 1
    ) as c
    cross join lateral (
      select d.id, d.original_name, d.created_at from public.documents as d
      where d.id = c.document_id and d.deleted_at is null and d.processing_status = 'completed'
      limit 1
    ) as d
    where kinds is null or 'passage' = any (kinds)
  )
  select best.kind, best.id, best.parent_id, best.title, loam.excerpt(best.content, lexemes), best.created_at, best.score
  from (
    select * from messages union all select * from prompts union all select * from passages
  ) as best (kind, id, parent_id, title, content, created_at, score)
  order by best.score desc, best.id
  limit most;
end
$$;

revoke execute on function
  loam.language_of(text), loam.index_entries(), loam.unindex_entries(), loam.refresh_entries(), loam.note_unindexed(), loam.index_noted(),
  loam.remove_entries(), loam.everything_terms(text, boolean), loam.excerpt(text, text[]),
  search_everything(text, integer, text[], boolean)
from public;
grant execute on function
  loam.everything_terms(text, boolean), loam.excerpt(text, text[]), search_everything(text, integer, text[], boolean)
to authenticated;

-- What was written before this pattern.
insert into search_entries (id, kind, user_id, organization_id, conversation_id, language, created_at)
select m.id, 'message', c.user_id, c.organization_id, c.id, loam.language_of(m.content), m.created_at
from messages as m
join conversations as c on c.id = m.conversation_id
where m.role in ('user', 'assistant') and m.status in ('completed', 'stopped', 'failed') and m.content ~ '\S' and m.deleted_at is null
on conflict (id) do nothing;
insert into search_entries (id, kind, user_id, organization_id, language, created_at)
select p.id, 'prompt', p.user_id, p.organization_id, loam.language_of(concat_ws(' ', p.title, p.goal, p.template)), p.created_at
from prompts as p
where p.deleted_at is null
on conflict (id) do nothing;
