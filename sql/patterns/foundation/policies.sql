-- Who may do what with the foundation. Nothing is granted unless it stands here.
alter table loam.installation enable row level security;
alter table loam.migrations enable row level security;
alter table loam.signing_keys enable row level security;
alter table rate_limits enable row level security;
alter table api_keys enable row level security;
alter table audit_logs enable row level security;

create policy "the server reads what is installed" on loam.installation
  for select to authenticator using (true);
grant usage on schema loam to authenticator;
create policy "the server reads which migrations are applied" on loam.migrations
  for select to authenticator using (true);
grant select on loam.installation, loam.migrations to authenticator;

create policy "accounts service keeps signing keys" on loam.signing_keys
  for all to loam_auth using (true) with check (true);
grant select, insert, update on loam.signing_keys to loam_auth;

create policy "accounts service counts attempts" on rate_limits
  for all to loam_auth using (true) with check (true);
create policy "maintenance removes old counts" on rate_limits
  for all to loam_maintenance using (true);
grant select, insert, update on rate_limits to loam_auth;
grant select, delete on rate_limits to loam_maintenance;

create policy "people see their own keys" on api_keys
  for select to authenticated using (user_id = (select auth.uid()));
-- Not for an organization: who may do that is for the pattern that has organizations to say.
create policy "people make their own keys" on api_keys
  for insert to authenticated with check (user_id = (select auth.uid()) and organization_id is null);
create policy "people rename and revoke their own keys" on api_keys
  for update to authenticated using (user_id = (select auth.uid())) with check (user_id = (select auth.uid()));
create policy "accounts service checks keys" on api_keys
  for all to loam_auth using (true) with check (true);
grant select (id, user_id, organization_id, tenant_id, name, key_prefix, scopes, expires_at, last_used_at, revoked_at, metadata, created_at, updated_at)
  on api_keys to authenticated;
grant insert (user_id, organization_id, name, key_hash, key_prefix, scopes, expires_at, metadata) on api_keys to authenticated;
grant update (name, revoked_at, metadata) on api_keys to authenticated;
grant select, update (last_used_at) on api_keys to loam_auth;

create policy "people see what they did" on audit_logs
  for select to authenticated using (user_id = (select auth.uid()));
create policy "services write the audit log" on audit_logs
  for insert to loam_auth, loam_maintenance with check (true);
grant select on audit_logs to authenticated;
grant insert on audit_logs to loam_auth, loam_maintenance;

-- The accounts service owns the sign-in data; on Supabase these tables belong to its own auth server.
do $$
begin
  if exists (select from pg_tables where schemaname = 'auth' and tablename = 'users' and tableowner = current_user) then
    execute 'create policy "accounts service" on auth.users for all to loam_auth using (true) with check (true)';
    execute 'create policy "accounts service" on auth.identities for all to loam_auth using (true) with check (true)';
    execute 'create policy "accounts service" on auth.sessions for all to loam_auth using (true) with check (true)';
    execute 'create policy "accounts service" on auth.refresh_tokens for all to loam_auth using (true) with check (true)';
    execute 'create policy "accounts service" on auth.one_time_tokens for all to loam_auth using (true) with check (true)';
    execute 'grant select, insert, update, delete on all tables in schema auth to loam_auth';
    execute 'grant usage on all sequences in schema auth to loam_auth';
  end if;
end
$$;

-- Stored files: the first folder of a name is the id of whoever it belongs to. On Supabase people write their files
-- through its storage service; ours writes them itself, so nobody else has a right to.
drop policy if exists "people see their own files" on storage.objects;
create policy "people see their own files" on storage.objects
  for select to authenticated
  using (bucket_id in ('documents', 'images') and (storage.foldername(name))[1] = (select auth.uid())::text);
drop policy if exists "people store their own files" on storage.objects;
create policy "people store their own files" on storage.objects
  for insert to authenticated
  with check (
    bucket_id in ('documents', 'images')
    and (storage.foldername(name))[1] = (select auth.uid())::text
    and coalesce(owner, (select auth.uid())) = (select auth.uid())
    and coalesce(owner_id, (select auth.uid())::text) = (select auth.uid())::text
  );
drop policy if exists "people replace their own files" on storage.objects;
create policy "people replace their own files" on storage.objects
  for update to authenticated
  using (bucket_id in ('documents', 'images') and (storage.foldername(name))[1] = (select auth.uid())::text)
  with check (
    bucket_id in ('documents', 'images')
    and (storage.foldername(name))[1] = (select auth.uid())::text
    and coalesce(owner, (select auth.uid())) = (select auth.uid())
    and coalesce(owner_id, (select auth.uid())::text) = (select auth.uid())::text
  );
drop policy if exists "people remove their own files" on storage.objects;
create policy "people remove their own files" on storage.objects
  for delete to authenticated
  using (bucket_id in ('documents', 'images') and (storage.foldername(name))[1] = (select auth.uid())::text);
drop policy if exists "storage service keeps files" on storage.objects;
create policy "storage service keeps files" on storage.objects
  for all to loam_storage using (bucket_id in ('documents', 'images')) with check (bucket_id in ('documents', 'images'));
drop policy if exists "storage service knows its buckets" on storage.buckets;
create policy "storage service knows its buckets" on storage.buckets
  for select to loam_storage using (id in ('documents', 'images'));
do $$
begin
  if exists (select from pg_tables where schemaname = 'storage' and tablename = 'objects' and tableowner = current_user) then
    grant select on storage.objects to authenticated;
    grant select, insert, update, delete on storage.objects to loam_storage;
    grant select on storage.buckets to loam_storage;
  end if;
end
$$;
