-- Everybody signed in sees which models there are; administrators keep the installation's own. Rows of an organization
-- are seen by nobody until the multi-tenant pattern says who belongs to it. Keys leave through the ledger role alone:
-- it is the role in which the gateway reads what it needs to call a model.
alter table model_providers enable row level security;
alter table provider_keys enable row level security;
alter table models enable row level security;
alter table model_pricing enable row level security;
alter table model_routes enable row level security;
alter table experiments enable row level security;
alter table evaluations enable row level security;
alter table evaluation_results enable row level security;

create policy "everybody signed in sees providers" on model_providers
  for select to authenticated using (organization_id is null);
create policy "administrators add providers" on model_providers
  for insert to authenticated with check (organization_id is null and (select loam.is_admin()));
create policy "administrators change providers" on model_providers
  for update to authenticated
  using (organization_id is null and (select loam.is_admin()))
  with check (organization_id is null and (select loam.is_admin()));
create policy "administrators remove providers" on model_providers
  for delete to authenticated using (organization_id is null and (select loam.is_admin()));
create policy "gateway reads providers" on model_providers
  for select to loam_ledger using (true);

create policy "administrators see keys" on provider_keys
  for select to authenticated
  using (
    (select loam.is_admin())
    and exists (select from model_providers p where p.id = provider_id and p.organization_id is null)
  );
create policy "administrators switch keys" on provider_keys
  for update to authenticated
  using (
    (select loam.is_admin())
    and exists (select from model_providers p where p.id = provider_id and p.organization_id is null)
  )
  with check (
    (select loam.is_admin())
    and exists (select from model_providers p where p.id = provider_id and p.organization_id is null)
  );
create policy "administrators remove keys" on provider_keys
  for delete to authenticated
  using (
    (select loam.is_admin())
    and exists (select from model_providers p where p.id = provider_id and p.organization_id is null)
  );
create policy "gateway keeps keys" on provider_keys
  for all to loam_ledger using (true) with check (true);

create policy "everybody signed in sees models" on models
  for select to authenticated
  using (exists (select from model_providers p where p.id = provider_id and p.organization_id is null));
create policy "administrators add models" on models
  for insert to authenticated
  with check (
    (select loam.is_admin())
    and exists (select from model_providers p where p.id = provider_id and p.organization_id is null)
  );
create policy "administrators change models" on models
  for update to authenticated
  using (
    (select loam.is_admin())
    and exists (select from model_providers p where p.id = provider_id and p.organization_id is null)
  )
  with check (
    (select loam.is_admin())
    and exists (select from model_providers p where p.id = provider_id and p.organization_id is null)
  );
create policy "administrators remove models" on models
  for delete to authenticated
  using (
    (select loam.is_admin())
    and exists (select from model_providers p where p.id = provider_id and p.organization_id is null)
  );
create policy "gateway reads models" on models
  for select to loam_ledger using (true);

create policy "everybody signed in sees prices" on model_pricing
  for select to authenticated using (organization_id is null);
create policy "administrators add prices" on model_pricing
  for insert to authenticated with check (organization_id is null and (select loam.is_admin()));
create policy "administrators change prices" on model_pricing
  for update to authenticated
  using (organization_id is null and (select loam.is_admin()))
  with check (organization_id is null and (select loam.is_admin()));
create policy "administrators remove prices" on model_pricing
  for delete to authenticated using (organization_id is null and (select loam.is_admin()));
create policy "gateway reads prices" on model_pricing
  for select to loam_ledger using (true);

create policy "everybody signed in sees routes" on model_routes
  for select to authenticated using (organization_id is null);
create policy "administrators add routes" on model_routes
  for insert to authenticated with check (organization_id is null and (select loam.is_admin()));
create policy "administrators change routes" on model_routes
  for update to authenticated
  using (organization_id is null and (select loam.is_admin()))
  with check (organization_id is null and (select loam.is_admin()));
create policy "administrators remove routes" on model_routes
  for delete to authenticated using (organization_id is null and (select loam.is_admin()));
create policy "gateway reads routes" on model_routes
  for select to loam_ledger using (true);

create policy "administrators see experiments" on experiments
  for select to authenticated using (organization_id is null and (select loam.is_admin()));
create policy "administrators start experiments" on experiments
  for insert to authenticated
  with check (
    organization_id is null and (select loam.is_admin())
    and (
      route_id is null
      or exists (
        select from model_routes as r
        where r.id = experiments.route_id and r.organization_id is not distinct from experiments.organization_id
      )
    )
  );
create policy "administrators change experiments" on experiments
  for update to authenticated
  using (organization_id is null and (select loam.is_admin()))
  with check (
    organization_id is null and (select loam.is_admin())
    and (
      route_id is null
      or exists (
        select from model_routes as r
        where r.id = experiments.route_id and r.organization_id is not distinct from experiments.organization_id
      )
    )
  );
create policy "administrators remove experiments" on experiments
  for delete to authenticated using (organization_id is null and (select loam.is_admin()));
create policy "gateway reads experiments" on experiments
  for select to loam_ledger using (true);

create policy "people see their own evaluations" on evaluations
  for select to authenticated using (user_id = (select auth.uid()));
create policy "people start their own evaluations" on evaluations
  for insert to authenticated
  with check (
    user_id = (select auth.uid()) and organization_id is null
    and (experiment_id is null or exists (select from experiments as e where e.id = evaluations.experiment_id))
  );
create policy "people change their own evaluations" on evaluations
  for update to authenticated
  using (user_id = (select auth.uid()))
  with check (user_id = (select auth.uid()));
create policy "people remove their own evaluations" on evaluations
  for delete to authenticated using (user_id = (select auth.uid()));
create policy "ledger runs evaluations" on evaluations
  for select to loam_ledger using (true);
create policy "ledger ends evaluations" on evaluations
  for update to loam_ledger using (true) with check (true);

create policy "people see results of their own evaluations" on evaluation_results
  for select to authenticated
  using (exists (select from evaluations e where e.id = evaluation_id and e.user_id = (select auth.uid())));
create policy "ledger reads results" on evaluation_results
  for select to loam_ledger using (true);
create policy "ledger writes results" on evaluation_results
  for insert to loam_ledger with check (true);

grant select on model_providers, models, model_pricing, model_routes, experiments, evaluations, evaluation_results to authenticated;
grant insert, update, delete on model_providers, models, model_pricing, model_routes to authenticated;
-- Who started an experiment is its default, whoever is signed in: nobody says it of another.
grant insert (id, organization_id, route_id, name, hypothesis, kind, variants, status, started_at, ended_at, conclusion, metadata),
  update (organization_id, route_id, name, hypothesis, kind, variants, status, started_at, ended_at, conclusion, metadata),
  delete on experiments to authenticated;
grant select (id, provider_id, name, key_hint, weight, enabled, expires_at, last_used_at, last_error_code, created_by, created_at, updated_at),
  update (name, weight, enabled, expires_at), delete on provider_keys to authenticated;
-- Status and results are the runner's to say.
grant insert (user_id, experiment_id, name, models, cases, metadata),
  update (name, metadata, deleted_at), delete on evaluations to authenticated;

grant select on model_providers, models, model_pricing, model_routes, experiments, evaluations, evaluation_results to loam_ledger;
grant select, insert, update (key_sealed, key_hint, last_used_at, last_error_code) on provider_keys to loam_ledger;
grant update (status, started_at, completed_at, metadata) on evaluations to loam_ledger;
grant insert on evaluation_results to loam_ledger;
