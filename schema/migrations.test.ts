// Migrations: refused when something is wrong with them, applied once and in order, rolled back whole.
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, describe, test } from 'node:test';
import type { AdminSession } from '../core/database.ts';
import { openAdmin } from '../core/database-pg.ts';
import { openPglite } from '../core/database-pglite.ts';
import { emptyNative } from '../server/testing/native.ts';
import { markApplied, runMigrations } from './migrations.ts';
import { type Migration, MigrationError, readMigrations } from './migrations-read.ts';

const home = mkdtempSync(join(tmpdir(), 'loam-migrations-'));
after(() => rmSync(home, { recursive: true }));

let folders = 0;
function folderOf(files: Readonly<Record<string, string>>): string {
  const folder = join(home, String(folders++));
  mkdirSync(folder);
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return folder;
}
const migrationsOf = (files: Readonly<Record<string, string>>): readonly Migration[] => readMigrations(folderOf(files));
const says = (sentence: RegExp) => (error: unknown) => error instanceof MigrationError && sentence.test(error.message);

test('a name that is none is refused', () => {
  for (const name of [
    '1_early.sql',
    '20260101000000-dashes.sql',
    '20260101000000_Upper.sql',
    '20260101000000_.sql',
    'notes.sql',
  ])
    assert.throws(() => migrationsOf({ [name]: '' }), says(/is named <14 digits>_<what>\.sql/));
});

test('a time stamp that is used twice is refused', () => {
  assert.throws(
    () => migrationsOf({ '20260101000000_a.sql': '', '20260101000000_b.sql': '' }),
    says(/^20260101000000_b\.sql and 20260101000000_a\.sql have the same time stamp: /),
  );
});

test('a folder is read in order; other files are not migrations', () => {
  const found = migrationsOf({
    '20260201000000_second.sql': '-- pattern: chat\nselect 2',
    '20260101000000_first.sql': 'select 1',
    'README.md': 'how',
  });
  assert.deepEqual(
    found.map(({ version, name, pattern }) => [version, name, pattern]),
    [
      ['20260101000000', 'first', null],
      ['20260201000000', 'second', 'chat'],
    ],
  );
  assert.notEqual(found[0]?.checksum, found[1]?.checksum);
});

test('the migrations of this release can be read', () => {
  assert.ok(Array.isArray(readMigrations()));
});

type Session = AdminSession & { close(): Promise<void> };
async function openEmbedded(): Promise<Session> {
  const driver = await openPglite({ dataDir: null, from: null, sessionRole: 'postgres' });
  return { ...driver.admin, close: driver.close };
}
async function openNative(): Promise<Session> {
  const database = await emptyNative(15);
  const admin = await openAdmin(database.url);
  return {
    ...admin,
    close: async () => {
      await admin.close();
      await database.drop();
    },
  };
}

for (const [engine, open] of [
  ['PGlite', openEmbedded],
  ['native PostgreSQL 15', openNative],
] as const) {
  describe(engine, () => {
    let session: Session;
    before(async () => {
      session = await open();
    });
    after(() => session.close());
    beforeEach(() =>
      session.exec(`
        drop schema if exists loam cascade;
        drop schema if exists made cascade;
        create schema loam;
        create schema made;
        create table loam.migrations (version text primary key, name text, checksum text, applied_at timestamptz default now())`),
    );

    const patterns = new Set(['foundation', 'chat']);
    const first = {
      '20260101000000_first.sql': 'create table made.first (id int);\ninsert into made.first values (1);',
    };
    const second = {
      '20260201000000_second.sql':
        "alter table made.first add column note text;\n-- ü \"quoted\" $1 \\n\nupdate made.first set note = 'it''s';",
    };
    const run = async (...files: Readonly<Record<string, string>>[]) =>
      (await runMigrations(session, migrationsOf(Object.assign({}, ...files)), patterns)).map(({ name }) => name);
    const applied = async () =>
      (await session.rows('select name from loam.migrations order by version')).map(([name]) => name);
    const exists = async (name: string) =>
      (await session.rows(`select to_regclass('${name}') is not null`))[0]?.[0] === 't';

    test('one that was changed after it had been applied is refused, and nothing is run', async () => {
      await run(first);
      const changed = { '20260101000000_first.sql': 'create table made.other (id int);' };
      await assert.rejects(run(changed, second), says(/^20260101000000_first\.sql was changed/));
      assert.deepEqual(await applied(), ['first']);
    });

    test('a database from a newer release is refused', async () => {
      await run(first, second);
      await assert.rejects(run(first), says(/does not know \(20260201000000\)/));
    });

    test('one that fails half-way is rolled back whole, with its line; those before it stay', async () => {
      const failing = {
        '20260301000000_failing.sql':
          'create table made.half (id int);\n\nalter table made.first\n  add column id int;\nselect 1;',
      };
      const never = { '20260401000000_never.sql': 'create table made.never (id int);' };
      await assert.rejects(
        run(first, failing, never),
        says(
          /^20260301000000_failing\.sql:3:1: column "id" .*already exists\n {2}alter table made\.first\n {2}\^\n.*rolled back/,
        ),
      );
      assert.deepEqual(await applied(), ['first']);
      assert.deepEqual([await exists('made.half'), await exists('made.never')], [false, false]);
      const misspelt = {
        '20260301000000_misspelt.sql':
          'create table made.half (id int);\n-- a comment: ü\nselect nonsense\nfrom made.first;',
      };
      await assert.rejects(
        run(first, misspelt),
        says(
          /^20260301000000_misspelt\.sql:3:8: column "nonsense" does not exist\n {2}select nonsense\n {9}\^\n.*rolled back/,
        ),
      );
      assert.equal(await exists('made.half'), false);
    });

    test('each is applied once, in order', async () => {
      assert.deepEqual(await run(first), ['first']);
      assert.deepEqual(await run(first, second), ['second']);
      assert.deepEqual(await run(first, second), []);
      assert.deepEqual(await applied(), ['first', 'second']);
      assert.deepEqual(await session.rows('select id, note from made.first'), [['1', "it's"]]);
    });

    test('one of a pattern that is not installed is left out', async () => {
      const chat = { '20260102000000_chat.sql': '-- pattern: chat\ncreate table made.chat (id int);' };
      const rag = { '20260103000000_rag.sql': '-- pattern: rag\ncreate table made.rag (id int);' };
      assert.deepEqual(await run(first, chat, rag), ['first', 'chat']);
      assert.deepEqual([await exists('made.chat'), await exists('made.rag')], [true, false]);
    });

    test('a fresh database has all of them marked as applied', async () => {
      const all = migrationsOf({ ...first, ...second });
      await markApplied(session, all);
      assert.deepEqual(await runMigrations(session, all, patterns), []);
      assert.equal(await exists('made.first'), false);
    });
  });
}
