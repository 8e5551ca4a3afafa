-- needs: foundation
-- People: what the sign-in service does not keep. user_profiles.id is auth.users.id; passwords never leave `auth`.

create table user_profiles (
  id uuid primary key references auth.users (id) on delete cascade,
  -- Null where the account has none (telephone, anonymous) or where a single sign-on account shares another's.
  email text unique,
  display_name text check (char_length(display_name) between 1 and 100),
  full_name text check (char_length(full_name) between 1 and 255),
  avatar_url text check (char_length(avatar_url) <= 2000),
  role text not null default 'user' check (role in ('user', 'admin', 'moderator')),
  -- The two halves of user_preferences.default_model, kept by trigger.
  preferred_model_provider text,
  preferred_model_name text,
  -- Null means no limit.
  monthly_token_quota bigint check (monthly_token_quota >= 0),
  monthly_cost_quota_usd numeric(20, 10) check (monthly_cost_quota_usd >= 0),
  total_tokens_used bigint not null default 0,
  total_cost_usd numeric(20, 10) not null default 0,
  last_sign_in timestamptz,
  banned_until timestamptz,
  metadata jsonb not null default '{}' check (octet_length(metadata::text) <= 16384),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create index user_profiles_created_at_idx on user_profiles (created_at, id);
create index user_profiles_admin_idx on user_profiles (id) where role = 'admin';

create table user_preferences (
  user_id uuid primary key references user_profiles (id) on delete cascade,
  -- <provider>/<model>
  default_model text check (char_length(default_model) between 1 and 200),
  theme text not null default 'system' check (theme in ('light', 'dark', 'system')),
  settings jsonb not null default '{}' check (jsonb_typeof(settings) = 'object' and octet_length(settings::text) <= 16384),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);

create table user_metadata (
  user_id uuid not null references user_profiles (id) on delete cascade,
  key text not null check (char_length(key) between 1 and 100),
  value jsonb not null check (octet_length(value::text) <= 16384),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (user_id, key)
);

-- Where somebody is or was signed in: a mirror of auth.sessions that outlives it. `session_id` has no foreign key
-- because the sign-in service deletes its row when the session ends.
create table user_sessions (
  id uuid primary key default gen_random_uuid(),
  user_id uuid not null references user_profiles (id) on delete cascade,
  session_id uuid not null unique,
  ip_address inet,
  user_agent text,
  last_seen_at timestamptz not null default now(),
  ended_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create index user_sessions_user_id_idx on user_sessions (user_id, last_seen_at desc);
create index user_sessions_ended_at_idx on user_sessions (ended_at) where ended_at is not null;

create table social_connections (
  id uuid primary key default gen_random_uuid(),
  user_id uuid not null references user_profiles (id) on delete cascade,
  provider text not null check (char_length(provider) between 1 and 50),
  provider_user_id text not null,
  provider_email text,
  display_name text,
  avatar_url text,
  metadata jsonb not null default '{}',
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  unique (provider, provider_user_id)
);
create index social_connections_user_id_idx on social_connections (user_id);

create table achievements (
  id uuid primary key default gen_random_uuid(),
  key text not null unique check (key ~ '^[a-z0-9_]{1,100}$'),
  name text not null check (char_length(name) between 1 and 200),
  description text,
  icon text,
  points integer not null default 0 check (points >= 0),
  criteria jsonb not null default '{}',
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);

create table user_achievements (
  user_id uuid not null references user_profiles (id) on delete cascade,
  achievement_id uuid not null references achievements (id) on delete cascade,
  earned_at timestamptz not null default now(),
  metadata jsonb not null default '{}',
  created_at timestamptz not null default now(),
  primary key (user_id, achievement_id)
);
create index user_achievements_achievement_id_idx on user_achievements (achievement_id);

-- Partitioned by month: retention drops a partition instead of deleting rows.
create table activity_logs (
  id uuid not null default gen_random_uuid(),
  created_at timestamptz not null default now(),
  user_id uuid not null references user_profiles (id) on delete cascade,
  action text not null check (char_length(action) between 1 and 100),
  resource_type text,
  resource_id uuid,
  ip_address inet,
  user_agent text,
  metadata jsonb not null default '{}',
  primary key (created_at, id)
) partition by range (created_at);
create index activity_logs_user_id_idx on activity_logs (user_id, created_at desc);

create table notifications (
  id uuid primary key default gen_random_uuid(),
  user_id uuid not null references user_profiles (id) on delete cascade,
  type text not null check (char_length(type) between 1 and 100),
  title text not null check (char_length(title) between 1 and 500),
  body text,
  -- A path inside the application, never another site's address.
  link text check (link ~ '^/[^/\\]' or link = '/'),
  read_at timestamptz,
  metadata jsonb not null default '{}',
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create index notifications_user_id_idx on notifications (user_id, created_at desc);
create index notifications_unread_idx on notifications (user_id) where read_at is null;

create table user_follows (
  follower_id uuid not null references user_profiles (id) on delete cascade,
  following_id uuid not null references user_profiles (id) on delete cascade,
  created_at timestamptz not null default now(),
  primary key (follower_id, following_id),
  check (follower_id <> following_id)
);
create index user_follows_following_id_idx on user_follows (following_id);
