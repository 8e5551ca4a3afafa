-- Members see their organization, administrators manage people, owners everything. Roles are given by set_member_role and
-- memberships made by accept_invitation alone: nobody has a right to write either.
alter table organizations enable row level security;
alter table organization_members enable row level security;
alter table teams enable row level security;
alter table team_members enable row level security;
alter table invitations enable row level security;

create policy "members see their organizations" on organizations
  for select to authenticated using (id = any (array(select loam.my_organization_ids())));
create policy "owners change their organizations" on organizations
  for update to authenticated
  using (id = any (array(select loam.my_organization_ids('owner'))))
  with check (id = any (array(select loam.my_organization_ids('owner'))));
create policy "owners remove their organizations" on organizations
  for delete to authenticated using (id = any (array(select loam.my_organization_ids('owner'))));
create policy "maintenance: purge organizations" on organizations
  for all to loam_maintenance using (deleted_at is not null);

create policy "members see who belongs to their organizations" on organization_members
  for select to authenticated using (organization_id = any (array(select loam.my_organization_ids())));
create policy "members leave, administrators remove, owners remove anybody" on organization_members
  for delete to authenticated
  using (
    user_id = (select auth.uid())
    or role <> 'owner' and organization_id = any (array(select loam.my_organization_ids('admin')))
    or organization_id = any (array(select loam.my_organization_ids('owner')))
  );

create policy "members see the teams of their organizations" on teams
  for select to authenticated using (organization_id = any (array(select loam.my_organization_ids())));
create policy "administrators make teams" on teams
  for insert to authenticated with check (organization_id = any (array(select loam.my_organization_ids('admin'))));
create policy "administrators change teams" on teams
  for update to authenticated
  using (organization_id = any (array(select loam.my_organization_ids('admin'))))
  with check (organization_id = any (array(select loam.my_organization_ids('admin'))));
create policy "administrators remove teams" on teams
  for delete to authenticated using (organization_id = any (array(select loam.my_organization_ids('admin'))));

create policy "members see who is in the teams of their organizations" on team_members
  for select to authenticated using (organization_id = any (array(select loam.my_organization_ids())));
create policy "administrators put members into teams" on team_members
  for insert to authenticated with check (organization_id = any (array(select loam.my_organization_ids('admin'))));
create policy "members leave teams, administrators remove" on team_members
  for delete to authenticated
  using (
    user_id = (select auth.uid())
    or organization_id = any (array(select loam.my_organization_ids('admin')))
  );

create policy "administrators see invitations" on invitations
  for select to authenticated using (organization_id = any (array(select loam.my_organization_ids('admin'))));
create policy "administrators revoke invitations" on invitations
  for update to authenticated
  using (organization_id = any (array(select loam.my_organization_ids('admin'))))
  with check (organization_id = any (array(select loam.my_organization_ids('admin'))));

grant select, delete on organizations to authenticated;
grant update (name, description, avatar_url, settings, metadata, deleted_at) on organizations to authenticated;
grant select (id, deleted_at), delete on organizations to loam_maintenance;
grant select, delete on organization_members to authenticated;
grant select, delete on teams to authenticated;
grant insert (organization_id, name, description, metadata), update (name, description, metadata) on teams to authenticated;
grant select, delete on team_members to authenticated;
grant insert (organization_id, team_id, user_id) on team_members to authenticated;
grant select (id, organization_id, team_id, email, role, invited_by, expires_at, accepted_at, accepted_by, revoked_at, created_at, updated_at)
  on invitations to authenticated;
grant update (revoked_at) on invitations to authenticated;
