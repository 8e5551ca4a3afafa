// Work between two transactions has every right; afterwards the session has none again, whatever the work did.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { preparedDump } from '../../server/testing/database.ts';
import { type OpenResult, openInstalled } from '../open.ts';

let opened: OpenResult;
before(async () => {
  opened = await openInstalled({ kind: 'pglite', dataDir: null, from: await preparedDump() }, { version: 'test' });
});
after(() => opened.db.close());

test('an administrator for the while, and the app behind it', async () => {
  const { db, pause } = opened;
  assert.ok(pause !== null);
  const who = async (): Promise<unknown> => (await db.runText('jobs', 'select session_user as who', []))[0]?.['who'];
  assert.equal(await who(), 'authenticator');
  assert.deepEqual(await pause((admin) => admin.rows('select session_user')), [['postgres']]);
  assert.equal(await who(), 'authenticator');
  await assert.rejects(pause(async (admin) => await admin.exec('begin; create table half_done (); select 1 / 0')));
  assert.equal(await who(), 'authenticator');
  const [left] = await pause((admin) => admin.rows(`select to_regclass('half_done')`));
  assert.deepEqual(left, [null]);
  await assert.rejects(db.runText('jobs', 'select rolpassword from pg_authid', []));
});
