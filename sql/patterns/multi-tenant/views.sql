-- The people of one's organizations, by name: a profile itself is seen by its owner alone.
create or replace view organization_people
with (security_invoker = true)
as
select organization_id, user_id, role, display_name, avatar_url, email, created_at
from loam.organization_people();

grant select on organization_people to authenticated;
