// A schema that nobody in Loam wrote: practices with staff, patients' files, letters, visits by month, a search, a sum.
export const practice = `
create table practices (
  id bigint generated always as identity primary key,
  name text not null,
  code text not null unique
);
create table profiles (
  id uuid primary key references auth.users (id) on delete cascade,
  nickname text,
  role text not null default 'member' check (role in ('member', 'admin'))
);
create table practice_members (
  practice_id bigint not null references practices (id) on delete cascade,
  user_id uuid not null references profiles (id) on delete cascade,
  role text not null default 'viewer' check (role in ('owner', 'editor', 'viewer')),
  primary key (practice_id, user_id)
);
create table files (
  id uuid primary key default gen_random_uuid(),
  user_id uuid not null references profiles (id) on delete cascade,
  practice_id bigint references practices (id) on delete cascade,
  title text not null check (title ~ '^[a-z0-9]+$'),
  state text not null default 'open' check (state in ('open', 'closed')),
  is_public boolean not null default false
);
create table letters (
  id uuid primary key default gen_random_uuid(),
  file_id uuid not null references files (id) on delete cascade,
  body text not null
);
create table visits (
  id uuid not null default gen_random_uuid(),
  user_id uuid not null,
  note text not null,
  at timestamptz not null default now(),
  primary key (at, id)
) partition by range (at);
create schema parts;
create table parts.visits_old partition of visits for values from ('2000-01-01') to ('2025-01-01');
create table parts.visits_rest partition of visits default;
create table countries (code text primary key check (char_length(code) = 2), name text not null);

create schema helpers;
create function helpers.my_practices() returns setof bigint language sql stable security definer set search_path = ''
  as $$ select practice_id from public.practice_members where user_id = (select auth.uid()) $$;
create function helpers.may_edit(practice bigint) returns boolean language sql stable security definer set search_path = ''
  as $$ select exists (select from public.practice_members where practice_id = practice and user_id = (select auth.uid()) and role in ('owner', 'editor')) $$;
create function search_letters(words text) returns setof letters language sql stable security definer set search_path = ''
  as $$ select l.* from public.letters as l join public.files as f on f.id = l.file_id where f.user_id = (select auth.uid()) and l.body like '%' || words || '%' $$;
create function close_all(owner uuid) returns void language sql security definer set search_path = ''
  as $$ update public.files set state = 'closed' where user_id = owner $$;
revoke execute on all functions in schema public, helpers from public;
grant usage on schema helpers to authenticated;
grant execute on function helpers.my_practices(), helpers.may_edit(bigint), search_letters(text) to authenticated;
create view letter_titles with (security_invoker = true) as
  select l.id, f.title, l.body from letters as l join files as f on f.id = l.file_id;

alter table practices enable row level security;
alter table profiles enable row level security;
alter table practice_members enable row level security;
alter table files enable row level security;
alter table letters enable row level security;
alter table visits enable row level security;
alter table parts.visits_old enable row level security;
alter table parts.visits_rest enable row level security;
alter table countries enable row level security;

create policy "of mine" on practices for select to authenticated using (id in (select helpers.my_practices()));
create policy "myself" on profiles for select to authenticated using (id = (select auth.uid()));
create policy "my name" on profiles for update to authenticated using (id = (select auth.uid())) with check (id = (select auth.uid()));
create policy "colleagues" on practice_members for select to authenticated using (practice_id in (select helpers.my_practices()));
create policy "read" on files for select to authenticated
  using (user_id = (select auth.uid()) or practice_id in (select helpers.my_practices()) or is_public);
create policy "add" on files for insert to authenticated
  with check (user_id = (select auth.uid()) and (practice_id is null or helpers.may_edit(practice_id)));
create policy "change" on files for update to authenticated
  using (user_id = (select auth.uid())) with check (user_id = (select auth.uid()) and (practice_id is null or helpers.may_edit(practice_id)));
create policy "remove" on files for delete to authenticated using (user_id = (select auth.uid()));
create policy "read" on letters for select to authenticated using (exists (select from files as f where f.id = file_id));
create policy "write" on letters for insert to authenticated
  with check (exists (select from files as f where f.id = file_id and f.user_id = (select auth.uid())));
create policy "mine" on visits for select to authenticated using (user_id = (select auth.uid()));
create policy "all" on countries for select to anon, authenticated using (true);

grant select on practices, profiles, practice_members, files, letters, visits, letter_titles to authenticated;
grant select on countries to anon, authenticated;
grant insert, delete on files to authenticated;
grant update (title, state, practice_id, is_public) on files to authenticated;
grant insert on letters to authenticated;
grant update (nickname) on profiles to authenticated;
`;
