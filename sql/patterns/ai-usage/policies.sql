-- People read what they used; only the ledger writes, so nobody can forge a cost or lose one. Administrators set budgets
-- and quotas and see sums of everybody's usage, which say nothing of what was asked.
alter table usage_logs enable row level security;
alter table usage_pending enable row level security;
alter table usage_summaries enable row level security;
alter table budgets enable row level security;
alter table budget_reservations enable row level security;
alter table usage_quotas enable row level security;
alter table usage_alerts enable row level security;
alter table alert_events enable row level security;
alter table response_cache enable row level security;

create policy "people see what they used" on usage_logs
  for select to authenticated using (user_id = (select auth.uid()));
create policy "ledger reads calls" on usage_logs
  for select to loam_ledger using (true);
create policy "ledger writes calls" on usage_logs
  for insert to loam_ledger with check (true);

create policy "maintenance sees what is not summed up" on usage_pending
  for select to loam_maintenance using (true);
create policy "people see sums of what they used, administrators all" on usage_summaries
  for select to authenticated using (user_id = (select auth.uid()) or (select loam.is_admin()));

create policy "people see their own budgets, administrators all" on budgets
  for select to authenticated using (user_id = (select auth.uid()) or (select loam.is_admin()));
create policy "administrators set budgets" on budgets
  for insert to authenticated with check (organization_id is null and (select loam.is_admin()));
create policy "administrators change budgets" on budgets
  for update to authenticated
  using (organization_id is null and (select loam.is_admin()))
  with check (organization_id is null and (select loam.is_admin()));
create policy "administrators remove budgets" on budgets
  for delete to authenticated using (organization_id is null and (select loam.is_admin()));
create policy "ledger reads budgets" on budgets
  for select to loam_ledger using (true);
create policy "ledger counts against budgets" on budgets
  for update to loam_ledger using (true) with check (true);

create policy "people see what is held for them" on budget_reservations
  for select to authenticated using (user_id = (select auth.uid()));
create policy "ledger holds and settles" on budget_reservations
  for all to loam_ledger using (true) with check (true);

create policy "people see their own quotas and everybody's" on usage_quotas
  for select to authenticated
  using (user_id = (select auth.uid()) or (user_id is null and organization_id is null) or (select loam.is_admin()));
create policy "administrators set quotas" on usage_quotas
  for insert to authenticated with check (organization_id is null and (select loam.is_admin()));
create policy "administrators change quotas" on usage_quotas
  for update to authenticated
  using (organization_id is null and (select loam.is_admin()))
  with check (organization_id is null and (select loam.is_admin()));
create policy "administrators remove quotas" on usage_quotas
  for delete to authenticated using (organization_id is null and (select loam.is_admin()));
create policy "ledger reads limits of use" on usage_quotas
  for select to loam_ledger using (true);

create policy "people see their own alerts" on usage_alerts
  for select to authenticated using (user_id = (select auth.uid()));
create policy "people set their own alerts" on usage_alerts
  for insert to authenticated
  with check (
    user_id = (select auth.uid()) and organization_id is null and (scope = 'mine' or (scope = 'installation' and (select loam.is_admin())))
  );
create policy "people change their own alerts" on usage_alerts
  for update to authenticated using (user_id = (select auth.uid())) with check (user_id = (select auth.uid()));
create policy "people remove their own alerts" on usage_alerts
  for delete to authenticated using (user_id = (select auth.uid()));

create policy "people see what was noticed for them, administrators the installation's" on alert_events
  for select to authenticated
  using (user_id = (select auth.uid()) or (user_id is null and organization_id is null and (select loam.is_admin())));
create policy "people acknowledge what was noticed for them" on alert_events
  for update to authenticated
  using (user_id = (select auth.uid()) or (user_id is null and organization_id is null and (select loam.is_admin())))
  with check (user_id = (select auth.uid()) or (user_id is null and organization_id is null and (select loam.is_admin())));

create policy "people see their own cached answers" on response_cache
  for select to authenticated using (user_id = (select auth.uid()));
create policy "people remove their own cached answers" on response_cache
  for delete to authenticated using (user_id = (select auth.uid()));
create policy "gateway keeps answers" on response_cache
  for all to loam_ledger using (true) with check (true);
create policy "maintenance removes old answers" on response_cache
  for all to loam_maintenance using (expires_at < now());

grant select on usage_logs, usage_summaries, budgets, budget_reservations, usage_quotas, usage_alerts, alert_events, response_cache
  to authenticated;
grant insert (id, user_id, api_key_id, name, period, limit_usd, limit_tokens, enabled, metadata),
  update (name, period, limit_usd, limit_tokens, enabled, metadata), delete on budgets to authenticated;
grant insert (id, user_id, role, resource, period, provider, model, limit_value, enabled, metadata),
  update (limit_value, enabled, metadata), delete on usage_quotas to authenticated;
grant insert (id, user_id, organization_id, name, scope, metric, period, threshold, provider, model, enabled, metadata),
  update (name, metric, period, threshold, provider, model, enabled, metadata), delete on usage_alerts to authenticated;
grant update (acknowledged_at) on alert_events to authenticated;
grant delete on response_cache to authenticated;

grant select, insert on usage_logs to loam_ledger;
grant select, update (period_start, spent_usd, spent_tokens, held_usd, held_tokens) on budgets to loam_ledger;
grant select, insert, update (status, settled_usd, settled_tokens, expires_at), delete on budget_reservations to loam_ledger;
grant select on usage_quotas to loam_ledger;
grant select, insert, delete on response_cache to loam_ledger;
grant update (response, document_ids, input_tokens, output_tokens, cost_usd, hit_count, false_hit_count, last_hit_at, expires_at)
  on response_cache to loam_ledger;
grant select (id, expires_at), delete on response_cache to loam_maintenance;
grant select on usage_pending to loam_maintenance;
