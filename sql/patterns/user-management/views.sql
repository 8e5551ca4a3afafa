-- The names that some applications expect: `users` is the profile, under the caller's rights.
create or replace view users
with (security_invoker = true)
as
select
  id,
  email,
  full_name,
  display_name,
  avatar_url,
  role,
  last_sign_in,
  banned_until,
  metadata,
  created_at,
  updated_at
from user_profiles;

grant select on users to authenticated, loam_auth;
