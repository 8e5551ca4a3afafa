// Every statement of the documents room. What a file says is written as loam_ingest; what people decide, as themselves.
import { statement } from '../../core/statement.ts';

const documentColumns = {
  id: 'uuid',
  original_name: 'text',
  mime_type: 'text',
  file_size: 'int8',
  processing_status: 'text',
  progress_done: 'int4?',
  progress_total: 'int4?',
  progress_unit: 'text?',
  error: 'text?',
  page_count: 'int4?',
  chunk_count: 'int4',
  collection_id: 'uuid?',
  conversation_id: 'uuid?',
  created_at: 'timestamptz',
  updated_at: 'timestamptz',
  deleted_at: 'timestamptz?',
} as const;
/** A document in a collection that was deleted shows without it, and with it again once that is restored. */
const documentFields = `
      d.id, d.original_name, d.mime_type, d.file_size, d.processing_status, d.progress_done, d.progress_total, d.progress_unit, d.error,
      d.page_count, d.chunk_count,
      (select c.id from document_collections as c where c.id = d.collection_id and c.deleted_at is null) as collection_id,
      d.conversation_id, d.created_at, d.updated_at, d.deleted_at`;

export const listDocuments = statement({
  name: 'documents_list',
  text: `
    select ${documentFields}
    from documents as d
    where d.user_id = $1
      and (d.deleted_at is not null) = $2
      and ($3::timestamptz is null or (d.created_at, d.id) < ($3, $4::uuid))
      and ($5::uuid is null or d.collection_id = $5)
      and ($6::uuid is null or d.conversation_id = $6)
      and ($7::text is null or position(lower($7) in lower(d.original_name)) > 0)
    order by d.created_at desc, d.id desc
    limit $8`,
  params: {
    user: 'uuid',
    trash: 'bool',
    before: 'timestamptz?',
    before_id: 'uuid?',
    collection_id: 'uuid?',
    conversation_id: 'uuid?',
    q: 'text?',
    limit: 'int4',
  },
  columns: documentColumns,
});

export const readDocument = statement({
  name: 'documents_read',
  text: `
    select ${documentFields}
    from documents as d
    where d.id = $1 and d.user_id = $2`,
  params: { id: 'uuid', user: 'uuid' },
  columns: documentColumns,
});

export const summariseDocuments = statement({
  name: 'documents_summarise',
  text: `
    select
      count(*) as documents,
      coalesce(sum(d.chunk_count), 0)::bigint as passages,
      count(*) filter (where d.processing_status in ('pending', 'processing')) as unfinished
    from documents as d
    where d.user_id = $1 and d.deleted_at is null`,
  params: { user: 'uuid' },
  columns: { documents: 'int8', passages: 'int8', unfinished: 'int8' },
});

/** Null when the collection or conversation is not there for the caller. */
export const findPlace = statement({
  name: 'documents_find_place',
  text: `
    select
      ($1::uuid is null or exists (
        select from document_collections as c where c.id = $1 and c.user_id = $3 and c.deleted_at is null
      )) as collection,
      ($2::uuid is null or exists (
        select from conversations as c where c.id = $2 and c.deleted_at is null
      )) as conversation`,
  params: { collection_id: 'uuid?', conversation_id: 'uuid?', user: 'uuid' },
  columns: { collection: 'bool?', conversation: 'bool?' },
});

export const readTypeLimits = statement({
  name: 'documents_read_type_limits',
  text: `
    select mime_type, enabled, max_file_size, max_pages
    from file_type_configs`,
  columns: { mime_type: 'text', enabled: 'bool', max_file_size: 'int8', max_pages: 'int4' },
});

export const insertDocument = statement({
  name: 'documents_insert',
  text: `
    insert into documents as d (id, user_id, collection_id, conversation_id, original_name, storage_path, mime_type, file_size)
    values ($1, $2, $3, $4, $5, $6, $7, $8)
    returning ${documentFields}`,
  params: {
    id: 'uuid',
    user: 'uuid',
    collection_id: 'uuid?',
    conversation_id: 'uuid?',
    original_name: 'text',
    storage_path: 'text',
    mime_type: 'text',
    file_size: 'int8',
  },
  columns: documentColumns,
});

/** `set_collection` tells "leave it" from "take it out of its collection". */
export const updateDocument = statement({
  name: 'documents_update',
  text: `
    update documents as d
    set
      original_name = coalesce($3, d.original_name),
      collection_id = case when $4 then $5 else d.collection_id end
    where d.id = $1 and d.user_id = $2 and d.deleted_at is null
    returning ${documentFields}`,
  params: { id: 'uuid', user: 'uuid', original_name: 'text?', set_collection: 'bool', collection_id: 'uuid?' },
  columns: documentColumns,
});

export const trashDocument = statement({
  name: 'documents_trash',
  text: `
    update documents as d
    set deleted_at = coalesce(d.deleted_at, now()), purge_after = case when $3 then now() else coalesce(d.purge_after, now() + interval '30 days') end
    where d.id = $1 and d.user_id = $2
    returning d.id`,
  params: { id: 'uuid', user: 'uuid', at_once: 'bool' },
  columns: { id: 'uuid' },
});

/** What is due to be purged stays deleted. */
export const restoreDocument = statement({
  name: 'documents_restore',
  text: `
    update documents as d
    set deleted_at = null, purge_after = null
    where d.id = $1 and d.user_id = $2 and (d.purge_after is null or d.purge_after > now())
    returning ${documentFields}`,
  params: { id: 'uuid', user: 'uuid' },
  columns: documentColumns,
});

export const listPages = statement({
  name: 'documents_list_pages',
  text: `
    select p.page_index, p.page_number, p.content,
      (
        select c.heading from document_chunks as c
        where c.document_id = p.document_id and c.page_index = p.page_index
        order by c.chunk_index limit 1
      ) as heading
    from documents as d
    join document_pages as p on p.document_id = d.id
    where d.id = $1 and d.user_id = $2
      and p.page_index >= coalesce((select c.page_index from document_chunks as c where c.id = $4::uuid and c.document_id = $1), $3)
    order by p.page_index
    limit $5`,
  params: { id: 'uuid', user: 'uuid', from: 'int4', chunk_id: 'uuid?', limit: 'int4' },
  columns: { page_index: 'int4', page_number: 'int4?', content: 'text', heading: 'text?' },
});

export const locateFile = statement({
  name: 'documents_locate_file',
  text: `
    select storage_path, original_name, deleted_at
    from documents
    where id = $1 and user_id = $2`,
  params: { id: 'uuid', user: 'uuid' },
  columns: { storage_path: 'text', original_name: 'text', deleted_at: 'timestamptz?' },
});

export const listByIds = statement({
  name: 'documents_list_by_ids',
  text: `
    select d.id, d.original_name, d.mime_type, d.processing_status
    from documents as d
    where d.id = any ($1) and d.deleted_at is null`,
  params: { ids: 'uuid[]' },
  columns: { id: 'uuid', original_name: 'text', mime_type: 'text?', processing_status: 'text' },
});
