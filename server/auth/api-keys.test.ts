// API keys: made and revoked by their owner, shown once, good for what their scopes say.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { hashToken } from '../../core/ids.ts';
import { statement } from '../../core/statement.ts';
import { requireScopeFor } from '../http/authenticate.ts';
import { type AuthServer, signUp, startAuthServer } from '../testing/auth-server.ts';
import { openTestDatabase, type TestDatabase } from '../testing/database.ts';
import { maxKeys } from './api-keys.ts';

let database: TestDatabase;
let server: AuthServer;
let ann: Awaited<ReturnType<typeof signUp>>;
let bob: Awaited<ReturnType<typeof signUp>>;
before(async () => {
  database = await openTestDatabase();
  server = await startAuthServer(database.db);
  await signUp(server, 'first@example.org');
  ann = await signUp(server, 'ann@example.org');
  bob = await signUp(server, 'bob@example.org');
});
after(async () => {
  await server.close();
  await database.close();
});

const make = (token: string, body: object) => server.send('POST', '/api/v1/api-keys', { token, body });
const list = async (token: string) => (await server.send('GET', '/api/v1/api-keys', { token })).body.data;
const meWith = (token: string) => server.send('GET', '/api/v1/me', { token });
const storedKeys = statement({
  name: 'testing_stored_keys',
  text: 'select key_hash, last_used_at from api_keys where id = $1',
  params: { id: 'uuid' },
  columns: { key_hash: 'text', last_used_at: 'timestamptz?' },
});
const forgeKey = statement({
  name: 'testing_forge_key',
  text: 'insert into api_keys (user_id, organization_id, name, key_hash, key_prefix) values ($1, $2, $3, $4, $5)',
  params: { user_id: 'uuid', organization_id: 'uuid?', name: 'text', key_hash: 'text', key_prefix: 'text' },
});

test('nobody signed in has no keys, and a key makes no keys', async () => {
  assert.equal((await server.send('GET', '/api/v1/api-keys')).status, 401);
  const { body } = await make(ann.token, { name: 'parent' });
  for (const [method, path] of [
    ['GET', '/api/v1/api-keys'],
    ['POST', '/api/v1/api-keys'],
    ['DELETE', `/api/v1/api-keys/${body.id}`],
  ] as const) {
    const { status } = await server.send(method, path, {
      token: body.key,
      ...(method === 'POST' ? { body: { name: 'child' } } : {}),
    });
    assert.equal(status, 403, `${method} ${path}`);
  }
  assert.equal((await server.send('PATCH', '/api/v1/me', { token: body.key, body: { theme: 'dark' } })).status, 403);
  assert.equal(
    (await server.send('PUT', '/auth/v1/user', { token: body.key, body: { password: 'a new password' } })).status,
    401,
  );
});

test('bad keys are one error', async () => {
  for (const key of [
    'loam_',
    'loam_short',
    `loam_${'A'.repeat(43)}`,
    `loam_${'A'.repeat(5000)}`,
    `loam_${'ä'.repeat(43)}`,
  ]) {
    const { status, body } = await meWith(encodeURI(key));
    assert.deepEqual([status, body.error.code], [401, 'api_key_invalid'], key.slice(0, 60));
  }
});

test('bad input is refused', async () => {
  const cases = [
    {},
    { name: '' },
    { name: 'x'.repeat(101) },
    { name: 'a', scopes: ['everything'] },
    { name: 'a', scopes: 'chat' },
    { name: 'a', expires_at: 'tomorrow' },
    { name: 'a', expires_at: '2001-01-01T00:00:00Z' },
    { name: 'a', user_id: bob.id },
    { name: 'a', organization_id: bob.id },
    { name: 'a', key_hash: 'x' },
  ];
  for (const body of cases) {
    const answer = await make(ann.token, body);
    assert.deepEqual([answer.status, answer.body.error.code], [400, 'invalid_request'], JSON.stringify(body));
    assert.ok(answer.body.error.details.length > 0);
  }
});

test('nobody sees or revokes another’s key', async () => {
  const { body } = await make(ann.token, { name: 'look-alike' });
  await make(bob.token, { name: 'look-alike' });
  assert.deepEqual((await list(bob.token)).map((key: { id: string }) => key.id).includes(body.id), false);
  const { status } = await server.send('DELETE', `/api/v1/api-keys/${body.id}`, { token: bob.token });
  assert.equal(status, 404);
  assert.equal((await meWith(body.key)).status, 200);
  assert.equal((await server.send('DELETE', '/api/v1/api-keys/not-an-id', { token: ann.token })).status, 400);
});

test('nobody makes a key for somebody else in SQL', async () => {
  const claims = { sub: bob.id, role: 'authenticated' as const };
  const key = { name: 'forged', key_hash: hashToken('loam_forged'), key_prefix: 'loam_forged' };
  for (const owners of [
    { user_id: ann.id, organization_id: null },
    { user_id: bob.id, organization_id: ann.id },
  ]) {
    await assert.rejects(database.db.asUser(claims, forgeKey({ ...key, ...owners })), { code: 'forbidden' });
  }
  await assert.rejects(
    database.db.asUser(claims, storedKeys({ id: bob.id })),
    { code: 'forbidden' },
    'hashes are not readable',
  );
});

test('a key acts for its owner, and is shown once', async () => {
  const { status, body } = await make(ann.token, { name: '  worker ', scopes: ['profile', 'chat', 'profile'] });
  assert.equal(status, 201);
  assert.match(body.key, /^loam_[A-Za-z0-9_-]{43}$/);
  assert.equal(body.key_prefix, body.key.slice(0, 12));
  assert.equal(body.name, 'worker');
  assert.deepEqual(body.scopes, ['profile', 'chat']);
  assert.equal((await meWith(body.key)).body.id, ann.id);
  const shown = (await list(ann.token)).find((key: { id: string }) => key.id === body.id);
  assert.equal('key' in shown, false);
  assert.equal('key_hash' in shown, false);
  const [stored] = await database.db.asService('auth', storedKeys({ id: body.id }));
  assert.equal(stored?.key_hash, hashToken(body.key));
});

test('a key with scopes opens only what they name', async () => {
  const { body } = await make(ann.token, { name: 'narrow', scopes: ['chat'] });
  const refused = await meWith(body.key);
  assert.deepEqual([refused.status, refused.body.error.code], [403, 'scope_missing']);
  assert.deepEqual(refused.body.error.details, { scope: 'profile' });

  const who = (scopes: string[]) => ({
    claims: { sub: ann.id, role: 'authenticated' as const },
    via: 'api_key' as const,
    keyId: body.id,
    scopes,
  });
  requireScopeFor(who(['gateway']), '/v1/chat/completions');
  requireScopeFor(who(['chat']), '/api/v1/messages/1/stop');
  requireScopeFor(who([]), '/api/v1/something-new');
  for (const path of [
    '/v1/models',
    '/api/v1/documents',
    '/api/v1/something-new',
    '/api/v1/api-keys',
    '/rest/v1/messages',
    '/',
  ]) {
    assert.throws(() => requireScopeFor(who(['chat']), path), { code: 'scope_missing' }, path);
  }
});

test('a revoked key is dead at once, in another process too', async (t) => {
  const other = await startAuthServer(database.db);
  t.after(() => other.close());
  const { body } = await make(ann.token, { name: 'short-lived' });
  const inOther = () => other.send('GET', '/api/v1/me', { token: body.key });
  assert.equal((await meWith(body.key)).status, 200);
  assert.equal((await inOther()).status, 200);
  const heard = Promise.withResolvers<void>();
  await database.db.listen('loam_api_keys', (payload) => payload === hashToken(body.key) && heard.resolve());
  assert.equal((await server.send('DELETE', `/api/v1/api-keys/${body.id}`, { token: ann.token })).status, 204);
  await heard.promise;
  assert.equal((await meWith(body.key)).body.error.code, 'api_key_invalid');
  assert.equal((await inOther()).body.error.code, 'api_key_invalid');
  assert.equal((await server.send('DELETE', `/api/v1/api-keys/${body.id}`, { token: ann.token })).status, 404);
});

test('warm keys and tokens need no database', async () => {
  const { body } = await make(ann.token, { name: 'warm' });
  await meWith(body.key);
  await meWith(ann.token);
  const statements = database.db.statementCount();
  for (let n = 0; n < 20; n += 1) {
    assert.equal((await server.auth.authenticate(`Bearer ${body.key}`))?.claims.sub, ann.id);
    assert.equal((await server.auth.authenticate(`Bearer ${ann.token}`))?.claims.sub, ann.id);
  }
  assert.equal(database.db.statementCount(), statements);
});

test('lists go page by page, newest first', async () => {
  const carl = await signUp(server, 'carl@example.org');
  for (const n of [1, 2, 3]) await make(carl.token, { name: `key ${n}` });
  const first = await server.send('GET', '/api/v1/api-keys?limit=2', { token: carl.token });
  assert.deepEqual(
    first.body.data.map((key: { name: string }) => key.name),
    ['key 3', 'key 2'],
  );
  const second = await server.send('GET', `/api/v1/api-keys?limit=2&cursor=${first.body.next_cursor}`, {
    token: carl.token,
  });
  assert.deepEqual(
    second.body.data.map((key: { name: string }) => key.name),
    ['key 1'],
  );
  assert.equal(second.body.next_cursor, null);
  assert.equal(
    (await server.send('GET', '/api/v1/api-keys?cursor=nonsense', { token: carl.token })).body.error.code,
    'invalid_cursor',
  );
});

test('an account has so many keys and no more', async () => {
  const dora = await signUp(server, 'dora@example.org');
  const answers = await Promise.all(
    Array.from({ length: maxKeys + 3 }, (_, n) => make(dora.token, { name: `key ${n}` })),
  );
  const refused = answers.filter(({ status }) => status !== 201);
  assert.deepEqual(
    refused.map(({ status, body }) => [status, body.error.code]),
    Array(3).fill([409, 'api_key_limit']),
  );
  const [{ id }] = await list(dora.token);
  await server.send('DELETE', `/api/v1/api-keys/${id}`, { token: dora.token });
  assert.equal((await make(dora.token, { name: 'after one went' })).status, 201);
});
