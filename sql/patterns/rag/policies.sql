-- People add, name, file and bin their own documents. What a file is and says (type, size, status, pages, passages, terms)
-- is written by loam_ingest; a document's path must be an object that the storage service stored for the same person.
alter table file_type_configs enable row level security;
alter table document_collections enable row level security;
alter table documents enable row level security;
alter table document_pages enable row level security;
alter table document_chunks enable row level security;
alter table chunk_terms enable row level security;
alter table term_statistics enable row level security;
alter table chunk_statistics enable row level security;
alter table file_deletions enable row level security;
alter table retrieval_logs enable row level security;

create policy "everybody signed in sees what may be uploaded" on file_type_configs
  for select to authenticated using (true);
create policy "administrators set limits" on file_type_configs
  for update to authenticated using ((select loam.is_admin())) with check ((select loam.is_admin()));
create policy "ingest reads limits" on file_type_configs
  for select to loam_ingest using (true);

create policy "people see their own collections" on document_collections
  for select to authenticated using (user_id = (select auth.uid()));
create policy "people make their own collections" on document_collections
  for insert to authenticated with check (user_id = (select auth.uid()));
create policy "people change their own collections" on document_collections
  for update to authenticated using (user_id = (select auth.uid())) with check (user_id = (select auth.uid()));

create policy "people see their own documents" on documents
  for select to authenticated using (user_id = (select auth.uid()));
create policy "people add what was stored for them" on documents
  for insert to authenticated
  with check (
    user_id = (select auth.uid())
    and (collection_id is null or exists (select from document_collections as c where c.id = documents.collection_id))
    and exists (
      select from storage.objects as o
      where
        o.bucket_id = 'documents' and o.name = documents.storage_path
        and (storage.foldername(o.name))[1] = (select auth.uid())::text
    )
  );
create policy "people name, file and bin their own documents" on documents
  for update to authenticated
  using (user_id = (select auth.uid()))
  with check (
    user_id = (select auth.uid())
    and (collection_id is null or exists (select from document_collections as c where c.id = documents.collection_id))
  );

-- Where chat is installed: a reference may only be to what its author sees. A foreign key alone would be satisfied by
-- anybody's row, and so tell that it is there.
do $$
begin
  if to_regclass('public.conversations') is not null then
    create policy "documents are filed in conversations that one sees" on public.documents
      as restrictive for insert to authenticated
      with check (conversation_id is null or exists (select from public.conversations as c where c.id = documents.conversation_id));
    create policy "conversations use collections of one's own" on public.conversation_collections
      as restrictive for insert to authenticated
      with check (exists (select from public.document_collections as c where c.id = conversation_collections.collection_id));
  end if;
end
$$;

create policy "people read pages of their own documents" on document_pages
  for select to authenticated using (user_id = (select auth.uid()));
create policy "people read passages of their own documents" on document_chunks
  for select to authenticated using (user_id = (select auth.uid()));
create policy "people search their own terms" on chunk_terms
  for select to authenticated using (tenant_id = (select auth.uid()));
create policy "people see how frequent their own terms are" on term_statistics
  for select to authenticated using (tenant_id = (select auth.uid()));
create policy "people see how many passages they have" on chunk_statistics
  for select to authenticated using (tenant_id = (select auth.uid()));
create policy "people see what they asked" on retrieval_logs
  for select to authenticated using (user_id = (select auth.uid()));

create policy "ingest keeps documents" on documents
  for all to loam_ingest using (true) with check (true);
create policy "ingest writes pages" on document_pages
  for all to loam_ingest using (true) with check (true);
create policy "ingest writes passages" on document_chunks
  for all to loam_ingest using (true) with check (true);
create policy "ingest logs questions" on retrieval_logs
  for insert to loam_ingest with check (true);
create policy "ingest purges collections" on document_collections
  for all to loam_ingest using (deleted_at is not null);

create policy "storage service removes files" on file_deletions
  for all to loam_storage using (true) with check (true);

grant select on file_type_configs, document_collections, documents, document_pages, document_chunks, chunk_terms,
  term_statistics, chunk_statistics, retrieval_logs to authenticated;
grant update (enabled, max_file_size, max_pages, processing_rules) on file_type_configs to authenticated;
grant insert (id, user_id, name, description, metadata) on document_collections to authenticated;
grant update (name, description, metadata, deleted_at) on document_collections to authenticated;
grant insert (id, user_id, collection_id, conversation_id, original_name, storage_path, mime_type, file_size, metadata)
  on documents to authenticated;
grant update (collection_id, original_name, metadata, deleted_at, purge_after) on documents to authenticated;

grant select, update (attempts, last_error), delete on file_deletions to loam_storage;
grant select on file_type_configs to loam_ingest;
grant select, delete on documents to loam_ingest;
grant update (mime_type, processing_status, error, progress_done, progress_total, progress_unit, attempt, heartbeat_at,
  language, page_count, chunk_count) on documents to loam_ingest;
grant select (document_id, page_index), insert, delete on document_pages to loam_ingest;
grant select (id, document_id), insert, delete on document_chunks to loam_ingest;
grant insert on retrieval_logs to loam_ingest;
grant select (id, deleted_at), delete on document_collections to loam_ingest;

-- Answers point at documents that are still there; loam_answer learns their ids and nothing else.
create policy "answers: which documents there are" on documents for select to loam_answer using (true);
grant select (id) on documents to loam_answer;

-- Supabase's realtime.
select loam.publish_changes('public.documents');
select loam.publish_changes('public.document_collections');
