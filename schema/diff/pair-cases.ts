// For tests: each kind of change by hand, and what the migration says of it.
import { uncommonPairs } from './pair-cases-uncommon.ts';

export interface Pair {
  readonly what: string;
  /** In both, before the rest. */
  readonly both?: string;
  readonly a: string;
  readonly b: string;
  readonly says: readonly RegExp[];
  readonly never?: RegExp;
  readonly destructive?: boolean;
  /** What it says names no object of the schema. */
  readonly whole?: boolean;
}

const items = 'create table items (id int primary key, name text);';
export const pairs: readonly Pair[] = [
  {
    what: 'a table with all that belongs to it',
    both: 'create table users (id uuid primary key);',
    a: '',
    b: `create table notes (
          id uuid primary key default gen_random_uuid(),
          user_id uuid not null references users (id) on delete cascade,
          body text not null default '' check (char_length(body) <= 100),
          state text not null default 'new' check (state in ('new', 'old'))
        );
        create index notes_user on notes (user_id);
        alter table notes enable row level security;
        create policy "own notes" on notes for select to authenticated using ((select auth.uid()) = user_id);
        grant select, update (body) on notes to authenticated;
        comment on table notes is 'It''s a note';
        comment on column notes.body is 'text';`,
    says: [
      /create table public\.notes \(\n {2}id uuid not null default gen_random_uuid\(\),/,
      /state text not null default 'new'/,
      /check \(state in \('new', 'old'\)\)/,
      /references users\(id\)|references public\.users\(id\) on delete cascade/,
      /create index notes_user on public\.notes \(user_id\);/,
      /for select to authenticated\n {2}using \(\(select auth\.uid\(\)\) = user_id\)/,
      /grant select, update \(body\) on public\.notes to authenticated/,
    ],
  },
  {
    what: 'columns: added together, with defaults',
    a: items,
    b: "create table items (id int primary key, name text, size bigint not null default 0, tags text[] not null default '{}');",
    says: [
      /alter table public\.items\n {2}add column size bigint not null default 0,\n {2}add column tags text\[\] not null default '\{\}';/,
    ],
  },
  {
    what: 'columns: one that must have a value and has no default is spoken of',
    a: items,
    b: 'create table items (id int primary key, name text, size int not null);',
    says: [/-- fails while public\.items has rows[^\n]*\nalter table public\.items add column size integer not null;/],
  },
  {
    what: 'columns: default, nullability',
    a: 'create table items (id int primary key, name text);',
    b: `create table items (id int primary key, name text not null default 'x');`,
    says: [/alter column name set default 'x'/, /alter column name set not null/],
  },
  {
    what: 'columns: a wider type is no loss, a narrower one is',
    a: 'create table items (id int primary key, n int, v varchar(10));',
    b: 'create table items (id bigint primary key, n bigint, v varchar(20));',
    says: [/alter column n type bigint;/, /alter column v type varchar\(20\);/],
    never: /destructive/,
  },
  {
    what: 'columns: a type of another family, with its default, check, index and view',
    a: `create table items (id int primary key, n text default '5' check (n <> ''));
        create index items_n on items (n);
        create view shown as select n from items;`,
    b: `create table items (id int primary key, n int default 5 check (n <> 0));
        create index items_n on items (n);
        create view shown as select n from items;`,
    says: [
      /-- destructive: [^\n]*\nalter table public\.items alter column n type integer using n::text::integer/,
      /drop view public\.shown/,
    ],
    destructive: true,
  },
  {
    what: 'columns: dropped last, and said what is lost',
    a: 'create table items (id int primary key, name text, old text);',
    b: 'create table items (id int primary key, name text, fresh int); create index items_name on items (name);',
    says: [
      /add column fresh integer;[\s\S]*create index[\s\S]*-- destructive: the values of public\.items\.old\nalter table public\.items drop column old;\n$/,
    ],
    destructive: true,
  },
  {
    what: 'columns: a rename is offered, not done',
    a: 'create table items (id int primary key, title text);',
    b: 'create table items (id int primary key, name text);',
    says: [/-- +alter table public\.items rename column title to name;/, /drop column title/],
    destructive: true,
  },
  {
    what: 'generated columns are made anew',
    a: 'create table items (id int primary key, a int, b int generated always as (a + 1) stored); create index items_b on items (b); create view v as select b from items;',
    b: 'create table items (id int primary key, a int, b int generated always as (a + 2) stored); create index items_b on items (b); create view v as select b from items;',
    says: [/drop column b/, /add column b integer generated always as \(a \+ 2\) stored/],
    never: /destructive/,
  },
  {
    what: 'identity',
    a: 'create table items (id int primary key);',
    b: 'create table items (id int generated by default as identity (start with 10) primary key);',
    says: [/add generated by default as identity \(start with 10\)/],
  },
  {
    what: 'identity: always, and another increment',
    a: 'create table items (id int generated by default as identity primary key);',
    b: 'create table items (id int generated always as identity (increment by 5 cache 3) primary key);',
    says: [/set generated always/, /set increment by 5/],
  },
  {
    what: 'sequences of serial columns',
    a: 'create table items (name text);',
    b: 'create table items (name text, id bigserial primary key);',
    says: [/create sequence public\.items_id_seq/, /owned by public\.items\.id/],
    destructive: false,
  },
  {
    what: 'a free sequence',
    a: 'create sequence counter;',
    b: 'create sequence counter increment by 2 cache 10; grant usage on sequence counter to authenticated;',
    says: [/alter sequence public\.counter/, /grant usage on sequence public\.counter to authenticated/],
  },
  {
    what: 'constraints: changed, and the key that others refer to',
    a: `create table items (id int primary key, code text, n int check (n > 0), unique (code));
        create table parts (id int primary key, code text references items (code));`,
    b: `create table items (id int primary key, code text, n int check (n > 1), constraint items_codes unique (code));
        create table parts (id int primary key, code text references items (code) on delete cascade);`,
    says: [/drop constraint parts_code_fkey[\s\S]*add constraint parts_code_fkey/, /check \(n > 1\)/],
  },
  {
    what: 'constraints: another primary key',
    a: 'create table items (a int not null, b int not null, primary key (a));',
    b: 'create table items (a int not null, b int not null, primary key (a, b));',
    says: [/drop constraint items_pkey[\s\S]*primary key \(a, b\)/],
  },
  {
    what: 'constraints: validated',
    both: 'create table users (id int primary key);',
    a: 'create table items (id int primary key, u int); alter table items add constraint u_fk foreign key (u) references users (id) not valid;',
    b: 'create table items (id int primary key, u int, constraint u_fk foreign key (u) references users (id));',
    says: [/validate constraint u_fk/],
  },
  {
    what: 'tables that refer to each other',
    a: '',
    b: `create table x (id int primary key, y int); create table y (id int primary key, x int references x (id));
        alter table x add foreign key (y) references y (id);`,
    says: [/alter table public\.y add constraint y_x_fkey foreign key \(x\)/],
  },
  {
    what: 'indexes: partial, by expression, unique, of vectors',
    a: 'create table items (id int primary key, name text, deleted_at timestamptz, e vector(3)); create index i1 on items (name);',
    b: `create table items (id int primary key, name text, deleted_at timestamptz, e vector(3));
        create index i1 on items (lower(name)); create unique index i2 on items (name) where deleted_at is null;
        create index i3 on items using hnsw (e vector_cosine_ops) with (m = 8);`,
    says: [
      /drop index public\.i1/,
      /where \(deleted_at is null\)/,
      /using hnsw \(e extensions\.vector_cosine_ops\) with \(m='8'\)/,
    ],
  },
  {
    what: 'enums: values added at their place',
    a: `create type mood as enum ('sad', 'happy'); create table t (m mood);`,
    b: `create type mood as enum ('low', 'sad', 'fine', 'happy', 'great'); create table t (m mood);`,
    says: [/add value 'low' before 'sad'/, /add value 'fine' after 'sad'/, /add value 'great';/],
  },
  {
    what: 'enums: a value that goes, with all that stands on the type',
    a: `create type mood as enum ('sad', 'ok', 'happy');
        create table t (id int, m mood not null default 'ok', all_of mood[] default '{ok}', check (m <> 'sad'));
        create index t_m on t (m) where m = 'happy';
        create view v as select m from t;
        create function f(m mood) returns mood language sql as 'select m';`,
    b: `create type mood as enum ('happy', 'ok');
        create table t (id int, m mood not null default 'ok', all_of mood[] default '{ok}', check (m <> 'happy'));
        create index t_m on t (m) where m = 'happy';
        create view v as select m from t;
        create function f(m mood) returns mood language sql as 'select m';`,
    says: [
      /-- destructive: rows that have 'sad' fail/,
      /rename to mood_old/,
      /type public\.mood using m::text::public\.mood/,
      /drop type public\.mood_old/,
    ],
    destructive: true,
  },
  {
    what: 'enums: a value used at once',
    a: `create type mood as enum ('sad'); create table t (m mood default 'sad');`,
    b: `create type mood as enum ('sad', 'happy'); create table t (m mood default 'happy');`,
    says: [/rename to mood_old/],
  },
  {
    what: 'types made anew: columns that are new, that go, and that become or cease to be of it',
    a: `create type mood as enum ('sad', 'happy'); create domain short as varchar(9); create type pair as (a int, b text);
        create table t (m mood, gone mood, was mood, will text, s short, p pair);`,
    b: `create type mood as enum ('happy'); create domain short as varchar(8); create type pair as (a text, b text);
        create table t (m mood, fresh mood, was text, will mood, s short, more short, p pair, q pair); create table u (m mood, s short, p pair);`,
    says: [
      /alter table public\.t alter column m type public\.mood using m::text::public\.mood;\ndrop type public\.mood_old;/,
      /add column fresh public\.mood/,
      /alter column will type public\.mood using will::text::public\.mood/,
    ],
    destructive: true,
  },
  {
    what: 'domains and composite types',
    a: `create domain short as text check (char_length(value) < 10); create type pair as (a int); create table t (s short, p pair);`,
    b: `create domain short as text default 'x' not null check (char_length(value) < 20); create type pair as (a int, b text); create table t (s short, p pair);`,
    says: [/alter domain public\.short set default 'x'/, /add attribute b text/],
    destructive: false,
  },
  {
    what: 'functions: another body is replaced, another result made anew with what stands on it',
    a: `create function f(a int) returns int language sql immutable as 'select 1';
        create function g(a int) returns int language sql immutable as 'select 1';
        create table t (n int, check (g(n) > 0)); create view v as select g(n) as g from t;
        alter table t enable row level security;
        create policy p on t using (g(n) = 1);`,
    b: `create function f(a int) returns int language sql immutable as 'select 2';
        create function g(a int) returns bigint language sql immutable as 'select 1::bigint';
        create table t (n int, check (g(n) > 0)); create view v as select g(n) as g from t;
        alter table t enable row level security;
        create policy p on t using (g(n) = 1);`,
    says: [
      /create or replace function public\.f\(a integer\)/,
      /drop policy p on public\.t;[\s\S]*drop function public\.g\(integer\);[\s\S]*create policy p on public\.t/,
    ],
    never: /destructive/,
  },
  {
    what: 'functions: another argument, settings, rights',
    a: `create function f(a int) returns int language sql as 'select 1';`,
    b: `create function f(a int, b text default 'x') returns int language sql security definer set search_path = '' as 'select 1';
        revoke execute on function f(int, text) from public; grant execute on function f(int, text) to authenticated;`,
    says: [
      /drop function public\.f\(integer\)/,
      /security definer/,
      /revoke execute on function public\.f\(integer, text\) from public/,
    ],
  },
  {
    what: 'types and defaults as people write them',
    a: '',
    b: `create table t (a timestamp, b timestamp(3), c timestamptz);
        create function f(a text default 'it''s, so', b uuid default null, c double precision default 1) returns int language sql as 'select 1';`,
    says: [
      /a timestamp,\n {2}b timestamp\(3\) without time zone,\n {2}c timestamptz\n/,
      /f\(a text default 'it''s, so', b uuid default null, c double precision default 1\)/,
    ],
  },
  {
    what: 'functions that call each other and read tables',
    a: '',
    b: `create table items (id int primary key);
        create function b1() returns bigint language sql as 'select count(*) from public.items';
        create function a1() returns bigint language sql as 'select public.b1()';
        create function c1() returns setof items language sql as 'select * from public.items';`,
    says: [/function public\.b1[\s\S]*function public\.a1/],
    never: /check_function_bodies/,
  },
  {
    what: 'views: extended in place, otherwise made anew with what reads them',
    both: 'create table t (a int, b text);',
    a: 'create view v as select a from t; create view w as select a from v; grant select on v to authenticated;',
    b: 'create view v with (security_invoker = true) as select a, b from t; create view w as select a from v; grant select on v to authenticated;',
    says: [/create or replace view public\.v\nwith \(security_invoker=true\) as/],
    never: /drop view/,
  },
  {
    what: 'views: fewer columns',
    both: 'create table t (a int, b text);',
    a: "create view v as select a, b from t; create view w as select a from v; grant select on v to authenticated; comment on view v is 'x';",
    b: "create view v as select a from t; create view w as select a from v; grant select on v to authenticated; comment on view v is 'x';",
    says: [
      /drop view public\.w;\n\ndrop view public\.v;/,
      /grant select on public\.v to authenticated/,
      /comment on view public\.v is 'x'/,
    ],
  },
  {
    what: 'materialised views with an index',
    both: 'create table t (a int);',
    a: '',
    b: 'create materialized view m as select a from t; create unique index m_a on m (a);',
    says: [/create materialized view public\.m as/],
  },
  {
    what: 'triggers: replaced, switched off',
    both: `create table t (a int); create function touch() returns trigger language plpgsql as 'begin return new; end';`,
    a: 'create trigger x before update on t for each row execute function touch(); create trigger y after insert on t for each row execute function touch();',
    b: 'create trigger x before insert or update on t for each row execute function touch(); create trigger y after insert on t for each row execute function touch(); alter table t disable trigger y;',
    says: [/create or replace trigger x before insert or update/, /disable trigger y/],
  },
  {
    what: 'policies: another expression is altered, another command made anew',
    both: 'create table t (a int, user_id uuid); alter table t enable row level security;',
    a: 'create policy p on t for select to authenticated using (user_id = auth.uid()); create policy q on t for select using (true); create policy "an old one" on t for delete using (false);',
    b: 'create policy p on t for select to anon, authenticated using (a = 1); create policy q on t for update using (true); create policy r on t as restrictive for insert with check (a > 0);',
    says: [
      /alter policy p on public\.t\n {2}to anon, authenticated\n {2}using \(a = 1\)/,
      /drop policy q on public\.t/,
      /as restrictive/,
      /drop policy "an old one"/,
    ],
  },
  {
    what: 'rights: given, taken, by column, with option',
    both: 'create table t (a int, b int);',
    a: 'grant all on t to authenticated; grant select on t to anon; grant update (a) on t to anon;',
    b: 'grant select, insert, update (b) on t to authenticated; grant select on t to anon with grant option;',
    says: [
      /revoke[^;]*on public\.t from authenticated/,
      /revoke[^;]*update \(a\)[^;]* on public\.t from anon/,
      /with grant option/,
    ],
  },
  {
    what: 'row-level security, on and forced',
    a: 'create table t (a int);',
    b: 'create table t (a int); alter table t enable row level security; alter table t force row level security;',
    says: [/enable row level security/, /force row level security/],
  },
  {
    what: 'partitions',
    a: `create table logs (id int, at date not null, primary key (at, id)) partition by range (at);
        create table logs_1 partition of logs for values from ('2026-01-01') to ('2026-02-01');`,
    b: `create table logs (id int, at date not null, note text, primary key (at, id)) partition by range (at);
        create index logs_id on logs (id);
        create table logs_1 partition of logs for values from ('2026-01-01') to ('2026-02-01');
        create table logs_2 partition of logs for values from ('2026-02-01') to ('2026-03-01');
        create table logs_rest partition of logs default;`,
    says: [
      /create table public\.logs_2 partition of public\.logs\n {2}for values from/,
      /partition of public\.logs\n {2}default/,
      /create index logs_id on public\.logs \(id\)/,
    ],
    destructive: false,
  },
  {
    what: 'partitions: attached and detached',
    a: `create table logs (id int, at date not null) partition by range (at);
        create table logs_1 partition of logs for values from ('2026-01-01') to ('2026-02-01');
        create table logs_2 (id int, at date not null);`,
    b: `create table logs (id int, at date not null) partition by range (at);
        create table logs_1 (id int, at date not null);
        create table logs_2 partition of logs for values from ('2026-01-01') to ('2026-02-01');`,
    says: [/detach partition public\.logs_1/, /attach partition public\.logs_2/],
  },
  {
    what: 'schemas, publications and buckets',
    whole: true,
    both: 'create table t (id int primary key);',
    a: '',
    b: `create schema extra; grant usage on schema extra to authenticated; create table extra.x (id int primary key);
        alter publication supabase_realtime add table t;
        insert into storage.buckets (id, name, public, allowed_mime_types) values ('pics', 'pics', false, array['image/png']);`,
    says: [
      /create schema extra/,
      /alter publication supabase_realtime add table p\d+x\.t/,
      /insert into storage\.buckets/,
    ],
  },
  {
    what: 'what a name meant before: a table becomes a view, an index a table',
    a: 'create table t (a int); create table u (a int); create index x on u (a);',
    b: 'create table u (a int); create view t as select a from u; create table x (a int);',
    says: [/-- destructive: the rows of public\.t\ndrop table public\.t;[\s\S]*create view public\.t/],
    destructive: true,
  },
  {
    what: 'names that must be quoted',
    a: '',
    b: `create table "My Table" ("select" int primary key, "a""b" text default 'it''s \\ here', "user" int);
        create function "Do It"("the Arg" int) returns int language sql as $$ select 1 $$;
        alter table "My Table" enable row level security; create policy "it's ""mine""" on "My Table" using ("user" = 1);
        comment on policy "it's ""mine""" on "My Table" is 'c';`,
    says: [/create table public\."My Table" \(\n {2}"select" integer not null/],
  },
  {
    what: 'rules and statement bodies of the standard',
    both: 'create table t (a int);',
    a: 'create view v as select a from t;',
    b: `create view v as select a from t; create rule r as on insert to v do instead nothing;
        create function s() returns bigint language sql begin atomic select count(*) from t; end;`,
    says: [/create rule r as/i],
  },
  {
    what: 'tables whose policies look into each other, with triggers that call a function, all dropped at once',
    a: `create table x (id int primary key, user_id uuid); create table y (id int primary key, user_id uuid);
        alter table x enable row level security; alter table y enable row level security;
        create function mine(i int) returns boolean language sql stable as 'select exists (select from public.y where y.id = i)';
        create function noted() returns trigger language plpgsql as 'begin return new; end';
        create policy p on x using (exists (select from y where y.id = x.id) and mine(id));
        create policy p on y using (exists (select from x where x.id = y.id));
        create trigger noted before insert on x for each row execute function noted();`,
    b: '',
    says: [/drop policy p on public\.y;[\s\S]*drop table public\.x;[\s\S]*drop table public\.y;/],
    destructive: true,
  },
  {
    what: 'a domain whose check calls a function that is made anew: its columns stay',
    a: `create function good(v text) returns boolean language sql immutable as $$ select v <> '' $$;
        create domain name as text check (good(value)); create table t (n name);`,
    b: `create function good(text) returns boolean language sql immutable as $$ select $1 <> '' $$;
        create domain name as text check (good(value)); create table t (n name);`,
    says: [
      /alter domain public\.name drop constraint name_check;[\s\S]*drop function public\.good\(text\);[\s\S]*alter domain public\.name add constraint name_check/,
    ],
    destructive: false,
  },
  {
    what: 'domains: a check that calls a function is said with the domain',
    a: '',
    b: `create function good(text) returns boolean language sql immutable as $$ select $1 <> '' $$;
        create domain name as text check (good(value)); create table t (n name);`,
    says: [/create domain public\.name as text\n {2}constraint name_check check \(public\.good\(value\)\);/],
  },
  {
    what: 'defaults: a cast with a length is kept',
    a: 'create table items (id int, names varchar(9)[], name varchar(9));',
    b: `create table items (id int, names varchar(9)[] default '{}'::varchar(9)[], name varchar(9) default 'x');`,
    says: [/set default '\{\}'::varchar\(9\)\[\];/, /set default 'x';/],
  },
  ...uncommonPairs,
];
