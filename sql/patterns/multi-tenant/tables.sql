-- needs: foundation, user-management
-- Organizations and who belongs to them. What belongs to an organization is seen by its members and, once they have left,
-- not by those who made it.

create table organizations (
  id uuid primary key default gen_random_uuid(),
  name text not null check (char_length(btrim(name)) between 1 and 200),
  description text check (char_length(description) <= 2000),
  avatar_url text check (char_length(avatar_url) <= 2000),
  settings jsonb not null default '{}' check (jsonb_typeof(settings) = 'object' and octet_length(settings::text) <= 16384),
  metadata jsonb not null default '{}' check (octet_length(metadata::text) <= 16384),
  created_by uuid references user_profiles (id) on delete set null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  deleted_at timestamptz
);
create index organizations_created_by_idx on organizations (created_by);
create index organizations_deleted_at_idx on organizations (deleted_at) where deleted_at is not null;

-- owner: everything. admin: people, teams and keys, but no owner. member: writes. viewer: reads.
create table organization_members (
  organization_id uuid not null references organizations (id) on delete cascade,
  user_id uuid not null references user_profiles (id) on delete cascade,
  role text not null check (role in ('owner', 'admin', 'member', 'viewer')),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (organization_id, user_id)
);
-- What every policy asks: answered from this index alone.
create index organization_members_user_id_idx on organization_members (user_id, organization_id) include (role);

create table teams (
  id uuid primary key default gen_random_uuid(),
  organization_id uuid not null references organizations (id) on delete cascade,
  name text not null check (char_length(btrim(name)) between 1 and 200),
  description text check (char_length(description) <= 2000),
  metadata jsonb not null default '{}' check (octet_length(metadata::text) <= 16384),
  created_by uuid default auth.uid() references user_profiles (id) on delete set null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  unique (organization_id, id)
);
create unique index teams_name_key on teams (organization_id, lower(name));
create index teams_created_by_idx on teams (created_by);

-- Both keys carry the organization: nobody is in a team of an organization that he is not in, nor stays in one.
create table team_members (
  organization_id uuid not null,
  team_id uuid not null,
  user_id uuid not null,
  created_at timestamptz not null default now(),
  primary key (organization_id, team_id, user_id),
  foreign key (organization_id, team_id) references teams (organization_id, id) on delete cascade,
  foreign key (organization_id, user_id) references organization_members (organization_id, user_id) on delete cascade
);
create index team_members_user_id_idx on team_members (organization_id, user_id);

-- The token is told once, to whoever invites; here is its SHA-256. Nobody is made an owner by invitation.
create table invitations (
  id uuid primary key default gen_random_uuid(),
  organization_id uuid not null references organizations (id) on delete cascade,
  team_id uuid,
  email text not null check (email ~ '^[^@[:space:]]+@[^@[:space:]]+$' and char_length(email) <= 255),
  role text not null default 'member' check (role in ('admin', 'member', 'viewer')),
  token_hash text not null unique,
  invited_by uuid references user_profiles (id) on delete set null,
  expires_at timestamptz not null default now() + interval '7 days',
  accepted_at timestamptz,
  accepted_by uuid references user_profiles (id) on delete set null,
  revoked_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  foreign key (organization_id, team_id) references teams (organization_id, id) on delete set null (team_id)
);
create index invitations_organization_id_idx on invitations (organization_id, created_at desc);
create index invitations_team_id_idx on invitations (organization_id, team_id);
create index invitations_invited_by_idx on invitations (invited_by);
create index invitations_accepted_by_idx on invitations (accepted_by);
