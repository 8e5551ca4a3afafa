-- Who may do what in an organization. Policies ask functions that read memberships with their owner's rights, so that no
-- policy of organization_members has to ask organization_members.

create or replace function loam.my_organization_ids(at_least text default 'viewer')
returns setof uuid
language sql
stable
security definer
set search_path = ''
as $$
  select m.organization_id
  from public.organization_members as m
  where
    m.user_id = (select auth.uid())
    and array_position(array['viewer', 'member', 'admin', 'owner'], m.role)
      >= array_position(array['viewer', 'member', 'admin', 'owner'], at_least)
$$;

-- The foundation's says: oneself alone.
create or replace function loam.my_tenant_ids(at_least text default 'viewer')
returns setof uuid
language sql
stable
set search_path = ''
as $$
  select (select auth.uid())
  union all
  select loam.my_organization_ids(at_least)
$$;

-- Who is with the caller in an organization, by name. Addresses are for those who manage people.
create or replace function loam.organization_people()
returns table (
  organization_id uuid,
  user_id uuid,
  role text,
  display_name text,
  avatar_url text,
  email text,
  created_at timestamptz
)
language sql
stable
security definer
set search_path = ''
as $$
  select
    m.organization_id,
    m.user_id,
    m.role,
    p.display_name,
    p.avatar_url,
    case when m.organization_id = any (array(select loam.my_organization_ids('admin'))) then p.email end,
    m.created_at
  from public.organization_members as m
  join public.user_profiles as p on p.id = m.user_id
  where m.organization_id = any (array(select loam.my_organization_ids()))
$$;

create or replace function loam.create_organization(new_name text, new_description text)
returns public.organizations
language plpgsql
security definer
set search_path = ''
as $$
declare
  made public.organizations;
begin
  insert into public.organizations (name, description, created_by)
  values (new_name, new_description, (select auth.uid()))
  returning * into made;
  insert into public.organization_members (organization_id, user_id, role)
  values (made.id, (select auth.uid()), 'owner');
  return made;
end
$$;

-- Only owners make owners and change what an owner is; nobody raises himself, because whoever may give a role has it.
create or replace function loam.set_member_role(in_organization uuid, member uuid, new_role text)
returns void
language plpgsql
security definer
set search_path = ''
as $$
declare
  held text;
begin
  if in_organization is null or not in_organization = any (array(select loam.my_organization_ids('admin'))) then
    raise exception 'only administrators of the organization give roles' using errcode = 'insufficient_privilege';
  end if;
  select role into held
  from public.organization_members
  where organization_id = in_organization and user_id = member
  for update;
  if not found then
    raise exception 'nobody of this id is a member' using errcode = 'no_data_found';
  end if;
  if 'owner' in (held, new_role) and not in_organization = any (array(select loam.my_organization_ids('owner'))) then
    raise exception 'only owners make owners and change them' using errcode = 'insufficient_privilege';
  end if;
  update public.organization_members
  set role = new_role
  where organization_id = in_organization and user_id = member;
end
$$;

-- An invitation by somebody who manages the organization; one for the same address that is still open ends. Answers the
-- token, which is kept nowhere.
create or replace function loam.invite(in_organization uuid, to_email text, with_role text, to_team uuid, valid_for interval)
returns text
language plpgsql
security definer
set search_path = ''
as $$
declare
  -- Two of them have 244 bits of the server's own strong randomness.
  token text := replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', '');
begin
  if in_organization is null or not in_organization = any (array(select loam.my_organization_ids('admin'))) then
    raise exception 'only administrators of the organization invite' using errcode = 'insufficient_privilege';
  end if;
  if not valid_for between interval '1 minute' and interval '30 days' then
    raise exception 'an invitation holds for a minute to thirty days' using errcode = 'invalid_parameter_value';
  end if;
  update public.invitations
  set revoked_at = now()
  where organization_id = in_organization and email = lower(btrim(to_email)) and accepted_at is null and revoked_at is null;
  insert into public.invitations (organization_id, team_id, email, role, token_hash, invited_by, expires_at)
  values (
    in_organization, to_team, lower(btrim(to_email)), with_role, encode(sha256(convert_to(token, 'UTF8')), 'hex'),
    (select auth.uid()), now() + valid_for
  );
  return token;
end
$$;

-- Takes an invitation up: the token and the confirmed address that it was sent to, once, in time. Who is a member already
-- keeps the role he has. Answers the organization.
create or replace function loam.accept_invitation(token text)
returns uuid
language plpgsql
security definer
set search_path = ''
as $$
declare
  invitation public.invitations;
begin
  select i.* into invitation
  from public.invitations as i
  join public.organizations as o on o.id = i.organization_id and o.deleted_at is null
  where i.token_hash = encode(sha256(convert_to(token, 'UTF8')), 'hex')
  for update of i;
  if not found or invitation.revoked_at is not null then
    raise exception 'there is no such invitation' using errcode = 'no_data_found';
  end if;
  if invitation.accepted_at is not null then
    raise exception 'the invitation was used already' using errcode = 'object_not_in_prerequisite_state';
  end if;
  if invitation.expires_at <= now() then
    raise exception 'the invitation has expired' using errcode = 'object_not_in_prerequisite_state';
  end if;
  if not exists (
    select from auth.users as u
    where u.id = (select auth.uid()) and lower(u.email) = invitation.email and u.email_confirmed_at is not null
  ) then
    raise exception 'the invitation is for another address' using errcode = 'insufficient_privilege';
  end if;
  insert into public.organization_members (organization_id, user_id, role)
  values (invitation.organization_id, (select auth.uid()), invitation.role)
  on conflict (organization_id, user_id) do nothing;
  if invitation.team_id is not null then
    insert into public.team_members (organization_id, team_id, user_id)
    values (invitation.organization_id, invitation.team_id, (select auth.uid()))
    on conflict do nothing;
  end if;
  update public.invitations
  set accepted_at = now(), accepted_by = (select auth.uid())
  where id = invitation.id;
  return invitation.organization_id;
end
$$;

-- An organization keeps an owner. Whoever changes owners waits for the others who do. When an account is deleted, its
-- organizations pass to who has been longest in the highest role left; when nobody is left, they go.
create or replace function loam.keep_an_owner()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
  perform from public.organizations where id = old.organization_id for no key update;
  if not found or exists (
    select from public.organization_members
    where organization_id = old.organization_id and role = 'owner'
  ) then
    return null;
  end if;
  if tg_op = 'UPDATE' or exists (select from public.user_profiles where id = old.user_id) then
    raise exception 'an organization keeps at least one owner' using errcode = 'object_not_in_prerequisite_state';
  end if;
  update public.organization_members
  set role = 'owner'
  where organization_id = old.organization_id and user_id = (
    select m.user_id
    from public.organization_members as m
    where m.organization_id = old.organization_id
    order by array_position(array['admin', 'member', 'viewer'], m.role), m.created_at, m.user_id
    limit 1
  );
  if not found then
    delete from public.organizations where id = old.organization_id;
  end if;
  return null;
end
$$;
create trigger organization_members_keep_owner
  after delete or update of role on organization_members
  for each row when (old.role = 'owner') execute function loam.keep_an_owner();

-- Who did what to whom. The note outlives the organization.
create or replace function loam.audit_organization()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
declare
  was jsonb := case when tg_op <> 'INSERT' then to_jsonb(old) end;
  is_now jsonb := case when tg_op <> 'DELETE' then to_jsonb(new) end;
  it jsonb := coalesce(is_now, was);
  noun text := case tg_table_name
    when 'organizations' then 'organization' when 'organization_members' then 'member' when 'team_members' then 'team_member'
    when 'teams' then 'team' else 'invitation'
  end;
  verb text := case
    when tg_op = 'INSERT' then case when noun like '%member' then 'added' else 'created' end
    when tg_op = 'DELETE' then case when noun like '%member' then 'removed' else 'deleted' end
    when was ->> 'accepted_at' is null and is_now ->> 'accepted_at' is not null then 'accepted'
    when was ->> 'revoked_at' is null and is_now ->> 'revoked_at' is not null then 'revoked'
    when was ->> 'deleted_at' is null and is_now ->> 'deleted_at' is not null then 'binned'
    else 'changed'
  end;
begin
  insert into public.audit_logs (user_id, organization_id, action, resource_type, resource_id, metadata)
  values (
    (select auth.uid()),
    coalesce(it ->> 'organization_id', it ->> 'id')::uuid,
    noun || '.' || verb,
    noun,
    coalesce(it ->> 'user_id', it ->> 'id')::uuid,
    jsonb_strip_nulls(jsonb_build_object(
      'team_id', it -> 'team_id', 'name', it -> 'name', 'email', it -> 'email', 'role', it -> 'role',
      'role_before', case when was ->> 'role' is distinct from it ->> 'role' then was -> 'role' end
    ))
  );
  return null;
end
$$;
create trigger organizations_audit after insert or update of name, deleted_at or delete on organizations
  for each row execute function loam.audit_organization();
create trigger organization_members_audit after insert or update of role or delete on organization_members
  for each row execute function loam.audit_organization();
create trigger teams_audit after insert or update of name or delete on teams
  for each row execute function loam.audit_organization();
create trigger team_members_audit after insert or delete on team_members
  for each row execute function loam.audit_organization();
create trigger invitations_audit after insert or update of accepted_at, revoked_at or delete on invitations
  for each row execute function loam.audit_organization();

-- Everybody in an organization hears of who comes and goes, and so does whoever went.
create or replace function loam.notify_membership()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
declare
  changed uuid := coalesce(new.organization_id, old.organization_id);
begin
  perform loam.notify_change(
    'organization_members', changed, lower(tg_op),
    array(
      select user_id from public.organization_members where organization_id = changed
      union
      select coalesce(new.user_id, old.user_id)
    )
  );
  return null;
end
$$;
create trigger organization_members_notify after insert or update of role or delete on organization_members
  for each row execute function loam.notify_membership();

create trigger organizations_touch before update on organizations for each row execute function loam.touch_updated_at();
create trigger organization_members_touch before update on organization_members for each row execute function loam.touch_updated_at();
create trigger teams_touch before update on teams for each row execute function loam.touch_updated_at();
create trigger invitations_touch before update on invitations for each row execute function loam.touch_updated_at();

-- The names by which an API calls them. They have no rights of their own: what decides stands in `loam`.
create or replace function create_organization(name text, description text default null)
returns organizations
language sql
set search_path = ''
as $$
  select loam.create_organization(name, description)
$$;
create or replace function set_member_role(organization_id uuid, user_id uuid, role text)
returns void
language sql
set search_path = ''
as $$
  select loam.set_member_role(organization_id, user_id, role)
$$;
create or replace function invite_member(
  organization_id uuid, email text, role text default 'member', team_id uuid default null, valid_for interval default '7 days'
)
returns text
language sql
set search_path = ''
as $$
  select loam.invite(organization_id, email, role, team_id, valid_for)
$$;
create or replace function accept_invitation(token text)
returns uuid
language sql
set search_path = ''
as $$
  select loam.accept_invitation(token)
$$;

revoke execute on function
  loam.my_organization_ids(text), loam.my_tenant_ids(text), loam.organization_people(), loam.create_organization(text, text),
  loam.set_member_role(uuid, uuid, text), loam.invite(uuid, text, text, uuid, interval), loam.accept_invitation(text),
  loam.keep_an_owner(), loam.audit_organization(), loam.notify_membership(),
  create_organization(text, text), set_member_role(uuid, uuid, text), invite_member(uuid, text, text, uuid, interval),
  accept_invitation(text)
from public;
grant execute on function
  loam.my_organization_ids(text), loam.my_tenant_ids(text), loam.organization_people(), loam.create_organization(text, text),
  loam.set_member_role(uuid, uuid, text), loam.invite(uuid, text, text, uuid, interval), loam.accept_invitation(text),
  create_organization(text, text), set_member_role(uuid, uuid, text), invite_member(uuid, text, text, uuid, interval),
  accept_invitation(text)
to authenticated;
