// Every statement of the storage room. Rows of storage.objects are written by loam_storage alone.
import { statement } from '../../core/statement.ts';

/** Two uploads of one person wait for each other here, so that they cannot both take the last of a quota. */
export const lockOwner = statement({
  name: 'storage_lock_owner',
  text: `select pg_advisory_xact_lock(hashtextextended('loam.storage.' || $1::uuid::text, 0))`,
  params: { owner: 'uuid' },
});

export const insertObject = statement({
  name: 'storage_insert_object',
  text: `
    insert into storage.objects (id, bucket_id, name, owner, owner_id, version, metadata)
    select $1::uuid, $2, $3, $4::uuid, $4::uuid::text, $5, $6::jsonb
    where $7::bigint + coalesce((
      select sum((o.metadata ->> 'size')::bigint)
      from storage.objects as o
      where o.bucket_id = $2 and o.name ~>=~ ($4::uuid::text || '/') and o.name ~<~ ($4::uuid::text || '0')
    ), 0) <= $8::bigint
    returning id`,
  params: {
    id: 'uuid',
    bucket: 'text',
    name: 'text',
    owner: 'uuid',
    version: 'text',
    metadata: 'jsonb',
    size: 'int8',
    limit: 'int8',
  },
  columns: { id: 'uuid' },
});

export const findObject = statement({
  name: 'storage_find_object',
  text: `
    select name, owner, metadata, version
    from storage.objects
    where bucket_id = $1 and name = $2`,
  params: { bucket: 'text', name: 'text' },
  columns: { name: 'text?', owner: 'uuid?', metadata: 'jsonb?', version: 'text?' },
});

export const deleteObject = statement({
  name: 'storage_delete_object',
  text: `
    delete from storage.objects
    where bucket_id = $1 and name = $2`,
  params: { bucket: 'text', name: 'text' },
});

/** Names start with the owner's id; '0' is the character after '/'. */
export const sumObjects = statement({
  name: 'storage_sum_objects',
  text: `
    select count(*) as files, coalesce(sum((metadata ->> 'size')::bigint), 0)::bigint as bytes
    from storage.objects
    where bucket_id = $1 and name ~>=~ ($2::uuid::text || '/') and name ~<~ ($2::uuid::text || '0')`,
  params: { bucket: 'text', owner: 'uuid' },
  columns: { files: 'int8', bytes: 'int8' },
});
