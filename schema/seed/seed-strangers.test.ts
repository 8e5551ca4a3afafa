// Seeding what others have built: triggers that want something, partitions, schemas and types of their own, and that all of it
// goes again.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { afterEach, beforeEach, test } from 'node:test';
import { openScratch } from '../open-session.ts';
import { type Session, ToolError } from '../session.ts';
import { cleanSeed } from './clean.ts';
import { seedDatabase } from './seed.ts';

let session: Session;
beforeEach(async () => {
  session = await openScratch({ extensions: ['citext', 'ltree'] });
});
afterEach(() => session.close());

const value = async (text: string): Promise<string | null> => (await session.rows(text))[0]?.[0] ?? null;
const count = async (from: string): Promise<number> => Number(await value(`select count(*) from ${from}`));
const digest = async (table: string): Promise<string> =>
  createHash('sha256')
    .update(JSON.stringify(await session.rows(`select t::text from ${table} as t order by t::text`)))
    .digest('hex');

test('accounts bring what triggers read of them: a listed word, an enum, parts of the name', async () => {
  await session.exec(`
    create type public.tier as enum ('admin', 'basic', 'plus');
    create table public.members (
      id uuid primary key references auth.users on delete cascade, given text not null, side text not null, tier public.tier not null,
      invited_with text
    );
    create function public.join_up() returns trigger language plpgsql security definer set search_path = '' as $$
    declare
      chosen text;
    begin
      chosen := lower(trim(coalesce(new.raw_user_meta_data ->> 'side', ''))); -- never 'north'
      if chosen not in ('left', 'right') then raise exception 'side is left or right'; end if;
      insert into public.members (id, given, side, tier, invited_with)
      values (new.id, new.raw_user_meta_data ->> 'first_name', chosen, (new.raw_user_meta_data ->> 'plan')::public.tier,
        new.raw_user_meta_data ->> 'invite_code');
      return new;
    end $$;
    create trigger join_up after insert on auth.users for each row execute function public.join_up()`);
  await seedDatabase(session);
  assert.equal(await count(`members where side = 'left' and tier = 'basic' and invited_with is null`), 6);
  assert.equal(
    await count(
      `auth.users where raw_user_meta_data ->> 'first_name' = split_part(raw_user_meta_data ->> 'full_name', ' ', 1)`,
    ),
    6,
  );
});

test('a trigger that asks who is signed in is told the owner, and nothing of it stays in the session', async () => {
  await session.exec(`
    create table public.rooms (id uuid primary key, owner_id uuid not null references auth.users, name text not null);
    create table public.seats (room_id uuid not null references public.rooms, user_id uuid not null references auth.users, primary key (room_id, user_id));
    create function public.sit_down() returns trigger language plpgsql security definer set search_path = '' as $$
    begin insert into public.seats values (new.id, auth.uid()); return new; end $$;
    create trigger sit_down after insert on public.rooms for each row execute function public.sit_down()`);
  await seedDatabase(session, { rows: 12 });
  assert.equal(await count('rooms'), 12);
  assert.equal(await count('rooms as r join seats as s on s.room_id = r.id and s.user_id = r.owner_id'), 12);
  assert.equal(await value('select auth.uid()'), null);
  await cleanSeed(session, 1);
  assert.equal(await count('seats'), 0);
});

test('what a trigger refuses is tried again with what the trigger names', async () => {
  await session.exec(`
    create table public.courses (id uuid primary key, title text not null);
    create table public.places (id uuid primary key, course_id uuid not null references public.courses, part text not null check (part in ('pupil', 'guide', 'guest')), gate text);
    create function public.check_part() returns trigger language plpgsql as $$
    begin if new.part <> 'guide' or new.gate is distinct from 'east' then raise exception 'guides only, by the east gate'; end if; return new; end $$;
    create trigger check_part before insert on public.places for each row execute function public.check_part()`);
  const first = await seedDatabase(session, { rows: 30 });
  assert.equal(first.tables.find(({ table }) => table === 'public.places')?.rows, 30);
  assert.equal(await count(`places where part = 'guide' and gate = 'east'`), 30);
  const before = await digest('places');
  await cleanSeed(session, 1);
  await seedDatabase(session, { rows: 30 });
  assert.equal(await digest('places'), before);
});

test('rows that no seed has made are not taken along unless that is said', async () => {
  await session.exec(`
    create table public.shops (id uuid primary key, title text not null);
    create table public.bills (id uuid primary key default gen_random_uuid(), shop_id uuid not null references public.shops, label text not null);
    create table public.visits (id uuid primary key default gen_random_uuid(), shop_id uuid references public.shops, label text not null);
    create table public.likes (id uuid primary key default gen_random_uuid(), shop_id uuid not null references public.shops on delete cascade, label text not null)`);
  await seedDatabase(session, { rows: 5 });
  for (const table of ['bills', 'visits', 'likes'])
    await session.exec(`insert into public.${table} (shop_id, label) select id, 'real' from public.shops limit 1`);
  await assert.rejects(cleanSeed(session, 1), (error: Error) => {
    assert.match(
      error.message,
      /point at seeded ones.*: public\.(bills|visits) \(1\), public\.(bills|visits) \(1\)\. Nothing was changed/,
    );
    return true;
  });
  assert.equal(await count('shops'), 5);
  await session.exec(`delete from public.bills where label = 'real'`);
  await assert.rejects(cleanSeed(session, 1), /public\.visits \(1\)\./);
  await cleanSeed(session, 1, { force: true });
  assert.deepEqual([await count('shops'), await count('likes')], [0, 0]);
  assert.equal(await count('visits as v where v.shop_id is null'), 1);
  await session.exec('drop table public.visits');
});

test('checks decide which reference is filled and which is empty', async () => {
  await session.exec(`
    create table public.a (id uuid primary key);
    create table public.b (id uuid primary key);
    create table public.one_of (id uuid primary key, a_id uuid references public.a, b_id uuid references public.b, check (num_nonnulls(a_id, b_id) = 1));
    create table public.some_of (id uuid primary key, a_id uuid references public.a, b_id uuid references public.b, check (a_id is not null or b_id is not null));
    create table public.both_or_none (id uuid primary key, a_id uuid references public.a, b_id uuid references public.b, check ((a_id is null) = (b_id is null)))`);
  await seedDatabase(session, { rows: 40 });
  for (const table of ['one_of', 'some_of', 'both_or_none']) assert.equal(await count(table), 40, table);
  assert.ok((await count('(select distinct coalesce(a_id, b_id) from one_of) as k')) > 10, 'to many rows, not to one');
});

test('stored files are named as clients name them, by bucket', async () => {
  await session.exec(`
    insert into storage.buckets (id, name, allowed_mime_types) values ('own', 'own', null), ('pictures', 'pictures', array['image/png']);
    create policy own_in on storage.objects for insert to authenticated
      with check (bucket_id = 'own' and (storage.foldername(name))[1] = 'private' and (storage.foldername(name))[2] = auth.uid()::text);
    create table public.files (id uuid primary key, name text not null, object_id uuid not null references storage.objects (id), owner_id uuid not null);
    create table public.uses (id uuid primary key, object_id uuid not null references storage.objects (id));
    create function public.note_file() returns trigger language plpgsql security definer set search_path = '' as $$
    begin
      if new.bucket_id = 'own' then insert into public.files values (gen_random_uuid(), new.path_tokens[3], new.id, new.path_tokens[2]::uuid); end if;
      return new;
    end $$;
    create trigger note_file after insert on storage.objects for each row execute function public.note_file()`);
  await seedDatabase(session, { rows: 40 });
  const own = await count(`storage.objects where bucket_id = 'own'`);
  assert.ok(own > 0);
  assert.equal(
    await count(`storage.objects where bucket_id = 'own' and name like 'private/' || owner || '/file-%.md'`),
    own,
  );
  assert.equal(await count(`storage.objects where bucket_id = 'pictures' and name not like owner || '/file-%.png'`), 0);
  assert.equal(await count('files as f join storage.objects as o on o.id = f.object_id and o.owner = f.owner_id'), own);
  await cleanSeed(session, 1);
  assert.equal(await count('files'), 0);
});

test('rows fall into the partitions that there are; a table without any is left out', async () => {
  await session.exec(`
    create table public.sales (id bigint generated always as identity, region text not null, at date not null, primary key (id, region, at)) partition by list (region);
    create table public.sales_eu partition of public.sales for values in ('eu', 'ch') partition by range (at);
    create table public.sales_eu_19 partition of public.sales_eu for values from ('2019-01-01') to ('2019-07-01');
    create table public.sales_us partition of public.sales for values in ('us');
    create table public.steps (id integer primary key) partition by range (id);
    create table public.steps_1 partition of public.steps for values from (100) to (120);
    create table public.steps_2 partition of public.steps for values from (120) to (maxvalue);
    create table public.nowhere (id uuid primary key) partition by hash (id)`);
  const { tables } = await seedDatabase(session, { rows: 60 });
  assert.equal(await count('sales'), 60);
  assert.ok((await count('sales_eu_19')) > 0 && (await count('sales_us')) > 0);
  assert.equal(await count('steps'), 60);
  assert.deepEqual(
    tables.find(({ table }) => table === 'public.nowhere'),
    {
      table: 'public.nowhere',
      rows: 0,
      note: 'has no partition',
    },
  );
  await cleanSeed(session, 1);
  assert.equal(await count('sales'), 0);
});

test('without tables in public the schemas of the project are filled, and said; kinds of rows meet their own', async () => {
  await session.exec(`
    create schema app;
    create schema "Back Office";
    create table app.names (name text primary key, is_firm boolean not null, unique (name, is_firm));
    create table app.people (id uuid primary key, name text not null unique, is_firm boolean generated always as (false) stored, foreign key (name, is_firm) references app.names (name, is_firm));
    create table app.firms (id uuid primary key, name text not null unique, is_firm boolean generated always as (true) stored, foreign key (name, is_firm) references app.names (name, is_firm));
    create table "Back Office"."Open Items" ("Id" uuid primary key, "user" text not null)`);
  const { schemas } = await seedDatabase(session, { rows: 40 });
  assert.deepEqual(schemas, ['Back Office', 'app']);
  assert.equal(await count('"Back Office"."Open Items"'), 40);
  assert.ok((await count('app.people')) > 0 && (await count('app.firms')) > 0);
});

test('types: composite, domains over each other, citext, ltree, ranges, arrays of enums, bits', async () => {
  await session.exec(`
    create extension citext with schema extensions;
    create extension ltree with schema extensions;
    create type public.place as (street text, zip varchar(5), floor integer, since timestamptz);
    create domain public.real_place as public.place check ((value).zip is not null);
    create type public.mood as enum ('calm', 'very glad');
    create type public.span as range (subtype = float8);
    create domain public.code as extensions.citext check (value operator(extensions.~) '^[a-z]{3}-[0-9]{4}$'::extensions.citext);
    create domain public.above as integer not null check (value > 0);
    create domain public.few as public.above check (value < 20);
    create domain public.mail as varchar(30) check (value like '%@%');
    create domain public.words as text[] check (cardinality(value) > 0);
    create table public.zoo (
      id uuid primary key, place public.place not null, other public.real_place not null, code public.code not null unique, few public.few,
      mail public.mail not null, words public.words not null, path extensions.ltree not null, span public.span not null, many int4multirange not null,
      moods public.mood[] not null check (cardinality(moods) >= 2), flags bit(8) not null
    )`);
  await seedDatabase(session, { rows: 20 });
  assert.equal(await count(`zoo where (place).floor > 0 and (other).zip <> '' and few between 1 and 19`), 20);
});

test('what is refused at the very end, and a check that cannot be tried, are said in words', async () => {
  await session.exec(`
    create table public.late (id uuid primary key);
    create function public.too_late() returns trigger language plpgsql as $$ begin raise exception 'the books are closed'; end $$;
    create constraint trigger too_late after insert on public.late deferrable initially deferred for each row execute function public.too_late()`);
  await assert.rejects(
    seedDatabase(session),
    (error) => error instanceof ToolError && /books are closed/.test(error.message),
  );
  assert.equal(await count('late'), 0);
  await session.exec(`
    drop table public.late;
    create function public.broken(n integer) returns boolean language plpgsql immutable as $$ begin raise exception 'out of order'; end $$;
    create table public.odd (id uuid primary key, n integer not null check (public.broken(n)))`);
  await assert.rejects(
    seedDatabase(session),
    (error) => error instanceof ToolError && /public\.odd.*out of order/.test(error.message),
  );
});

test('all of it goes: no cascades, circles, rules, tables that only grow, audits in text; what others own stays', async () => {
  await session.exec(`
    create table public.people (id uuid primary key, friend_id uuid, name text not null);
    create table public.things (id uuid primary key, person_id uuid not null references public.people, twin_id uuid references public.things, keeper_id uuid references public.people);
    alter table public.people add foreign key (friend_id) references public.people;
    create table public.marks (thing_id uuid not null references public.things, mark text not null);
    create table public.audits (id bigint generated always as identity primary key, what text not null, detail jsonb);
    create table public.events (id uuid primary key, person_id uuid not null references public.people);
    create rule events_stay as on delete to public.events do instead nothing;
    create table public.ledger (id uuid primary key, person_id uuid not null references public.people);
    create function public.mark() returns trigger language plpgsql as $$
    begin insert into public.marks values (new.id, 'new'); insert into public.audits (what, detail) values ('made ' || new.id, to_jsonb(new)); return new; end $$;
    create trigger mark after insert on public.things for each row execute function public.mark();
    create function public.forgotten() returns trigger language plpgsql as $$
    begin insert into public.audits (what) values ('gone ' || old.id); return old; end $$;
    create trigger forgotten after delete on public.things for each row execute function public.forgotten();
    create function public.refuse() returns trigger language plpgsql as $$ begin raise exception 'the ledger only grows'; end $$;
    create trigger refuse before delete on public.ledger for each row execute function public.refuse()`);
  await seedDatabase(session, { rows: 30 });
  for (const table of ['people', 'things', 'marks', 'audits', 'events', 'ledger'])
    assert.ok((await count(table)) > 5, table);
  await session.exec(`
    insert into public.people values ('00000000-0000-4000-8000-000000000001', null, 'Somebody');
    insert into public.audits (what) values ('kept');
    insert into public.things (id, person_id, keeper_id)
    select '00000000-0000-4000-8000-000000000002', '00000000-0000-4000-8000-000000000001', id from public.people where name <> 'Somebody' limit 1`);
  await assert.rejects(cleanSeed(session, 1), /public\.things \(1\)\. Nothing was changed/);
  await cleanSeed(session, 1, { force: true });
  for (const table of ['events', 'ledger']) assert.equal(await count(table), 0, table);
  assert.equal(await value('select name from people'), 'Somebody');
  assert.equal(await count('people'), 1);
  assert.equal(await count('things where keeper_id is null'), 1, "another's row lets go");
  assert.equal(await count('things'), 1);
  assert.equal(await count('marks'), 1);
  assert.equal(await count(`audits where what <> 'kept' and what not like '%00000000-0000-4000-8000-000000000002'`), 0);
  assert.equal(await value(`select ev_enabled from pg_rewrite where rulename = 'events_stay'`), 'O');
  assert.equal(await value(`select tgenabled from pg_trigger where tgname = 'refuse'`), 'O');
});
