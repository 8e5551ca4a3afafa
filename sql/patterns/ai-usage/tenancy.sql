-- Usage of an organization: sums are seen by who manages it, budgets and quotas are set there and seen by its members. The
-- ledger has no foreign key: what was spent outlives where it was spent.
alter table budgets add foreign key (organization_id) references organizations (id) on delete cascade;
alter table usage_quotas add foreign key (organization_id) references organizations (id) on delete cascade;
alter table usage_alerts add foreign key (organization_id) references organizations (id) on delete cascade;
alter table response_cache add foreign key (organization_id) references organizations (id) on delete cascade;
create index budgets_organization_id_idx on budgets (organization_id) where organization_id is not null;
create index usage_quotas_organization_id_idx on usage_quotas (organization_id) where organization_id is not null;
create index usage_alerts_organization_id_idx on usage_alerts (organization_id) where organization_id is not null;
create index response_cache_organization_id_idx on response_cache (organization_id) where organization_id is not null;

alter policy "people see sums of what they used, administrators all" on usage_summaries
  using (
    user_id = (select auth.uid())
    or tenant_id = any (array(select loam.my_organization_ids('admin')))
    or (select loam.is_admin())
  );

alter policy "people see their own budgets, administrators all" on budgets
  using (
    user_id = (select auth.uid())
    or (user_id is null and organization_id = any (array(select loam.my_organization_ids())))
    or organization_id = any (array(select loam.my_organization_ids('admin')))
    or (select loam.is_admin())
  );
-- Whoever a budget or quota of an organization is of belongs to it, and its key is one of the organization's: a reference
-- to anybody's would tell that he is there.
alter policy "administrators set budgets" on budgets
  with check (
    (organization_id is null and (select loam.is_admin()))
    or (
      organization_id = any (array(select loam.my_organization_ids('admin')))
      and (
        user_id is null
        or exists (
          select from organization_members as m
          where m.organization_id = budgets.organization_id and m.user_id = budgets.user_id
        )
      )
      and (
        api_key_id is null
        or exists (select from api_keys as k where k.id = budgets.api_key_id and k.organization_id = budgets.organization_id)
      )
    )
  );
alter policy "administrators change budgets" on budgets
  using (
    (organization_id is null and (select loam.is_admin()))
    or organization_id = any (array(select loam.my_organization_ids('admin')))
  )
  with check (
    (organization_id is null and (select loam.is_admin()))
    or organization_id = any (array(select loam.my_organization_ids('admin')))
  );
alter policy "administrators remove budgets" on budgets
  using (
    (organization_id is null and (select loam.is_admin()))
    or organization_id = any (array(select loam.my_organization_ids('admin')))
  );

alter policy "people see their own quotas and everybody's" on usage_quotas
  using (
    user_id = (select auth.uid())
    or (user_id is null and (organization_id is null or organization_id = any (array(select loam.my_organization_ids()))))
    or organization_id = any (array(select loam.my_organization_ids('admin')))
    or (select loam.is_admin())
  );
alter policy "administrators set quotas" on usage_quotas
  with check (
    (organization_id is null and (select loam.is_admin()))
    or (
      organization_id = any (array(select loam.my_organization_ids('admin')))
      and (
        user_id is null
        or exists (
          select from organization_members as m
          where m.organization_id = usage_quotas.organization_id and m.user_id = usage_quotas.user_id
        )
      )
    )
  );
alter policy "administrators change quotas" on usage_quotas
  using (
    (organization_id is null and (select loam.is_admin()))
    or organization_id = any (array(select loam.my_organization_ids('admin')))
  )
  with check (
    (organization_id is null and (select loam.is_admin()))
    or organization_id = any (array(select loam.my_organization_ids('admin')))
  );
alter policy "administrators remove quotas" on usage_quotas
  using (
    (organization_id is null and (select loam.is_admin()))
    or organization_id = any (array(select loam.my_organization_ids('admin')))
  );
grant insert (organization_id) on budgets, usage_quotas to authenticated;

alter policy "people set their own alerts" on usage_alerts
  with check (
    user_id = (select auth.uid())
    and case scope
      when 'mine' then organization_id is null
      when 'organization' then organization_id = any (array(select loam.my_organization_ids('admin')))
      else organization_id is null and (select loam.is_admin())
    end
  );

-- Who left, or manages it no more, is told nothing more of it.
create or replace function loam.drop_alerts_of_member()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
  delete from public.usage_alerts as a
  where a.organization_id = old.organization_id and a.user_id = old.user_id;
  return null;
end
$$;
create trigger organization_members_drop_alerts
  after delete on organization_members
  for each row execute function loam.drop_alerts_of_member();
create trigger organization_members_drop_alerts_of_role
  after update of role on organization_members
  for each row when (new.role in ('viewer', 'member')) execute function loam.drop_alerts_of_member();
revoke execute on function loam.drop_alerts_of_member() from public;
