-- Versions, publishing, likes and uses. What people may not write themselves is written by triggers here.

-- Whether this installation shows public prompts and published templates to visitors who have not signed in. Off unless
-- `public_prompts` is true in the installation's parameters.
create or replace function loam.visitors_may_read_prompts()
returns boolean
language sql
stable
security definer
set search_path = ''
as $$
  select coalesce((select parameters ->> 'public_prompts' = 'true' from loam.installation), false)
$$;

-- Rows below a prompt belong to the organization that the prompt belongs to. Looks with the caller's rights: below a
-- prompt that the caller does not see nothing is filled in, and the key refuses the row as it would for no prompt at all.
create or replace function loam.inherit_prompt()
returns trigger
language plpgsql
set search_path = ''
as $$
begin
  if new.organization_id is null then
    new.organization_id := (select p.organization_id from public.prompts as p where p.id = new.prompt_id);
  end if;
  return new;
end
$$;

-- Numbers a version and fills what was not given from the draft. The prompt's row is locked, with the caller's rights, so
-- that two versions at the same moment get two numbers.
create or replace function loam.fill_prompt_version()
returns trigger
language plpgsql
set search_path = ''
as $$
declare
  draft public.prompts;
begin
  select p.* into draft from public.prompts as p where p.id = new.prompt_id for no key update;
  if not found then
    raise exception 'there is no such prompt to keep a version of' using errcode = 'foreign_key_violation';
  end if;
  new.user_id := draft.user_id;
  new.organization_id := draft.organization_id;
  new.version := 1 + coalesce((select max(v.version) from public.prompt_versions as v where v.prompt_id = draft.id), 0);
  new.is_published := false;
  new.title := coalesce(new.title, draft.title);
  new.goal := coalesce(new.goal, draft.goal);
  new.system_prompt := coalesce(new.system_prompt, draft.system_prompt);
  new.user_template := coalesce(new.user_template, draft.template);
  new.assistant_template := coalesce(new.assistant_template, draft.assistant_template);
  new.variables := coalesce(new.variables, draft.variables);
  new.questions := (
    select coalesce(
      jsonb_agg(
        jsonb_build_object(
          'question_id', q.question_id, 'question_text', q.question_text, 'help', q.help, 'kind', q.kind,
          'options', q.options, 'required', q.required, 'default_answer', q.default_answer, 'condition', q.condition
        )
        order by q.position, q.created_at, q.question_id
      ),
      '[]'
    )
    from public.prompt_questions as q
    where q.prompt_id = draft.id
  );
  return new;
end
$$;

-- Holds against everybody, the owner of the table too. Only whether it is published may change; the generated column is not
-- there yet when this runs.
create or replace function loam.keep_prompt_version()
returns trigger
language plpgsql
set search_path = ''
as $$
begin
  if (to_jsonb(new) - '{is_published,tenant_id}'::text[]) is distinct from (to_jsonb(old) - '{is_published,tenant_id}'::text[]) then
    raise exception 'a version of a prompt never changes: keep a new one' using errcode = 'restrict_violation';
  end if;
  return new;
end
$$;

-- A gated label goes to a version only when each enabled test case passed the last time it was run on that version.
create or replace function loam.check_prompt_label()
returns trigger
language plpgsql
set search_path = ''
as $$
begin
  if exists (select from public.prompts as p where p.id = new.prompt_id and new.label = any (p.gated_labels)) and (
    not exists (select from public.test_cases as c where c.prompt_id = new.prompt_id and c.enabled)
    or exists (
      select from public.test_cases as c
      where c.prompt_id = new.prompt_id and c.enabled and (
        select r.passed
        from public.test_results as r
        where r.prompt_id = new.prompt_id and r.version_id = new.version_id and r.test_case_id = c.id
        order by r.created_at desc, r.id desc
        limit 1
      ) is not true
    )
  ) then
    raise exception 'this label needs a version whose test cases have all passed' using errcode = 'check_violation';
  end if;
  return new;
end
$$;

-- What is in the trash is nobody else's to read. Taking it out again does not publish it again.
create or replace function loam.withdraw_prompt()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
  if new.deleted_at is not null and old.deleted_at is null then
    new.is_public := false;
    update public.prompt_templates set is_published = false where prompt_id = new.id and is_published;
  end if;
  return new;
end
$$;

-- Words as they are and as their stems, so that text in any language is found.
create or replace function loam.template_words(words text)
returns tsvector
language sql
immutable
set search_path = ''
as $$
  select to_tsvector('pg_catalog.simple', loam.parseable(words)) || to_tsvector('pg_catalog.english', loam.parseable(words))
$$;

-- A template says what its version says, whoever writes what.
create or replace function loam.fill_template()
returns trigger
language plpgsql
set search_path = ''
as $$
declare
  kept public.prompt_versions;
begin
  if tg_op = 'INSERT' or new.version_id is distinct from old.version_id then
    select v.* into kept from public.prompt_versions as v where v.id = new.version_id and v.prompt_id = new.prompt_id;
    if not found then
      raise exception 'there is no such version of this prompt to publish' using errcode = 'foreign_key_violation';
    end if;
    new.user_id := kept.user_id;
    new.organization_id := kept.organization_id;
    new.title := kept.title;
    new.goal := kept.goal;
    new.template := kept.user_template;
    new.system_prompt := kept.system_prompt;
    new.assistant_template := kept.assistant_template;
    new.variables := kept.variables;
    new.questions := kept.questions;
  end if;
  new.search :=
    setweight(loam.template_words(new.title), 'A')
    || setweight(loam.template_words(concat_ws(' ', new.category, array_to_string(new.tags, ' '))), 'B')
    || setweight(loam.template_words(new.goal), 'C')
    || setweight(loam.template_words(left(new.template, 20000)), 'D');
  return new;
end
$$;

create or replace function loam.mark_published_versions()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
declare
  touched uuid[] := array_remove(array[
    case when tg_op <> 'INSERT' then old.version_id end,
    case when tg_op <> 'DELETE' then new.version_id end
  ], null);
begin
  update public.prompt_versions as v
  set is_published = not v.is_published
  where
    v.id = any (touched)
    and v.is_published <> exists (select from public.prompt_templates as t where t.version_id = v.id and t.is_published);
  return null;
end
$$;

create or replace function loam.count_likes()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
  if tg_op = 'INSERT' then
    update public.prompt_templates set likes_count = likes_count + 1 where id = new.template_id;
  else
    update public.prompt_templates set likes_count = likes_count - 1 where id = old.template_id;
  end if;
  return null;
end
$$;

create or replace function loam.notify_prompt()
returns trigger
language plpgsql
set search_path = ''
as $$
begin
  perform loam.notify_change('prompts', coalesce(new.id, old.id), lower(tg_op), array[coalesce(new.user_id, old.user_id)]);
  return null;
end
$$;

create trigger prompt_versions_fill before insert on prompt_versions for each row execute function loam.fill_prompt_version();
create trigger prompt_versions_keep before update on prompt_versions for each row execute function loam.keep_prompt_version();
create trigger prompt_labels_inherit before insert on prompt_labels for each row execute function loam.inherit_prompt();
create trigger prompt_labels_gate before insert or update of version_id on prompt_labels
  for each row execute function loam.check_prompt_label();
create trigger prompt_questions_inherit before insert on prompt_questions for each row execute function loam.inherit_prompt();
create trigger prompt_answers_inherit before insert on prompt_answers for each row execute function loam.inherit_prompt();
create trigger test_cases_inherit before insert on test_cases for each row execute function loam.inherit_prompt();
create trigger test_results_inherit before insert on test_results for each row execute function loam.inherit_prompt();
create trigger prompts_withdraw before update of deleted_at on prompts for each row execute function loam.withdraw_prompt();
create trigger prompt_templates_fill before insert or update of version_id, category, tags on prompt_templates
  for each row execute function loam.fill_template();
create trigger prompt_templates_mark after insert or delete or update of version_id, is_published on prompt_templates
  for each row execute function loam.mark_published_versions();
create trigger template_likes_count after insert or delete on template_likes for each row execute function loam.count_likes();
create trigger prompts_notify
  after insert or delete or update of title, goal, template, system_prompt, assistant_template, variables, is_public, deleted_at
  on prompts
  for each row execute function loam.notify_prompt();

create trigger prompts_touch before update on prompts for each row execute function loam.touch_updated_at();
create trigger prompt_labels_touch before update on prompt_labels for each row execute function loam.touch_updated_at();
create trigger prompt_questions_touch before update on prompt_questions for each row execute function loam.touch_updated_at();
create trigger prompt_answers_touch before update on prompt_answers for each row execute function loam.touch_updated_at();
create trigger test_cases_touch before update on test_cases for each row execute function loam.touch_updated_at();
-- Not when it is liked or used.
create trigger prompt_templates_touch before update of version_id, category, tags, is_published on prompt_templates
  for each row execute function loam.touch_updated_at();

-- Keeps the draft as a version and shows that version to everybody; the template's id. A prompt has one template, whose
-- likes stay when a newer version is published. Errors: foreign_key_violation when the prompt is not the caller's.
create or replace function publish_prompt(prompt_id uuid, category text default null, tags text[] default null)
returns uuid
language plpgsql
set search_path = ''
as $$
#variable_conflict use_column
declare
  kept uuid;
  shown uuid;
begin
  insert into public.prompt_versions (prompt_id) values (publish_prompt.prompt_id) returning id into kept;
  insert into public.prompt_templates as held (prompt_id, version_id, category, tags)
  values (publish_prompt.prompt_id, kept, publish_prompt.category, coalesce(publish_prompt.tags, '{}'))
  on conflict (prompt_id) do update
    set
      version_id = excluded.version_id,
      category = coalesce(publish_prompt.category, held.category),
      tags = coalesce(publish_prompt.tags, held.tags),
      is_published = true
  returning id into shown;
  return shown;
end
$$;

-- Takes a published prompt back; true when it was published. Likes and uses are kept for the next time.
create or replace function unpublish_prompt(prompt_id uuid)
returns boolean
language plpgsql
set search_path = ''
as $$
begin
  update public.prompt_templates as t set is_published = false where t.prompt_id = unpublish_prompt.prompt_id and t.is_published;
  return found;
end
$$;

-- One like a person: saying it twice counts once. To take it back, delete the row of template_likes.
create or replace function increment_likes_count(template_id uuid)
returns void
language sql
set search_path = ''
as $$
  insert into public.template_likes (template_id, user_id)
  select t.id, (select auth.uid())
  from public.prompt_templates as t
  where t.id = increment_likes_count.template_id and t.is_published
  on conflict do nothing
$$;

-- One use a person, template and hour, so that a loop in somebody's program makes nothing popular.
create or replace function loam.count_use(wanted uuid)
returns void
language plpgsql
security definer
set search_path = ''
as $$
declare
  caller uuid := (select auth.uid());
begin
  if caller is null or not exists (
    select from public.prompt_templates as t where t.id = wanted and t.is_published
  ) then
    return;
  end if;
  if loam.take_rate_limit(format('template_use:%s:%s', wanted, caller), 1, 3600) then
    update public.prompt_templates as t set uses_count = t.uses_count + 1 where t.id = wanted;
  end if;
end
$$;
create or replace function increment_uses_count(template_id uuid)
returns void
language sql
set search_path = ''
as $$
  select loam.count_use(template_id)
$$;

-- The most liked templates, at most a hundred; of all categories, those without one too, where none is given.
create or replace function get_popular_templates(limit_count integer default 10, category_filter text default null)
returns table (id uuid, title text, goal text, category text, likes_count integer, uses_count integer)
language sql
stable
set search_path = ''
as $$
  select t.id, t.title, t.goal, t.category, t.likes_count, t.uses_count
  from public.prompt_templates as t
  where t.is_published and (category_filter is null or t.category = category_filter)
  order by t.likes_count desc, t.uses_count desc, t.id
  limit least(greatest(coalesce(limit_count, 10), 0), 100)
$$;

-- Candidates from the full text index. A condition on text cannot use an index below row-level security, so the index is
-- asked with the owner's rights, for what is published only; the caller's rights decide what is shown of it.
create or replace function loam.find_templates(question text, category_filter text, most integer)
returns table (template_id uuid, rank real)
language sql
stable
security definer
set search_path = ''
as $$
  with asked as materialized (
    -- Words are OR-ed: asking for all of a question's words finds almost nothing.
    select string_agg(quote_literal(lexeme), ' | ')::tsquery as words
    from (
      select lexeme from unnest(loam.template_words(left(question, 1000))) order by lexeme limit 64
    ) as each
  )
  select t.id, ts_rank(t.search, asked.words, 1)
  from asked
  join public.prompt_templates as t on t.search @@ asked.words
  where
    t.is_published
    and ((select auth.uid()) is not null or (select loam.visitors_may_read_prompts()))
    and (category_filter is null or t.category = category_filter)
  order by 2 desc, t.likes_count desc, t.id
  limit most
$$;

-- Published templates for a question, best first; without a question the most liked.
create or replace function search_templates(question text, category_filter text default null, limit_count integer default 20)
returns table (
  id uuid, title text, goal text, template text, category text, tags text[], likes_count integer, uses_count integer, rank real
)
language plpgsql
stable
set search_path = ''
as $$
#variable_conflict use_column
declare
  most integer := least(greatest(coalesce(limit_count, 20), 0), 100);
begin
  if question is null or btrim(question) = '' then
    return query
    select t.id, t.title, t.goal, t.template, t.category, t.tags, t.likes_count, t.uses_count, 0::real
    from public.prompt_templates as t
    where t.is_published and (category_filter is null or t.category = category_filter)
    order by t.likes_count desc, t.uses_count desc, t.id
    limit most;
  else
    return query
    select t.id, t.title, t.goal, t.template, t.category, t.tags, t.likes_count, t.uses_count, found.rank
    from loam.find_templates(question, category_filter, most) as found
    join public.prompt_templates as t on t.id = found.template_id
    order by found.rank desc, t.likes_count desc, t.id;
  end if;
end
$$;

-- Whether a question is to be asked, given what was answered so far as { question_id: answer }.
create or replace function loam.question_applies(condition jsonb, answers jsonb)
returns boolean
language sql
immutable
set search_path = ''
as $$
  select case
    when condition is null then true
    when condition ->> 'operator' = 'answered' then coalesce(answers ->> (condition ->> 'question_id'), '') <> ''
    when condition ->> 'operator' = 'not_equals'
      then answers ->> (condition ->> 'question_id') is distinct from condition ->> 'value'
    when condition ->> 'operator' = 'contains'
      then coalesce(strpos(answers ->> (condition ->> 'question_id'), condition ->> 'value') > 0, false)
    else coalesce(answers ->> (condition ->> 'question_id') = condition ->> 'value', false)
  end
$$;

-- The questions of a prompt that are still to be asked, in order.
create or replace function questions_to_ask(prompt_id uuid, answers jsonb default '{}')
returns setof prompt_questions
language sql
stable
set search_path = ''
as $$
  select q.*
  from public.prompt_questions as q
  where
    q.prompt_id = questions_to_ask.prompt_id
    and not questions_to_ask.answers ? q.question_id
    and loam.question_applies(q.condition, questions_to_ask.answers)
  order by q.position, q.created_at, q.question_id
$$;

revoke execute on function
  loam.visitors_may_read_prompts(), loam.inherit_prompt(), loam.fill_prompt_version(), loam.keep_prompt_version(),
  loam.check_prompt_label(), loam.withdraw_prompt(), loam.template_words(text), loam.fill_template(),
  loam.mark_published_versions(), loam.count_likes(), loam.notify_prompt(), loam.find_templates(text, text, integer),
  loam.question_applies(jsonb, jsonb), loam.count_use(uuid)
from public;
revoke execute on function
  publish_prompt(uuid, text, text[]), unpublish_prompt(uuid), increment_likes_count(uuid), increment_uses_count(uuid),
  get_popular_templates(integer, text), search_templates(text, text, integer), questions_to_ask(uuid, jsonb)
from public;
grant execute on function
  publish_prompt(uuid, text, text[]), unpublish_prompt(uuid), increment_likes_count(uuid), increment_uses_count(uuid),
  get_popular_templates(integer, text), search_templates(text, text, integer), questions_to_ask(uuid, jsonb),
  loam.template_words(text), loam.find_templates(text, text, integer), loam.question_applies(jsonb, jsonb), loam.count_use(uuid)
to authenticated;
-- Visitors see rows only where the installation shows them any.
grant execute on function
  loam.visitors_may_read_prompts(), get_popular_templates(integer, text), search_templates(text, text, integer),
  loam.find_templates(text, text, integer)
to anon;
