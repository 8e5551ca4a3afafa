// Installing: on every engine, with and without vectors, twice, by many at once, and on a database that is Supabase's.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { after, describe, test } from 'node:test';
import type { AdminSession } from '../core/database.ts';
import { openAdmin } from '../core/database-pg.ts';
import { openPglite } from '../core/database-pglite.ts';
import { preparedDump } from '../server/testing/database.ts';
import { applyRivalled, type ClonedDatabase, emptyNative, type NativeVersion } from '../server/testing/native.ts';
import { install, readState } from './install.ts';
import type { Migration } from './migrations-read.ts';
import { chooseParameters } from './parameters.ts';
import { listPatterns, platformFiles } from './patterns.ts';

const version = 'test';
const databases: ClonedDatabase[] = [];
after(async () => {
  for (const database of databases) await database.drop();
});
async function makeEmpty(major: NativeVersion): Promise<ClonedDatabase> {
  const database = await emptyNative(major);
  databases.push(database);
  return database;
}
async function withAdmin<T>(url: string, work: (session: AdminSession) => Promise<T>): Promise<T> {
  const session = await openAdmin(url);
  try {
    return await work(session);
  } finally {
    await session.close();
  }
}
const countTables = async (session: AdminSession, where = 'true'): Promise<number> =>
  Number(
    (await session.rows(`select count(*) from pg_tables where schemaname in ('public', 'loam') and ${where}`))[0]?.[0],
  );
const names = listPatterns().map(({ name }) => name);

test('every pattern stands after those that it needs', () => {
  for (const [index, { name, needs }] of listPatterns().entries())
    for (const need of needs)
      assert.ok(names.indexOf(need) >= 0 && names.indexOf(need) < index, `${name} needs ${need}`);
});

for (const major of [15, 18] as const) {
  describe(`native PostgreSQL ${major}`, () => {
    test('a fresh database gets everything, without vectors where there are none; the second time nothing happens', async () => {
      const { url } = await makeEmpty(major);
      await withAdmin(url, async (session) => {
        const first = await install(session, { target: 'postgres', version });
        assert.equal(first.fresh, true);
        assert.deepEqual([...first.installed.patterns], names);
        assert.equal(first.installed.vectors, false);
        const tables = await countTables(session);
        assert.ok(tables > 20);
        assert.equal(await countTables(session, `tablename like '%embeddings'`), 0);
        const second = await install(session, { target: 'postgres', version: 'other' });
        assert.deepEqual([second.fresh, second.migrated], [false, []]);
        assert.deepEqual(second.installed, first.installed);
        assert.equal(await countTables(session), tables);
        assert.deepEqual(await session.rows('select version from loam.installation'), [[version]]);
      });
    });

    test('what fails leaves nothing behind, and says where', async () => {
      const { url } = await makeEmpty(major);
      await withAdmin(url, async (session) => {
        await session.exec('create table public.conversations (id int)');
        await assert.rejects(
          install(session, { target: 'postgres', version }),
          /sql\/patterns\/chat\/tables\.sql.*"conversations" already exists/,
        );
        assert.equal(await countTables(session), 1);
        assert.equal(await readState(session), null);
        await session.exec('drop table public.conversations');
        assert.equal((await install(session, { target: 'postgres', version })).fresh, true);
      });
    });
  });
}

const child = `
  const [, url, count] = process.argv;
  import { openAdmin } from ${JSON.stringify(new URL('../core/database-pg.ts', import.meta.url).href)};
  import { install } from ${JSON.stringify(new URL('./install.ts', import.meta.url).href)};
  const migrations = Array.from({ length: Number(count) }, (_, index) => ({
    version: String(20990101000000 + index), name: 'made', text: 'create table public.made_' + index + ' (id int)', checksum: 'x', pattern: null,
  }));
  const session = await openAdmin(url);
  const { fresh, migrated } = await install(session, { target: 'postgres', version: 'test', migrations });
  await session.close();
  console.log(JSON.stringify({ fresh, migrated: migrated.length }));
`;
async function installInProcess(url: string, migrations: number): Promise<{ fresh: boolean; migrated: number }> {
  const process_ = spawn(process.execPath, ['--input-type=module', '-e', child, url, String(migrations)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  process_.stdout.setEncoding('utf8').on('data', (part: string) => {
    text += part;
  });
  const [code] = await once(process_, 'close');
  assert.equal(code, 0);
  return JSON.parse(text) as { fresh: boolean; migrated: number }; // checked: what the child prints
}

describe('many processes at once', () => {
  test('one of them installs, then one of them migrates', async () => {
    const { url } = await makeEmpty(18);
    const installed = await Promise.all([0, 1, 2, 3].map(() => installInProcess(url, 0)));
    assert.deepEqual(installed.map(({ fresh }) => fresh).toSorted(), [false, false, false, true]);
    const migrated = await Promise.all([0, 1, 2, 3].map(() => installInProcess(url, 3)));
    assert.deepEqual(migrated.map((each) => each.migrated).toSorted(), [0, 0, 0, 3]);
  });

  test('two databases of one server, which share their roles, can be installed at once', async () => {
    const empty = [await makeEmpty(18), await makeEmpty(18), await makeEmpty(18)];
    const results = await Promise.all(
      empty.map(({ url }) => withAdmin(url, (session) => install(session, { target: 'postgres', version }))),
    );
    assert.deepEqual(
      results.map(({ fresh }) => fresh),
      [true, true, true],
    );
  });
});

describe('PGlite', () => {
  async function withEngine<T>(from: Uint8Array | null, work: (session: AdminSession) => Promise<T>): Promise<T> {
    const driver = await openPglite({ dataDir: null, from, sessionRole: 'authenticator' });
    try {
      return await work(driver.admin);
    } finally {
      await driver.close();
    }
  }

  test('everything, vectors included; the second time nothing happens', async () => {
    await withEngine(await preparedDump(), async (session) => {
      const state = await readState(session);
      assert.deepEqual([[...(state?.patterns ?? [])], state?.vectors], [names, true]);
      assert.ok((await countTables(session, `tablename like '%embeddings'`)) > 0);
      const { fresh, migrated } = await install(session, { target: 'pglite', version });
      assert.deepEqual([fresh, migrated], [false, []]);
    });
  });

  test('without vectors, where they are not wanted', async () => {
    await withEngine(null, async (session) => {
      const { fresh, installed } = await install(session, {
        target: 'pglite',
        version,
        parameters: chooseParameters({ vectors: false }),
      });
      assert.deepEqual([fresh, installed.vectors], [true, false]);
      assert.equal(await countTables(session, `tablename like '%embeddings'`), 0);
      assert.deepEqual((await readState(session))?.vectors, false);
    });
  });

  test('a release with a new migration applies it, and notes its version', async () => {
    const made: Migration = {
      version: '20990101000000',
      name: 'made',
      text: 'create table public.made (id int)',
      checksum: 'x',
      pattern: null,
    };
    await withEngine(await preparedDump(), async (session) => {
      const { migrated } = await install(session, { target: 'pglite', version: 'next', migrations: [made] });
      assert.deepEqual(
        migrated.map(({ name }) => name),
        ['made'],
      );
      assert.deepEqual(await session.rows('select version from loam.installation'), [['next']]);
    });
  });
});

test('on Supabase nothing of the platform is touched', async () => {
  const { url } = await makeEmpty(15);
  await withAdmin(url, async (session) => {
    await applyRivalled(session.exec, platformFiles());
    const before = await session.rows(
      `select oid, relname from pg_class where relnamespace in ('auth'::regnamespace, 'storage'::regnamespace) order by oid`,
    );
    const { fresh } = await install(session, { target: 'supabase', version });
    assert.equal(fresh, true);
    const afterwards = await session.rows(
      `select oid, relname from pg_class where relnamespace in ('auth'::regnamespace, 'storage'::regnamespace) order by oid`,
    );
    assert.deepEqual(afterwards.slice(0, before.length), before);
  });
});
