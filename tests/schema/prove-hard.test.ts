// Schemas that make it hard to come by a row, or by somebody who may read it: the proof gets there all the same, and what it
// does not get to is named beside what it found.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { openScratch } from '../../schema/open-session.ts';
import { untested } from '../../schema/prove/control.ts';
import { asText } from '../../schema/prove/formats.ts';
import type { Finding } from '../../schema/prove/model.ts';
import { type ProofReport, prepareProof, prove } from '../../schema/prove/prove.ts';
import { exitCode, worstFirst } from '../../schema/prove/verdict.ts';
import type { Session } from '../../schema/session.ts';

const own = '(user_id = (select auth.uid()))';
const hard = `
create type part as (major smallint, minor smallint);
create domain whole as part check ((value).major is not null);
create domain slug as text check (value ~ '^[a-z]{2}-[0-9]{4}$');

create table harbours (id uuid primary key default gen_random_uuid(), keeper_id uuid not null, name slug not null unique);
create table keepers (
  id uuid primary key references auth.users (id) on delete cascade,
  harbour_id uuid not null references harbours (id), nickname text
);
alter table harbours add foreign key (keeper_id) references keepers (id);

create table ships (id uuid primary key default gen_random_uuid(), user_id uuid not null references auth.users (id), build whole not null);
create table boats (id uuid primary key default gen_random_uuid(), user_id uuid not null references auth.users (id));
create table tows (
  id uuid primary key default gen_random_uuid(), user_id uuid not null references auth.users (id),
  ship_id uuid references ships (id), boat_id uuid references boats (id),
  check (num_nonnulls(ship_id, boat_id) = 1)
);
create table ropes (
  id uuid primary key default gen_random_uuid(), user_id uuid not null references auth.users (id),
  ship_id uuid references ships (id), boat_id uuid references boats (id), secret text not null, digest text not null,
  check (ship_id is not null or boat_id is not null), check (digest = md5(secret))
);
create table tides (id bigint not null, user_id uuid not null, port text not null, on_day date not null) partition by list (port);
create table tides_north partition of tides for values in ('north', 'far north');
create table logs (user_id uuid not null, at timestamptz not null, note text) partition by range (at);
create table berths (id uuid primary key default gen_random_uuid(), line text not null, note text not null);
create table notices (
  id uuid primary key default gen_random_uuid(), user_id uuid not null references auth.users (id),
  stage text not null default 'draft', shown_from timestamptz, body text not null
);
create function harbour_of(named slug) returns setof harbours language sql stable as 'select * from public.harbours where name = named';
${['harbours', 'keepers', 'ships', 'boats', 'tows', 'ropes', 'tides', 'tides_north', 'logs', 'berths', 'notices']
  .map((name) => `alter table ${name} enable row level security; grant select on ${name} to authenticated;`)
  .join('\n')}
create policy "mine" on harbours for select to authenticated using (keeper_id = (select auth.uid()));
create policy "mine" on keepers for select to authenticated using (id = (select auth.uid()));
${['ships', 'boats', 'tows', 'ropes', 'tides', 'logs'].map((name) => `create policy "mine" on ${name} for select to authenticated using ${own};`).join('\n')}
create policy "mine" on tides_north for select to authenticated using ${own};
create policy "of my line" on berths for select to authenticated using (line = (select auth.jwt() -> 'o' ->> 'line'));
create policy "mine, shown" on notices for select to authenticated
  using (user_id = (select auth.uid()) and stage = 'out' and shown_from <= now() and shown_from > now() - interval '1 hour');`;

let session: Session;
before(async () => {
  session = await openScratch();
  await session.exec(hard);
});
after(() => session.close());

const proof = (report: ProofReport): string => asText({ subject: 'hard', ...report });

test('every table gets rows, and their owners reach them', async () => {
  await session.exec('begin');
  const trial = await prepareProof(session);
  await session.exec('rollback');
  assert.deepEqual(
    untested(trial).map(({ object, message }) => `${object} ${message}`),
    [],
  );
  const report = await prove(session);
  assert.deepEqual(
    report.findings.filter(({ level }) => level !== 'info').map(({ object, message }) => `${object} ${message}`),
    [],
  );
  assert.equal(exitCode(report), 0);
  assert.deepEqual(report.uncalled, []);
  const all = report.tables;
  assert.match(proof(report), new RegExp(`Nobody reached what is not theirs\\. ${all} of ${all} tables proved\\.`));
});

/** A proof with something done to the schema first. */
async function proveWith(sql: string): Promise<ProofReport> {
  const other = await openScratch();
  try {
    await other.exec(`${hard}\n${sql}`);
    return await prove(other);
  } finally {
    await other.close();
  }
}

test('tokens of two worlds differ in the claim: a policy that does not look at it is found', async () => {
  const report = await proveWith(
    `create policy "of any line" on berths for select to authenticated using ((select auth.jwt() -> 'o' ->> 'line') is not null)`,
  );
  assert.equal(exitCode(report), 1);
  assert.ok(report.findings.some(({ kind, object }) => kind === 'read' && object === 'public.berths'));
});

test('a claim out of user metadata is believed, and found', async () => {
  const report = await proveWith(
    `alter policy "of my line" on berths using (line = (select auth.jwt() -> 'user_metadata' ->> 'line'))`,
  );
  const read = report.findings.find(({ kind, object }) => kind === 'read' && object === 'public.berths');
  assert.match(read?.message ?? '', /\(a as b\)/);
});

test('a hole and what is unproved are both said, and neither hides the other', async () => {
  const report = await proveWith(`
    alter table boats disable row level security;
    create table never (id int primary key, check (id <> id));
    alter policy "mine" on ships using (user_id = (select auth.uid()) and build is null);`);
  assert.equal(exitCode(report), 1);
  const lines = proof(report).split('\n');
  const last = lines.at(-1) ?? '';
  assert.match(last, /^Somebody reaches what is not theirs\. /);
  assert.match(last, new RegExp(`${report.tables - 2} of ${report.tables} tables proved`));
  assert.ok(lines.includes('unproved: public.never: no row could be made'), lines.slice(-5).join('\n'));
  assert.ok(lines.includes('unproved: public.ships: select as authenticated'), lines.slice(-5).join('\n'));
});

test('nothing was found, but not everything was tried: no whole proof', async () => {
  const report = await proveWith('create table never (id int primary key, check (id <> id))');
  assert.equal(exitCode(report), 2);
  assert.match(proof(report), /but a control failed: this is no whole proof\. /);
});

test('a policy that cannot be evaluated never works: a finding, and no gap in the proof', async () => {
  const report = await proveWith(`
    alter policy "mine" on boats using (exists (select from auth.users as u where u.id = user_id and u.id = auth.uid()));
    alter policy "mine" on ships using (exists (select from ships as s where s.user_id = auth.uid()));`);
  const broken = report.findings.filter(({ kind }) => kind === 'broken');
  assert.deepEqual([...new Set(broken.map(({ object, level }) => `${object} ${level}`))].sort(), [
    'public.boats warning',
    'public.ships warning',
  ]);
  assert.ok(!report.findings.some(({ kind }) => kind === 'control'));
  assert.equal(exitCode(report), 1);
  assert.match(proof(report), /never works: public\.boats select as authenticated\n/);
  assert.match(proof(report), new RegExp(`${report.tables} of ${report.tables} tables proved`));
});

test('the worst object comes first, with all that is to be said about it', () => {
  const finding = (object: string, kind: Finding['kind'], level: Finding['level']): Finding => ({
    ...{ kind, level, object, role: '', command: 'select', columns: [], message: '', script: '' },
  });
  const sorted = worstFirst([
    finding('a', 'infer', 'info'),
    finding('b', 'control', 'error'),
    finding('b', 'control', 'error'),
    finding('c', 'infer', 'warning'),
    finding('c', 'read', 'error'),
    finding('d', 'write', 'warning'),
  ]);
  assert.deepEqual(
    sorted.map(({ object, level }) => `${object} ${level}`),
    ['c error', 'c warning', 'b error', 'b error', 'd warning', 'a info'],
  );
});
