-- People read what they used; only the ledger writes, so nobody can forge a cost or lose one.
alter table usage_logs enable row level security;

create policy "people see what they used" on usage_logs
  for select to authenticated using (user_id = (select auth.uid()));
create policy "ledger reads calls" on usage_logs
  for select to loam_ledger using (true);
create policy "ledger writes calls" on usage_logs
  for insert to loam_ledger with check (true);

grant select on usage_logs to authenticated;
grant select, insert on usage_logs to loam_ledger;
