// The real client against a real server: what an application does with @supabase/supabase-js must work here.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { decodeJwt, decodeProtectedHeader } from 'jose';
import { type AuthServer, signUp, startAuthServer } from '../testing/auth-server.ts';
import { openTestDatabase, type TestDatabase } from '../testing/database.ts';

const password = 'correct horse battery';
let database: TestDatabase;
let server: AuthServer;
before(async () => {
  database = await openTestDatabase();
  server = await startAuthServer(database.db);
  await signUp(server, 'first@example.org'); // becomes the administrator; nobody below is
});
after(async () => {
  await server.close();
  await database.close();
});

test('a wrong password and an unknown address are the same error', async () => {
  await signUp(server, 'known@example.org');
  const client = server.newClient();
  const wrong = await client.auth.signInWithPassword({ email: 'known@example.org', password: 'not this one' });
  const unknown = await client.auth.signInWithPassword({ email: 'unknown@example.org', password: 'not this one' });
  for (const { error, data } of [wrong, unknown]) {
    assert.equal(error?.code, 'invalid_credentials');
    assert.equal(error?.status, 400);
    assert.equal(error?.message, 'Invalid login credentials');
    assert.equal(data.session, null);
  }
});

test('a weak password is refused with its reason', async () => {
  const { error } = await server.newClient().auth.signUp({ email: 'weak@example.org', password: 'short' });
  assert.equal(error?.code, 'weak_password');
  assert.equal(error?.status, 422);
  assert.deepEqual(error && 'reasons' in error ? error.reasons : null, ['length']);
});

test('an address that has an account is told at sign-up, whatever its case', async () => {
  await signUp(server, 'taken@example.org');
  const { error } = await server.newClient().auth.signUp({ email: ' Taken@Example.org', password });
  assert.equal(error?.code, 'user_already_exists');
  assert.equal(error?.status, 422);
});

test('telephone and anonymous sign-ups are refused by name', async () => {
  const client = server.newClient();
  assert.equal((await client.auth.signUp({ phone: '+4912345', password })).error?.code, 'phone_provider_disabled');
  assert.equal((await client.auth.signInAnonymously()).error?.code, 'anonymous_provider_disabled');
});

test('recovery says the same of every address', async () => {
  await signUp(server, 'forgetful@example.org');
  const client = server.newClient();
  const known = await client.auth.resetPasswordForEmail('forgetful@example.org');
  const unknown = await client.auth.resetPasswordForEmail('nobody@example.org');
  assert.equal(known.error?.code, 'email_provider_disabled');
  assert.deepEqual({ ...known.error, stack: '' }, { ...unknown.error, stack: '' });
});

test('sign-up answers a session whose token carries the claims of Supabase’s', async () => {
  const client = server.newClient();
  const { data, error } = await client.auth.signUp({
    email: 'Ann@example.org',
    password,
    options: { data: { display_name: 'Ann' } },
  });
  assert.equal(error, null);
  assert.equal(data.user?.email, 'ann@example.org');
  assert.equal(data.user?.user_metadata.display_name, 'Ann');
  assert.deepEqual(data.user?.app_metadata, { provider: 'email', providers: ['email'] });
  assert.equal(data.user?.identities?.length, 1);
  assert.ok(data.session);
  assert.equal(data.session.token_type, 'bearer');
  assert.equal(data.session.expires_in, 3600);
  const claims = decodeJwt(data.session.access_token);
  assert.equal(decodeProtectedHeader(data.session.access_token).alg, 'ES256');
  assert.equal(claims.sub, data.user?.id);
  assert.equal(claims.aud, 'authenticated');
  assert.equal(claims.role, 'authenticated');
  assert.equal(claims.aal, 'aal1');
  assert.equal(claims.email, 'ann@example.org');
  assert.match(String(claims.session_id), /^[0-9a-f-]{36}$/);
  assert.equal(Number(claims.exp) - Number(claims.iat), 3600);
});

test('sign-in, getUser, getClaims', async () => {
  const { id } = await signUp(server, 'reader@example.org');
  const client = server.newClient();
  const { data, error } = await client.auth.signInWithPassword({ email: 'reader@example.org', password });
  assert.equal(error, null);
  assert.equal(data.user?.id, id);
  const user = await client.auth.getUser();
  assert.equal(user.data.user?.id, id);
  assert.ok(user.data.user?.last_sign_in_at);
  const claims = await client.auth.getClaims();
  assert.equal(claims.error, null);
  assert.equal(claims.data?.claims.sub, id);
  assert.equal(claims.data?.header.alg, 'ES256');
});

test('getClaims refuses a token whose payload was changed', async () => {
  const { token } = await signUp(server, 'forger@example.org');
  const [header, , signature] = token.split('.');
  const payload = Buffer.from(
    JSON.stringify({ ...decodeJwt(token), sub: '00000000-0000-4000-8000-000000000000' }),
  ).toString('base64url');
  const { data, error } = await server.newClient().auth.getClaims(`${header}.${payload}.${signature}`);
  assert.equal(data, null);
  assert.equal(error?.message, 'Invalid JWT signature');
});

test('a refresh replaces both tokens and keeps the session', async () => {
  const client = server.newClient();
  const first = await client.auth.signUp({ email: 'refresher@example.org', password });
  const second = await client.auth.refreshSession();
  assert.equal(second.error, null);
  assert.notEqual(second.data.session?.refresh_token, first.data.session?.refresh_token);
  assert.equal(
    decodeJwt(String(second.data.session?.access_token)).session_id,
    decodeJwt(String(first.data.session?.access_token)).session_id,
  );
  assert.equal((await client.auth.getUser()).error, null);
  const unknown = await client.auth.refreshSession({ refresh_token: 'nobody-has-this-one' });
  assert.equal(unknown.error?.code, 'refresh_token_not_found');
  assert.equal(unknown.error?.status, 400);
});

test('updateUser merges data, removes keys set to null, changes address and password', async () => {
  const client = server.newClient();
  await client.auth.signUp({
    email: 'changer@example.org',
    password,
    options: { data: { color: 'red', size: 'big' } },
  });
  const other = server.newClient();
  await other.auth.signInWithPassword({ email: 'changer@example.org', password });

  const same = await client.auth.updateUser({ password });
  assert.equal(same.error?.code, 'same_password');
  const merged = await client.auth.updateUser({ data: { color: 'blue', size: null } });
  assert.equal(merged.data.user?.user_metadata.color, 'blue');
  assert.equal('size' in (merged.data.user?.user_metadata ?? {}), false);
  const moved = await client.auth.updateUser({ email: 'Moved@example.org', password: 'another long one' });
  assert.equal(moved.error, null);
  assert.equal(moved.data.user?.email, 'moved@example.org');
  assert.equal(moved.data.user?.identities?.[0]?.identity_data?.email, 'moved@example.org');

  assert.equal((await client.auth.getUser()).error, null, 'the session that changed the password stays');
  assert.equal((await other.auth.getUser()).error?.name, 'AuthSessionMissingError', 'all others end');
  const old = await server.newClient().auth.signInWithPassword({ email: 'moved@example.org', password });
  assert.equal(old.error?.code, 'invalid_credentials');
  const fresh = await server
    .newClient()
    .auth.signInWithPassword({ email: 'moved@example.org', password: 'another long one' });
  assert.equal(fresh.error, null);
});

test('an address that somebody else has is refused', async () => {
  await signUp(server, 'owner@example.org');
  const client = server.newClient();
  await client.auth.signUp({ email: 'wanter@example.org', password });
  const { error } = await client.auth.updateUser({ email: 'owner@example.org' });
  assert.equal(error?.code, 'email_exists');
  assert.equal(error?.status, 422);
});

test('signOut ends what its scope says, and nothing of other people', async () => {
  const bystander = await signUp(server, 'bystander@example.org');
  await signUp(server, 'leaver@example.org');
  const open = async () => {
    const client = server.newClient();
    const { data } = await client.auth.signInWithPassword({ email: 'leaver@example.org', password });
    const token = String(data.session?.access_token);
    return { client, isIn: async () => (await server.send('GET', '/auth/v1/user', { token })).status === 200 };
  };
  const [one, two, three] = [await open(), await open(), await open()];
  const states = () => Promise.all([one.isIn(), two.isIn(), three.isIn()]);

  assert.equal((await one.client.auth.signOut({ scope: 'local' })).error, null);
  assert.deepEqual(await states(), [false, true, true]);
  const four = await open();
  assert.equal((await two.client.auth.signOut({ scope: 'others' })).error, null);
  assert.deepEqual([...(await states()), await four.isIn()], [false, true, false, false]);
  const five = await open();
  assert.equal((await two.client.auth.signOut({ scope: 'global' })).error, null);
  assert.deepEqual([...(await states()), await five.isIn()], [false, false, false, false]);
  assert.equal((await server.send('GET', '/auth/v1/user', { token: bystander.token })).status, 200);
});

test('a browser on another origin may call', async () => {
  const response = await fetch(`${server.url}/auth/v1/token?grant_type=password`, {
    method: 'OPTIONS',
    headers: {
      origin: 'https://app.example.org',
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'apikey,authorization,content-type,x-client-info,x-supabase-api-version',
    },
  });
  assert.equal(response.status, 204);
  assert.equal(response.headers.get('access-control-allow-origin'), '*');
  for (const name of ['apikey', 'authorization', 'content-type', 'x-client-info', 'x-supabase-api-version']) {
    assert.match(response.headers.get('access-control-allow-headers') ?? '', new RegExp(name));
  }
  const failed = await server.send('GET', '/auth/v1/user', { headers: { origin: 'https://app.example.org' } });
  assert.equal(failed.headers.get('access-control-allow-origin'), '*');
  assert.equal(failed.headers.get('x-supabase-api-version'), '2024-01-01');
});

test('settings, health and keys are public', async () => {
  const settings = await server.send('GET', '/auth/v1/settings');
  assert.equal(settings.body.disable_signup, false);
  assert.equal(settings.body.external.email, true);
  assert.equal((await server.send('GET', '/auth/v1/health')).status, 200);
  const { body } = await server.send('GET', '/auth/v1/.well-known/jwks.json');
  assert.equal(body.keys.length, 1);
  assert.deepEqual(Object.keys(body.keys[0]).sort(), ['alg', 'crv', 'key_ops', 'kid', 'kty', 'use', 'x', 'y']);
});
