-- What a foreign key with ON DELETE SET NULL would do, without its check on each call that is logged.
create or replace function loam.forget_usage()
returns trigger
language plpgsql
security definer
set search_path = ''
as $$
begin
  update public.usage_logs set user_id = null where user_id = old.id;
  return null;
end
$$;
revoke execute on function loam.forget_usage() from public;

create trigger loam_forget_usage
  after delete on user_profiles
  for each row execute function loam.forget_usage();

-- The partitions of this month and the next; later ones are made by maintenance, and the default one takes what is left.
select loam.start_partitions('public.usage_logs');
