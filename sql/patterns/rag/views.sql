-- `files`, as some applications call documents. Under the caller's rights.
create or replace view files
with (security_invoker = true)
as
select
  d.id,
  d.user_id,
  d.conversation_id,
  d.original_name,
  d.storage_path,
  d.mime_type,
  d.file_size,
  d.processing_status,
  extracted_text(d) as extracted_text,
  d.chunk_count,
  d.metadata,
  d.created_at,
  d.updated_at
from documents as d
where d.deleted_at is null;

grant select on files to authenticated;
