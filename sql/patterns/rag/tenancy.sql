-- Documents of an organization: its members read and search them, whoever added one and those who manage the organization
-- change it. Pages, passages and vectors are of their document's tenant by key.
alter table document_collections
  add foreign key (organization_id) references organizations (id) on delete cascade,
  add unique (id, organization_id);
create index document_collections_organization_id_idx on document_collections (organization_id) where organization_id is not null;
-- One name for each collection of a person or of an organization.
drop index document_collections_name_key;
create unique index document_collections_name_key on document_collections (tenant_id, lower(name)) where deleted_at is null;

alter table documents
  add foreign key (organization_id) references organizations (id) on delete cascade,
  add foreign key (collection_id, organization_id) references document_collections (id, organization_id)
    on delete set null (collection_id),
  add unique (id, tenant_id);
create index documents_organization_id_idx on documents (organization_id) where organization_id is not null;
create index documents_collection_organization_idx on documents (collection_id, organization_id) where organization_id is not null;

alter table document_pages
  drop constraint document_pages_document_id_fkey,
  add foreign key (organization_id) references organizations (id) on delete cascade,
  add foreign key (document_id, tenant_id) references documents (id, tenant_id) on delete cascade;
create index document_pages_organization_id_idx on document_pages (organization_id) where organization_id is not null;

alter table document_chunks
  drop constraint document_chunks_document_id_fkey,
  add foreign key (organization_id) references organizations (id) on delete cascade,
  add foreign key (document_id, tenant_id) references documents (id, tenant_id) on delete cascade,
  add unique (id, tenant_id);
create index document_chunks_organization_id_idx on document_chunks (organization_id) where organization_id is not null;

alter table retrieval_logs
  add foreign key (organization_id) references organizations (id) on delete cascade;
create index retrieval_logs_organization_id_idx on retrieval_logs (organization_id) where organization_id is not null;

do $$
begin
  if to_regclass('public.conversations') is not null then
    alter table public.documents
      add foreign key (conversation_id, organization_id) references public.conversations (id, organization_id)
        on delete set null (conversation_id);
    create index documents_conversation_organization_idx on public.documents (conversation_id, organization_id)
      where organization_id is not null;
  end if;
  if to_regclass('public.chunk_embeddings') is not null then
    alter table public.chunk_embeddings
      drop constraint chunk_embeddings_chunk_id_fkey,
      add foreign key (organization_id) references public.organizations (id) on delete cascade,
      add foreign key (chunk_id, tenant_id) references public.document_chunks (id, tenant_id) on delete cascade;
    create index chunk_embeddings_organization_id_idx on public.chunk_embeddings (organization_id)
      where organization_id is not null;
    create index chunk_embeddings_chunk_id_idx on public.chunk_embeddings (chunk_id, tenant_id);
    alter policy "people read embeddings of their own passages" on public.chunk_embeddings
      using (tenant_id = any (array(select loam.my_tenant_ids())));
  end if;
end
$$;

alter policy "people see their own collections" on document_collections
  using (tenant_id = any (array(select loam.my_tenant_ids())));
alter policy "people make their own collections" on document_collections
  with check (user_id = (select auth.uid()) and tenant_id = any (array(select loam.my_tenant_ids('member'))));
alter policy "people change their own collections" on document_collections
  using (
    (user_id = (select auth.uid()) and tenant_id = any (array(select loam.my_tenant_ids('member'))))
    or organization_id = any (array(select loam.my_organization_ids('admin')))
  )
  with check (
    (user_id = (select auth.uid()) and tenant_id = any (array(select loam.my_tenant_ids('member'))))
    or organization_id = any (array(select loam.my_organization_ids('admin')))
  );

alter policy "people see their own documents" on documents
  using (tenant_id = any (array(select loam.my_tenant_ids())));
alter policy "people add what was stored for them" on documents
  with check (
    user_id = (select auth.uid())
    and tenant_id = any (array(select loam.my_tenant_ids('member')))
    and (
      collection_id is null
      or exists (select from document_collections as c where c.id = documents.collection_id and c.tenant_id = documents.tenant_id)
    )
    and exists (
      select from storage.objects as o
      where
        o.bucket_id = 'documents' and o.name = documents.storage_path
        and (storage.foldername(o.name))[1] = (select auth.uid())::text
    )
  );
alter policy "people name, file and bin their own documents" on documents
  using (
    (user_id = (select auth.uid()) and tenant_id = any (array(select loam.my_tenant_ids('member'))))
    or organization_id = any (array(select loam.my_organization_ids('admin')))
  )
  with check (
    (
      (user_id = (select auth.uid()) and tenant_id = any (array(select loam.my_tenant_ids('member'))))
      or organization_id = any (array(select loam.my_organization_ids('admin')))
    )
    and (
      collection_id is null
      or exists (select from document_collections as c where c.id = documents.collection_id and c.tenant_id = documents.tenant_id)
    )
  );

alter policy "people read pages of their own documents" on document_pages
  using (tenant_id = any (array(select loam.my_tenant_ids())));
alter policy "people read passages of their own documents" on document_chunks
  using (tenant_id = any (array(select loam.my_tenant_ids())));
alter policy "people search their own terms" on chunk_terms
  using (tenant_id = any (array(select loam.my_tenant_ids())));
alter policy "people see how frequent their own terms are" on term_statistics
  using (tenant_id = any (array(select loam.my_tenant_ids())));
alter policy "people see how many passages they have" on chunk_statistics
  using (tenant_id = any (array(select loam.my_tenant_ids())));

grant insert (organization_id) on document_collections, documents to authenticated;

-- Where chat is installed, documents are filed in conversations of their own tenant.
do $$
begin
  if to_regclass('public.conversations') is not null then
    alter policy "documents are filed in conversations that one sees" on public.documents
      with check (
        conversation_id is null
        or exists (
          select from public.conversations as c
          where c.id = documents.conversation_id and c.organization_id is not distinct from documents.organization_id
        )
      );
  end if;
end
$$;

-- The bytes of an organization's documents are its members' to read. By function: documents ask storage.objects in turn.
create or replace function loam.may_read_file(path text)
returns boolean
language sql
stable
security definer
set search_path = ''
as $$
  select exists (
    select from public.documents as d
    where d.storage_path = path and d.tenant_id = any (array(select loam.my_tenant_ids()))
  )
$$;
revoke execute on function loam.may_read_file(text) from public;
grant execute on function loam.may_read_file(text) to authenticated;
alter policy "people see their own files" on storage.objects
  using (
    bucket_id in ('documents', 'images')
    and (
      (storage.foldername(name))[1] = (select auth.uid())::text
      or bucket_id = 'documents' and loam.may_read_file(name)
    )
  );
