-- People search their own texts' terms; all of it is written by triggers.
alter table search_entries enable row level security;
alter table search_terms enable row level security;
alter table search_term_statistics enable row level security;
alter table search_statistics enable row level security;

create policy "people see which of their texts can be found" on search_entries
  for select to authenticated using (tenant_id = (select auth.uid()));
create policy "people search the terms of their own texts" on search_terms
  for select to authenticated using (tenant_id = (select auth.uid()));
create policy "people see how frequent terms of their own texts are" on search_term_statistics
  for select to authenticated using (tenant_id = (select auth.uid()));
create policy "people see how many texts they have" on search_statistics
  for select to authenticated using (tenant_id = (select auth.uid()));

grant select on search_entries, search_terms, search_term_statistics, search_statistics to authenticated;
