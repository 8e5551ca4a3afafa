// What people do in the chat room, run as the person, under RLS. What is done for them stands in answer-queries.ts.
import type { Attachment, Citation, MessageError } from '../../contract/chat.ts';
import { json, jsonOrNull, type Row, statement } from '../../core/statement.ts';

const conversationColumns = {
  id: 'uuid',
  title: 'text?',
  model_provider: 'text?',
  model_name: 'text?',
  system_prompt: 'text?',
  temperature: 'numeric?',
  max_tokens: 'int4?',
  document_chat: 'bool',
  collection_ids: 'uuid[]',
  pinned: 'bool',
  archived: 'bool',
  message_count: 'int4',
  total_tokens_used: 'int8',
  total_cost_usd: 'numeric',
  active_message_id: 'uuid?',
  last_message_at: 'timestamptz?',
  created_at: 'timestamptz',
  updated_at: 'timestamptz',
} as const;

const conversationFields = `
  c.id, c.title, c.model_provider, c.model_name, c.system_prompt, c.temperature, c.max_tokens, c.document_chat,
  array(select cc.collection_id from conversation_collections as cc where cc.conversation_id = c.id order by 1) as collection_ids,
  c.pinned, c.archived, c.message_count, c.total_tokens_used, c.total_cost_usd, p.active_message_id,
  c.last_message_at, c.created_at, c.updated_at`;
const conversationSource = `
  from conversations as c
  left join conversation_participants as p on p.conversation_id = c.id and p.user_id = (select auth.uid())`;

/** Newest first; `before_at` and `before_id` are the last row of the page before. `wanted` looks in titles. */
export const listConversations = statement({
  name: 'chat_list_conversations',
  text: `
    select ${conversationFields}
    ${conversationSource}
    where c.deleted_at is null
      and c.user_id = (select auth.uid())
      and ($2::timestamptz is null or (coalesce(c.last_message_at, c.created_at), c.id) < ($2, $3::uuid))
      and ($4::text is null or c.title ilike '%' || $4 || '%')
    order by coalesce(c.last_message_at, c.created_at) desc, c.id desc
    limit $1`,
  params: { limit: 'int4', before_at: 'timestamptz?', before_id: 'uuid?', wanted: 'text?' },
  columns: conversationColumns,
});
export type ConversationRow = Row<typeof listConversations>;

export const getConversation = statement({
  name: 'chat_get_conversation',
  text: `
    select ${conversationFields}
    ${conversationSource}
    where c.id = $1 and c.deleted_at is null`,
  params: { id: 'uuid' },
  columns: conversationColumns,
});

export const insertConversation = statement({
  name: 'chat_insert_conversation',
  text: `
    insert into conversations (id, user_id, title, model_provider, model_name, system_prompt, temperature, max_tokens, document_chat)
    values ($1, (select auth.uid()), $2, $3, $4, $5, $6, $7, $8)`,
  params: {
    id: 'uuid',
    title: 'text?',
    model_provider: 'text?',
    model_name: 'text?',
    system_prompt: 'text?',
    temperature: 'numeric?',
    max_tokens: 'int4?',
    document_chat: 'bool',
  },
});

/** Each `set_…` says whether the value beside it, null included, replaces what is there. */
export const updateConversation = statement({
  name: 'chat_update_conversation',
  text: `
    update conversations
    set
      title = coalesce($2, title),
      model_provider = case when $3 then $4 else model_provider end,
      model_name = case when $3 then $5 else model_name end,
      system_prompt = case when $6 then $7 else system_prompt end,
      temperature = case when $8 then $9 else temperature end,
      max_tokens = case when $10 then $11 else max_tokens end,
      document_chat = coalesce($12, document_chat),
      pinned = coalesce($13, pinned),
      archived = coalesce($14, archived)
    where id = $1 and deleted_at is null
    returning id`,
  params: {
    id: 'uuid',
    title: 'text?',
    set_model: 'bool',
    model_provider: 'text?',
    model_name: 'text?',
    set_system_prompt: 'bool',
    system_prompt: 'text?',
    set_temperature: 'bool',
    temperature: 'numeric?',
    set_max_tokens: 'bool',
    max_tokens: 'int4?',
    document_chat: 'bool?',
    pinned: 'bool?',
    archived: 'bool?',
  },
  columns: { id: 'uuid' },
});

export const setDeleted = statement({
  name: 'chat_set_deleted',
  text: `
    update conversations
    set deleted_at = case when $2 then now() end
    where id = $1 and (deleted_at is null) = $2
    returning id`,
  params: { id: 'uuid', deleted: 'bool' },
  columns: { id: 'uuid' },
});

export const purgeConversation = statement({
  name: 'chat_purge_conversation',
  text: `
    delete from conversations
    where id = $1
    returning id`,
  params: { id: 'uuid' },
  columns: { id: 'uuid' },
});

export const clearCollections = statement({
  name: 'chat_clear_collections',
  text: `
    delete from conversation_collections
    where conversation_id = $1`,
  params: { conversation_id: 'uuid' },
});

export const addCollections = statement({
  name: 'chat_add_collections',
  text: `
    insert into conversation_collections (conversation_id, collection_id)
    select $1, unnest($2::uuid[])
    on conflict do nothing`,
  params: { conversation_id: 'uuid', collection_ids: 'uuid[]' },
});

export const chooseBranch = statement({
  name: 'chat_choose_branch',
  text: `
    update conversation_participants
    set active_message_id = loam.latest_leaf($2)
    where conversation_id = $1
      and user_id = (select auth.uid())
      and exists (select from messages as m where m.conversation_id = $1 and m.id = $2)
    returning active_message_id`,
  params: { conversation_id: 'uuid', message_id: 'uuid' },
  columns: { active_message_id: 'uuid?' },
});

/** The first question names its conversation. */
export const setFirstTitle = statement({
  name: 'chat_set_first_title',
  text: `
    update conversations
    set title = $2
    where id = $1 and title is null`,
  params: { id: 'uuid', title: 'text' },
});

const messageColumns = {
  id: 'uuid',
  conversation_id: 'uuid',
  parent_id: 'uuid?',
  role: 'text',
  content: 'text',
  reasoning: 'text?',
  status: 'text',
  error: jsonOrNull<MessageError>(),
  provider: 'text?',
  model: 'text?',
  model_used: 'text?',
  tokens_used: 'int8?',
  input_tokens: 'int8?',
  output_tokens: 'int8?',
  cost_usd: 'numeric?',
  attachments: json<Attachment[]>(),
  citations: json<Citation[]>(),
  feedback: 'text?',
  sibling_ids: 'uuid[]',
  created_at: 'timestamptz',
} as const;

// Siblings by two equalities, never "is not distinct from": both arms use the index on (conversation_id, parent_id).
const messageFields = `
  m.id, m.conversation_id, m.parent_id, m.role, m.content, m.reasoning, m.status, m.error, m.provider, m.model, m.model_used,
  m.tokens_used, m.input_tokens, m.output_tokens, m.cost_usd, m.attachments,
  coalesce((
    select jsonb_agg(
      jsonb_build_object(
        'position', x.position, 'document_id', x.document_id, 'document_name', x.document_name, 'page_index', x.page_index, 'page_number', x.page_number,
        'heading', x.heading, 'start_offset', x.start_offset, 'end_offset', x.end_offset, 'passage', x.passage
      ) order by x.position
    )
    from message_citations as x
    where x.message_id = m.id
  ), '[]') as citations,
  (select f.rating from message_feedback as f where f.message_id = m.id and f.user_id = (select auth.uid())) as feedback,
  case
    when m.parent_id is null then array(
      select s.id from messages as s
      where s.conversation_id = m.conversation_id and s.parent_id is null and s.deleted_at is null
      order by s.created_at, s.seq
    )
    else array(
      select s.id from messages as s
      where s.conversation_id = m.conversation_id and s.parent_id = m.parent_id and s.deleted_at is null
      order by s.created_at, s.seq
    )
  end as sibling_ids,
  m.created_at`;

/** The path from a leaf (the caller's active message unless given) upwards, newest first. */
export const listMessages = statement({
  name: 'chat_list_messages',
  text: `
    with leaf as (
      select coalesce($2::uuid, p.active_message_id) as id
      from conversation_participants as p
      where p.conversation_id = $1 and p.user_id = (select auth.uid())
    )
    select ${messageFields}
    from leaf
    cross join lateral loam.message_path(leaf.id, $3) as path
    join messages as m on m.id = path.id
    where m.conversation_id = $1 and m.deleted_at is null
    order by path.depth`,
  params: { conversation_id: 'uuid', leaf_id: 'uuid?', limit: 'int4' },
  columns: messageColumns,
});
export type MessageRow = Row<typeof listMessages>;

export const getMessage = statement({
  name: 'chat_get_message',
  text: `
    select ${messageFields}
    from messages as m
    where m.id = $1 and m.deleted_at is null`,
  params: { id: 'uuid' },
  columns: messageColumns,
});

/** What a model is told: role and words along the path, newest first. */
export const listContext = statement({
  name: 'chat_list_context',
  text: `
    select m.id, m.role, m.content, m.attachments
    from loam.message_path($1, $2) as path
    join messages as m on m.id = path.id
    where m.deleted_at is null
    order by path.depth`,
  params: { leaf_id: 'uuid', limit: 'int4' },
  columns: { id: 'uuid', role: 'text', content: 'text', attachments: json<Attachment[]>() },
});

/** `after_active` continues the caller's active message; otherwise `parent_id`, null for a new beginning. */
export const insertQuestion = statement({
  name: 'chat_insert_question',
  text: `
    insert into messages (id, conversation_id, user_id, parent_id, role, content, attachments)
    select
      $1, p.conversation_id, p.user_id,
      case when $4 then p.active_message_id else $3::uuid end,
      'user', $5, $6
    from conversation_participants as p
    join conversations as c on c.id = p.conversation_id
    where p.conversation_id = $2 and p.user_id = (select auth.uid()) and c.deleted_at is null
    returning id, parent_id`,
  params: {
    id: 'uuid',
    conversation_id: 'uuid',
    parent_id: 'uuid?',
    after_active: 'bool',
    content: 'text',
    attachments: 'jsonb',
  },
  columns: { id: 'uuid', parent_id: 'uuid?' },
});

export const beginAnswer = statement({
  name: 'chat_begin_answer',
  text: `select loam.begin_answer($1, $2, $3, $4, $5) as id`,
  params: { answer_id: 'uuid', parent_id: 'uuid', provider: 'text', model: 'text', owner_id: 'uuid' },
  columns: { id: 'uuid?' },
});

export const requestStop = statement({
  name: 'chat_request_stop',
  text: `select loam.request_stop($1) as running`,
  params: { message_id: 'uuid' },
  columns: { running: 'bool?' },
});

export const findRunning = statement({
  name: 'chat_find_running',
  text: `
    select m.id, m.status
    from answer_leases as l
    join messages as m on m.id = l.message_id
    where m.conversation_id = $1 and l.user_id = (select auth.uid())
    order by m.created_at desc, m.seq desc
    limit 1`,
  params: { conversation_id: 'uuid' },
  columns: { id: 'uuid', status: 'text' },
});

/** Pieces of an answer from `after` on, and whether it still runs. */
export const listPieces = statement({
  name: 'chat_list_pieces',
  text: `
    select c.seq, c.events
    from stream_chunks as c
    where c.message_id = $1 and c.seq > $2
    order by c.seq`,
  params: { message_id: 'uuid', after: 'int4' },
  columns: { seq: 'int4', events: json<readonly Record<string, unknown>[]>() },
});

export const getStatus = statement({
  name: 'chat_get_status',
  text: `
    select m.status, m.error
    from messages as m
    where m.id = $1`,
  params: { id: 'uuid' },
  columns: { status: 'text', error: jsonOrNull<MessageError>() },
});

export const setFeedback = statement({
  name: 'chat_set_feedback',
  text: `
    insert into message_feedback (message_id, user_id, rating, comment)
    select m.id, (select auth.uid()), $2, $3
    from messages as m
    where m.id = $1 and m.role = 'assistant'
    on conflict (message_id, user_id) do update
      set rating = excluded.rating, comment = excluded.comment
    returning message_id`,
  params: { message_id: 'uuid', rating: 'text', comment: 'text?' },
  columns: { message_id: 'uuid' },
});

export const clearFeedback = statement({
  name: 'chat_clear_feedback',
  text: `
    delete from message_feedback
    where message_id = $1 and user_id = (select auth.uid())`,
  params: { message_id: 'uuid' },
});
