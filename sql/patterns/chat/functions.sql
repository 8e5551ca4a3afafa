-- What chat needs to decide inside the database: who takes part, how an answer begins, what the active path is.

-- The caller's conversations that somebody else takes part in too. Few rows: own unshared ones are found by user_id.
create or replace function loam.my_shared_conversation_ids()
returns setof uuid
language sql
stable
security definer
set search_path = ''
as $$
  select conversation_id
  from public.conversation_participants
  where user_id = (select auth.uid()) and shared
$$;

-- And the messages in those: what hangs on a message is found by its id.
create or replace function loam.my_shared_message_ids()
returns setof uuid
language sql
stable
security definer
set search_path = ''
as $$
  select m.id
  from public.messages as m
  where m.conversation_id = any (array(select loam.my_shared_conversation_ids()))
$$;

create or replace function loam.may_read_conversation(wanted uuid)
returns boolean
language sql
stable
security definer
set search_path = ''
as $$
  select exists (
    select from public.conversation_participants
    where conversation_id = wanted and user_id = (select auth.uid())
  )
$$;

create or replace function loam.may_write_conversation(wanted uuid)
returns boolean
language sql
stable
security definer
set search_path = ''
as $$
  select exists (
    select from public.conversation_participants
    where conversation_id = wanted and user_id = (select auth.uid())
  )
$$;

create or replace function loam.owns_conversation(wanted uuid)
returns boolean
language sql
stable
security definer
set search_path = ''
as $$
  select exists (
    select from public.conversations
    where id = wanted and user_id = (select auth.uid())
  )
$$;

create or replace function loam.may_read_message(wanted uuid)
returns boolean
language sql
stable
security definer
set search_path = ''
as $$
  select exists (
    select from public.messages as m
    join public.conversation_participants as p using (conversation_id)
    where m.id = wanted and p.user_id = (select auth.uid())
  )
$$;

-- A message belongs to whom its conversation belongs to, and what hangs on either to the same. Where there is none the
-- foreign key says so.
create or replace function loam.follow_conversation()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
  select user_id, organization_id into new.owner_id, new.organization_id
  from public.conversations
  where id = new.conversation_id
  -- Before the foreign key locks it weakly: two messages at once would each hold that and wait for the other to count.
  for no key update;
  new.owner_id := coalesce(new.owner_id, new.user_id);
  return new;
end
$$;
create trigger messages_follow_conversation before insert on messages
  for each row execute function loam.follow_conversation();

create or replace function loam.follow_message()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
  new.tenant_id := coalesce((select tenant_id from public.messages where id = new.message_id), new.user_id);
  return new;
end
$$;
create trigger stream_chunks_follow before insert on stream_chunks
  for each row execute function loam.follow_message();
create trigger message_citations_follow before insert on message_citations
  for each row execute function loam.follow_message();
create trigger message_reactions_follow before insert on message_reactions
  for each row execute function loam.follow_message();

create or replace function loam.follow_tenant()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
  new.tenant_id := coalesce((select tenant_id from public.conversations where id = new.conversation_id), new.tenant_id);
  return new;
end
$$;
create trigger conversation_collections_follow before insert on conversation_collections
  for each row execute function loam.follow_tenant();

-- The owner takes part from the first moment.
create or replace function loam.add_owner_participant()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
  insert into public.conversation_participants (conversation_id, user_id, role)
  values (new.id, new.user_id, 'owner');
  return null;
end
$$;
create trigger conversations_add_owner after insert on conversations
  for each row execute function loam.add_owner_participant();

create or replace function loam.mark_shared_participants()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
declare
  touched uuid := coalesce(new.conversation_id, old.conversation_id);
  is_shared boolean := (select count(*) > 1 from public.conversation_participants where conversation_id = touched);
begin
  update public.conversation_participants
  set shared = is_shared
  where conversation_id = touched and shared is distinct from is_shared;
  return null;
end
$$;
create trigger conversation_participants_shared after insert or delete on conversation_participants
  for each row execute function loam.mark_shared_participants();

-- A message counts for its conversation, and is the newest leaf of whoever it was written for.
create or replace function loam.count_messages()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
  update public.conversations as c
  set message_count = c.message_count + batch.messages, last_message_at = greatest(c.last_message_at, batch.newest)
  from (
    select conversation_id, count(*) as messages, max(created_at) as newest
    from added
    group by conversation_id
    order by conversation_id
  ) as batch
  where c.id = batch.conversation_id;
  update public.conversation_participants as p
  set active_message_id = leaf.id, last_read_at = leaf.created_at
  from (
    select distinct on (conversation_id, user_id) conversation_id, user_id, id, created_at
    from added
    order by conversation_id, user_id, created_at desc, seq desc
  ) as leaf
  where p.conversation_id = leaf.conversation_id and p.user_id = leaf.user_id;
  return null;
end
$$;
create trigger messages_count
  after insert on messages
  referencing new table as added
  for each statement execute function loam.count_messages();

-- Begins an answer: an empty, pending assistant message under a message that the caller wrote. It can say nothing; only
-- loam_answer fills it. Errors: no_data_found when the parent is not the caller's, object_in_use when the caller already
-- has `most_running` answers running.
create or replace function loam.begin_answer(
  answer_id uuid, parent uuid, answer_provider text, answer_model text, lease_owner uuid, most_running integer default 8
)
returns uuid
language plpgsql
security definer
set search_path = ''
as $$
declare
  asked public.messages;
begin
  select m.* into asked
  from public.messages as m
  join public.conversation_participants as p
    on p.conversation_id = m.conversation_id and p.user_id = (select auth.uid())
  where
    m.id = parent and m.user_id = (select auth.uid()) and m.role = 'user'
    and loam.may_write_conversation(m.conversation_id);
  if not found then
    raise exception 'the message to answer is not there' using errcode = 'no_data_found';
  end if;
  -- Who asks twice at the same moment waits here, or both would find room for one more.
  perform pg_advisory_xact_lock(hashtextextended('loam.answers.' || asked.user_id, 0));
  if (select count(*) from public.answer_leases where user_id = asked.user_id) >= most_running then
    raise exception 'too many answers are running' using errcode = 'object_in_use';
  end if;
  insert into public.messages (id, conversation_id, user_id, parent_id, role, provider, model, status, created_at)
  values (answer_id, asked.conversation_id, asked.user_id, asked.id, 'assistant', answer_provider, answer_model, 'pending', clock_timestamp());
  insert into public.answer_leases (message_id, user_id, owner_id) values (answer_id, asked.user_id, lease_owner);
  return answer_id;
end
$$;

-- Asks whichever process makes this answer to stop. True when it was running.
create or replace function loam.request_stop(answer_id uuid)
returns boolean
language plpgsql
security definer
set search_path = ''
as $$
begin
  update public.answer_leases set stop_requested_at = now()
  where message_id = answer_id and user_id = (select auth.uid());
  if not found then
    return false;
  end if;
  perform pg_notify('loam_stops', answer_id::text);
  return true;
end
$$;

-- Answers whose process fell silent become failed with what had arrived. Text comes from the stored pieces.
create or replace function loam.fail_abandoned_answers(silent_for interval)
returns setof uuid
language plpgsql
security definer
set search_path = ''
as $$
declare
  dead uuid;
begin
  for dead in
    select message_id from public.answer_leases
    where heartbeat_at < now() - silent_for
    order by message_id
    for update skip locked
  loop
    update public.messages as m
    set
      status = 'failed',
      content = coalesce((
        -- Never more than a message may hold: one that could not be ended would keep all others from it.
        select left(string_agg(event ->> 'delta', '' order by c.seq, e.place), 500000)
        from public.stream_chunks as c
        cross join lateral jsonb_array_elements(c.events) with ordinality as e (event, place)
        where c.message_id = dead and event ->> 'type' = 'text-delta'
      ), ''),
      error = jsonb_build_object(
        'code', 'answer_abandoned',
        'message', 'The server stopped while it was answering.',
        'hint', 'Try again; what had arrived is kept.'
      )
    where m.id = dead and m.status in ('pending', 'streaming');
    delete from public.answer_leases where message_id = dead;
    perform pg_notify('loam_answers', dead::text || ':end');
    return next dead;
  end loop;
end
$$;

-- The path from a leaf up to its root, newest first, at most `page` messages. Costs one index look-up a message,
-- however many messages the conversation has. Runs with the caller's rights.
create or replace function loam.message_path(leaf uuid, page integer)
returns table (id uuid, depth integer)
language sql
stable
rows 50
set search_path = ''
as $$
  with recursive path as (
    select m.id, m.parent_id, 1 as depth
    from public.messages as m
    where m.id = leaf
    union all
    select m.id, m.parent_id, path.depth + 1
    from path
    join public.messages as m on m.id = path.parent_id
    where path.depth < page
  )
  select path.id, path.depth from path
$$;

-- The newest leaf below a message: where the reader stands after choosing this branch.
create or replace function loam.latest_leaf(top uuid)
returns uuid
language sql
stable
set search_path = ''
as $$
  with recursive descent as (
    select m.id, m.conversation_id
    from public.messages as m
    where m.id = top
    union all
    select child.id, child.conversation_id
    from descent
    cross join lateral (
      select m.id, m.conversation_id
      from public.messages as m
      where m.conversation_id = descent.conversation_id and m.parent_id = descent.id
      order by m.created_at desc, m.seq desc
      limit 1
    ) as child
  )
  select descent.id
  from descent
  where not exists (
    select from public.messages as m
    where m.conversation_id = descent.conversation_id and m.parent_id = descent.id
  )
$$;

-- Messages that have all words of a question, in conversations that are not in the trash, best first. With the caller's
-- rights, so it looks through his own messages: no index of words may be asked before the policy has spoken.
create or replace function search_messages(question text, in_conversation uuid default null, match_count integer default 20)
returns table (id uuid, conversation_id uuid, role text, content text, created_at timestamptz, rank real)
language sql
stable
set search_path = ''
as $$
  select m.id, m.conversation_id, m.role, m.content, m.created_at, ts_rank(m.content_search, asked.words) as rank
  from public.messages as m
  join public.conversations as c on c.id = m.conversation_id
  cross join (
    select plainto_tsquery('simple', loam.parseable(left(question, 1000))) as words
  ) as asked
  where
    m.content_search @@ asked.words
    and m.deleted_at is null
    and c.deleted_at is null
    and (in_conversation is null or m.conversation_id = in_conversation)
  order by rank desc, m.created_at desc, m.id
  limit least(match_count, 200)
$$;

-- Who hears of a change to a conversation: everybody who takes part.
create or replace function loam.notify_conversation()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
declare
  recipients uuid[];
begin
  select coalesce(array_agg(user_id), array[coalesce(new.user_id, old.user_id)]) into recipients
  from public.conversation_participants
  where conversation_id = coalesce(new.id, old.id);
  perform loam.notify_change('conversations', coalesce(new.id, old.id), lower(tg_op), recipients);
  return null;
end
$$;
create trigger conversations_notify
  after insert or update of title, pinned, archived, model_provider, model_name, document_chat, message_count, deleted_at or delete
  on conversations
  for each row execute function loam.notify_conversation();

create or replace function loam.notify_message()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
  perform loam.notify_change(
    'messages', new.id, lower(tg_op),
    (select array_agg(user_id) from public.conversation_participants where conversation_id = new.conversation_id)
  );
  return null;
end
$$;
create trigger messages_notify after update of status on messages
  for each row when (old.status is distinct from new.status) execute function loam.notify_message();

create trigger conversations_touch before update on conversations for each row execute function loam.touch_updated_at();
create trigger conversation_participants_touch before update on conversation_participants for each row execute function loam.touch_updated_at();
create trigger messages_archive_touch before update on messages_archive for each row execute function loam.touch_updated_at();
create trigger messages_touch before update on messages for each row execute function loam.touch_updated_at();
create trigger message_feedback_touch before update on message_feedback for each row execute function loam.touch_updated_at();
create trigger system_prompt_templates_touch before update on system_prompt_templates for each row execute function loam.touch_updated_at();

revoke execute on function
  loam.my_shared_conversation_ids(), loam.my_shared_message_ids(), loam.may_read_conversation(uuid), loam.may_write_conversation(uuid), loam.owns_conversation(uuid), loam.may_read_message(uuid),
  loam.follow_conversation(), loam.follow_message(), loam.follow_tenant(), loam.add_owner_participant(), loam.mark_shared_participants(), loam.count_messages(),
  loam.begin_answer(uuid, uuid, text, text, uuid, integer), loam.request_stop(uuid), loam.fail_abandoned_answers(interval),
  loam.message_path(uuid, integer), loam.latest_leaf(uuid), loam.notify_conversation(), loam.notify_message(),
  search_messages(text, uuid, integer)
from public;
grant execute on function
  loam.my_shared_conversation_ids(), loam.my_shared_message_ids(), loam.may_read_conversation(uuid), loam.may_write_conversation(uuid), loam.owns_conversation(uuid), loam.may_read_message(uuid),
  loam.begin_answer(uuid, uuid, text, text, uuid, integer), loam.request_stop(uuid),
  loam.message_path(uuid, integer), loam.latest_leaf(uuid), search_messages(text, uuid, integer)
to authenticated;
grant execute on function loam.fail_abandoned_answers(interval) to loam_answer;
grant execute on function loam.message_path(uuid, integer) to loam_answer;
