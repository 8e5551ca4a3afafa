// Validating whole inputs: what does not parse or apply, what stands in, what is ignored, and what comes out.
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { ToolError } from '../session.ts';
import { asAnnotations, asSarif } from './formats.ts';
import { asText } from './human.ts';
import { exitCode, type Report } from './report.ts';
import { validate } from './validate.ts';

const folder = mkdtempSync(join(tmpdir(), 'loam-validate-'));
after(() => rmSync(folder, { recursive: true }));
const write = (path: string, text: string): void => {
  mkdirSync(join(folder, path, '..'), { recursive: true });
  writeFileSync(join(folder, path), text);
};
const states = (report: Report): ReadonlySet<string> => new Set(report.rules.map(({ state }) => state));
const found = (report: Report): readonly string[] => report.findings.map(({ rule, object }) => `${rule} ${object}`);
const places = (report: Report): readonly string[] =>
  report.failures.map(({ kind, line, column }) => `${kind} ${line}:${column}`);

test('nothing there, nothing in it, no such rule: said in one sentence', async () => {
  await assert.rejects(
    validate(join(folder, 'missing')),
    new ToolError(`There is no file or folder ${join(folder, 'missing')}.`),
  );
  write('none/readme.md', '');
  await assert.rejects(validate(join(folder, 'none')), /There is no SQL file to validate/);
  await assert.rejects(
    validate([{ file: 'a.sql', text: '' }], { only: ['no-such-rule'] }),
    /There is no rule no-such-rule/,
  );
  await assert.rejects(validate('postgres://someone:secret@127.0.0.1:1/none'), (error: unknown) => {
    assert.ok(error instanceof ToolError);
    assert.match(error.message, /does not answer/);
    assert.doesNotMatch(error.message, /secret/);
    return true;
  });
});

test('what does not parse, what fails and what follows from it, by line and column; the rest is judged, and never called clean', async () => {
  const text = `-- é
create table public.a (id uuid primary key default gen_random_uuid());
select 'é' from from a;
create table public.b (id uuid primary key default gen_random_uuid(),
  wrong no_such_type);
create index b_wrong on public.b (id);
alter table public.a enable row level security;
`;
  const report = await validate([{ file: 'broken.sql', text }]);
  assert.deepEqual(places(report), ['schema 5:9', 'schema 6:1', 'syntax 3:17']);
  assert.equal(report.failures[0]?.message, 'type "no_such_type" does not exist');
  assert.equal(report.failures[0]?.line_text, '  wrong no_such_type);');
  assert.equal(report.failures[1]?.cause?.line, 4 + 1);
  assert.equal(report.failures[2]?.message, 'syntax error at or near "from"');
  assert.ok(states(report).has('partly'));
  assert.equal(exitCode(report, 'error'), 2);
  const text2 = asText(report);
  assert.match(
    text2,
    /3:17 {2}does not parse {2}syntax error at or near "from"\n {4}\| select 'é' from from a;\n {4}\| {17}\^/,
  );
  assert.match(text2, /follows from broken.sql:5/);
  assert.match(text2, /Judged in part: 3 statements could not be applied/);
});

test('extensions that a scratch database lacks are stood in for, and it is said; unknown ones are unavailable with what needs them', async () => {
  const text = `create extension if not exists pg_net with schema extensions;
create extension if not exists timescaledb;
create table public.readings (id bigint primary key, at timestamptz not null);
alter table public.readings enable row level security;
create policy reading on public.readings for select to authenticated using (true);
select create_hypertable('public.readings', 'at');
select cron.schedule('each-night', '0 0 * * *', 'select 1');
create function public.call() returns bigint language sql set search_path = '' as $$ select net.http_post('https://example.org') $$;
insert into storage.buckets (id, name, public) values ('pictures', 'pictures', true);
create policy looking on storage.objects for select using (bucket_id = 'pictures');
create policy putting on storage.objects for insert to authenticated with check (true);
create policy own on storage.objects for update to authenticated using (owner = (select auth.uid()));
create extension citext with schema public;
create extension pgmq;
select pgmq.create('work');
grant select on pgmq.q_work to authenticated;
create policy heard on realtime.messages for select to authenticated using (realtime.topic() = 'all');
create policy told on realtime.messages for insert to authenticated with check (auth.uid() is not null);
`;
  const report = await validate([{ file: 'uses.sql', text }], { schemas: ['public', 'pgmq_public'] });
  assert.deepEqual(places(report), ['unavailable 2:1', 'unavailable 6:8']);
  assert.deepEqual([...report.stoodIn].sort(), ['pg_cron', 'pg_net', 'pgmq']);
  assert.deepEqual([...states(report)], ['evaluated']);
  assert.deepEqual(found(report), [
    'security-bucket-listing bucket pictures',
    'security-storage-open storage.objects policy "putting"',
    'security-extension-in-public extension citext',
    'security-policy-unwrapped-call realtime.messages policy "told"',
    'security-queue-exposed pgmq.q_work',
  ]);
  assert.equal(exitCode(report, 'warning'), 1);
  assert.match(asText(report), /Stood in for, without effect: pg_cron, pg_net, pgmq/);
});

test('other databases: servers and foreign tables are made, a foreign table in the API is found', async () => {
  const text = `create extension if not exists wrappers;
do $$ begin
  create foreign data wrapper pay handler stripe_fdw_handler validator stripe_fdw_validator;
end $$;
create server pay_server foreign data wrapper pay options (api_key 'none');
create foreign table public.customers (id text, attrs jsonb) server pay_server options (object 'customers');
create extension postgres_fdw with schema extensions;
create server other foreign data wrapper postgres_fdw options (host 'localhost', dbname 'x');
create user mapping for authenticated server other options (user 'x');
create schema away;
import foreign schema public from server other into away;
create function public.asked() returns setof text language sql set search_path = '' as $$ select * from extensions.dblink('a', 'b') as t (x text) $$;
select away.anything();
`;
  const report = await validate([{ file: 'foreign.sql', text }]);
  assert.deepEqual(places(report), ['unavailable 11:1', 'data 13:8']);
  assert.deepEqual([...report.stoodIn].sort(), ['dblink', 'postgres_fdw', 'wrappers']);
  assert.ok(found(report).includes('security-foreign-table public.customers'));
});

test('a dump’s grants on what extensions bring are no fault of it', async () => {
  const text = `create table public.a (id uuid primary key);
grant all on function extensions.pg_stat_statements_reset(oid) to authenticated;
grant all on function public.missing(oid) to authenticated;`;
  assert.deepEqual(places(await validate([{ file: 'dump.sql', text }])), ['unavailable 2:1', 'schema 3:1']);
});

test('rows that cannot be inserted are a failure of their own; the schema is judged', async () => {
  const text = `create table public.a (id uuid primary key default gen_random_uuid(), owner uuid references auth.users (id) on delete cascade);
create index on public.a (owner);
alter table public.a enable row level security;
create policy mine on public.a for select to authenticated using ((select auth.uid()) = owner);
insert into public.a (owner) values ('00000000-0000-0000-0000-000000000001');`;
  const report = await validate([{ file: 'rows.sql', text }]);
  assert.deepEqual(places(report), ['data 5:1']);
  assert.deepEqual([...states(report)], ['evaluated']);
  assert.equal(exitCode(report, 'error'), 1);
});

test('ignored with a reason, at a statement, at a line and by the object’s comment; without one, unknown and unused are findings', async () => {
  const text = `-- loam-ignore: security-rls-disabled, general-primary-key-missing: a table of constants
create table public.plain (id int);
create table public.lines (
  id serial primary key, -- loam-ignore: general-serial: numbers on paper
  -- loam-ignore: general-json: kept as it came
  one json,
  two json
);
create table public.commented (id int primary key);
comment on table public.commented is 'Constants. loam-ignore: security-rls-disabled: the same for everybody';
create table public.unreasoned (id int primary key); -- loam-ignore: security-rls-disabled
-- loam-ignore: general-serial: there is none
create schema empty_handed;
-- loam-ignore: no-such-rule: why not
create schema also_empty;
`;
  const report = await validate([{ file: 'ignored.sql', text }]);
  assert.deepEqual(found(report), [
    'security-rls-disabled public.lines',
    'general-json public.lines.two',
    'security-rls-disabled public.unreasoned',
    'ignore-without-reason ignored.sql:11',
    'ignore-unused ignored.sql:12',
    'ignore-unknown ignored.sql:14',
  ]);
  assert.deepEqual(report.suppressed.map(({ rule, object, reason }) => `${rule} ${object}: ${reason}`).sort(), [
    'general-json public.lines.one: kept as it came',
    'general-primary-key-missing public.plain: a table of constants',
    'general-serial public.lines.id: numbers on paper',
    'security-rls-disabled public.commented: the same for everybody',
    'security-rls-disabled public.plain: a table of constants',
  ]);
});

test('a folder in order, without what undoes and what tries out; formats for machines say the same', async () => {
  write('project/supabase/migrations/2_second.sql', 'create index on public.first (label);\nselect 1');
  write('project/supabase/migrations/10_third.sql', 'alter table public.first add column more varchar(5);');
  write(
    'project/supabase/migrations/1_first.sql',
    '-- migrate:up\ncreate table public.first (id int, label text);\n-- migrate:down\ndrop table public.first;',
  );
  write('project/supabase/migrations/2_second.down.sql', 'drop index x;');
  write('project/supabase/migrations/seed.sql', 'broken');
  const report = await validate(join(folder, 'project'));
  assert.deepEqual(
    report.files.map((file) => file.replace(/.*\//, '')),
    ['1_first.sql', '2_second.sql', '10_third.sql'],
  );
  assert.deepEqual(
    report.left.map(({ reason }) => reason),
    ['undoes a migration', 'holds data for trying out'],
  );
  assert.deepEqual(report.failures, []);
  assert.equal(report.profile, 'greenfield');
  assert.deepEqual(found(report), [
    'general-varchar-length public.first.more',
    'general-primary-key-missing public.first',
    'security-rls-disabled public.first',
  ]);

  const sarif: unknown = JSON.parse(asSarif(report, '1.2.3'));
  const run = (
    sarif as {
      version: string;
      runs: { tool: { driver: { name: string; rules: { id: string }[] } }; results: Record<string, unknown>[] }[];
    }
  ).runs[0]; // checked: read field by field below
  assert.equal((sarif as { version: string }).version, '2.1.0'); // checked: compared
  assert.equal(run?.tool.driver.name, 'loam schema validate');
  for (const result of run?.results ?? []) {
    assert.deepEqual(Object.keys(result).sort(), [
      'level',
      'locations',
      'message',
      'partialFingerprints',
      'ruleId',
      'ruleIndex',
    ]);
    assert.equal(run?.tool.driver.rules[Number(result.ruleIndex)]?.id, result.ruleId);
    assert.match(JSON.stringify(result.locations), /"uri":"[^"]+\.sql"},"region":{"startLine":\d+,"startColumn":\d+}/);
    assert.match(String(result.level), /^(error|warning|note)$/);
  }
  assert.equal(run?.results.length, 3);

  assert.match(
    asAnnotations(report),
    /^::error file=[^:]*1_first\.sql,line=2,col=1,title=[^\n]*\(security-rls-disabled\)::public\.first/m,
  );
  assert.equal(asAnnotations(report).split('\n').length, 3);
});

test('tables that the files do not make hold rows already', async () => {
  const report = await validate([
    {
      file: 'later.sql',
      text: 'create table public.mine (id int primary key); alter table public.elsewhere add column more int;',
    },
  ]);
  assert.equal(report.profile, 'live');
  assert.deepEqual(places(report), ['schema 1:48']);
});
