-- Pictures of an organization: seen by its members, binned by who made them or manages it.
alter table generated_images add foreign key (organization_id) references organizations (id) on delete cascade;
create index generated_images_organization_id_idx on generated_images (organization_id) where organization_id is not null;

alter policy "people see their own pictures" on generated_images
  using (tenant_id = any (array(select loam.my_tenant_ids())));
alter policy "people bin their own pictures" on generated_images
  using (
    tenant_id = any (array(select loam.my_tenant_ids('admin')))
    or (user_id = (select auth.uid()) and tenant_id = any (array(select loam.my_tenant_ids('member'))))
  )
  with check (
    tenant_id = any (array(select loam.my_tenant_ids('admin')))
    or (user_id = (select auth.uid()) and tenant_id = any (array(select loam.my_tenant_ids('member'))))
  );
