// Opening an installed database: the server's own login is enough when nothing is to be changed, and is told what it
// lacks when something is.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openNativeDatabase } from '../server/testing/database.ts';
import { emptyNative } from '../server/testing/native.ts';
import { openInstalled } from './open.ts';

test('without an administrator’s address an up-to-date database opens, and an empty one says what is needed', async () => {
  const native = await openNativeDatabase();
  const empty = await emptyNative(18);
  try {
    const { db, fresh } = await openInstalled(
      { kind: 'postgres', url: native.url, supabase: false },
      { version: 'test' },
    );
    assert.equal(fresh, false);
    await db.close();
    const url = empty.url.replace('//postgres@', '//authenticator@');
    await assert.rejects(
      openInstalled({ kind: 'postgres', url, supabase: false }, { version: 'test' }),
      /LOAM_ADMIN_DATABASE_URL/,
    );
    const pending = [{ version: '29990101000000', name: 'later', text: 'select 1', checksum: 'x', pattern: null }];
    await assert.rejects(
      openInstalled({ kind: 'postgres', url: native.url, supabase: false }, { version: 'test', migrations: pending }),
      /LOAM_ADMIN_DATABASE_URL/,
    );
  } finally {
    await native.close();
    await empty.drop();
  }
});
