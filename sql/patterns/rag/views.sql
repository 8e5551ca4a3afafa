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

-- How the searches of each day went, under the caller's rights: one's own.
create or replace view retrieval_statistics
with (security_invoker = true)
as
select
  date_trunc('day', created_at at time zone 'utc')::date as day,
  user_id,
  method,
  count(*) as searches,
  count(*) filter (where result_count = 0) as searches_without_result,
  round(avg(result_count), 2) as average_results,
  round(avg(duration_ms), 1) as average_duration_ms,
  percentile_disc(0.95) within group (order by duration_ms) as p95_duration_ms
from retrieval_logs
group by 1, 2, 3;

grant select on retrieval_statistics to authenticated;
