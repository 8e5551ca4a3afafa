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

-- Both are empty to everybody but administrators and the operator: the functions ask who it is.
create or replace view performance_stats
with (security_invoker = true)
as
select * from loam.performance_stats();

create or replace view user_activity_summary
with (security_invoker = true)
as
select * from loam.user_activity_summary();

grant select on performance_stats, user_activity_summary to authenticated;
