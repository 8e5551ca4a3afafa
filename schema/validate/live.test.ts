// A running database: the same findings as its files, nothing written, and what a login may not read is said.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { applyRivalled, type ClonedDatabase, emptyNative } from '../../server/testing/native.ts';
import { openAddress } from '../open-session.ts';
import { platformFiles } from '../patterns.ts';
import type { Session } from '../session.ts';
import { exitCode, type Report } from './report.ts';
import { validate } from './validate.ts';

const files = [
  {
    file: 'all.sql',
    text: `create table public.notes (id int, owner uuid, shown text);
create index notes_shown on public.notes (shown);
create index notes_shown_too on public.notes (shown);
alter table public.notes enable row level security;
create policy mine on public.notes for select to authenticated using (auth.uid() = owner);
create policy open on public.notes for insert to authenticated with check (true);
create view public.note_list as select * from public.notes;
create table public.loose (id int primary key);
comment on table public.loose is 'loam-ignore: security-rls-disabled: constants';
grant all on all tables in schema public to anon, authenticated;
insert into storage.buckets (id, name, public) values ('pictures', 'pictures', true);
create policy looking on storage.objects for select using (bucket_id = 'pictures');`,
  },
];
const reader = 'loam_validate_reader';

let database: ClonedDatabase;
let session: Session;
before(async () => {
  database = await emptyNative(15);
  session = await openAddress(database.url);
  await applyRivalled(session.exec, [...platformFiles(), ...files]);
  await session.exec(`drop role if exists ${reader}; create role ${reader} login password 'reader'`);
});
after(async () => {
  await session.exec(`drop owned by ${reader}; drop role ${reader}`).catch(() => {});
  await session.close();
  await database.drop();
});

const found = (report: Report): readonly string[] =>
  report.findings.map(({ rule, object }) => `${rule} ${object}`).sort();
const profile = 'live';

test('a login without rights: what it cannot read is named, and the rule for it is not called clean', async () => {
  const url = new URL(database.url);
  url.username = reader;
  url.password = 'reader';
  const report = await validate(url.toString(), { only: ['security-bucket-listing', 'general-primary-key-missing'] });
  assert.deepEqual(found(report), ['general-primary-key-missing public.notes']);
  assert.match(report.unreadable.join(), /storage\.buckets/);
  assert.equal(report.rules.find(({ id }) => id === 'security-bucket-listing')?.state, 'partly');
  assert.equal(exitCode(report, 'error'), 2);
  assert.doesNotMatch(JSON.stringify(report), /reader:reader/);
});

test('finds on a server what it finds in the files, besides what only a server knows', async () => {
  const live = found(await validate(database.url, { profile }));
  const onlyThere = live.filter((each) => /^general-(?:index-unused|table-bloat|extension-outdated) /.test(each));
  const offline = (await validate(files, { profile })).findings.filter(({ rule }) => !/^operations-/.test(rule));
  assert.deepEqual(
    live.filter((each) => !onlyThere.includes(each)),
    offline.map(({ rule, object }) => `${rule} ${object}`).sort(),
  );
  assert.ok(onlyThere.includes('general-index-unused index public.notes_shown'));
  assert.ok(live.includes('security-bucket-listing bucket pictures'));
  assert.ok(!live.some((each) => each.includes('loose')));
});

test('the command: 1 with findings, 0 without, 2 for bad usage, and the password nowhere', () => {
  const run = (...args: string[]): { status: number | null; out: string } => {
    const main = fileURLToPath(new URL('../../cli/main.ts', import.meta.url));
    const { status, stdout, stderr } = spawnSync(process.execPath, [main, 'schema', 'validate', ...args], {
      encoding: 'utf8',
    });
    return { status, out: stdout + stderr };
  };
  const wrong = run(database.url, '--format', 'yaml');
  assert.deepEqual([wrong.status, wrong.out.trim()], [2, '--format is one of human, json, sarif, github, not yaml.']);
  const faulty = run(database.url, '--only', 'security-policy-always-true');
  assert.equal(faulty.status, 1);
  assert.match(faulty.out, /error {2}Policy "open" lets authenticated insert every row of public\.notes/);
  assert.equal(
    run(database.url, '--only', 'security-policy-always-true', '--fail-on', 'error', '--skip', 'general-json').status,
    1,
  );
  assert.equal(run(database.url, '--only', 'general-json').status, 0);
});
