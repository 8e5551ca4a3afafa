// What loam_ingest does to documents. Every write names the attempt it belongs to: a worker that was overtaken, or whose
// document was purged meanwhile, writes nothing; the lock on the document's row keeps a new attempt from starting under it.
import { statement } from '../../core/statement.ts';

/** Takes a document that waits, or one whose worker has been silent for `stale_seconds`. */
export const claimDocument = statement({
  name: 'documents_claim',
  text: `
    update documents
    set processing_status = 'processing', error = null, attempt = attempt + 1, heartbeat_at = now(),
      progress_done = null, progress_total = null, progress_unit = null, page_count = null, chunk_count = 0
    where id = $1
      and (purge_after is null or purge_after > now())
      and (processing_status = 'pending'
        or (processing_status = 'processing' and heartbeat_at < now() - make_interval(secs => $2::integer)))
    returning id, user_id, storage_path, original_name, mime_type, attempt`,
  params: { id: 'uuid', stale_seconds: 'int4' },
  columns: {
    id: 'uuid',
    user_id: 'uuid',
    storage_path: 'text',
    original_name: 'text',
    mime_type: 'text',
    attempt: 'int4',
  },
});

export const setLanguage = statement({
  name: 'documents_set_language',
  text: `
    update documents
    set language = $3
    where id = $1 and attempt = $2`,
  params: { id: 'uuid', attempt: 'int4', language: 'text' },
});

export const insertPages = statement({
  name: 'documents_insert_pages',
  text: `
    insert into document_pages (document_id, page_index, page_number, user_id, organization_id, content)
    select d.id, p.page_index, p.page_number, d.user_id, d.organization_id, p.content
    from documents as d
    cross join jsonb_to_recordset($3) as p (page_index integer, page_number integer, content text)
    where d.id = $1 and d.attempt = $2
    for no key update of d`,
  params: { id: 'uuid', attempt: 'int4', pages: 'jsonb' },
});

export const insertChunks = statement({
  name: 'documents_insert_chunks',
  text: `
    insert into document_chunks (document_id, user_id, organization_id, chunk_index, page_index, page_number, heading,
      start_offset, end_offset, content, language)
    select d.id, d.user_id, d.organization_id, c.chunk_index, c.page_index, c.page_number, c.heading,
      c.start_offset, c.end_offset, c.content, d.language::regconfig
    from documents as d
    cross join jsonb_to_recordset($3) as c (
      chunk_index integer, page_index integer, page_number integer, heading text, start_offset integer, end_offset integer, content text
    )
    where d.id = $1 and d.attempt = $2
    for no key update of d`,
  params: { id: 'uuid', attempt: 'int4', chunks: 'jsonb' },
});

/** No row means that the document is no longer this worker's. */
export const reportProgress = statement({
  name: 'documents_report_progress',
  text: `
    update documents
    set heartbeat_at = now(), progress_done = $3, progress_total = $4, progress_unit = case when $3::integer is null then null else 'page' end,
      chunk_count = $5
    where id = $1 and attempt = $2 and processing_status = 'processing'
    returning id`,
  params: { id: 'uuid', attempt: 'int4', done: 'int4?', total: 'int4?', chunk_count: 'int4' },
  columns: { id: 'uuid' },
});

export const beat = statement({
  name: 'documents_beat',
  text: `
    update documents
    set heartbeat_at = now()
    where id = $1 and attempt = $2`,
  params: { id: 'uuid', attempt: 'int4' },
});

/** Ends an attempt: completed, failed with a code, or back to pending when the server shuts down under it. */
export const finishAttempt = statement({
  name: 'documents_finish_attempt',
  text: `
    update documents
    set processing_status = $3, error = $4, page_count = $5, chunk_count = $6, heartbeat_at = null,
      progress_done = null, progress_total = null, progress_unit = null
    where id = $1 and attempt = $2 and processing_status = 'processing'
    returning id`,
  params: { id: 'uuid', attempt: 'int4', status: 'text', error: 'text?', page_count: 'int4?', chunk_count: 'int4' },
  columns: { id: 'uuid' },
});

export const requeueDocument = statement({
  name: 'documents_requeue',
  text: `
    update documents
    set processing_status = 'pending', error = null, page_count = null
    where id = $1 and user_id = $2 and processing_status = 'failed'
    returning id, file_size`,
  params: { id: 'uuid', user: 'uuid' },
  columns: { id: 'uuid', file_size: 'int8' },
});

/** What waits, and what a worker left lying. */
export const listUnfinished = statement({
  name: 'documents_list_unfinished',
  text: `
    select id, file_size
    from documents
    where processing_status = 'pending'
      or (processing_status = 'processing' and heartbeat_at < now() - make_interval(secs => $1::integer))
    order by created_at
    limit 1000`,
  params: { stale_seconds: 'int4' },
  columns: { id: 'uuid', file_size: 'int8' },
});

/** A piece at a time: a passage carries sixty terms, and the embedded engine has one session. */
export const deleteSomeChunks = statement({
  name: 'documents_delete_some_chunks',
  text: `
    with gone as (
      delete from document_chunks
      where id in (select id from document_chunks where document_id = $1 limit 100)
      returning 1
    )
    select count(*) as deleted from gone`,
  params: { id: 'uuid' },
  columns: { deleted: 'int8' },
});

export const deletePages = statement({
  name: 'documents_delete_pages',
  text: `
    delete from document_pages
    where document_id = $1`,
  params: { id: 'uuid' },
});

export const listPurgeable = statement({
  name: 'documents_list_purgeable',
  text: `
    select id, storage_path
    from documents
    where purge_after <= now()
    order by purge_after
    limit 100`,
  columns: { id: 'uuid', storage_path: 'text' },
});

export const deleteDocument = statement({
  name: 'documents_delete',
  text: `
    delete from documents
    where id = $1 and purge_after <= now()`,
  params: { id: 'uuid' },
});

export const purgeCollections = statement({
  name: 'documents_purge_collections',
  text: `
    delete from document_collections
    where deleted_at < now() - interval '30 days'`,
});
