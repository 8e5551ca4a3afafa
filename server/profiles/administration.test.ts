// Administrators manage accounts: they see who there is, give roles and quotas, ban. Nobody else does.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { newId } from '../../core/ids.ts';
import { type AuthServer, signUp, startAuthServer } from '../testing/auth-server.ts';
import { openTestDatabase, type TestDatabase } from '../testing/database.ts';

let database: TestDatabase;
let server: AuthServer;
let admin: Awaited<ReturnType<typeof signUp>>;
let ann: Awaited<ReturnType<typeof signUp>>;
let bob: Awaited<ReturnType<typeof signUp>>;
before(async () => {
  database = await openTestDatabase();
  server = await startAuthServer(database.db);
  admin = await signUp(server, 'admin@example.org');
  ann = await signUp(server, 'ann@example.org');
  bob = await signUp(server, 'bob@example.org');
});
after(async () => {
  await server.close();
  await database.close();
});

const list = (token: string, query = '') => server.send('GET', `/api/v1/profiles${query}`, { token });
const change = (token: string, id: string, body: unknown) =>
  server.send('PATCH', `/api/v1/profiles/${id}`, { token, body });

test('nobody else sees or changes accounts', async () => {
  assert.equal((await server.send('GET', '/api/v1/profiles')).status, 401);
  assert.equal((await list(ann.token)).body.error.code, 'forbidden');
  for (const id of [ann.id, bob.id, admin.id, newId()]) {
    const answer = await change(ann.token, id, { role: 'admin' });
    assert.deepEqual([answer.status, answer.body.error.code], [403, 'forbidden']);
  }
  const key = await server.send('POST', '/api/v1/api-keys', { token: admin.token, body: { name: 'of the admin' } });
  assert.equal((await list(key.body.key)).status, 403, 'not even a key of an administrator');
});

test('a moderator is not an administrator', async () => {
  assert.equal((await change(admin.token, bob.id, { role: 'moderator' })).body.role, 'moderator');
  assert.equal((await list(bob.token)).status, 403);
  assert.equal((await change(admin.token, bob.id, { role: 'user' })).body.role, 'user');
});

test('bad changes are refused', async () => {
  for (const body of [
    { role: 'root' },
    { role: null },
    { email: 'x@example.org' },
    { monthly_token_quota: -1 },
    { monthly_token_quota: 1.5 },
    { monthly_cost_quota_usd: 5 },
    { monthly_cost_quota_usd: '-5' },
    { monthly_cost_quota_usd: '1e9' },
    { total_tokens_used: 0 },
    { is_banned: 'yes' },
  ]) {
    const { status, body: answer } = await change(admin.token, ann.id, body);
    assert.deepEqual([status, answer.error.code], [400, 'invalid_request'], JSON.stringify(body));
  }
  assert.equal((await change(admin.token, newId(), { role: 'user' })).status, 404);
  assert.equal((await change(admin.token, 'someone', { role: 'user' })).status, 400);
  for (const body of [{ role: 'user' }, { role: 'admin' }, { is_banned: true }]) {
    assert.equal((await change(admin.token, admin.id, body)).body.error.code, 'profile_own_role', 'one is always left');
  }
});

test('administrators see accounts page by page, and nothing of what people keep', async () => {
  const first = await list(admin.token, '?limit=2');
  assert.deepEqual(
    first.body.data.map(({ email }: { email: string }) => email),
    ['bob@example.org', 'ann@example.org'],
  );
  const second = await list(admin.token, `?limit=2&cursor=${first.body.next_cursor}`);
  assert.deepEqual(
    second.body.data.map(({ email, role }: { email: string; role: string }) => [email, role]),
    [['admin@example.org', 'admin']],
  );
  assert.equal(second.body.next_cursor, null);
  assert.deepEqual(Object.keys(first.body.data[0]).sort(), [
    'banned_until',
    'created_at',
    'display_name',
    'email',
    'id',
    'last_sign_in',
    'monthly_cost_quota_usd',
    'monthly_token_quota',
    'role',
    'total_cost_usd',
    'total_tokens_used',
  ]);
});

test('quotas are given and taken away, each alone', async () => {
  const given = await change(admin.token, ann.id, { monthly_token_quota: 1_000_000, monthly_cost_quota_usd: '12.50' });
  assert.deepEqual([given.body.monthly_token_quota, Number(given.body.monthly_cost_quota_usd)], [1_000_000, 12.5]);
  const taken = await change(admin.token, ann.id, { monthly_token_quota: null });
  assert.deepEqual([taken.body.monthly_token_quota, Number(taken.body.monthly_cost_quota_usd)], [null, 12.5]);
  assert.equal((await change(admin.token, bob.id, {})).body.monthly_token_quota, null);
});

test('a ban ends sessions and keys at once, and its end lets people in again', async () => {
  const carl = await signUp(server, 'carl@example.org');
  const key = (await server.send('POST', '/api/v1/api-keys', { token: carl.token, body: { name: 'worker' } })).body.key;
  const me = async (token: string) => (await server.send('GET', '/api/v1/me', { token })).status;
  const signIn = () =>
    server.send('POST', '/auth/v1/token?grant_type=password', { body: { email: carl.email, password: carl.password } });
  assert.deepEqual([await me(carl.token), await me(key)], [200, 200]);

  const banned = await change(admin.token, carl.id, { is_banned: true });
  assert.match(banned.body.banned_until, /^9999-/);
  assert.deepEqual([await me(carl.token), await me(key)], [401, 401]);
  assert.equal((await signIn()).body.code, 'user_banned');

  assert.equal((await change(admin.token, carl.id, { is_banned: false })).body.banned_until, null);
  assert.equal((await signIn()).status, 200);
  assert.deepEqual([await me(carl.token), await me(key)], [401, 200]);
});

test('who stops being an administrator stops at once', async () => {
  const second = await signUp(server, 'second@example.org');
  assert.equal((await change(admin.token, second.id, { role: 'admin' })).body.role, 'admin');
  assert.equal((await list(second.token)).status, 200);
  await change(admin.token, second.id, { role: 'user' });
  assert.equal((await list(second.token)).status, 403);
});
