-- Organizations with members, and documents of theirs. The second half has the faults that let tenants meet.
-- finds: tenancy-row-planted public.notes policy "people write notes"
-- finds: tenancy-row-leaves-owner public.notes policy "people change their notes"
-- finds: tenancy-key-without-tenant public.notes.document_id
-- finds: tenancy-unique-without-tenant public.labels constraint "labels_name_key"
create table organizations (
  id uuid primary key default gen_random_uuid(),
  name text not null,
  slug text not null unique
);
create table organization_members (
  organization_id uuid not null references organizations (id) on delete cascade,
  user_id uuid not null references auth.users (id) on delete cascade,
  role text not null default 'member',
  primary key (organization_id, user_id)
);
create index organization_members_user_id_idx on organization_members (user_id);

create schema private;
grant usage on schema private to authenticated;
create function private.my_organizations()
returns setof uuid
language sql
stable
security definer
set search_path = ''
as $$ select organization_id from public.organization_members where user_id = (select auth.uid()) $$;
create function private.may_manage(organization uuid)
returns boolean
language sql
stable
security definer
set search_path = ''
as $$
  select exists (
    select from public.organization_members
    where organization_id = organization and user_id = (select auth.uid()) and role = 'admin'
  )
$$;

alter table organizations enable row level security;
alter table organization_members enable row level security;
create policy "members see" on organizations for select to authenticated using (id in (select private.my_organizations()));
create policy "administrators rename" on organizations
  for update to authenticated using (private.may_manage(id));
create policy "members see each other" on organization_members
  for select to authenticated using (organization_id in (select private.my_organizations()));
create policy "administrators set roles" on organization_members
  for update to authenticated using (private.may_manage(organization_id));

create table documents (
  id uuid primary key default gen_random_uuid(),
  organization_id uuid not null references organizations (id) on delete cascade,
  title text not null,
  unique (organization_id, id),
  unique (organization_id, title)
);
alter table documents enable row level security;
create policy "members" on documents
  for all to authenticated using (organization_id in (select private.my_organizations()));

create table comments (
  id uuid primary key default gen_random_uuid(),
  organization_id uuid not null,
  document_id uuid not null,
  foreign key (organization_id, document_id) references documents (organization_id, id) on delete cascade
);
alter table comments enable row level security;
create policy "members" on comments
  for all to authenticated using (organization_id in (select private.my_organizations()));

create table labels (
  id uuid primary key default gen_random_uuid(),
  organization_id uuid not null references organizations (id) on delete cascade,
  name text not null,
  constraint labels_name_key unique (name)
);
alter table labels enable row level security;
create policy "members" on labels
  for all to authenticated using (organization_id in (select private.my_organizations()));

create table notes (
  id uuid primary key default gen_random_uuid(),
  organization_id uuid not null references organizations (id) on delete cascade,
  document_id uuid references documents (id) on delete cascade,
  user_id uuid not null references auth.users (id) on delete cascade,
  body text
);
alter table notes enable row level security;
create policy "members read notes" on notes
  for select to authenticated using (organization_id in (select private.my_organizations()));
create policy "people write notes" on notes for insert to authenticated with check (user_id = (select auth.uid()));
create policy "people change their notes" on notes
  for update to authenticated using (user_id = (select auth.uid())) with check (organization_id in (select private.my_organizations()));
