// Each security rule: SQL that it finds, near misses, and both with every name replaced.
import type { Rule } from '../rule.ts';
import { type Case, tryCases } from './rule-cases.ts';
import { securityRules } from './security-rules.ts';

const names = [
  'notes',
  'owner',
  'mine',
  'theirs',
  'members',
  'group_id',
  'peek',
  'shown',
  'work',
  'note_view',
  'is_member',
  'k',
];
const rule = (id: string): Rule => {
  const found = securityRules.find((each) => each.id === id);
  if (found === undefined) throw new Error(`no rule ${id}`);
  return found;
};
const one = (id: string, says: string, sql: string, finds: readonly string[] = []): Case => ({
  rule: rule(id),
  says,
  sql,
  finds,
  names,
});

const notes = 'create table notes (id uuid primary key, owner uuid not null, group_id uuid, shown text);';
const rls = `${notes} alter table notes enable row level security;`;
const mine = 'create policy mine on notes for select to authenticated using ((select auth.uid()) = owner);';
const table = ['@.notes'];
const policy = ['@.notes policy "mine"'];
const members = `create table members (group_id uuid, owner uuid, primary key (group_id, owner)); alter table members enable row level security;`;
const membership = (policyTable: string): string =>
  `exists (select from members as m where m.group_id = ${policyTable}.group_id and m.owner = (select auth.uid()))`;

tryCases([
  one('security-rls-disabled', 'a table of the API without row-level security', notes, table),
  one('security-rls-disabled', 'a partitioned one', 'create table notes (id int) partition by range (id);', table),
  one('security-rls-disabled', 'row-level security on', rls),
  one(
    'security-rls-disabled',
    'nobody of the API has a right to it',
    `${notes} revoke all on notes from anon, authenticated;`,
  ),

  one('security-policy-without-rls', 'a policy, row-level security off', notes + mine, table),
  one('security-policy-without-rls', 'a policy, row-level security on', rls + mine),

  one('security-rls-without-policy', 'row-level security and no policy', rls, table),
  one('security-rls-without-policy', 'with a policy', rls + mine),
  one('security-rls-without-policy', 'a table without row-level security', notes),

  one(
    'security-policy-always-true',
    'anybody inserts',
    `${rls} create policy mine on notes for insert to anon with check (true);`,
    policy,
  ),
  one(
    'security-policy-always-true',
    'an equation of constants',
    `${rls} create policy mine on notes for delete to authenticated using (1 = 1);`,
    policy,
  ),
  one(
    'security-policy-always-true',
    'true or something',
    `${rls} create policy mine on notes for all using (true or owner is null);`,
    policy,
  ),
  one(
    'security-policy-always-true',
    'check alone is true',
    `${rls} create policy mine on notes for update to authenticated using (owner = (select auth.uid())) with check (true);`,
    policy,
  ),
  one('security-policy-always-true', 'everybody reads', `${rls} create policy mine on notes for select using (true);`),
  one(
    'security-policy-always-true',
    'only the service writes',
    `${rls} create policy mine on notes for all to service_role using (true) with check (true);`,
  ),
  one(
    'security-policy-always-true',
    'a restrictive one',
    `${rls} create policy mine on notes as restrictive for delete using (true);`,
  ),

  one(
    'security-policy-null-caller',
    'nobody is signed in, or it is one’s own',
    `${rls} create policy mine on notes for select using (auth.uid() is null or auth.uid() = owner);`,
    policy,
  ),
  one(
    'security-policy-null-caller',
    'wrapped, denied twice, and for writing',
    `${rls} create policy mine on notes for update using (owner is not null) with check (shown = 'x' or not ((select auth.uid()) is not null));`,
    policy,
  ),
  one(
    'security-policy-null-caller',
    'a claim that is missing',
    `${rls} create policy mine on notes for select to anon using ((auth.jwt() ->> 'sub') is null or shown is not null);`,
    policy,
  ),
  one(
    'security-policy-null-caller',
    'a setting that may be missing',
    `${rls} create policy mine on notes for select using (current_setting('app.who', true) is null or current_setting('app.who', true) = shown);`,
    policy,
  ),
  one(
    'security-policy-null-caller',
    'visitors see what is shown',
    `${rls} create policy mine on notes for select using ((auth.uid() is null and shown is not null) or (select auth.uid()) = owner);`,
  ),
  one(
    'security-policy-null-caller',
    'somebody must be signed in',
    `${rls} create policy mine on notes for select using (auth.uid() is not null and (owner is null or auth.uid() = owner));`,
  ),
  one(
    'security-policy-null-caller',
    'a setting that must be there',
    `${rls} create policy mine on notes for select using (current_setting('app.who') is null or shown is not null);`,
  ),
  one(
    'security-policy-null-caller',
    'a restrictive one',
    `${rls} create policy mine on notes as restrictive for select using (auth.uid() is null or auth.uid() = owner);`,
  ),
  one(
    'security-policy-null-caller',
    'for the service alone',
    `${rls} create policy mine on notes for select to service_role using (auth.uid() is null or auth.uid() = owner);`,
  ),

  one(
    'security-policy-user-metadata',
    'a role out of user_metadata',
    `${rls} create policy mine on notes for select to authenticated using ((select auth.jwt() -> 'user_metadata' ->> 'role') = 'admin');`,
    policy,
  ),
  one(
    'security-policy-user-metadata',
    'out of app_metadata',
    `${rls} create policy mine on notes for select to authenticated using ((select auth.jwt() -> 'app_metadata' ->> 'role') = 'admin');`,
  ),

  one(
    'security-policy-recursion',
    'a policy reads its own table',
    `${members} create policy mine on members for select to authenticated using (group_id in (select m.group_id from members as m where m.owner = (select auth.uid())));`,
    ['@.members policy "mine"'],
  ),
  one(
    'security-policy-recursion',
    'two tables read each other',
    `${rls} ${members} create policy mine on notes for select to authenticated using (${membership('notes')});
     create policy theirs on members for select to authenticated using (exists (select from notes as n where n.group_id = members.group_id));`,
    ['@.notes policy "mine"', '@.members policy "theirs"'],
  ),
  one(
    'security-policy-recursion',
    'through an invoker’s function',
    `${members} create function is_member(wanted uuid) returns boolean language sql stable as $$ select exists (select from members where members.group_id = wanted) $$; create policy mine on members for select to authenticated using (is_member(group_id));`,
    ['@.members policy "mine"'],
  ),
  one(
    'security-policy-recursion',
    'through a definer’s function',
    `${members} create function is_member(wanted uuid) returns boolean language sql stable security definer set search_path = '' as $$ select exists (select from public.members where members.group_id = wanted) $$; create policy mine on members for select to authenticated using (is_member(group_id));`,
  ),
  one(
    'security-policy-recursion',
    'inserting asks the own table, whose reading asks nothing of it',
    `${members} create policy mine on members for select to authenticated using (owner = (select auth.uid())); create policy theirs on members for insert to authenticated with check (group_id in (select m.group_id from members as m));`,
  ),
  one(
    'security-policy-recursion',
    'two tables read each other for different roles',
    `${rls} ${members} create policy mine on notes for select to authenticated using (${membership('notes')});
     create policy theirs on members for select to anon using (exists (select from notes as n where n.group_id = members.group_id));`,
  ),
  one(
    'security-policy-recursion',
    'one way only',
    `${rls} ${members} create policy mine on notes for select to authenticated using (${membership('notes')}); create policy theirs on members for select to authenticated using (owner = (select auth.uid()));`,
  ),

  one(
    'security-policy-without-to',
    'asks who is calling and names no role',
    `${rls} create policy mine on notes for select using ((select auth.uid()) = owner);`,
    policy,
  ),
  one(
    'security-policy-without-using',
    'for changing, with a check alone',
    `${rls} create policy mine on notes for update to authenticated with check ((select auth.uid()) = owner);`,
    policy,
  ),
  one(
    'security-policy-without-using',
    'for inserting, which has no rows yet',
    `${rls} create policy mine on notes for insert to authenticated with check ((select auth.uid()) = owner);`,
  ),

  one('security-policy-without-to', 'names one', rls + mine),
  one(
    'security-policy-without-to',
    'everybody may read',
    `${rls} create policy mine on notes for select using (shown is not null);`,
  ),

  one(
    'security-policy-unwrapped-call',
    'for every row',
    `${rls} create policy mine on notes for select to authenticated using (auth.uid() = owner);`,
    policy,
  ),
  one(
    'security-policy-unwrapped-call',
    'in the condition of a sub-select',
    `${rls} ${members} create policy mine on notes for select to authenticated using (exists (select from members as m where m.owner = auth.uid() and m.group_id = notes.group_id));`,
    policy,
  ),
  one(
    'security-policy-unwrapped-call',
    'one wrapped, the other not',
    `${rls} create policy mine on notes for all to authenticated using ((select auth.uid()) = owner) with check (auth.uid() = owner);`,
    policy,
  ),
  one(
    'security-policy-unwrapped-call',
    'a setting',
    `${rls} create policy mine on notes for select to authenticated using (shown = current_setting('app.who', true));`,
    policy,
  ),
  one('security-policy-unwrapped-call', 'wrapped', rls + mine),
  one(
    'security-policy-unwrapped-call',
    'wrapped with a cast around it',
    `${rls} create policy mine on notes for select to authenticated using (owner = (select (auth.jwt() ->> 'sub')::uuid));`,
  ),

  one('security-policy-column-unindexed', 'no index begins with the owner', rls + mine, ['@.notes.owner']),
  one('security-policy-column-unindexed', 'one does', `${rls} ${mine} create index on notes (owner, shown);`),
  one(
    'security-policy-column-unindexed',
    'one has it in second place',
    `${rls} ${mine} create index on notes (shown, owner);`,
    ['@.notes.owner'],
  ),
  one(
    'security-policy-column-unindexed',
    'only for deleting, which names the row',
    `${rls} create policy mine on notes for delete to authenticated using ((select auth.uid()) = owner);`,
  ),

  one(
    'security-multiple-permissive',
    'two for reading and one role',
    `${rls} ${mine} create policy theirs on notes for all to authenticated using (shown is null);`,
    table,
  ),
  one(
    'security-multiple-permissive',
    'one for everybody beside one for a role',
    `${rls} ${mine} create policy theirs on notes for select using (shown is null);`,
    table,
  ),
  one(
    'security-multiple-permissive',
    'each for its own role',
    `${rls} ${mine} create policy theirs on notes for select to anon using (shown is null);`,
  ),
  one(
    'security-multiple-permissive',
    'each for its own command',
    `${rls} ${mine} create policy theirs on notes for delete to authenticated using (shown is null);`,
  ),
  one(
    'security-multiple-permissive',
    'one is restrictive',
    `${rls} ${mine} create policy theirs on notes as restrictive for select to authenticated using (shown is null);`,
  ),

  one(
    'security-view-not-invoker',
    'reads with its owner’s rights',
    `${rls} create view note_view as select id from notes;`,
    ['@.note_view'],
  ),
  one(
    'security-view-not-invoker',
    'reads with the caller’s',
    `${rls} create view note_view with (security_invoker = on) as select id from notes;`,
  ),
  one(
    'security-view-not-invoker',
    'nobody of the API may read it',
    `${rls} create view note_view as select id from notes; revoke all on note_view from anon, authenticated;`,
  ),

  one(
    'security-materialized-view',
    'readable by all',
    `${rls} create materialized view note_view as select id from notes;`,
    ['@.note_view'],
  ),
  one(
    'security-materialized-view',
    'readable by nobody',
    `${rls} create materialized view note_view as select id from notes; revoke all on note_view from anon, authenticated;`,
  ),

  one('security-auth-users-exposed', 'a view of accounts', 'create view note_view as select email from auth.users;', [
    '@.note_view',
  ]),
  one(
    'security-auth-users-exposed',
    'with the caller’s rights, whom auth.users refuses',
    'create view note_view with (security_invoker = true) as select email from auth.users;',
  ),
  one(
    'security-auth-users-exposed',
    'a view of something else',
    `${rls} create view note_view as select id from notes;`,
  ),

  one(
    'security-sensitive-columns',
    'a password readable by all',
    'create table notes (id int primary key, password text);',
    table,
  ),
  one(
    'security-sensitive-columns',
    'under row-level security',
    'create table notes (id int primary key, password text); alter table notes enable row level security;',
  ),
  one(
    'security-sensitive-columns',
    'only named a little like it',
    'create table notes (id int primary key, password_hint_shown boolean);',
  ),

  one(
    'security-definer-search-path',
    'a definer without one',
    'create function work() returns int language sql security definer as $$ select 1 $$;',
    ['@.work'],
  ),
  one(
    'security-definer-search-path',
    'with an empty one',
    `create function work() returns int language sql security definer set search_path = '' as $$ select 1 $$;`,
  ),
  one(
    'security-definer-search-path',
    'an invoker',
    'create function work() returns int language sql as $$ select 1 $$;',
  ),

  one(
    'security-mutable-search-path',
    'an invoker without one',
    `create function work() returns trigger language plpgsql as $$ begin return new; end $$;`,
    ['@.work'],
  ),
  one(
    'security-mutable-search-path',
    'with a fixed one',
    `create function work() returns trigger language plpgsql set search_path = '' as $$ begin return new; end $$;`,
  ),
  one(
    'security-mutable-search-path',
    'a definer, which is another rule’s',
    'create function work() returns int language sql security definer as $$ select 1 $$;',
  ),

  one(
    'security-definer-executable',
    'everybody may call it',
    `create function work() returns int language sql security definer set search_path = '' as $$ select 1 $$;`,
    ['@.work'],
  ),
  one(
    'security-definer-executable',
    'nobody of the API may',
    `create function work() returns int language sql security definer set search_path = '' as $$ select 1 $$; revoke execute on function work() from public, anon, authenticated;`,
  ),
  one(
    'security-definer-executable',
    'an invoker',
    'create function work() returns int language sql as $$ select 1 $$;',
  ),

  one(
    'security-foreign-key-auth-unique',
    'by telephone number',
    'create table notes (id int primary key, shown text constraint k references auth.users (phone) on delete cascade);',
    ['@.notes constraint "k"'],
  ),
  one(
    'security-foreign-key-auth-unique',
    'by the key',
    'create table notes (id int primary key, owner uuid constraint k references auth.users (id) on delete cascade);',
  ),

  one(
    'security-reg-types',
    'a text search configuration',
    'create table notes (id int primary key, shown regconfig);',
    ['@.notes.shown'],
  ),
  one(
    'security-reg-types',
    'a table, which pg_upgrade carries over',
    'create table notes (id int primary key, shown regclass);',
  ),
]);
