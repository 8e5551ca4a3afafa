// Differences between what commands are given: patterns and their variants, folders, databases of other releases; what is
// refused; and what the command writes.
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Client } from 'pg';
import { diff } from '../../cli/schema/diff.ts';
import { applyRivalled, type ClonedDatabase, emptyNative } from '../../server/testing/native.ts';
import { openAddress } from '../open-session.ts';
import { platformFiles } from '../patterns.ts';
import { type Session, ToolError } from '../session.ts';
import { diffSchemas, diffSides, proveDifference } from './diff.ts';
import { patternSql, readPatternChoice } from './pattern-choice.ts';
import { readSide, type Side } from './side.ts';
import { openSubject } from './subject.ts';

const folder = mkdtempSync(join(tmpdir(), 'loam-diff-'));
const here = process.cwd();
let database: ClonedDatabase;
const lines: string[] = [];
const say = (line: string): void => void lines.push(line);
const write = (name: string, text: string): string => {
  const path = join(folder, name);
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, text);
  return path;
};

before(async () => {
  database = await emptyNative(15);
});
after(async () => {
  process.chdir(here);
  await database.drop();
  rmSync(folder, { recursive: true, force: true });
});

test('refused in one sentence, and nothing is written', async () => {
  const fine = write('fine.sql', 'create table t (a int);');
  const bad = write('bad.sql', 'create table t (a int);\ncreate tabel s (b int);');
  const output = join(folder, 'none.sql');
  for (const [a, b, says] of [
    ['postgres://u:secret@127.0.0.1:1/db', fine, /^The database at 127\.0\.0\.1:1\/db does not answer: [^\n]*$/],
    [fine, join(folder, 'none'), /^There is no file or folder /],
    [fine, 'pattern:none', /^There is no pattern none\./],
    [fine, 'pattern:chat?dimension=5', /^The dimension is one of/],
    [fine, bad, /bad\.sql:2:8: syntax error at or near "tabel"\n {4}create tabel s/],
  ] as const)
    await assert.rejects(diff(a, b, { output }, say), (error) => {
      assert.ok(error instanceof ToolError, String(error));
      assert.match(error.message, says);
      assert.doesNotMatch(error.message, /secret/);
      return true;
    });
  assert.equal(existsSync(output), false);
  await assert.rejects(diff(fine, fine, { output, migration: 'x' }, say), /give one of them/);
});

test('to standard output, a migration; the exit code', async () => {
  const a = write('a/1_t.sql', 'create table t (a int);');
  const b = write('b/1_t.sql', 'create table t (a int);\ncreate table s (b int);');
  mkdirSync(join(folder, 'bare'));
  await assert.rejects(diff(b, join(folder, 'bare'), {}, say), /There is no SQL file/);
  assert.equal(await diff(join(folder, 'a'), b, { exitCode: true }, say), 1);
  assert.match(lines.join('\n'), /^create table public\.s \(\n {2}b integer\n\);/);
  process.chdir(folder);
  assert.equal(await diff(join(folder, 'bare'), a, {}, say), 0);
  assert.match(lines.at(-1) ?? '', /^create table public\.t \(\n {2}a integer\n\);$/);
  assert.equal(await diff(b, a, { migration: 'Drop S!' }, say, new Date('2026-02-03T04:05:06Z')), 0);
  process.chdir(here);
  const [file = ''] = readdirSync(join(folder, 'supabase', 'migrations'));
  assert.equal(file, '20260203040506_drop_s.sql');
  assert.match(
    readFileSync(join(folder, 'supabase', 'migrations', file), 'utf8'),
    /^-- destructive: the rows of public\.s\ndrop table public\.s;\n$/,
  );
  assert.match(lines.at(-1) ?? '', /1 destructive, marked in it$/);
});

test('an extension that comes with the change is at hand on the copy, also one that something stands in for', async () => {
  const before = write('before.sql', 'create table places (id int primary key);');
  const now = write(
    'now.sql',
    `create extension if not exists postgis with schema extensions; create extension if not exists hstore with schema extensions;
     create table places (id int primary key, at extensions.geography(point), more extensions.hstore);`,
  );
  const { sql, checked } = await diffSchemas(before, now);
  assert.equal(checked, true);
  assert.match(
    sql,
    /^create extension if not exists hstore with schema extensions;\n\ncreate extension if not exists postgis with/,
  );
  assert.match(sql, /add column at extensions\.geography/);
});

test('patterns: from nothing to all of them, to a variant, to fewer, to nothing again; each step leads where it should', async () => {
  const ways = ['pattern:complete?dimension=768&index=hnsw', 'pattern:complete?tenancy=off', 'pattern:chat'];
  const { session } = await openSubject('pattern:foundation');
  try {
    const first = await readSide(session);
    let from = first;
    const seen: string[] = [];
    for (const way of [...ways, null]) {
      const subject = way === null ? null : await openSubject(way);
      const to = subject === null ? first : await readSide(subject.session);
      await subject?.session.close();
      const { sql } = diffSides(from, to);
      assert.deepEqual(await proveDifference(session, sql, to), [], way ?? 'back');
      seen.push(sql);
      from = await readSide(session);
    }
    assert.match(seen[0] ?? '', /create table public\.messages \([\s\S]*using hnsw/);
    assert.match(seen[1] ?? '', /-- destructive: the rows of public\.organizations\ndrop table public\.organizations;/);
    assert.match(seen[3] ?? '', /drop table public\.messages;/);
  } finally {
    await session.close();
  }
});

test('a server of another release: the patterns are what the scratch engine makes of them, and a migration leads there', async () => {
  const client = new Client({ connectionString: database.url });
  await client.connect();
  await applyRivalled(
    (text) => client.query(text),
    [...platformFiles(), ...patternSql(readPatternChoice('chat?vectors=off'))],
  );
  await client.end();
  const equal = await diffSchemas(database.url, 'pattern:chat?vectors=off');
  assert.equal(equal.sql, '');
  const next = await openSubject('pattern:chat,prompts?vectors=off');
  const session: Session = await openAddress(database.url);
  try {
    const to: Side = await readSide(next.session);
    const { sql, changes } = diffSides(await readSide(session), to);
    assert.ok(changes.length > 50);
    assert.deepEqual(await proveDifference(session, sql, to), []);
  } finally {
    await next.session.close();
    await session.close();
  }
});
