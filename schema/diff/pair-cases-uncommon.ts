// For tests: the pairs of what few schemas have.
import type { Pair } from './pair-cases.ts';

export const uncommonPairs: readonly Pair[] = [
  {
    what: 'aggregates: made with their rights, replaced, and with no arguments',
    both: `create function add(a numeric, b numeric) returns numeric language sql immutable as 'select a + coalesce(b, 0)';
        create function half(a numeric) returns numeric language sql immutable as 'select a / 2';
        create function more(a bigint) returns bigint language sql immutable as 'select a + 1';`,
    a: `create aggregate total(numeric) (sfunc = add, stype = numeric, initcond = '0');`,
    b: `create aggregate total(numeric) (sfunc = add, stype = numeric, initcond = '1', finalfunc = half, parallel = safe);
        create aggregate many(*) (sfunc = more, stype = bigint, initcond = '0');
        revoke execute on function many() from public; grant execute on function many() to authenticated;
        comment on aggregate many(*) is 'how many';`,
    says: [
      /create or replace aggregate public\.total\(numeric\) \(\n {2}sfunc = public\.add,\n {2}stype = numeric,\n {2}finalfunc = public\.half,\n {2}initcond = '1',\n {2}parallel = safe\n\);/,
      /create or replace aggregate public\.many\(\*\)/,
      /comment on aggregate public\.many\(\*\) is 'how many'/,
    ],
  },
  {
    what: 'range types: made with their function, of another subtype, and what is built with them',
    both: `create function gap(a time, b time) returns double precision language sql immutable as 'select extract(epoch from a - b)';`,
    a: `create type span as range (subtype = integer); create table t (s span default '[1,2)');`,
    b: `create type span as range (subtype = bigint); create table t (s span default '[1,2)');
        create type timerange as range (subtype = time, subtype_diff = gap);
        create table shifts (during timerange not null, check (during <> timerange('00:00', '00:00')));
        comment on type timerange is 'of a day';`,
    says: [
      /create type public\.timerange as range \(subtype = time without time zone, subtype_diff = public\.gap\);/,
      /-- destructive: values that do not fit ranges of bigint[^\n]*\nalter table public\.t alter column s type text using s::text;\ndrop type public\.span;/,
    ],
    destructive: true,
  },
  {
    what: 'operators and casts',
    both: `create type point3 as (x int, y int, z int);
        create function same(a point3, b point3) returns boolean language sql immutable as 'select a.x = b.x';
        create function words(a point3) returns text language sql immutable as $$ select 'point' $$;`,
    a: `create operator === (function = same, leftarg = point3, rightarg = point3);`,
    b: `create operator === (function = same, leftarg = point3, rightarg = point3, commutator = ===, hashes);
        create cast (point3 as text) with function words(point3) as assignment;
        create view alike as select row(1, 2, 3)::point3 operator(public.===) row(1, 2, 4)::point3 as same;`,
    says: [
      /drop operator public\.=== \(public\.point3, public\.point3\);/,
      /create operator public\.=== \(\n {2}function = public\.same,\n[^;]*commutator = operator\(public\.===\),\n {2}hashes\n\);/,
      /create cast \(public\.point3 as text\)\n {2}with function public\.words\(public\.point3\) as assignment;/,
      /create operator[\s\S]*create view public\.alike/,
    ],
  },
  {
    what: 'extended statistics, which go with their table',
    a: 'create table t (a int, b int, c int); create statistics old_s (ndistinct) on a, b from t; create table gone (a int, b int); create statistics gone_s on a, b from gone;',
    b: `create table t (a int, b int, c int); create statistics s (dependencies) on b, c from t; alter statistics s set statistics 500;
        comment on statistics s is 'together';`,
    says: [
      /create statistics public\.s \(dependencies\) on b, c from public\.t;\nalter statistics public\.s set statistics 500;/,
      /drop statistics public\.old_s;/,
    ],
    never: /drop statistics public\.gone_s/,
    destructive: true,
  },
  {
    what: 'text search: a dictionary and a configuration, and what is indexed with it',
    both: 'create table t (body text);',
    a: `create text search dictionary plain (template = simple, accept = false);
        create text search configuration words (parser = default);
        alter text search configuration words add mapping for asciiword, word with plain;`,
    b: `create text search dictionary plain (template = simple, stopwords = english);
        create text search configuration words (parser = default);
        alter text search configuration words add mapping for asciiword with plain, simple;
        alter text search configuration words add mapping for email, url with simple;
        create text search configuration fresh (copy = english);
        create index t_body on t using gin (to_tsvector('fresh'::regconfig, body));`,
    says: [
      /alter text search dictionary public\.plain \(stopwords = 'english', accept\);/,
      /drop mapping for word;/,
      /alter mapping for asciiword with public\.plain, simple;/,
      /add mapping for email, url with simple;/,
      /create text search configuration public\.fresh \(parser = pg_catalog\."default"\);[\s\S]*create index t_body/,
    ],
  },
  {
    what: 'default rights, after all that is made',
    a: 'create table t (a int); alter default privileges in schema public grant select on tables to anon;',
    b: `create table t (a int); create table u (a int); grant select on u to anon;
        alter default privileges in schema public grant select, insert on tables to authenticated;
        alter default privileges in schema public grant execute on functions to service_role;`,
    says: [
      /alter default privileges in schema public\n {2}revoke select on tables from anon;/,
      /alter default privileges in schema public\n {2}grant select, insert on tables to authenticated;/,
      /grant execute on functions to service_role;/,
    ],
    never: /on public\.u/,
    whole: true,
  },
  {
    what: 'foreign data: a server with rights, its tables, their options',
    whole: true,
    both: `create foreign data wrapper p_wrapper options (debug 'true');
        create server p_server foreign data wrapper p_wrapper options (host 'a', port '1');`,
    a: `create foreign table far (id bigint options (column_name 'ID'), old text) server p_server options (object 'x');`,
    b: `alter server p_server options (set host 'b', drop port, add "user name" 'it''s');
        grant usage on foreign server p_server to authenticated;
        create server p_other type 'x' version '1' foreign data wrapper p_wrapper options (api_key 'sk_hidden', "Password" 'sk_hidden', api_key_id 'in the vault');
        create foreign table far (id bigint options (column_name 'id'), name text) server p_server options (object 'y', limited 'z');
        create foreign table further (id bigint not null, at timestamptz default now()) server p_other;
        grant select on further to authenticated; comment on foreign table further is 'not here';`,
    says: [
      /alter server p_server options \(set host 'b', add "user name" 'it''s', drop port\);/,
      /grant usage on foreign server p_server to authenticated;/,
      /create server p_other type 'x' version '1' foreign data wrapper p_wrapper options \(api_key_id 'in the vault'\);/,
      /alter foreign table [\w.]+far options \(set object 'y', add limited 'z'\);/,
      /alter foreign table [\w.]+far alter column id options \(set column_name 'id'\);/,
      /alter table [\w.]+far drop column old;/,
      /create foreign table [\w.]+further \(\n {2}id bigint not null,\n {2}at timestamptz default now\(\)\n\)\n {2}server p_other;/,
      /comment on foreign table [\w.]+further is 'not here';/,
    ],
    never: /destructive: the (?:rows|values) of [\w.]+(?:far|further)\b|sk_hidden/,
  },
  {
    what: 'event triggers, after all else',
    whole: true,
    both: `create function watch() returns event_trigger language plpgsql as 'begin end';`,
    a: 'create event trigger p_first on ddl_command_start execute function watch();',
    b: `create event trigger p_first on ddl_command_start execute function watch(); alter event trigger p_first disable;
        create event trigger p_second on ddl_command_end when tag in ('CREATE TABLE', 'ALTER TABLE') execute function watch();
        comment on event trigger p_second is 'watches';`,
    says: [
      /alter event trigger p_first disable;/,
      /create event trigger p_second on ddl_command_end\n {2}when tag in \('CREATE TABLE', 'ALTER TABLE'\)\n {2}execute function p\d+x\.watch\(\);/,
    ],
  },
];
