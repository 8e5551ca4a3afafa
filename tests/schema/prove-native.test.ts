// The isolation proof in a database that people use: it sees the same, and leaves nothing behind.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { readCatalog } from '../../schema/catalog/read.ts';
import { openAddress } from '../../schema/open-session.ts';
import { platformFiles } from '../../schema/patterns.ts';
import { asJson, asSarif, asText } from '../../schema/prove/formats.ts';
import { proveSubject } from '../../schema/prove/run.ts';
import { exitCode } from '../../schema/prove/verdict.ts';
import type { Session } from '../../schema/session.ts';
import { applyRivalled, type ClonedDatabase, emptyNative } from '../../server/testing/native.ts';
import { practice } from './prove-schema.ts';

let database: ClonedDatabase;
let session: Session;
before(async () => {
  database = await emptyNative(18);
  session = await openAddress(database.adminUrl);
  await applyRivalled(session.exec, platformFiles());
  await session.exec(practice);
  await session.exec(`
    insert into auth.users (id, email) values ('11111111-1111-4111-8111-111111111111', 'real@example.com');
    insert into profiles (id, nickname) values ('11111111-1111-4111-8111-111111111111', 'real');
    insert into files (user_id, title) select '11111111-1111-4111-8111-111111111111', 'real' || n from generate_series(1, 200) as n`);
});
after(async () => {
  await session.close();
  await database.drop();
});

/** Everything but the estimate of rows, which the server's own upkeep may renew at any time. */
const state = async (): Promise<unknown> => [
  await session.rows(`select count(*), md5(string_agg(f::text || xmin::text, ',' order by id)) from files as f`),
  await session.rows('select count(*) from auth.users'),
  JSON.parse(JSON.stringify(await readCatalog(session), (key, value) => (key === 'estimatedRows' ? undefined : value))),
];

test('a login that policies apply to, and functions that reach out, are refused', async () => {
  await session.exec(`drop role if exists loam_prove_weak; create role loam_prove_weak login`);
  const weak = new URL(database.adminUrl);
  weak.username = 'loam_prove_weak';
  await assert.rejects(proveSubject(weak.href), /Policies apply to the login loam_prove_weak/);
  await session.exec(`drop role loam_prove_weak`);
  await session.exec(`create function fetch_page() returns text language sql as $$ select 'select http_get(''x'')' $$`);
  await assert.rejects(proveSubject(database.adminUrl), /public\.fetch_page reaches out of its transaction/);
  await session.exec('drop function fetch_page()');
});

test('nothing is found where nothing is, and nothing is left behind', async () => {
  const before = await state();
  const report = await proveSubject(database.adminUrl);
  assert.deepEqual(
    report.findings.filter(({ level }) => level !== 'info').map(({ object, message }) => `${object} ${message}`),
    [],
  );
  assert.equal(exitCode(report), 0);
  assert.deepEqual(await state(), before);
});

test('a hole is found beside other people’s rows, and said in every format', async () => {
  await session.exec('alter policy "read" on files using (true)');
  const before = await state();
  const report = await proveSubject(database.adminUrl);
  assert.equal(exitCode(report), 1);
  assert.ok(report.findings.some(({ kind, object }) => kind === 'read' && object === 'public.files'));
  assert.match(asText(report), /error {3}read {4}public\.files select: authenticated \(.*\) reads public\.files/);
  assert.match(asText(report), /Somebody reaches what is not theirs\./);
  assert.equal(JSON.parse(asJson(report)).exitCode, 1);
  const sarif = JSON.parse(asSarif(report, '0.0.0'));
  assert.ok(sarif.runs[0].results.some((each: { ruleId: string }) => each.ruleId === 'read'));
  assert.deepEqual(await state(), before);
});
