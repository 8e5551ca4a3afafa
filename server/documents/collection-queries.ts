// Every statement about collections of documents.
import { statement } from '../../core/statement.ts';

const columns = {
  id: 'uuid',
  name: 'text',
  description: 'text?',
  document_count: 'int8',
  created_at: 'timestamptz',
  updated_at: 'timestamptz',
} as const;
const fields = `
      c.id, c.name, c.description,
      (select count(*) from documents as d where d.collection_id = c.id and d.deleted_at is null) as document_count,
      c.created_at, c.updated_at`;

export const listCollections = statement({
  name: 'collections_list',
  text: `
    select ${fields}
    from document_collections as c
    where c.user_id = $1 and c.deleted_at is null
      and ($2::text is null or (lower(c.name), c.id) > ($2, $3::uuid))
    order by lower(c.name), c.id
    limit $4`,
  params: { user: 'uuid', after: 'text?', after_id: 'uuid?', limit: 'int4' },
  columns,
});

export const insertCollection = statement({
  name: 'collections_insert',
  text: `
    insert into document_collections as c (user_id, name, description)
    values ($1, $2, $3)
    returning ${fields}`,
  params: { user: 'uuid', name: 'text', description: 'text?' },
  columns,
});

/** `set_description` tells "leave it" from "take it away". */
export const updateCollection = statement({
  name: 'collections_update',
  text: `
    update document_collections as c
    set name = coalesce($3, c.name), description = case when $4 then $5 else c.description end
    where c.id = $1 and c.user_id = $2 and c.deleted_at is null
    returning ${fields}`,
  params: { id: 'uuid', user: 'uuid', name: 'text?', set_description: 'bool', description: 'text?' },
  columns,
});

/** Its documents stay; they are in no collection until it is restored. */
export const trashCollection = statement({
  name: 'collections_trash',
  text: `
    update document_collections as c
    set deleted_at = now()
    where c.id = $1 and c.user_id = $2 and c.deleted_at is null
    returning c.id`,
  params: { id: 'uuid', user: 'uuid' },
  columns: { id: 'uuid' },
});

export const restoreCollection = statement({
  name: 'collections_restore',
  text: `
    update document_collections as c
    set deleted_at = null
    where c.id = $1 and c.user_id = $2
    returning ${fields}`,
  params: { id: 'uuid', user: 'uuid' },
  columns,
});
