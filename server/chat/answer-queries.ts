// What services do in the chat room: loam_answer writes answers and nothing that people say, loam_maintenance purges.
import { statement } from '../../core/statement.ts';

export const writePiece = statement({
  name: 'chat_write_piece',
  text: `
    with piece as (
      insert into stream_chunks (message_id, seq, user_id, events)
      select $1, $2, m.user_id, $3
      from messages as m
      where m.id = $1
    )
    select pg_notify('loam_answers', $1::text || ':' || $2::text)`,
  params: { message_id: 'uuid', seq: 'int4', events: 'jsonb' },
  columns: { pg_notify: 'void' },
});

export const markStreaming = statement({
  name: 'chat_mark_streaming',
  text: `
    update messages
    set status = 'streaming'
    where id = $1 and status = 'pending'`,
  params: { id: 'uuid' },
});

/** Ends an answer once; a second end finds nothing to change. */
export const finishAnswer = statement({
  name: 'chat_finish_answer',
  text: `
    with finished as (
      update messages
      set
        status = $2, content = $3, reasoning = $4, error = $5, provider = coalesce($6, provider), model_used = $7,
        input_tokens = $8, output_tokens = $9, cost_usd = $10
      where id = $1 and status in ('pending', 'streaming')
      returning id, conversation_id
    ),
    counted as (
      update conversations as c
      set
        total_tokens_used = total_tokens_used + coalesce($8, 0) + coalesce($9, 0),
        total_cost_usd = total_cost_usd + coalesce($10, 0)
      from finished as f
      where c.id = f.conversation_id
    ),
    released as (
      delete from answer_leases where message_id = $1
    )
    select f.id, pg_notify('loam_answers', f.id::text || ':end')
    from finished as f`,
  params: {
    id: 'uuid',
    status: 'text',
    content: 'text',
    reasoning: 'text?',
    error: 'jsonb?',
    provider: 'text?',
    model_used: 'text?',
    input_tokens: 'int8?',
    output_tokens: 'int8?',
    cost_usd: 'numeric?',
  },
  columns: { id: 'uuid', pg_notify: 'void' },
});

export const writeCitations = statement({
  name: 'chat_write_citations',
  text: `
    insert into message_citations (
      message_id, position, user_id, document_id, chunk_id, document_name, page_index, page_number, heading, start_offset, end_offset, passage
    )
    select $1, x.position, m.user_id, x.document_id, x.chunk_id, x.document_name, x.page_index, x.page_number, x.heading, x.start_offset, x.end_offset, x.passage
    from messages as m
    cross join jsonb_to_recordset($2) as x (
      position integer, document_id uuid, chunk_id uuid, document_name text, page_index integer, page_number integer, heading text,
      start_offset integer, end_offset integer, passage text
    )
    -- A document may have been purged while the answer was made: then its passage goes too.
    join documents as d on d.id = x.document_id
    where m.id = $1
    -- Kept twice when the first word of success was lost on its way.
    on conflict (message_id, position) do nothing`,
  params: { message_id: 'uuid', citations: 'jsonb' },
});

export const renewLeases = statement({
  name: 'chat_renew_leases',
  text: `
    update answer_leases
    set heartbeat_at = now()
    where message_id = any ($1)
    returning message_id, stop_requested_at is not null as stop`,
  params: { message_ids: 'uuid[]' },
  columns: { message_id: 'uuid', stop: 'bool' },
});

export const failAbandoned = statement({
  name: 'chat_fail_abandoned',
  text: `select id from loam.fail_abandoned_answers(make_interval(secs => $1)) as id`,
  params: { silent_seconds: 'float8' },
  columns: { id: 'uuid?' },
});

// Below: as loam_maintenance.

export const purgePieces = statement({
  name: 'chat_purge_pieces',
  text: `
    delete from stream_chunks
    where created_at < now() - interval '1 hour'
      and message_id not in (select message_id from answer_leases)`,
});

export const purgeDeleted = statement({
  name: 'chat_purge_deleted',
  text: `
    delete from conversations
    where deleted_at < now() - interval '30 days'`,
});
