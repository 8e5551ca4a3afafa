// Two processes on one native database: what one ends, the other knows; keys are shared and can be replaced.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { decodeJwt, decodeProtectedHeader } from 'jose';
import { readConfig } from '../../core/config.ts';
import type { Database } from '../../core/database.ts';
import { createLog } from '../../core/log.ts';
import { statement } from '../../core/statement.ts';
import { openInstalled } from '../../schema/open.ts';
import { type AuthServer, signUp, startAuthServer } from '../testing/auth-server.ts';
import { type NativeDatabase, openNativeDatabase } from '../testing/database.ts';
import { openAuth } from './auth.ts';
import { signOut } from './sign-in.ts';

let first: NativeDatabase;
let second: Database;
let one: AuthServer;
let two: AuthServer;
before(async () => {
  first = await openNativeDatabase();
  const opened = await openInstalled(
    { kind: 'postgres', url: first.url, adminUrl: first.adminUrl, supabase: false, poolSize: 4 },
    { version: 'test' },
  );
  second = opened.db;
  [one, two] = await Promise.all([startAuthServer(first.db), startAuthServer(second)]);
});
after(async () => {
  await one.close();
  await two.close();
  await second.close();
  await first.close();
});

const me = (server: AuthServer, token: string) => server.send('GET', '/api/v1/me', { token });
/** Resolves when the second process has heard of a change; its cache listens longer, so it has heard before. */
function heard(channel: string, wanted: (payload: string) => boolean): Promise<{ done: Promise<void> }> {
  return new Promise((resolve) => {
    const done = new Promise<void>((finish) => {
      second
        .listen(channel, (payload) => payload !== null && wanted(payload) && finish())
        .then(() =>
          resolve({
            get done() {
              return done;
            },
          }),
        );
    });
  });
}
const sessionOf = (token: string) => decodeJwt(token)['session_id'];
const ban = statement({
  name: 'testing_remove_account',
  text: 'delete from auth.users where id = $1',
  params: { id: 'uuid' },
});

test('both start at once with the same key', async () => {
  const [a, b] = [
    await one.send('GET', '/auth/v1/.well-known/jwks.json'),
    await two.send('GET', '/auth/v1/.well-known/jwks.json'),
  ];
  assert.deepEqual(a.body, b.body);
  assert.equal(a.body.keys.length, 1);
});

test('of first sign-ups in two processes at once one makes the administrator', async () => {
  const people = await Promise.all([1, 2, 3, 4].map((n) => signUp(n % 2 === 0 ? one : two, `person${n}@example.org`)));
  const roles = await Promise.all(people.map(async ({ token }) => (await me(one, token)).body.role));
  assert.deepEqual(roles.sort(), ['admin', 'user', 'user', 'user']);
});

test('a session ended in one process is over in the other', async () => {
  const ann = await signUp(one, 'ann@example.org');
  const bob = await signUp(one, 'bob@example.org');
  assert.equal((await me(two, ann.token)).status, 200, 'and now it is warm');
  const { done } = await heard('loam_sessions', (payload) => payload === sessionOf(ann.token));
  assert.equal((await one.send('POST', '/auth/v1/logout', { token: ann.token })).status, 204);
  await done;
  assert.equal((await me(two, ann.token)).body.error.code, 'session_revoked');
  assert.equal((await me(two, bob.token)).status, 200);
});

test('what this process ended is over in it at once, before any notification', async () => {
  const gina = await signUp(one, 'gina@example.org');
  const key = (await one.send('POST', '/api/v1/api-keys', { token: gina.token, body: { name: 'short-lived' } })).body;
  assert.deepEqual([(await me(one, gina.token)).status, (await me(one, key.key)).status], [200, 200]);
  // Both calls are made without leaving the process, so that no notification can come between.
  await one.auth.apiKeys.revoke({ sub: gina.id, role: 'authenticated' }, key.id, { ip: null, userAgent: null });
  await assert.rejects(one.auth.authenticate(`Bearer ${key.key}`), { code: 'api_key_invalid' });
  const who = await one.auth.authenticate(`Bearer ${gina.token}`);
  assert.ok(who && one.auth.own);
  await signOut(one.auth.own, who.claims, 'local', { ip: null, userAgent: null });
  await assert.rejects(one.auth.authenticate(`Bearer ${gina.token}`), { code: 'session_revoked' });
});

test('an account that is removed takes its sessions along', async () => {
  const carl = await signUp(one, 'carl@example.org');
  assert.equal((await me(two, carl.token)).status, 200);
  const { done } = await heard('loam_sessions', (payload) => payload === sessionOf(carl.token));
  await first.db.asService('auth', ban({ id: carl.id }));
  await done;
  assert.equal((await me(two, carl.token)).body.error.code, 'session_revoked');
});

test('refreshing in two processes at once gives one answer', async () => {
  const dora = await signUp(one, 'dora@example.org');
  const refresh = (server: AuthServer) =>
    server.send('POST', '/auth/v1/token?grant_type=refresh_token', { body: { refresh_token: dora.refreshToken } });
  const answers = await Promise.all([refresh(one), refresh(two), refresh(one), refresh(two)]);
  assert.deepEqual(
    answers.map(({ status }) => status),
    [200, 200, 200, 200],
  );
  assert.equal(new Set(answers.map(({ body }) => body.refresh_token)).size, 1);
});

test('two sign-ups with one address at once make one account', async () => {
  const body = { email: 'race@example.org', password: 'correct horse battery' };
  const answers = await Promise.all(
    [one, two, one, two].map((server) => server.send('POST', '/auth/v1/signup', { body })),
  );
  assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 422, 422, 422]);
});

test('a new signing key is used at once, known to the other process, and the old one stays good', async () => {
  const eve = await signUp(one, 'eve@example.org');
  const { kid: oldKid } = decodeProtectedHeader(eve.token);
  await one.auth.own?.keys.rotate();
  const frank = await signUp(one, 'frank@example.org');
  const { kid: newKid } = decodeProtectedHeader(frank.token);
  assert.notEqual(newKid, oldKid);
  // The notification alone tells it: this list reads nothing itself.
  const published = async () => (await two.send('GET', '/auth/v1/.well-known/jwks.json')).body.keys;
  while (!(await published()).some(({ kid }: { kid: string }) => kid === newKid));
  assert.equal((await me(two, frank.token)).status, 200);
  assert.equal((await me(two, eve.token)).status, 200);
  assert.equal((await one.send('GET', '/auth/v1/.well-known/jwks.json')).body.keys.length, 2);
});

test('another secret is told, not worked around', async () => {
  const config = readConfig({
    LOAM_SECRET: 'another secret, also of 32 characters and more',
    LOAM_LOG_LEVEL: 'silent',
  });
  await assert.rejects(openAuth({ db: second, config, log: createLog('silent') }), { code: 'auth_secret_changed' });
});
