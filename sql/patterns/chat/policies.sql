-- People say what is theirs to say: questions, settings, reactions, feedback. Answers are written by loam_answer alone.
alter table conversations enable row level security;
alter table conversation_participants enable row level security;
alter table messages enable row level security;
alter table messages_archive enable row level security;
alter table answer_leases enable row level security;
alter table stream_chunks enable row level security;
alter table message_citations enable row level security;
alter table conversation_collections enable row level security;
alter table message_reactions enable row level security;
alter table message_feedback enable row level security;
alter table typing_indicators enable row level security;
alter table system_prompt_templates enable row level security;

create policy "people read conversations they take part in" on conversations
  for select to authenticated
  using (user_id = (select auth.uid()) or id = any (array(select loam.my_shared_conversation_ids())));
-- Not for an organization: the tenant would be whatever id is given, another person's included.
create policy "people start their own conversations" on conversations
  for insert to authenticated with check (user_id = (select auth.uid()) and organization_id is null);
create policy "people change their own conversations" on conversations
  for update to authenticated using (user_id = (select auth.uid())) with check (user_id = (select auth.uid()));
create policy "people remove their own conversations" on conversations
  for delete to authenticated using (user_id = (select auth.uid()));

create policy "people see who takes part with them" on conversation_participants
  for select to authenticated
  using (user_id = (select auth.uid()) or conversation_id = any (array(select loam.my_shared_conversation_ids())));
-- Nobody is put into a conversation without having agreed to it: there is no right to insert until there are invitations.
create policy "people keep their own place" on conversation_participants
  for update to authenticated using (user_id = (select auth.uid())) with check (user_id = (select auth.uid()));
create policy "owners remove members, members leave" on conversation_participants
  for delete to authenticated
  using (role = 'member' and (user_id = (select auth.uid()) or loam.owns_conversation(conversation_id)));

create policy "people read messages of their conversations" on messages
  for select to authenticated
  using (tenant_id = (select auth.uid()) or conversation_id = any (array(select loam.my_shared_conversation_ids())));
create policy "people write their own questions" on messages
  for insert to authenticated
  with check (user_id = (select auth.uid()) and role = 'user' and loam.may_write_conversation(conversation_id));
create policy "people read what was put away of their conversations" on messages_archive
  for select to authenticated
  using (tenant_id = (select auth.uid()) or conversation_id = any (array(select loam.my_shared_conversation_ids())));

create policy "people see their running answers" on answer_leases
  for select to authenticated using (user_id = (select auth.uid()));
create policy "people read pieces of answers they may read" on stream_chunks
  for select to authenticated
  using (tenant_id = (select auth.uid()) or message_id = any (array(select loam.my_shared_message_ids())));
create policy "people read citations of answers they may read" on message_citations
  for select to authenticated
  using (tenant_id = (select auth.uid()) or message_id = any (array(select loam.my_shared_message_ids())));

create policy "people see which collections a conversation uses" on conversation_collections
  for select to authenticated
  using (tenant_id = (select auth.uid()) or conversation_id = any (array(select loam.my_shared_conversation_ids())));
create policy "owners choose collections" on conversation_collections
  for insert to authenticated with check (loam.owns_conversation(conversation_id));
create policy "owners drop collections" on conversation_collections
  for delete to authenticated using (loam.owns_conversation(conversation_id));

create policy "people see reactions to messages they may read" on message_reactions
  for select to authenticated
  using (tenant_id = (select auth.uid()) or message_id = any (array(select loam.my_shared_message_ids())));
create policy "people react" on message_reactions
  for insert to authenticated with check (user_id = (select auth.uid()) and loam.may_read_message(message_id));
create policy "people take reactions back" on message_reactions
  for delete to authenticated using (user_id = (select auth.uid()));

create policy "people see their feedback" on message_feedback
  for select to authenticated using (user_id = (select auth.uid()));
create policy "people rate answers they may read" on message_feedback
  for insert to authenticated with check (user_id = (select auth.uid()) and loam.may_read_message(message_id));
create policy "people change their feedback" on message_feedback
  for update to authenticated using (user_id = (select auth.uid())) with check (user_id = (select auth.uid()));
create policy "people take feedback back" on message_feedback
  for delete to authenticated using (user_id = (select auth.uid()));

create policy "people see who is typing with them" on typing_indicators
  for select to authenticated
  using (user_id = (select auth.uid()) or conversation_id = any (array(select loam.my_shared_conversation_ids())));
create policy "people type" on typing_indicators
  for insert to authenticated with check (user_id = (select auth.uid()) and loam.may_write_conversation(conversation_id));
create policy "people go on typing" on typing_indicators
  for update to authenticated using (user_id = (select auth.uid())) with check (user_id = (select auth.uid()));
create policy "people stop typing" on typing_indicators
  for delete to authenticated using (user_id = (select auth.uid()));

create policy "people read their own and public templates" on system_prompt_templates
  for select to authenticated using (user_id = (select auth.uid()) or is_public);
create policy "people write their own templates" on system_prompt_templates
  for insert to authenticated with check (user_id = (select auth.uid()));
create policy "people change their own templates" on system_prompt_templates
  for update to authenticated using (user_id = (select auth.uid())) with check (user_id = (select auth.uid()));
create policy "people remove their own templates" on system_prompt_templates
  for delete to authenticated using (user_id = (select auth.uid()));

-- The answering service: finds what it answers, writes answers and nothing that people say.
create policy "answers: read messages" on messages for select to loam_answer using (true);
create policy "answers: write answers only" on messages
  for update to loam_answer using (role = 'assistant') with check (role = 'assistant');
create policy "answers: leases" on answer_leases for all to loam_answer using (true) with check (true);
create policy "answers: pieces" on stream_chunks for all to loam_answer using (true) with check (true);
create policy "answers: citations" on message_citations for all to loam_answer using (true) with check (true);
create policy "answers: read conversations" on conversations for select to loam_answer using (true);
create policy "answers: titles and totals" on conversations for update to loam_answer using (true) with check (true);

-- Maintenance removes what is due and sees no content: column grants below.
create policy "maintenance: purge conversations" on conversations for all to loam_maintenance using (deleted_at is not null);
create policy "maintenance: purge pieces" on stream_chunks for all to loam_maintenance using (true);
create policy "maintenance: running answers" on answer_leases for select to loam_maintenance using (true);
create policy "maintenance: purge typing" on typing_indicators for all to loam_maintenance using (true);

grant select, delete on conversations to authenticated;
grant insert (id, user_id, organization_id, title, model_provider, model_name, temperature, max_tokens, system_prompt, document_chat, image_generation, web_search, pinned, archived, metadata)
  on conversations to authenticated;
grant update (title, model_provider, model_name, temperature, max_tokens, system_prompt, document_chat, image_generation, web_search, pinned, archived, metadata, deleted_at)
  on conversations to authenticated;
grant select, delete on conversation_participants to authenticated;
grant update (active_message_id, last_read_at) on conversation_participants to authenticated;
grant select on messages, messages_archive to authenticated;
grant insert (id, conversation_id, user_id, parent_id, reply_to_id, role, content, attachments, metadata) on messages to authenticated;
grant select on answer_leases, stream_chunks, message_citations to authenticated;
grant select, delete on conversation_collections, message_reactions, message_feedback, typing_indicators, system_prompt_templates to authenticated;
grant insert (conversation_id, collection_id) on conversation_collections to authenticated;
grant insert (message_id, user_id, reaction) on message_reactions to authenticated;
grant insert (message_id, user_id, rating, comment) on message_feedback to authenticated;
grant insert (conversation_id, user_id, started_at, expires_at) on typing_indicators to authenticated;
grant update (rating, comment) on message_feedback to authenticated;
grant update (started_at, expires_at) on typing_indicators to authenticated;
grant insert (id, user_id, name, description, content, category, is_public, metadata) on system_prompt_templates to authenticated;
grant update (name, description, content, category, is_public, metadata, deleted_at) on system_prompt_templates to authenticated;

grant select on messages to loam_answer;
grant update (content, reasoning, status, error, provider, model, model_used, input_tokens, output_tokens, cost_usd, tool_calls, metadata) on messages to loam_answer;
grant select, insert, update, delete on answer_leases, stream_chunks, message_citations to loam_answer;
grant select (id, user_id, title, deleted_at), update (title, total_tokens_used, total_cost_usd) on conversations to loam_answer;
grant select (total_tokens_used, total_cost_usd) on conversations to loam_answer;
grant select (id, user_id, deleted_at), delete on conversations to loam_maintenance;
grant select (message_id, seq, created_at), delete on stream_chunks to loam_maintenance;
grant select (message_id, heartbeat_at) on answer_leases to loam_maintenance;
grant select (conversation_id, user_id, expires_at), delete on typing_indicators to loam_maintenance;

-- Supabase's realtime. Not participants, reactions and typing: of a deleted row it tells the key to everybody, and theirs
-- says who.
select loam.publish_changes('public.conversations');
select loam.publish_changes('public.messages');
