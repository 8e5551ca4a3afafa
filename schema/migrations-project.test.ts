// A project's migrations on real servers: what is wrong with them or with the server is said in a clear sentence and leaves
// nothing; then applied once, by however many processes, in step with the table of Supabase's command line.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, describe, test } from 'node:test';
import { type ClonedDatabase, emptyNative } from '../server/testing/native.ts';
import { startTransactionPooler } from '../server/testing/transaction-pooler.ts';
import { applyFile } from './apply.ts';
import {
  baselineProject,
  type MigrateOptions,
  migrateProject,
  readProjectStatus,
  repairProject,
} from './migrations-project.ts';
import { fileOf, MigrationError } from './migrations-read.ts';
import { migrationPath, newMigration } from './new.ts';
import { openAddress } from './open-session.ts';
import { type Session, ToolError } from './session.ts';

const home = mkdtempSync(join(tmpdir(), 'loam-project-'));
let database: ClonedDatabase;
let session: Session;
before(async () => {
  database = await emptyNative(18);
  session = await openAddress(database.url);
});
after(async () => {
  await session.close();
  await database.drop();
  rmSync(home, { recursive: true });
});
beforeEach(() =>
  session.exec(`
    drop schema if exists made, supabase_migrations, loam_schema cascade;
    create schema made`),
);

type Files = Readonly<Record<string, string>>;
let folders = 0;
function folderOf(...files: readonly Files[]): string {
  const folder = join(home, String(folders++));
  mkdirSync(folder);
  for (const [name, text] of Object.entries(Object.assign({}, ...files)))
    writeFileSync(join(folder, name), String(text));
  return folder;
}
const says = (sentence: RegExp) => (error: unknown) =>
  (error instanceof MigrationError || error instanceof ToolError) && sentence.test(error.message);
const run = async (folder: string, options: Partial<MigrateOptions> = {}): Promise<readonly string[]> =>
  (await migrateProject(session, { folder, shadow: false, ...options })).migrations.map(fileOf);
const exists = async (name: string): Promise<boolean> =>
  (await session.rows('select to_regclass($1) is not null', [name]))[0]?.[0] === 't';
const versions = async (): Promise<readonly unknown[]> =>
  (await exists('supabase_migrations.schema_migrations'))
    ? (await session.rows('select version from supabase_migrations.schema_migrations order by 1')).flat()
    : [];

const first = { '20260101000000_first.sql': 'create table made.first (id int);\ninsert into made.first values (1);\n' };
const second = { '20260201000000_second.sql': 'alter table made.first add column note text;\n' };

describe('files that are refused before anything is run', () => {
  test('one that does not parse, with file, line, column and the line itself', async () => {
    const wrong = { '20260301000000_wrong.sql': "select 'ä';\n\ncreate tabel made.x (id int);\n" };
    await assert.rejects(
      run(folderOf(first, wrong)),
      says(
        /^20260301000000_wrong\.sql:3:8: syntax error at or near "tabel"\n {2}create tabel made\.x \(id int\);\n {9}\^$/,
      ),
    );
    assert.deepEqual(await versions(), []);
  });

  test('one that begins or ends a transaction; a body that says begin does not', async () => {
    for (const text of ['begin;\nselect 1;\ncommit;', 'select 1;\nCOMMIT ;', 'rollback work;', 'start transaction;'])
      await assert.rejects(
        run(folderOf({ '20260301000000_own.sql': text })),
        says(/own\.sql:\d:1: .*one transaction.*-- no transaction/s),
      );
    const body =
      'create function made.f() returns void language plpgsql as $$\nbegin\n  perform 1;\nend;\n$$;\n-- commit;';
    assert.deepEqual(await run(folderOf({ '20260301000000_body.sql': body })), ['20260301000000_body.sql']);
  });

  test('two of one time stamp, a name that is none, a folder that is not there', async () => {
    await assert.rejects(
      run(folderOf(first, { '20260101000000_other.sql': '' })),
      says(/first\.sql and .*other\.sql have the same|other\.sql and .*first\.sql have the same/),
    );
    await assert.rejects(run(folderOf({ 'notes.sql': '' })), says(/^notes\.sql: .*<14 digits>/));
    await assert.rejects(run(join(home, 'nowhere')), says(/There is no folder/));
  });

  test('one that was edited after it had been applied, one that is gone, one that is late', async () => {
    await run(folderOf(first, second));
    const edited = folderOf({ '20260101000000_first.sql': 'create table made.other (id int);' }, second);
    await assert.rejects(run(edited), says(/Changed after being applied: 20260101000000_first\.sql\..*--accept/));
    await assert.rejects(run(folderOf(first)), says(/the folder has not: 20260201000000_second\.sql\..*--reverted/));
    const late = folderOf(first, second, { '20260115000000_late.sql': 'create table made.late (id int);' });
    await assert.rejects(run(late), says(/Older than what is applied: 20260115000000_late\.sql\..*--include-all/));
    assert.deepEqual([await exists('made.other'), await exists('made.late')], [false, false]);
    assert.deepEqual(await run(late, { includeAll: true }), ['20260115000000_late.sql']);
  });
});

describe('what fails leaves nothing', () => {
  const half = {
    '20260301000000_half.sql':
      'create table made.half (id int);\n-- ü\n  insert into made.half\n  values (1 / 0);\nselect 1;\n',
  };

  test('half-way: rolled back, said where; those before it stay', async () => {
    await assert.rejects(
      run(folderOf(first, half)),
      says(
        /^20260301000000_half\.sql:3:3: division by zero\n {4}insert into made\.half\n {4}\^\n.*rolled back: nothing of it/,
      ),
    );
    assert.deepEqual(await versions(), ['20260101000000']);
    assert.equal(await exists('made.half'), false);
  });

  test('on a scratch engine first: the database is not touched at all', async () => {
    await assert.rejects(
      run(folderOf({ '20260101000000_schema.sql': 'create schema made;' }, half), { shadow: true }),
      says(/^On an empty scratch engine: 20260301000000_half\.sql:3:3: division by zero.*--no-shadow/s),
    );
    assert.deepEqual(await versions(), []);
  });

  test('a file that asked for no transaction says how far it came', async () => {
    const alone = {
      '20260301000000_alone.sql':
        '-- no transaction\ncreate index concurrently i on made.first (id);\nselect nonsense;\n',
    };
    await assert.rejects(
      run(folderOf(first, alone)),
      says(/alone\.sql:3:8: column "nonsense" does not exist.*the first 1 of its 2 statements are in effect/s),
    );
    assert.deepEqual([await versions(), await exists('made.i')], [['20260101000000'], true]);
    await assert.rejects(
      run(folderOf(first, { '20260301000000_in.sql': 'create index concurrently j on made.first (id);' })),
      says(/cannot run inside a transaction block.*-- no transaction/),
    );
  });

  test('without pgvector: what is missing, and what to do', async () => {
    for (const text of [
      'create extension vector;',
      'create table made.v (e vector(3));',
      'create table made.v (e extensions.vector(3));',
    ])
      await assert.rejects(
        run(folderOf({ '20260101000000_vector.sql': `create schema if not exists extensions;\n${text}` })),
        says(/vector\.sql:2:\d+: .*no pgvector: install it on the server, or leave these parts out with --no-vectors/),
      );
    assert.deepEqual(await versions(), []);
  });

  test('a login without rights, and a server that is read-only', async () => {
    await session.exec(`
      drop role if exists loam_test_visitor;
      create role loam_test_visitor login`);
    const visitor = await openAddress(database.url.replace('postgres@', 'loam_test_visitor@'));
    try {
      await assert.rejects(
        migrateProject(visitor, { folder: folderOf(first), shadow: false }),
        says(/permission denied.*The login has no right to this/),
      );
      await session.exec('set default_transaction_read_only = on');
      await assert.rejects(
        run(folderOf(first)),
        says(/read-only transaction.*use the address of one that takes writes/),
      );
    } finally {
      await session.exec('set default_transaction_read_only = off');
      await visitor.close();
      await session.exec('drop role loam_test_visitor');
    }
    assert.deepEqual(
      [await exists('supabase_migrations.schema_migrations'), await exists('made.first')],
      [false, false],
    );
  });

  test('an address where nobody answers, and one of a pooler of transactions', async () => {
    await assert.rejects(openAddress('postgres://ada:hunter2@127.0.0.1:1/none'), (error: Error) => {
      assert.match(error.message, /^The database at 127\.0\.0\.1:1\/none does not answer: .*ECONNREFUSED/);
      return error instanceof ToolError && !error.message.includes('hunter2');
    });
    const pooler = await startTransactionPooler(database.url);
    await assert.rejects(openAddress(pooler.url), says(/port 5432 instead of 6543/));
    pooler.stop();
    // One that hands each statement to another session: seen before the lock is taken, so that none is left behind.
    const other = await openAddress(database.url);
    let turn = 0;
    const pooled = { exec: session.exec, rows: (text: string) => (turn++ % 2 === 0 ? session : other).rows(text) };
    try {
      await assert.rejects(
        migrateProject(pooled, { folder: folderOf(first), shadow: false }),
        says(/a pooler that hands out another session/),
      );
      const left = await session.rows(`
        select from pg_locks
        where locktype = 'advisory' and database = (select oid from pg_database where datname = current_database())`);
      assert.deepEqual(left, []);
    } finally {
      await other.close();
    }
    assert.deepEqual(await versions(), []);
  });
});

describe('applying', () => {
  test('each once, in order, with the table of Supabase’s command line in step', async () => {
    const folder = folderOf(first);
    assert.deepEqual(await run(folder, { dryRun: true, shadow: false }), ['20260101000000_first.sql']);
    assert.deepEqual([await versions(), await exists('made.first')], [[], false]);
    assert.deepEqual(await run(folder), ['20260101000000_first.sql']);
    assert.deepEqual(await run(folderOf(first, second)), ['20260201000000_second.sql']);
    assert.deepEqual(await run(folderOf(first, second)), []);
    assert.deepEqual(
      await session.rows('select version, name, statements from supabase_migrations.schema_migrations order by 1'),
      [
        ['20260101000000', 'first', '{"create table made.first (id int)","insert into made.first values (1)"}'],
        ['20260201000000', 'second', '{"alter table made.first add column note text"}'],
      ],
    );
  });

  test('where Supabase’s command line applied some, those count, and say that they are not checked', async () => {
    await session.exec(`
      create schema supabase_migrations;
      create table supabase_migrations.schema_migrations (version text not null primary key);
      insert into supabase_migrations.schema_migrations values ('20260101000000');
      create table made.first (id int)`);
    const folder = folderOf(first, second);
    assert.deepEqual((await readProjectStatus(session, folder)).unchecked.map(fileOf), ['20260101000000_first.sql']);
    const { migrations, notes } = await migrateProject(session, { folder, shadow: false });
    assert.deepEqual(migrations.map(fileOf), ['20260201000000_second.sql']);
    assert.match(notes.join(), /Applied by another tool.*first\.sql/);
    // Undone there: pending here.
    await session.exec(`delete from supabase_migrations.schema_migrations where version = '20260201000000'`);
    assert.deepEqual((await readProjectStatus(session, folder)).pending.map(fileOf), ['20260201000000_second.sql']);
  });

  test('four processes started at once migrate once', async () => {
    const many = Object.fromEntries(
      [1, 2, 3].map((index) => [
        `2026010${index}000000_m.sql`,
        `create table made.t${index} (id int); select pg_sleep(0.01);`,
      ]),
    );
    const folder = folderOf(many);
    const child = `
      import { openAddress } from ${JSON.stringify(new URL('./open-session.ts', import.meta.url).href)};
      import { migrateProject } from ${JSON.stringify(new URL('./migrations-project.ts', import.meta.url).href)};
      const session = await openAddress(process.argv[1]);
      const { migrations } = await migrateProject(session, { folder: process.argv[2], shadow: false });
      await session.close();
      console.log(migrations.length);`;
    const outcomes = await Promise.all(
      [0, 1, 2, 3].map(async () => {
        const started = spawn(process.execPath, ['--input-type=module', '-e', child, database.url, folder], {
          stdio: ['ignore', 'pipe', 'inherit'],
        });
        let said = '';
        started.stdout.setEncoding('utf8').on('data', (part: string) => {
          said += part;
        });
        assert.deepEqual(await once(started, 'close'), [0, null]);
        return Number(said);
      }),
    );
    assert.deepEqual(outcomes.toSorted(), [0, 0, 0, 3]);
    assert.equal((await versions()).length, 3);
  });

  test('what a file sets does not reach the next one', async () => {
    await run(
      folderOf({
        '20260101000000_a.sql': `create table made.a (id int); select set_config('search_path', '', false); set role pg_monitor;`,
        '20260102000000_b.sql': 'create table unqualified (id int); alter table unqualified set schema made;',
      }),
    );
    assert.equal(await exists('made.unqualified'), true);
  });
});

describe('the history, corrected', () => {
  test('what is not there is refused, and nothing is changed', async () => {
    const folder = folderOf(first, second);
    await run(folder);
    await assert.rejects(
      repairProject(session, folder, { reverted: ['20260201000000', '3'] }),
      says(/does not have migration 3/),
    );
    await assert.rejects(repairProject(session, folder, { applied: ['4'] }), says(/no migration 4 in/));
    assert.equal((await versions()).length, 2);
    await assert.rejects(baselineProject(session, folder), says(/has a history already/));
  });

  test('undone is pending again, applied is not run, an edited file is accepted', async () => {
    const folder = folderOf(first, second);
    await run(folder);
    await repairProject(session, folder, { reverted: ['20260201000000'] });
    assert.deepEqual((await readProjectStatus(session, folder)).pending.map(fileOf), ['20260201000000_second.sql']);
    await repairProject(session, folder, { applied: ['20260201000000'] });
    assert.deepEqual(await run(folder), []);
    writeFileSync(join(folder, '20260101000000_first.sql'), '-- a comment more\ncreate table made.first (id int);');
    await repairProject(session, folder, { accept: ['20260101000000'] });
    assert.deepEqual(await run(folder), []);
  });

  test('a database that was made otherwise has what a baseline says', async () => {
    const folder = folderOf(first, second);
    await session.exec('create table made.first (id int)');
    await assert.rejects(baselineProject(session, folder, '20250101000000'), says(/no migration 20250101000000/));
    assert.deepEqual((await baselineProject(session, folder, '20260101000000')).map(fileOf), [
      '20260101000000_first.sql',
    ]);
    assert.deepEqual(await run(folder), ['20260201000000_second.sql']);
  });
});

describe('new files', () => {
  test('a time stamp comes after the newest; a name is made of words', () => {
    const folder = folderOf({ '20991231235959_last.sql': '' });
    assert.equal(migrationPath(folder, 'Add Things: now!'), join(folder, '21000101000000_add_things_now.sql'));
    assert.equal(
      migrationPath(join(home, 'nowhere'), 'x', new Date('2026-01-02T03:04:05Z')),
      join(home, 'nowhere', '20260102030405_x.sql'),
    );
    assert.throws(() => migrationPath(folder, '!?'), says(/no name for a migration/));
    const path = newMigration('ask', { folder: join(home, 'fresh') });
    assert.ok(existsSync(path));
  });

  test('a file that fails or is refused leaves the folder as it was; one that is right becomes a migration', async () => {
    const folder = folderOf(first);
    const file = join(home, 'file.sql');
    const apply = async (text: string, options = {}): Promise<string> => {
      writeFileSync(file, text);
      return (await applyFile(session, file, 'my file', { folder, validate: false, shadow: false, ...options })).path;
    };
    await assert.rejects(apply('select 1'), says(/Other migrations are pending \(20260101000000_first\.sql\)/));
    await run(folder);
    await assert.rejects(apply('create tabel x'), says(/file\.sql:1:8: syntax error/));
    await assert.rejects(
      apply('create table made.n (id int);\nselect nonsense;'),
      says(/_my_file\.sql:2:8: .*rolled back/s),
    );
    assert.deepEqual([readdirSync(folder), await exists('made.n')], [['20260101000000_first.sql'], false]);
    assert.match(await apply('create table made.n (id int);'), /_my_file\.sql$/);
    assert.deepEqual([readdirSync(folder).length, await exists('made.n')], [2, true]);
  });
});
