-- Models, prices and routes of an organization: seen by its members, kept by who manages it.
alter table model_providers add foreign key (organization_id) references organizations (id) on delete cascade;
alter table model_pricing add foreign key (organization_id) references organizations (id) on delete cascade;
alter table model_routes add foreign key (organization_id) references organizations (id) on delete cascade;
alter table experiments add foreign key (organization_id) references organizations (id) on delete cascade;
alter table evaluations add foreign key (organization_id) references organizations (id) on delete cascade;
create index model_providers_organization_id_idx on model_providers (organization_id) where organization_id is not null;
create index experiments_organization_id_idx on experiments (organization_id) where organization_id is not null;
create index evaluations_organization_id_idx on evaluations (organization_id) where organization_id is not null;

do $$
declare
  shown constant text := 'organization_id is null or organization_id = any (array(select loam.my_organization_ids()))';
  kept constant text := '(organization_id is null and (select loam.is_admin())) or organization_id = any (array(select loam.my_organization_ids(''admin'')))';
  -- An experiment is on a route of the same organization.
  tied constant text := format(
    '(%s) and (route_id is null or exists (select from public.model_routes as r where r.id = experiments.route_id and r.organization_id is not distinct from experiments.organization_id))',
    kept
  );
  -- Of rows that belong to a provider.
  provider constant text := 'exists (select from public.model_providers as p where p.id = provider_id and (%s))';
  provider_shown constant text := format(provider, 'p.organization_id is null or p.organization_id = any (array(select loam.my_organization_ids()))');
  provider_kept constant text := format(provider, '(p.organization_id is null and (select loam.is_admin())) or p.organization_id = any (array(select loam.my_organization_ids(''admin'')))');
begin
  execute format('alter policy "everybody signed in sees providers" on public.model_providers using (%s)', shown);
  execute format('alter policy "administrators add providers" on public.model_providers with check (%s)', kept);
  execute format('alter policy "administrators change providers" on public.model_providers using (%s) with check (%1$s)', kept);
  execute format('alter policy "administrators remove providers" on public.model_providers using (%s)', kept);
  execute format('alter policy "administrators see keys" on public.provider_keys using (%s)', provider_kept);
  execute format('alter policy "administrators switch keys" on public.provider_keys using (%s) with check (%1$s)', provider_kept);
  execute format('alter policy "administrators remove keys" on public.provider_keys using (%s)', provider_kept);
  execute format('alter policy "everybody signed in sees models" on public.models using (%s)', provider_shown);
  execute format('alter policy "administrators add models" on public.models with check (%s)', provider_kept);
  execute format('alter policy "administrators change models" on public.models using (%s) with check (%1$s)', provider_kept);
  execute format('alter policy "administrators remove models" on public.models using (%s)', provider_kept);
  execute format('alter policy "everybody signed in sees prices" on public.model_pricing using (%s)', shown);
  execute format('alter policy "administrators add prices" on public.model_pricing with check (%s)', kept);
  execute format('alter policy "administrators change prices" on public.model_pricing using (%s) with check (%1$s)', kept);
  execute format('alter policy "administrators remove prices" on public.model_pricing using (%s)', kept);
  execute format('alter policy "everybody signed in sees routes" on public.model_routes using (%s)', shown);
  execute format('alter policy "administrators add routes" on public.model_routes with check (%s)', kept);
  execute format('alter policy "administrators change routes" on public.model_routes using (%s) with check (%1$s)', kept);
  execute format('alter policy "administrators remove routes" on public.model_routes using (%s)', kept);
  execute format('alter policy "administrators see experiments" on public.experiments using (%s)', kept);
  execute format('alter policy "administrators start experiments" on public.experiments with check (%s)', tied);
  execute format('alter policy "administrators change experiments" on public.experiments using (%s) with check (%s)', kept, tied);
  execute format('alter policy "administrators remove experiments" on public.experiments using (%s)', kept);
end
$$;

alter policy "people see their own evaluations" on evaluations
  using (tenant_id = any (array(select loam.my_tenant_ids())));
alter policy "people start their own evaluations" on evaluations
  with check (
    user_id = (select auth.uid())
    and tenant_id = any (array(select loam.my_tenant_ids('member')))
    and (experiment_id is null or exists (select from experiments as e where e.id = evaluations.experiment_id))
  );
alter policy "people change their own evaluations" on evaluations
  using (tenant_id = any (array(select loam.my_tenant_ids('member'))))
  with check (tenant_id = any (array(select loam.my_tenant_ids('member'))));
alter policy "people remove their own evaluations" on evaluations
  using (tenant_id = any (array(select loam.my_tenant_ids('member'))));
alter policy "people see results of their own evaluations" on evaluation_results
  using (exists (select from evaluations as e where e.id = evaluation_id));
grant insert (organization_id) on evaluations to authenticated;
