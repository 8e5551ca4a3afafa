// The first account is the administrator's: one only, and not for whoever comes by.
import assert from 'node:assert/strict';
import { request } from 'node:http';
import { after, afterEach, before, test } from 'node:test';
import { statement } from '../../core/statement.ts';
import { type AuthServer, startAuthServer } from '../testing/auth-server.ts';
import { openTestDatabase, type TestDatabase } from '../testing/database.ts';
import { createUser } from '../testing/users.ts';

const password = 'correct horse battery';
let database: TestDatabase;
const servers: AuthServer[] = [];
const removeEverybody = statement({ name: 'testing_remove_everybody', text: 'delete from auth.users' });
before(async () => {
  database = await openTestDatabase();
});
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
  await database.db.asService('auth', removeEverybody());
});
after(() => database.close());
async function start(settings: Record<string, string> = {}): Promise<AuthServer> {
  const server = await startAuthServer(database.db, settings);
  servers.push(server);
  return server;
}
const signUp = (server: AuthServer, email: string, data: object = {}, headers: Record<string, string> = {}) =>
  server.send('POST', '/auth/v1/signup', { body: { email, password, data }, headers });
const roleOf = async (server: AuthServer, token: string) =>
  (await server.send('GET', '/api/v1/me', { token })).body.role;

/** fetch does not let one choose the Host header. */
function signUpAs(server: AuthServer, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const sent = request(
      `${server.url}/auth/v1/signup`,
      { method: 'POST', headers: { host, 'content-type': 'application/json' } },
      (response) => {
        response.resume();
        response.on('end', () => resolve(response.statusCode ?? 0));
      },
    );
    sent.on('error', reject);
    sent.end(JSON.stringify({ email: 'evil@example.org', password }));
  });
}

test('a page of another site cannot make the first account of a server on this machine', async () => {
  const server = await start();
  const foreign = await signUp(server, 'evil@example.org', {}, { origin: 'https://evil.example.org' });
  assert.deepEqual([foreign.status, foreign.body.code], [403, 'setup_code_required']);
  assert.equal(await signUpAs(server, 'evil.example.org:3210'), 403, 'nor one whose name was pointed at 127.0.0.1');
  const forwarded = await signUp(server, 'evil@example.org', {}, { 'x-forwarded-for': '203.0.113.9' });
  assert.equal(forwarded.status, 403, 'nor anybody from behind a proxy, which is a neighbour whoever it speaks for');
  assert.equal((await server.send('GET', '/api/v1/setup')).body.needs_first_account, true);
  const local = await signUp(server, 'owner@example.org', {}, { origin: 'http://localhost:5173' });
  assert.equal(local.status, 200);
});

test('a server that others can reach asks for the set-up code', async () => {
  const server = await start({ HOST: '0.0.0.0' });
  const code = server.auth.setupCode;
  assert.match(String(code), /^[A-Z2-9]{4}-[A-Z2-9]{4}-[A-Z2-9]{4}$/);
  assert.match(String(await server.auth.firstAccountNotice()), new RegExp(`administrator.*${code}$`));
  const before = await server.send('GET', '/api/v1/setup');
  assert.deepEqual(before.body, {
    needs_first_account: true,
    needs_setup_code: true,
    signup: 'open',
    mail: false,
    auth_url: '/auth/v1',
    auth_key: 'loam',
  });
  for (const data of [
    {},
    { setup_code: '' },
    { setup_code: 'AAAA-AAAA-AAAA' },
    { setup_code: null },
    { setup_code: [code] },
  ]) {
    assert.equal((await signUp(server, 'evil@example.org', data)).status, 403, JSON.stringify(data));
  }
  const made = await signUp(server, 'owner@example.org', { setup_code: code, display_name: 'Owner' });
  assert.equal(made.status, 200);
  assert.equal('setup_code' in made.body.user.user_metadata, false, 'the code is not kept');
  assert.equal(await roleOf(server, made.body.access_token), 'admin');
  const after = await server.send('GET', '/api/v1/setup');
  assert.deepEqual([after.body.needs_first_account, after.body.needs_setup_code], [false, false]);

  assert.equal(await server.auth.firstAccountNotice(), null);
  const second = await signUp(server, 'second@example.org', { setup_code: code });
  assert.equal(await roleOf(server, second.body.access_token), 'user', 'the code works once');
});

test('replicas ask for the same code', async () => {
  const [one, two] = [await start({ HOST: '0.0.0.0' }), await start({ HOST: '0.0.0.0' })];
  assert.equal(one.auth.setupCode, two.auth.setupCode);
});

test('of many first sign-ups at once one becomes administrator', async () => {
  const [one, two] = [await start(), await start()];
  const made = await Promise.all(
    [1, 2, 3, 4, 5, 6].map((n) => signUp(n % 2 === 0 ? one : two, `person${n}@example.org`)),
  );
  const roles = await Promise.all(made.map(({ body }) => roleOf(one, body.access_token)));
  assert.deepEqual(roles.sort(), ['admin', 'user', 'user', 'user', 'user', 'user']);
});

test('closed sign-up takes the first account and no other', async () => {
  const server = await start({ LOAM_SIGNUP: 'closed' });
  assert.equal((await server.send('GET', '/api/v1/setup')).body.signup, 'open');
  assert.equal((await signUp(server, 'owner@example.org')).status, 200);
  const late = await signUp(server, 'late@example.org');
  assert.deepEqual([late.status, late.body.code], [422, 'signup_disabled']);
  const existing = await signUp(server, 'owner@example.org');
  assert.deepEqual(
    [existing.status, existing.body.code],
    [422, 'signup_disabled'],
    'nor does it tell who has an account',
  );
  assert.equal((await server.send('GET', '/api/v1/setup')).body.signup, 'closed');
  assert.equal((await server.send('GET', '/auth/v1/settings')).body.disable_signup, true);
});

test('an account that came another way is first too', async () => {
  const server = await start();
  await createUser(database.db, 'imported@example.org');
  const made = await signUp(server, 'later@example.org');
  assert.equal(await roleOf(server, made.body.access_token), 'user');
});
