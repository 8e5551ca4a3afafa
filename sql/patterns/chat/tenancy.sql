-- Conversations of an organization: its members read them, whoever began one goes on with it, viewers write nothing, and
-- who has left sees none. A message belongs where its conversation does.
alter table conversations
  add foreign key (organization_id) references organizations (id) on delete cascade,
  add unique (id, organization_id),
  add unique (id, tenant_id);
create index conversations_organization_id_idx on conversations (organization_id) where organization_id is not null;

alter table conversation_collections
  drop constraint conversation_collections_conversation_id_fkey,
  add foreign key (conversation_id, tenant_id) references conversations (id, tenant_id) on delete cascade;

alter table messages
  drop constraint messages_conversation_id_fkey,
  add foreign key (organization_id) references organizations (id) on delete cascade,
  add foreign key (conversation_id, tenant_id) references conversations (id, tenant_id) on delete cascade,
  add unique (id, tenant_id);
create index messages_organization_id_idx on messages (organization_id) where organization_id is not null;

alter table messages_archive
  drop constraint messages_archive_conversation_id_fkey,
  add foreign key (organization_id) references organizations (id) on delete cascade,
  add foreign key (conversation_id, tenant_id) references conversations (id, tenant_id) on delete cascade;
create index messages_archive_organization_id_idx on messages_archive (organization_id) where organization_id is not null;

alter table stream_chunks
  drop constraint stream_chunks_message_id_fkey,
  add foreign key (message_id, tenant_id) references messages (id, tenant_id) on delete cascade;

alter table message_citations
  drop constraint message_citations_message_id_fkey,
  add foreign key (message_id, tenant_id) references messages (id, tenant_id) on delete cascade;

alter table message_reactions
  drop constraint message_reactions_message_id_fkey,
  add foreign key (message_id, tenant_id) references messages (id, tenant_id) on delete cascade;

alter table system_prompt_templates
  add foreign key (organization_id) references organizations (id) on delete cascade;
create index system_prompt_templates_organization_id_idx on system_prompt_templates (organization_id)
  where organization_id is not null;

-- Taking part in an organization's conversation ends with the membership, though the place in it is kept.
create or replace function loam.my_shared_conversation_ids()
returns setof uuid
language sql
stable
security definer
set search_path = ''
as $$
  select p.conversation_id
  from public.conversation_participants as p
  join public.conversations as c on c.id = p.conversation_id
  where
    p.user_id = (select auth.uid())
    and p.shared
    and (c.organization_id is null or c.organization_id = any (array(select loam.my_organization_ids())))
$$;

create or replace function loam.may_read_conversation(wanted uuid)
returns boolean
language sql
stable
security definer
set search_path = ''
as $$
  select exists (
    select from public.conversations as c
    where
      c.id = wanted
      and case
        when c.organization_id is null then exists (
          select from public.conversation_participants as p
          where p.conversation_id = c.id and p.user_id = (select auth.uid())
        )
        else c.organization_id = any (array(select loam.my_organization_ids()))
      end
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
    select from public.conversations as c
    join public.conversation_participants as p on p.conversation_id = c.id and p.user_id = (select auth.uid())
    where
      c.id = wanted
      and (c.organization_id is null or c.organization_id = any (array(select loam.my_organization_ids('member'))))
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
    where
      id = wanted and user_id = (select auth.uid())
      and tenant_id = any (array(select loam.my_tenant_ids('member')))
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
    where m.id = wanted and loam.may_read_conversation(m.conversation_id)
  )
$$;

-- Reactions and feedback: of whoever reads a message and is no viewer.
create or replace function loam.may_mark_message(wanted uuid)
returns boolean
language sql
stable
security definer
set search_path = ''
as $$
  select exists (
    select from public.messages as m
    where
      m.id = wanted
      and loam.may_read_conversation(m.conversation_id)
      and (m.organization_id is null or m.organization_id = any (array(select loam.my_organization_ids('member'))))
  )
$$;

alter policy "people read conversations they take part in" on conversations
  using (
    tenant_id = any (array(select loam.my_tenant_ids()))
    or id = any (array(select loam.my_shared_conversation_ids()))
  );
alter policy "people start their own conversations" on conversations
  with check (user_id = (select auth.uid()) and tenant_id = any (array(select loam.my_tenant_ids('member'))));
alter policy "people change their own conversations" on conversations
  using (user_id = (select auth.uid()) and tenant_id = any (array(select loam.my_tenant_ids('member'))))
  with check (user_id = (select auth.uid()) and tenant_id = any (array(select loam.my_tenant_ids('member'))));
alter policy "people remove their own conversations" on conversations
  using (
    (user_id = (select auth.uid()) and tenant_id = any (array(select loam.my_tenant_ids('member'))))
    or organization_id = any (array(select loam.my_organization_ids('admin')))
  );

alter policy "people read messages of their conversations" on messages
  using (
    tenant_id = any (array(select loam.my_tenant_ids()))
    or conversation_id = any (array(select loam.my_shared_conversation_ids()))
  );
alter policy "people read what was put away of their conversations" on messages_archive
  using (
    tenant_id = any (array(select loam.my_tenant_ids()))
    or conversation_id = any (array(select loam.my_shared_conversation_ids()))
  );
alter policy "people see which collections a conversation uses" on conversation_collections
  using (
    tenant_id = any (array(select loam.my_tenant_ids()))
    or conversation_id = any (array(select loam.my_shared_conversation_ids()))
  );
alter policy "people read pieces of answers they may read" on stream_chunks
  using (
    tenant_id = any (array(select loam.my_tenant_ids()))
    or message_id = any (array(select loam.my_shared_message_ids()))
  );
alter policy "people read citations of answers they may read" on message_citations
  using (
    tenant_id = any (array(select loam.my_tenant_ids()))
    or message_id = any (array(select loam.my_shared_message_ids()))
  );
alter policy "people see reactions to messages they may read" on message_reactions
  using (
    tenant_id = any (array(select loam.my_tenant_ids()))
    or message_id = any (array(select loam.my_shared_message_ids()))
  );

alter policy "people react" on message_reactions
  with check (user_id = (select auth.uid()) and loam.may_mark_message(message_id));
alter policy "people take reactions back" on message_reactions
  using (user_id = (select auth.uid()) and loam.may_mark_message(message_id));
alter policy "people rate answers they may read" on message_feedback
  with check (user_id = (select auth.uid()) and loam.may_mark_message(message_id));
alter policy "people change their feedback" on message_feedback
  using (user_id = (select auth.uid()) and loam.may_mark_message(message_id))
  with check (user_id = (select auth.uid()) and loam.may_mark_message(message_id));
alter policy "people take feedback back" on message_feedback
  using (user_id = (select auth.uid()) and loam.may_mark_message(message_id));
alter policy "people go on typing" on typing_indicators
  using (user_id = (select auth.uid()) and loam.may_write_conversation(conversation_id))
  with check (user_id = (select auth.uid()) and loam.may_write_conversation(conversation_id));

alter policy "people read their own and public templates" on system_prompt_templates
  using (tenant_id = any (array(select loam.my_tenant_ids())) or is_public);
alter policy "people write their own templates" on system_prompt_templates
  with check (user_id = (select auth.uid()) and tenant_id = any (array(select loam.my_tenant_ids('member'))));
alter policy "people change their own templates" on system_prompt_templates
  using (
    (user_id = (select auth.uid()) and tenant_id = any (array(select loam.my_tenant_ids('member'))))
    or organization_id = any (array(select loam.my_organization_ids('admin')))
  )
  with check (
    (user_id = (select auth.uid()) and tenant_id = any (array(select loam.my_tenant_ids('member'))))
    or organization_id = any (array(select loam.my_organization_ids('admin')))
  );
alter policy "people remove their own templates" on system_prompt_templates
  using (
    (user_id = (select auth.uid()) and tenant_id = any (array(select loam.my_tenant_ids('member'))))
    or organization_id = any (array(select loam.my_organization_ids('admin')))
  );
grant insert (organization_id) on system_prompt_templates to authenticated;

revoke execute on function loam.may_mark_message(uuid) from public;
grant execute on function loam.may_mark_message(uuid) to authenticated;

-- An embedding is of its message's tenant, whoever wrote the message.
create or replace function loam.follow_message_embedding()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
  select owner_id, organization_id into new.user_id, new.organization_id
  from public.messages
  where id = new.message_id;
  return new;
end
$$;
revoke execute on function loam.follow_message_embedding() from public;

do $$
begin
  if to_regclass('public.message_embeddings') is not null then
    alter table public.message_embeddings
      drop constraint message_embeddings_message_id_fkey,
      add foreign key (organization_id) references public.organizations (id) on delete cascade,
      add foreign key (message_id, tenant_id) references public.messages (id, tenant_id) on delete cascade;
    create index message_embeddings_organization_id_idx on public.message_embeddings (organization_id)
      where organization_id is not null;
    create index message_embeddings_message_id_idx on public.message_embeddings (message_id, tenant_id);
    create trigger message_embeddings_follow before insert on public.message_embeddings
      for each row execute function loam.follow_message_embedding();
    alter policy "people read embeddings of messages they may read" on public.message_embeddings
      using (
        tenant_id = any (array(select loam.my_tenant_ids()))
        or message_id = any (array(select loam.my_shared_message_ids()))
      );
  end if;
end
$$;
