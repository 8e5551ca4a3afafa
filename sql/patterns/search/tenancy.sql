-- Searched together: one's own texts and those of one's organizations.
alter table search_entries add foreign key (organization_id) references organizations (id) on delete cascade;
create index search_entries_organization_id_idx on search_entries (organization_id) where organization_id is not null;

alter policy "people see which of their texts can be found" on search_entries
  using (tenant_id = any (array(select loam.my_tenant_ids())));
alter policy "people search the terms of their own texts" on search_terms
  using (tenant_id = any (array(select loam.my_tenant_ids())));
alter policy "people see how frequent terms of their own texts are" on search_term_statistics
  using (tenant_id = any (array(select loam.my_tenant_ids())));
alter policy "people see how many texts they have" on search_statistics
  using (tenant_id = any (array(select loam.my_tenant_ids())));
