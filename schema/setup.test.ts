// Setting up and resetting on real engines: what is somebody else's stays, what is ours goes and comes back.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { AdminSession } from '../core/database.ts';
import { openAdmin } from '../core/database-pg.ts';
import { type ClonedDatabase, emptyNative, nativeTemplate } from '../server/testing/native.ts';
import { install } from './install.ts';
import { chooseParameters } from './parameters.ts';
import { ToolError } from './session.ts';
import { findTarget, resetDatabase, setUp } from './setup.ts';

const version = 'test';
let database: ClonedDatabase;
let session: AdminSession & { close(): Promise<void> };
before(async () => {
  database = await nativeTemplate(15);
  session = await openAdmin(database.adminUrl);
});
after(async () => {
  await session.close();
  await database.drop();
});
const says = (sentence: RegExp) => (error: unknown) => error instanceof ToolError && sentence.test(error.message);
const count = async (what: string): Promise<number> =>
  Number((await session.rows(`select count(*) from ${what}`))[0]?.[0]);

test('a login that may not is told so, and nothing is there', async () => {
  const empty = await emptyNative(15);
  const admin = await openAdmin(empty.url);
  try {
    await admin.exec('create role loam_test_guest login');
    const guest = await openAdmin(empty.url.replace('postgres@', 'loam_test_guest@'));
    await assert.rejects(
      setUp(guest, { version }),
      says(/sql\/platform\/.*permission denied.*The login has no right to this/s),
    );
    await guest.close();
    assert.deepEqual(await admin.rows(`select count(*) from pg_namespace where nspname in ('loam', 'auth')`), [['0']]);
  } finally {
    await admin.exec('drop role loam_test_guest');
    await admin.close();
    await empty.drop();
  }
});

test('a database with somebody else’s tables is not reset', async () => {
  for (const [make, undo] of [
    ['create table public.theirs (id int)', 'drop table public.theirs'],
    ['create view public.theirs as select 1 as one', 'drop view public.theirs'],
    [
      'create schema theirs; create table theirs.notes (user_id uuid references public.user_profiles (id))',
      'drop schema theirs cascade',
    ],
  ] as const) {
    await session.exec(make);
    await assert.rejects(
      resetDatabase(session, { version, target: 'postgres' }),
      says(/not Loam's \((theirs|theirs\.notes)\), so nothing is dropped/),
    );
    assert.equal(await count('loam.installation'), 1);
    await session.exec(undo);
  }
});

test('everything goes and is set up again, with other parameters if wanted', async () => {
  assert.equal(await findTarget(session, 'postgres'), 'postgres');
  await session.exec(`
    insert into auth.users (email) values ('ada@example.com');
    create schema theirs;
    create table theirs.kept (id int)`);
  const before = await count(`pg_class where relnamespace = 'public'::regnamespace`);
  const parameters = chooseParameters({ tenancy: false, dimension: 384 });
  const { fresh, installed } = await resetDatabase(session, { version, target: 'postgres', parameters });
  assert.deepEqual(
    [fresh, installed.patterns.has('multi-tenant'), installed.patterns.has('chat')],
    [true, false, true],
  );
  assert.deepEqual([await count('auth.users'), await count('theirs.kept')], [0, 0]);
  assert.deepEqual(
    await session.rows(`select parameters ->> 'dimension', parameters ->> 'tenancy' from loam.installation`),
    [['384', 'false']],
  );
  // A migration of a later release is written for the parameters that are installed.
  const migration = {
    version: '20990101000000',
    name: 'made',
    text: 'create table public.made as select /*=dimension*/ 1536 as dimension',
    checksum: 'x',
    pattern: null,
  };
  await install(session, { target: 'postgres', version, migrations: [migration] });
  assert.deepEqual(await session.rows('select dimension from made'), [['384']]);
  await session.exec('drop table made');
  // Supabase's own stays; what is made there by us can be made again.
  const again = await resetDatabase(session, { version, target: 'supabase' });
  assert.equal(again.fresh, true);
  assert.equal(await count(`pg_class where relnamespace = 'public'::regnamespace`), before);
  assert.equal((await setUp(session, { version })).fresh, false);
});
