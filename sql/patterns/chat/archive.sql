-- Where messages go that nobody has looked at for long, and the way back.

-- Puts the messages of conversations away that have been quiet for `older_than`, at most `most` conversations a call, and
-- answers how many messages that were. Whole conversations, because a tree that loses its roots cannot be read; not the
-- pinned ones. Embeddings go, since nothing searches what is put away.
create or replace function archive_old_messages(older_than interval default '1 year', most integer default 100)
returns bigint
language plpgsql
security definer
set search_path = ''
as $$
declare
  quiet uuid[];
  moved bigint;
begin
  if older_than < interval '1 day' then
    raise exception 'messages of the last day are not archived' using errcode = 'invalid_parameter_value';
  end if;
  quiet := array(
    select c.id
    from public.conversations as c
    where
      coalesce(c.last_message_at, c.created_at) < now() - older_than
      and not c.pinned
      and exists (select from public.messages as m where m.conversation_id = c.id)
      and not exists (
        select from public.messages as m where m.conversation_id = c.id and m.status in ('pending', 'streaming')
      )
    order by coalesce(c.last_message_at, c.created_at), c.id
    limit most
    for update of c skip locked
  );
  insert into public.messages_archive (
    id, conversation_id, user_id, owner_id, organization_id, parent_id, reply_to_id, seq, role, content, reasoning, provider, model,
    model_used, input_tokens, output_tokens, cost_usd, tool_calls, attachments, status, error, metadata, citations, reactions,
    feedback, created_at, updated_at, deleted_at
  )
  select
    m.id, m.conversation_id, m.user_id, m.owner_id, m.organization_id, m.parent_id, m.reply_to_id, m.seq, m.role, m.content, m.reasoning,
    m.provider, m.model, m.model_used, m.input_tokens, m.output_tokens, m.cost_usd, m.tool_calls, m.attachments, m.status,
    m.error, m.metadata,
    (select coalesce(jsonb_agg(to_jsonb(x) order by x.position), '[]') from public.message_citations as x where x.message_id = m.id),
    (select coalesce(jsonb_agg(to_jsonb(x)), '[]') from public.message_reactions as x where x.message_id = m.id),
    (select coalesce(jsonb_agg(to_jsonb(x)), '[]') from public.message_feedback as x where x.message_id = m.id),
    m.created_at, m.updated_at, m.deleted_at
  from public.messages as m
  where m.conversation_id = any (quiet);
  get diagnostics moved = row_count;
  delete from public.messages where conversation_id = any (quiet);
  update public.conversations set archived = true where id = any (quiet);
  return moved;
end
$$;

-- Takes the messages of a conversation of one's own back out of the archive; answers how many. Citations of documents that
-- were purged meanwhile stay away.
create or replace function loam.restore_archived_messages(wanted uuid)
returns bigint
language plpgsql
security definer
set search_path = ''
as $$
declare
  counted integer;
  kept public.messages_archive[];
begin
  if not loam.owns_conversation(wanted) then
    raise exception 'the conversation is not there' using errcode = 'no_data_found';
  end if;
  select message_count into counted from public.conversations where id = wanted for update;
  with gone as (
    delete from public.messages_archive where conversation_id = wanted returning *
  )
  select coalesce(array_agg(g order by g.created_at, g.seq), '{}') into kept from gone as g;
  insert into public.messages (
    id, conversation_id, user_id, owner_id, organization_id, parent_id, reply_to_id, seq, role, content, reasoning, provider, model,
    model_used, input_tokens, output_tokens, cost_usd, tool_calls, attachments, status, error, metadata, created_at, updated_at,
    deleted_at
  )
  overriding system value
  select
    id, conversation_id, user_id, owner_id, organization_id, parent_id, reply_to_id, seq, role, content, reasoning, provider, model,
    model_used, input_tokens, output_tokens, cost_usd, tool_calls, attachments, status, error, metadata, created_at, updated_at,
    deleted_at
  from unnest(kept);
  if to_regclass('public.documents') is null then
    insert into public.message_citations
    select c.* from unnest(kept) as k cross join lateral jsonb_populate_recordset(null::public.message_citations, k.citations) as c;
  else
    insert into public.message_citations
    select c.*
    from unnest(kept) as k
    cross join lateral jsonb_populate_recordset(null::public.message_citations, k.citations) as c
    where exists (select from public.documents as d where d.id = c.document_id);
  end if;
  insert into public.message_reactions
  select r.* from unnest(kept) as k cross join lateral jsonb_populate_recordset(null::public.message_reactions, k.reactions) as r;
  insert into public.message_feedback
  select f.* from unnest(kept) as k cross join lateral jsonb_populate_recordset(null::public.message_feedback, k.feedback) as f;
  update public.conversations set message_count = counted, archived = false where id = wanted;
  return cardinality(kept);
end
$$;
create or replace function restore_archived_messages(conversation_id uuid)
returns bigint
language sql
set search_path = ''
as $$
  select loam.restore_archived_messages(conversation_id)
$$;

revoke execute on function
  archive_old_messages(interval, integer), loam.restore_archived_messages(uuid), restore_archived_messages(uuid)
from public;
grant execute on function loam.restore_archived_messages(uuid), restore_archived_messages(uuid) to authenticated;
grant execute on function archive_old_messages(interval, integer) to loam_maintenance, service_role;
