// Upkeep of tokens: those in use and those just exchanged stay, also another person's.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { newId } from '../../core/ids.ts';
import { statement } from '../../core/statement.ts';
import { openTestDatabase, type TestDatabase } from '../testing/database.ts';
import { createUser } from '../testing/users.ts';
import { insertRefreshToken, insertSession } from './queries.ts';
import { pruneTokens } from './upkeep.ts';

const age = statement({
  name: 'testing_age_token',
  text: `
    update auth.refresh_tokens
    set revoked = $2, updated_at = now() - make_interval(days => $3)
    where token = $1`,
  params: { token: 'text', revoked: 'bool', days: 'int4' },
});
const list = statement({
  name: 'testing_list_tokens',
  text: 'select token from auth.refresh_tokens order by token',
  columns: { token: 'text?' },
});

let database: TestDatabase;
before(async () => {
  database = await openTestDatabase();
});
after(() => database.close());

test('only tokens that were exchanged long ago go', async () => {
  const { db } = database;
  for (const name of ['ada', 'bob']) {
    const { id: user_id } = await createUser(db, `${name}@example.org`);
    const session_id = newId();
    await db.asService('auth', insertSession({ id: session_id, user_id, user_agent: null, ip: null }));
    for (const [kind, revoked, days] of [
      ['old in use', false, 90],
      ['exchanged yesterday', true, 1],
      ['exchanged long ago', true, 31],
    ] as const) {
      const token = `${name} ${kind}`;
      await db.asService('auth', insertRefreshToken({ token, parent: null, user_id, session_id }));
      await db.asService('auth', age({ token, revoked, days }));
    }
  }
  await pruneTokens(db);
  assert.deepEqual(
    (await db.asService('auth', list())).map(({ token }) => token),
    ['ada exchanged yesterday', 'ada old in use', 'bob exchanged yesterday', 'bob old in use'],
  );
});
