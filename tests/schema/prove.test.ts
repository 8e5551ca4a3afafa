// The isolation proof finds what was planted, and nothing where nothing is: each fault alone, on a schema of its own.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { readCatalog } from '../../schema/catalog/read.ts';
import { openScratch } from '../../schema/open-session.ts';
import { parseAllowances, weigh } from '../../schema/prove/allow.ts';
import { untested } from '../../schema/prove/control.ts';
import type { Finding } from '../../schema/prove/model.ts';
import { checkTheProof } from '../../schema/prove/planted.ts';
import { readRights } from '../../schema/prove/privileges.ts';
import { compareRights, findingsOf, prepareProof, prove, tryEverything } from '../../schema/prove/prove.ts';
import { rightsLines } from '../../schema/prove/rights.ts';
import { proveSubject } from '../../schema/prove/run.ts';
import { dependentsOf } from '../../schema/prove/scope.ts';
import { prepareTrials } from '../../schema/prove/trial.ts';
import type { Trial } from '../../schema/prove/trial-state.ts';
import { exitCode } from '../../schema/prove/verdict.ts';
import { type Session, ToolError } from '../../schema/session.ts';
import { practice } from './prove-schema.ts';

let session: Session;
let trial: Trial;
before(async () => {
  session = await openScratch();
  await session.exec(practice);
});
after(() => session.close());

/** What is found about one object, and what depends on it, with a fault in place. */
async function look(
  fault: string,
  object: string,
): Promise<{ readonly findings: readonly Finding[]; readonly rights: readonly string[] }> {
  await session.exec(`savepoint fault; ${fault}`);
  try {
    const catalog = await readCatalog(session);
    const relations = [...catalog.tables, ...catalog.views].map(({ oid }) => oid);
    const rights = await readRights(session, relations, [...new Set(trial.actors.map(({ role }) => role))]);
    const changed: Trial = { ...trial, rights, digests: new Map(), fixture: { ...trial.fixture, catalog } };
    const scope = dependentsOf(catalog, object);
    const scoped = {
      tables: scope.tables,
      views: new Set([...scope.views, object]),
      functions: new Set([...scope.functions, object]),
    };
    const tried = await tryEverything(changed, scoped);
    return { findings: findingsOf(changed, tried, scoped), rights: rightsLines(changed, tried.entries) };
  } finally {
    await session.exec('rollback to savepoint fault');
  }
}

interface Fault {
  readonly name: string;
  readonly sql: string;
  readonly object: string;
  /** Kind, object and, where it matters, what the message says. */
  readonly expected: readonly (readonly [Finding['kind'], string, RegExp?])[];
}

const faults: readonly Fault[] = [
  {
    name: 'policy dropped',
    sql: 'drop policy "read" on files',
    object: 'public.files',
    expected: [['control', 'public.files', /may select/]],
  },
  {
    name: 'policy constantly true',
    sql: 'alter policy "read" on files using (true)',
    object: 'public.files',
    expected: [
      ['read', 'public.files'],
      ['read', 'public.letters'],
      ['read', 'public.letter_titles'],
    ],
  },
  {
    name: 'row-level security off',
    sql: 'alter table files disable row level security',
    object: 'public.files',
    expected: [
      ['read', 'public.files'],
      ['write', 'public.files', /title/],
      ['forge', 'public.files', /user_id/],
    ],
  },
  {
    name: 'definer without filter',
    sql: `create or replace function search_letters(words text) returns setof letters language sql stable security definer set search_path = '' as $$ select * from public.letters where body like '%' || words || '%' $$`,
    object: 'public.search_letters',
    expected: [['read', 'public.search_letters(text)', /letters/]],
  },
  {
    name: 'view as owner',
    sql: 'alter view letter_titles set (security_invoker = false)',
    object: 'public.letter_titles',
    expected: [['read', 'public.letter_titles']],
  },
  {
    name: 'materialized view',
    sql: 'create materialized view heap as select * from letters; grant select on heap to authenticated',
    object: 'public.heap',
    expected: [['read', 'public.heap']],
  },
  {
    name: 'a sum over everybody',
    sql: 'create view totals as select count(*) as files from files; grant select on totals to authenticated',
    object: 'public.totals',
    expected: [['infer', 'public.totals']],
  },
  {
    name: 'UPDATE that lets a row leave',
    sql: 'grant update (user_id) on files to authenticated; alter policy "change" on files with check (true)',
    object: 'public.files',
    expected: [['move', 'public.files', /user_id/]],
  },
  {
    name: 'UPDATE into a stranger’s practice',
    sql: 'alter policy "change" on files with check (user_id = (select auth.uid()))',
    object: 'public.files',
    expected: [['move', 'public.files', /practice_id/]],
  },
  {
    name: 'column grant too wide',
    sql: 'grant update on profiles to authenticated',
    object: 'public.profiles',
    expected: [['power', 'public.profiles', /role/]],
  },
  {
    name: 'partition readable by its name',
    sql: 'grant usage on schema parts to authenticated; grant select on parts.visits_old to authenticated; alter table parts.visits_old disable row level security',
    object: 'parts.visits_old',
    expected: [['read', 'parts.visits_old']],
  },
  {
    name: 'reference to a stranger’s row',
    sql: 'alter policy "write" on letters with check (true)',
    object: 'public.letters',
    expected: [['link', 'public.letters', /file_id/]],
  },
  {
    name: 'service function for anybody',
    sql: 'grant execute on function close_all(uuid) to anon',
    object: 'public.close_all',
    expected: [['write', 'public.close_all(uuid)', /anon/]],
  },
  {
    name: 'viewers who write',
    sql: `create or replace function helpers.may_edit(practice bigint) returns boolean language sql stable security definer set search_path = '' as $$ select exists (select from public.practice_members where practice_id = practice and user_id = (select auth.uid())) $$`,
    object: 'public.files',
    expected: [['write', 'public.files', /viewer/]],
  },
  {
    name: 'reference data for anybody to change',
    sql: 'create policy "set" on countries for update to authenticated using (true); grant update on countries to authenticated',
    object: 'public.countries',
    expected: [['write', 'public.countries', /name/]],
  },
  {
    name: 'user metadata believed',
    sql: `alter policy "mine" on visits using (user_id::text = coalesce(auth.jwt() -> 'user_metadata' ->> 'user_id', auth.jwt() ->> 'sub'))`,
    object: 'public.visits',
    expected: [['read', 'public.visits', /a as b/]],
  },
  {
    name: 'a unique key that tells',
    sql: 'grant insert (name, code) on practices to authenticated; create policy "add" on practices for insert to authenticated with check (true)',
    object: 'public.practices',
    expected: [['infer', 'public.practices', /code/]],
  },
  {
    name: 'an error that quotes',
    sql: `create function peek() returns void language plpgsql security definer set search_path = '' as $$ begin raise exception 'no: %', (select string_agg(body, ' ') from public.letters); end $$; grant execute on function peek() to authenticated`,
    object: 'public.peek',
    expected: [['read', 'public.peek()', /error/]],
  },
  {
    name: 'TRUNCATE granted',
    sql: 'grant truncate on visits to authenticated',
    object: 'public.visits',
    expected: [['write', 'public.visits', /empty/]],
  },
];

test('what cannot be proved is said in one sentence', async () => {
  await assert.rejects(proveSubject('no-such-pattern'), ToolError);
  await assert.rejects(proveSubject('./no-such-folder/x.sql'), ToolError);
  await assert.rejects(prove(session, { signedIn: 'nobody_has_this' }), /There is no role nobody_has_this/);
  assert.throws(() => parseAllowances('public.files read', 'f'), /f:1: an allowance is written/);
  assert.throws(() => parseAllowances('public.files look: why not', 'f'), /"look" is no kind/);
});

test('a schema that keeps people apart: nothing is found, everything was tried, nothing stays behind', async () => {
  const report = await prove(session);
  assert.deepEqual(
    report.findings.filter(({ level }) => level !== 'info').map(({ message, object }) => `${object} ${message}`),
    [],
  );
  assert.deepEqual(report.problems, []);
  assert.equal(exitCode(report), 0);
  assert.ok(report.attempts > 500, `${report.attempts} attempts`);
  for (const command of ['select', 'insert', 'update', 'delete', 'truncate', 'call'])
    assert.ok(
      report.counts.some((each) => each.role === 'authenticated' && each.command === command && each.attempts > 0),
      command,
    );
  assert.ok(
    report.rights.includes('public.files | select | a.friend, b, staff | own + published'),
    report.rights.filter((line) => line.startsWith('public.files | select')).join('\n'),
  );
  assert.deepEqual(await session.rows('select (select count(*) from files) + (select count(*) from auth.users)'), [
    ['0'],
  ]);
});

test('the proof checks itself, and says what it could not see', async () => {
  await session.exec('begin');
  assert.deepEqual(await checkTheProof(session, 'authenticated', prepareTrials), []);
  // Actors that cannot take their role see nothing: then the planted holes stay unseen.
  const blind = await checkTheProof(session, 'authenticated', async (each) => {
    await prepareTrials(each);
    await each.exec(
      `create or replace function pg_temp.loam_try(who text, claims text, statement text, probe text, answers boolean) returns jsonb language sql as $$ select jsonb_build_array('42501', 'permission denied for table x', null, 0, null, null) $$`,
    );
  });
  await session.exec('rollback');
  assert.ok(
    blind.some((problem) => /constantly true \(read\)/.test(problem)),
    blind.join('\n'),
  );
});

test('every planted fault is found, alone', async (t) => {
  await session.exec('begin');
  trial = await prepareProof(session);
  assert.deepEqual(untested(trial), []);
  for (const { name, sql, object, expected } of faults)
    await t.test(name, async () => {
      const { findings } = await look(sql, object);
      const serious = findings.filter(({ level }) => level !== 'info');
      for (const [kind, where, message] of expected)
        assert.ok(
          serious.some(
            (each) =>
              each.kind === kind && each.object === where && (message === undefined || message.test(each.message)),
          ),
          `${kind} ${where} not among:\n${serious.map((each) => `${each.kind} ${each.object} ${each.message}`).join('\n')}`,
        );
    });
  await session.exec('rollback');
});

test('the script of a finding shows it', async () => {
  await session.exec('begin');
  trial = await prepareProof(session);
  const { findings } = await look('alter policy "read" on files using (true)', 'public.files');
  const script = findings.find(({ kind, object }) => kind === 'read' && object === 'public.files')?.script ?? '';
  assert.match(script, /^begin;\nset local role authenticated;\nset local request\.jwt\.claims = '\{"sub":"aaaa1111/);
  assert.match(script, /select [\s\S]* from public\.files[\s\S]*;\nrollback;$/);
  await session.exec('rollback');
});

test('rights are compared line by line, and what is allowed needs a reason', async () => {
  await session.exec('begin');
  trial = await prepareProof(session);
  const { rights: were } = await look('select', 'public.files');
  const { rights: are } = await look(
    'create policy "closers" on files for select to authenticated using (state = \'closed\' and user_id is null)',
    'public.files',
  );
  assert.deepEqual(compareRights(are, were), [], 'a policy that lets nobody in changes nothing');
  const { rights: fewer, findings } = await look(
    'alter policy "remove" on files using (user_id = (select auth.uid()) and state = \'open\')',
    'public.files',
  );
  assert.deepEqual(
    findings.filter(({ level }) => level !== 'info'),
    [],
  );
  assert.match(compareRights(fewer, were)[0]?.message ?? '', /public\.files \| delete/);
  await session.exec('rollback');
  const finding: Finding = {
    kind: 'read',
    level: 'error',
    object: 'public.files',
    role: 'anon',
    command: 'select',
    columns: [],
    message: '',
    script: '',
  };
  const allowances = parseAllowances(
    '# shared\npublic.files read anon: a catalogue\npublic.letters read: never needed',
    'f',
  );
  const weighed = weigh([finding, { ...finding, role: 'authenticated' }], allowances);
  assert.deepEqual(
    [weighed.findings.length, weighed.allowed[0]?.allowed, weighed.unused[0]?.object],
    [1, 'a catalogue', 'public.letters'],
  );
});

test('a table that may hold one row, and holds it already, is tried all the same', async () => {
  const single = await openScratch();
  try {
    await single.exec(`
      create table chosen (
        only_one boolean primary key default true check (only_one),
        user_id uuid references auth.users (id) on delete cascade,
        motto text not null
      );
      alter table chosen enable row level security;
      create policy "everybody signed in reads it" on chosen for select to authenticated using (true);
      grant select on chosen to authenticated;
      insert into chosen (motto) values ('as shipped');`);
    await single.exec('begin');
    assert.deepEqual(untested(await prepareProof(single)), []);
  } finally {
    await single.close();
  }
});
