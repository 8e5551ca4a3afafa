-- The roles that Supabase has and plain Postgres lacks. Never applied on Supabase.
-- The server logs in as authenticator, which has no rights of its own: each transaction takes one role.
do $$
declare
  wanted text;
begin
  foreach wanted in array array['anon', 'authenticated', 'service_role', 'authenticator'] loop
    if not exists (select from pg_roles where rolname = wanted) then
      execute format('create role %I nologin noinherit', wanted);
    end if;
  end loop;
end
$$;
alter role authenticator login noinherit;
grant anon, authenticated, service_role to authenticator;

revoke all on schema public from public;
grant usage on schema public to anon, authenticated, service_role;
