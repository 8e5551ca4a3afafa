// Types: byte for byte what Supabase's generator makes through the driver itself; interfaces that compile and a query
// through them that runs; refusals in one sentence.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { generateTypescript, sortGeneratorMetadata } from '@supabase/postgrest-typegen/generation';
import { introspect } from '@supabase/postgrest-typegen/introspection';
import { Client } from 'pg';
import { types } from '../../cli/schema/types.ts';
import { applyRivalled, type ClonedDatabase, emptyNative } from '../../server/testing/native.ts';
import { patternSql, readPatternChoice } from '../diff/pattern-choice.ts';
import { platformFiles } from '../patterns.ts';
import { ToolError } from '../session.ts';
import { generateTypes } from './generate-types.ts';

const nasty = fileURLToPath(new URL('./nasty.sql', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'loam-types-'));
let database: ClonedDatabase;
let patterns: ClonedDatabase;
const lines: string[] = [];
const say = (line: string): void => void lines.push(line);

async function onDatabase<T>(url: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

before(async () => {
  [database, patterns] = [await emptyNative(15), await emptyNative(15)];
  await onDatabase(database.url, (client) => client.query(readFileSync(nasty, 'utf8')));
  await onDatabase(patterns.url, async (client) => {
    const files = patternSql(readPatternChoice('complete?vectors=off'));
    await applyRivalled((text) => client.query(text), [...platformFiles(), ...files]);
  });
});
after(async () => {
  await database.drop();
  await patterns.drop();
  rmSync(folder, { recursive: true, force: true });
});

/** The generator through the driver, with nothing of ours between. */
const oracle = (url: string, schemas: string[]): Promise<string> =>
  onDatabase(url, async (client) =>
    generateTypescript(sortGeneratorMetadata(await introspect(client, { includedSchemas: schemas })), {
      detectOneToOneRelationships: true,
    }),
  );

const refusals: readonly (readonly [what: string, subject: () => string, schemas: string | undefined, says: RegExp])[] =
  [
    [
      'an address that does not answer',
      () => 'postgres://u:secret@127.0.0.1:1/db',
      undefined,
      /^The database at 127\.0\.0\.1:1\/db does not answer: [^\n]*$/,
    ],
    ['a file that is not there', () => join(folder, 'none.sql'), undefined, /^There is no file or folder /],
    ['a pattern that there is not', () => 'pattern:nothing', undefined, /^There is no pattern nothing\. There are: /],
    ['a parameter that there is not', () => 'pattern:chat?size=3', undefined, /size/],
    [
      'SQL that does not parse',
      () => write('create table t (\n  a int,,\n);'),
      undefined,
      /bad\.sql:2:9: syntax error[^\n]*\n {4}a int,,$/,
    ],
    [
      'SQL that does not apply',
      () => write('create table t (a int);\ncreate table s (b foo);'),
      undefined,
      /bad\.sql:2:19: type "foo" does not exist\n/,
    ],
    [
      'a schema that there is not',
      () => database.url,
      'public,nowhere',
      /^There is no schema "nowhere" in this database\. It has: Other Place, public\.$/,
    ],
    ['no schema at all', () => database.url, ' , ', /^No schema is named/],
  ];
function write(text: string): string {
  const path = join(folder, 'bad.sql');
  writeFileSync(path, text);
  return path;
}

for (const [what, subject, schemas, says] of refusals)
  test(`refused: ${what}`, async () => {
    const output = join(folder, 'out.ts');
    await assert.rejects(types(subject(), { output, ...(schemas === undefined ? {} : { schemas }) }, say), (error) => {
      assert.ok(error instanceof ToolError);
      assert.match(error.message, says);
      assert.doesNotMatch(error.message, /secret/);
      return true;
    });
    assert.equal(existsSync(output), false);
  });

test('refused: a login without rights', async () => {
  const role = `nobody_${process.pid}`;
  await onDatabase(database.url, (client) =>
    client.query(`create role ${role} login; revoke usage on schema public from public`),
  );
  try {
    const url = new URL(database.url);
    url.username = role;
    await assert.rejects(
      generateTypes(url.href),
      new RegExp(`The login "${role}" has no right to use schema "public"`),
    );
  } finally {
    await onDatabase(database.url, (client) =>
      client.query(`drop role ${role}; grant usage on schema public to public`),
    );
  }
});

test('byte for byte: a schema that makes generators stumble, from the server and from its file', async () => {
  const schemas = ['public', 'Other Place'];
  const expected = await oracle(database.url, schemas);
  assert.match(expected, /people_and_passports: \{/);
  assert.match(expected, /isOneToOne: true/);
  assert.equal(await generateTypes(database.url, { schemas }), expected);
  // The platform's own objects are elsewhere, so a scratch engine says the same.
  assert.equal(await generateTypes(nasty, { schemas }), expected);
});

test('byte for byte: every pattern', async () => {
  const expected = await oracle(patterns.url, ['public']);
  assert.ok(expected.split('\n').length > 2000);
  assert.equal(await generateTypes(patterns.url), expected);
  assert.equal(await generateTypes('complete?vectors=off'), expected);
});

test('options of the hosted command, a file, and its check', async () => {
  const output = join(folder, 'types.ts');
  assert.equal(await types(database.url, { output }, say), 0);
  assert.match(readFileSync(output, 'utf8'), /isOneToOne/);
  assert.equal(await types(database.url, { check: output }, say), 0);
  writeFileSync(output, `${readFileSync(output, 'utf8')}\n`);
  assert.equal(await types(database.url, { check: output }, say), 1);
  assert.match(lines.at(-1) ?? '', /types\.ts is not what the schema says\. Write it with: loam schema types/);
  assert.equal(await types(database.url, { check: join(folder, 'none.ts') }, say), 1);
  await assert.rejects(types(database.url, { check: output, output }, say), /give one of them/);
  const old = await generateTypes(database.url, { postgrestV9: true, postgrestVersion: '13' });
  assert.doesNotMatch(old, /columns: [^\n]*\n +isOneToOne/);
  assert.match(old, /__InternalSupabase: \{\n {4}PostgrestVersion: "13"/);
});

test('Kysely: compiles under strict TypeScript, holds mistakes back, and its query runs', async () => {
  const place = fileURLToPath(new URL(`../../node_modules/.cache/loam/kysely-${process.pid}/`, import.meta.url));
  mkdirSync(place, { recursive: true });
  try {
    writeFileSync(
      join(place, 'db.ts'),
      await generateTypes(database.url, { kysely: true, schemas: ['public', 'Other Place'] }),
    );
    writeFileSync(
      join(place, 'complete.ts'),
      await generateTypes('complete', { kysely: true, schemas: ['public', 'loam'] }),
    );
    writeFileSync(join(place, 'package.json'), '{ "type": "module" }');
    writeFileSync(join(place, 'query.ts'), query);
    const settings = [
      '--noEmit',
      '--ignoreConfig',
      '--strict',
      '--exactOptionalPropertyTypes',
      '--noUncheckedIndexedAccess',
      '--skipLibCheck',
    ];
    const style = ['--module', 'nodenext', '--target', 'es2024', '--allowImportingTsExtensions', '--types', 'node'];
    const files = ['db.ts', 'complete.ts', 'query.ts'].map((name) => join(place, name));
    const tsc = fileURLToPath(new URL('../../node_modules/typescript/bin/tsc', import.meta.url));
    const compiled = spawnSync(process.execPath, [tsc, ...settings, ...style, ...files], { encoding: 'utf8' });
    assert.equal(compiled.stdout, '');
    assert.equal(compiled.status, 0);
    // Node strips no types below node_modules.
    writeFileSync(join(place, 'query.js'), stripTypeScriptTypes(query));
    const ran = spawnSync(process.execPath, [join(place, 'query.js')], {
      encoding: 'utf8',
      env: { ...process.env, TEST_URL: database.url },
    });
    assert.equal(ran.stderr, '');
    assert.deepEqual(JSON.parse(ran.stdout), { name: 'Ada', big: '5', isDate: true, pets: 1 });
  } finally {
    rmSync(place, { recursive: true, force: true });
  }
});

const query = `
import { Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';
import type { DB } from './db.ts';
import type { DB as Complete, Vector } from './complete.ts';

const db = new Kysely<DB>({ dialect: new PostgresDialect({ pool: new pg.Pool({ connectionString: process.env['TEST_URL'] }) }) });
const person = await db
  .insertInto('people')
  .values({ name: 'Ada', must: 1, big: 5n, feeling: 'so so', kind: 'x', data: JSON.stringify({ a: 1 }) })
  .returning(['id', 'name', 'big', 'feeling'])
  .executeTakeFirstOrThrow();
const id: string = person.id;
const feeling: 'so so' | "it's ok" | 'a"b' | '' = person.feeling;
await db.insertInto('Other Place.pets').values({ owner_id: id, kind: 'y' }).execute();
const stamp = await db
  .insertInto('Ünï code')
  .values({ select: 1, 'with space': 'x' })
  .returning('camelCase')
  .executeTakeFirstOrThrow();
const moment: Date = stamp.camelCase;
const { pets } = await db
  .selectFrom('people')
  .innerJoin('Other Place.pets as pets', 'pets.owner_id', 'people.id')
  .select(({ fn }) => fn.countAll<string>().as('pets'))
  .where('people.id', '=', id)
  .executeTakeFirstOrThrow();
const fromView = await db.selectFrom('people_and_passports').select(['number', 'name']).execute();
const maybe: string | null | undefined = fromView[0]?.number;

// Never run: each line must be refused.
export const refused = (): unknown[] => [
  // @ts-expect-error an identity that is always generated
  db.insertInto('people').values({ id: '1', name: 'x', must: 1 }),
  // @ts-expect-error a column that must have a value
  db.insertInto('people').values({ must: 1 }),
  // @ts-expect-error not one of the values
  db.insertInto('people').values({ name: 'x', must: 1, feeling: 'glad' }),
  // @ts-expect-error a generated column
  db.updateTable('people').set({ both_names: 'x' }),
  // @ts-expect-error no such column
  db.selectFrom('people').select('nothing'),
];
export const ofComplete = (other: Kysely<Complete>): unknown => other.selectFrom('messages').select(['role', 'created_at']);
// @ts-expect-error a vector of another length
export const shorter = (long: Vector<1536>): Vector<768> => long;

process.stdout.write(JSON.stringify({ name: person.name, big: person.big, isDate: moment instanceof Date, pets: Number(pets) }));
void feeling;
void maybe;
await db.destroy();
`;
