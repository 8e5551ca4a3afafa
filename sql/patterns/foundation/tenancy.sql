-- Keys of an organization: made by those who manage it, and gone with the membership of whoever made them.
alter table api_keys
  add foreign key (organization_id) references organizations (id) on delete cascade,
  add foreign key (organization_id, user_id) references organization_members (organization_id, user_id) on delete cascade;
create index api_keys_organization_id_idx on api_keys (organization_id, user_id) where organization_id is not null;

alter policy "people see their own keys" on api_keys
  using (
    user_id = (select auth.uid())
    or organization_id = any (array(select loam.my_organization_ids('admin')))
  );
alter policy "people make their own keys" on api_keys
  with check (
    user_id = (select auth.uid())
    and (organization_id is null or organization_id = any (array(select loam.my_organization_ids('admin'))))
  );
alter policy "people rename and revoke their own keys" on api_keys
  using (
    user_id = (select auth.uid())
    or organization_id = any (array(select loam.my_organization_ids('admin')))
  )
  with check (
    user_id = (select auth.uid())
    or organization_id = any (array(select loam.my_organization_ids('admin')))
  );

-- The audit log has no foreign key: what was done outlives where it was done. Of an organization's row the tenant is the
-- organization.
alter policy "people see what they did" on audit_logs
  using (
    user_id = (select auth.uid())
    or tenant_id = any (array(select loam.my_organization_ids('admin')))
  );
