-- How many messages of others, answers included, came into each of one's conversations since one last read it.
create or replace view unread_counts
with (security_invoker = true)
as
select p.conversation_id, p.user_id, p.last_read_at, count(m.id) as unread_count
from conversation_participants as p
left join messages as m
  on m.conversation_id = p.conversation_id
  and m.created_at > coalesce(p.last_read_at, '-infinity')
  and (m.role <> 'user' or m.user_id <> p.user_id)
  and m.deleted_at is null
where p.user_id = (select auth.uid())
group by p.conversation_id, p.user_id;

grant select on unread_counts to authenticated;
