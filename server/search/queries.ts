// Every statement of the search room. Ranking itself is search_chunks in sql/patterns/rag, under the caller's rights.
import { statement } from '../../core/statement.ts';

export const searchChunks = statement({
  name: 'search_chunks',
  text: `
    select chunk_id, document_id, document_name, page_index, page_number, heading, start_offset, end_offset, content, score
    from search_chunks($1, $2, $3::uuid[], $4::uuid[], $5)`,
  params: { question: 'text', match_count: 'int4', collection_ids: 'uuid[]?', document_ids: 'uuid[]?', prefix: 'bool' },
  columns: {
    chunk_id: 'uuid',
    document_id: 'uuid',
    document_name: 'text',
    page_index: 'int4',
    page_number: 'int4?',
    heading: 'text?',
    start_offset: 'int4',
    end_offset: 'int4',
    content: 'text',
    score: 'float4',
  },
});

export const insertLog = statement({
  name: 'search_insert_log',
  text: `
    insert into retrieval_logs (user_id, conversation_id, question, method, result_count, top_score, chunk_ids, duration_ms)
    values ($1, $2, $3, 'keyword', $4, $5, $6, $7)`,
  params: {
    user: 'uuid',
    conversation_id: 'uuid?',
    question: 'text',
    result_count: 'int4',
    top_score: 'float4?',
    chunk_ids: 'uuid[]',
    duration_ms: 'int4',
  },
});

/** Titles that contain the words as typed; those that begin with them first. */
export const searchTitles = statement({
  name: 'search_titles',
  text: `
    select c.id, c.title, c.updated_at
    from conversations as c
    where c.user_id = $1 and c.deleted_at is null and position(lower($2) in lower(c.title)) > 0
    order by position(lower($2) in lower(c.title)) > 1, coalesce(c.last_message_at, c.created_at) desc, c.id
    limit $3`,
  params: { user: 'uuid', q: 'text', limit: 'int4' },
  columns: { id: 'uuid', title: 'text?', updated_at: 'timestamptz' },
});
