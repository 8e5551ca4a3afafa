// What must not work: forged and stale tokens, used refresh tokens, guessing, taking over the first account.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { decodeJwt, decodeProtectedHeader, generateKeyPair, SignJWT } from 'jose';
import { hashToken, newId } from '../../core/ids.ts';
import { statement } from '../../core/statement.ts';
import { type AuthServer, signUp, startAuthServer } from '../testing/auth-server.ts';
import { openTestDatabase, type TestDatabase } from '../testing/database.ts';
import { limits } from './rate-limits.ts';

const password = 'correct horse battery';
let database: TestDatabase;
let server: AuthServer;
before(async () => {
  database = await openTestDatabase();
  server = await startAuthServer(database.db);
  await signUp(server, 'first@example.org');
});
after(async () => {
  await server.close();
  await database.close();
});

const ageToken = statement({
  name: 'testing_age_refresh_token',
  text: `update auth.refresh_tokens set updated_at = now() - interval '11 seconds' where token = $1 returning id`,
  params: { token: 'text' },
  columns: { id: 'int8' },
});
const storedTokens = statement({
  name: 'testing_stored_tokens',
  text: 'select token::text as token, parent::text as parent from auth.refresh_tokens where user_id = $1::uuid::text order by id',
  params: { id: 'uuid' },
  columns: { token: 'text?', parent: 'text?' },
});
const refresh = (token: string) =>
  server.send('POST', '/auth/v1/token?grant_type=refresh_token', { body: { refresh_token: token } });
const me = (token: string) => server.send('GET', '/api/v1/me', { token });
const signIn = (email: string, attempt: string, headers: Record<string, string> = {}) =>
  server.send('POST', '/auth/v1/token?grant_type=password', { body: { email, password: attempt }, headers });

const limitWindow = (): number => Math.floor(Date.now() / (1000 * limits.signInPair.windowSeconds));
/** Guesses are counted in windows on the clock: work that one ended in the midst of is done again, for a fresh address. */
async function withinOneWindow(name: string, work: (email: string) => Promise<void>): Promise<void> {
  const window = limitWindow();
  try {
    await work(`${name}@example.org`);
  } catch (error) {
    if (limitWindow() === window) throw error;
    await work(`${name}-again@example.org`);
  }
}

test('without a token there is nobody', async () => {
  assert.equal((await server.send('GET', '/api/v1/me')).body.error.code, 'not_signed_in');
  const { status, body } = await server.send('GET', '/auth/v1/user');
  assert.deepEqual([status, body.code], [401, 'no_authorization']);
  // Before sign-in clients send their anon key, which is no token.
  assert.equal((await server.send('GET', '/auth/v1/user', { token: 'loam' })).status, 403);
  assert.equal(
    (await server.send('GET', '/api/v1/me', { headers: { authorization: 'Basic YTpi' } })).body.error.code,
    'invalid_token',
  );
});

test('forged tokens are refused', async () => {
  const victim = await signUp(server, 'victim@example.org');
  const claims = decodeJwt(victim.token);
  const { kid } = decodeProtectedHeader(victim.token);
  const [header = '', payload = '', signature = ''] = victim.token.split('.');
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const mine = await generateKeyPair('ES256');
  const jwks = (await server.send('GET', '/auth/v1/.well-known/jwks.json')).body;
  const sign = (alg: string, key: Parameters<SignJWT['sign']>[0], head: object = {}) =>
    new SignJWT(claims).setProtectedHeader({ alg, ...head }).sign(key);

  const forged: Record<string, string> = {
    'no algorithm': `${part({ alg: 'none', typ: 'JWT' })}.${payload}.`,
    'no algorithm, our kid': `${part({ alg: 'none', kid })}.${payload}.`,
    'no signature': `${header}.${payload}.`,
    'another payload': `${header}.${part({ ...claims, sub: newId() })}.${signature}`,
    'another key under our kid': await sign('ES256', mine.privateKey, { kid }),
    'another key, own kid': await sign('ES256', mine.privateKey, { kid: 'mine' }),
    'another key in the header': await sign('ES256', mine.privateKey, { jwk: jwks.keys[0] }),
    'the public key as shared secret': await sign('HS256', new TextEncoder().encode(JSON.stringify(jwks.keys[0])), {
      kid,
    }),
    'the x of the public key as shared secret': await sign('HS256', Buffer.from(jwks.keys[0].x, 'base64url'), { kid }),
    'not a token': 'abc',
    'three dots': '...',
    'too long': `${header}.${payload}.${'A'.repeat(20_000)}`.slice(0, 15_000),
  };
  for (const [what, token] of Object.entries(forged)) {
    const { status, body } = await me(token);
    assert.deepEqual([status, body?.error?.code], [401, 'invalid_token'], what);
  }
  assert.equal((await me(victim.token)).status, 200);
});

test('tokens of our own key with other claims are refused', async () => {
  const { token } = await signUp(server, 'claims@example.org');
  const claims = decodeJwt(token);
  const own = server.auth.own?.keys.current();
  assert.ok(own);
  const now = Math.floor(Date.now() / 1000);
  const sign = (changes: object) =>
    new SignJWT({ ...claims, ...changes }).setProtectedHeader({ alg: 'ES256', kid: own.kid }).sign(own.key);
  const cases: [string, object, string][] = [
    ['expired', { iat: now - 7200, exp: now - 3600 }, 'token_expired'],
    ['not yet', { nbf: now + 3600 }, 'invalid_token'],
    ['another issuer', { iss: 'https://evil.example.org' }, 'invalid_token'],
    ['another audience', { aud: 'anon' }, 'invalid_token'],
    ['a service', { role: 'service_role' }, 'invalid_token'],
    ['no session', { session_id: undefined }, 'invalid_token'],
    ['a subject that is no id', { sub: 'admin' }, 'invalid_token'],
    ['a session that never was', { session_id: newId() }, 'session_revoked'],
  ];
  for (const [what, changes, code] of cases) {
    const { status, body } = await me(await sign(changes));
    assert.deepEqual([status, body?.error?.code], [401, code], what);
  }
  assert.equal((await me(await sign({}))).status, 200, 'unchanged it is good');
});

test('a used refresh token gives the same answer for ten seconds, then ends the session', async () => {
  const { id, token, refreshToken } = await signUp(server, 'thief@example.org');
  const bystander = await signUp(server, 'bystander@example.org');
  const first = await refresh(refreshToken);
  const again = await refresh(refreshToken);
  assert.equal(first.status, 200);
  assert.equal(again.body.refresh_token, first.body.refresh_token, 'a lost answer can be asked for again');

  const second = await refresh(first.body.refresh_token);
  const late = await refresh(refreshToken);
  assert.equal(late.body.refresh_token, second.body.refresh_token, 'and leads to the token that counts now');

  assert.equal((await database.db.asService('auth', ageToken({ token: hashToken(refreshToken) }))).length, 1);
  const stolen = await refresh(refreshToken);
  assert.deepEqual([stolen.status, stolen.body.code], [400, 'refresh_token_already_used']);
  assert.equal((await refresh(second.body.refresh_token)).body.code, 'refresh_token_not_found', 'the session is over');
  assert.equal((await me(token)).body.error.code, 'session_revoked');
  assert.equal((await me(second.body.access_token)).body.error.code, 'session_revoked');
  assert.equal((await me(bystander.token)).status, 200);
  assert.deepEqual(await database.db.asService('auth', storedTokens({ id })), []);
});

test('refreshing twice at once ends nobody’s session', async () => {
  const { refreshToken } = await signUp(server, 'twice@example.org');
  const answers = await Promise.all([refresh(refreshToken), refresh(refreshToken), refresh(refreshToken)]);
  assert.deepEqual(
    answers.map(({ status }) => status),
    [200, 200, 200],
  );
  assert.equal(new Set(answers.map(({ body }) => body.refresh_token)).size, 1);
});

test('the database does not hold refresh tokens', async () => {
  const { id, refreshToken } = await signUp(server, 'hashed@example.org');
  const next = String((await refresh(refreshToken)).body.refresh_token);
  const rows = await database.db.asService('auth', storedTokens({ id }));
  assert.deepEqual(
    rows.map((row) => row.token),
    [hashToken(refreshToken), hashToken(next)],
  );
  assert.equal(rows[1]?.parent, hashToken(refreshToken));
});

test('nothing of power can be given to oneself at sign-up', async () => {
  const body = { email: 'climber@example.org', password };
  for (const extra of [
    { role: 'admin' },
    { app_metadata: { role: 'admin' } },
    { is_super_admin: true },
    { id: newId() },
    { email_confirm: true },
  ]) {
    const { status, body: answer } = await server.send('POST', '/auth/v1/signup', { body: { ...body, ...extra } });
    assert.deepEqual([status, answer.code], [400, 'validation_failed'], JSON.stringify(extra));
  }
  const data = {
    role: 'admin',
    is_admin: true,
    total_tokens_used: -1,
    monthly_token_quota: 9,
    sub: newId(),
    email: 'other@example.org',
  };
  const made = await server.send('POST', '/auth/v1/signup', { body: { ...body, data } });
  assert.equal(made.status, 200);
  assert.equal(made.body.user.user_metadata.sub, made.body.user.id);
  assert.equal(made.body.user.user_metadata.email, 'climber@example.org');
  assert.equal(made.body.user.role, 'authenticated');
  assert.equal((await me(made.body.access_token)).body.role, 'user');
  for (const extra of [{ app_metadata: { a: 1 } }, { role: 'service_role' }, { banned_until: null }]) {
    const { status } = await server.send('PUT', '/auth/v1/user', { token: made.body.access_token, body: extra });
    assert.equal(status, 400, JSON.stringify(extra));
  }
});

test('guessing is stopped for the address, not for the person elsewhere', async () => {
  await signUp(server, 'neighbour@example.org');
  await withinOneWindow('guessed', async (email) => {
    await signUp(server, email);
    for (let attempt = 0; attempt < 10; attempt += 1)
      assert.equal((await signIn(email, `guess ${attempt}`)).status, 400);
    const stopped = await signIn(email, password);
    assert.deepEqual([stopped.status, stopped.body.code], [429, 'over_request_rate_limit']);
    assert.ok(Number(stopped.headers.get('retry-after')) > 0);
  });
  assert.equal((await signIn('neighbour@example.org', password)).status, 200);
});

test('an unknown address is limited exactly like a known one', async () => {
  await withinOneWindow('ghost', async (email) => {
    const codes: number[] = [];
    for (let attempt = 0; attempt < 11; attempt += 1) codes.push((await signIn(email, 'guess')).status);
    assert.deepEqual(codes, [...Array<number>(10).fill(400), 429]);
  });
});

test('people who know their password may sign in as often as they like', async () => {
  await signUp(server, 'frequent@example.org');
  for (let attempt = 0; attempt < 15; attempt += 1)
    assert.equal((await signIn('frequent@example.org', password)).status, 200);
});

test('a limit holds in another process too', async (t) => {
  const other = await startAuthServer(database.db);
  t.after(() => other.close());
  await withinOneWindow('replica', async (email) => {
    await signUp(server, email);
    for (let attempt = 0; attempt < 10; attempt += 1) await signIn(email, 'guess');
    const { status } = await other.send('POST', '/auth/v1/token?grant_type=password', { body: { email, password } });
    assert.equal(status, 429);
  });
});

test('bad bodies change nothing and say what is wrong', async () => {
  const cases: [string, string, unknown, number, string][] = [
    ['POST', '/auth/v1/signup', '{"email":', 400, 'bad_json'],
    ['POST', '/auth/v1/signup', [], 400, 'validation_failed'],
    ['POST', '/auth/v1/signup', { email: 'not an address', password }, 400, 'validation_failed'],
    ['POST', '/auth/v1/signup', { email: ['a@example.org'], password }, 400, 'validation_failed'],
    ['POST', '/auth/v1/signup', { email: 'x@example.org', password: { length: 20 } }, 400, 'validation_failed'],
    ['POST', '/auth/v1/signup', { email: 'x@example.org', password: 'x'.repeat(1001) }, 422, 'weak_password'],
    [
      'POST',
      '/auth/v1/signup',
      { email: 'x@example.org', password, data: { blob: 'x'.repeat(5000) } },
      422,
      'validation_failed',
    ],
    [
      'POST',
      '/auth/v1/signup',
      { email: 'x@example.org', password, data: { blob: 'x'.repeat(20_000) } },
      413,
      'validation_failed',
    ],
    ['POST', '/auth/v1/signup', { email: 'x@example.org' }, 422, 'weak_password'],
    ['POST', '/auth/v1/token', { email: 'x@example.org', password }, 400, 'validation_failed'],
    ['POST', '/auth/v1/token?grant_type=pkce', { email: 'x@example.org', password }, 400, 'validation_failed'],
    ['POST', '/auth/v1/token?grant_type=password', { refresh_token: 'x' }, 400, 'validation_failed'],
    ['POST', '/auth/v1/token?grant_type=refresh_token', { email: 'x@example.org', password }, 400, 'validation_failed'],
    ['POST', '/auth/v1/token?grant_type=refresh_token', { refresh_token: '' }, 400, 'validation_failed'],
    ['POST', '/auth/v1/recover', { email: 'nobody' }, 400, 'validation_failed'],
    ['POST', '/auth/v1/logout?scope=everybody', {}, 400, 'validation_failed'],
  ];
  for (const [method, path, body, status, code] of cases) {
    const answer = await server.send(method, path, { body });
    assert.deepEqual([answer.status, answer.body.code], [status, code], `${path} ${JSON.stringify(body).slice(0, 80)}`);
    assert.equal(typeof answer.body.message, 'string');
  }
  const plain = await server.send('POST', '/auth/v1/signup', {
    body: JSON.stringify({ email: 'x@example.org', password }),
    headers: { 'content-type': 'text/plain' },
  });
  assert.equal(plain.status, 415, 'a form of another site cannot sign anybody up');
});

test('what is kept with an account stays small, also in pieces', async () => {
  const { token } = await signUp(server, 'hoarder@example.org');
  const put = (data: object) => server.send('PUT', '/auth/v1/user', { token, body: { data } });
  assert.equal((await put({ a: 'x'.repeat(2500) })).status, 200);
  assert.equal((await put({ b: 'x'.repeat(2500) })).status, 422);
  assert.equal((await server.send('GET', '/auth/v1/user', { token })).body.user_metadata.b, undefined);
});

test('behind a trusted proxy each client is limited by itself', async (t) => {
  const proxied = await startAuthServer(database.db, { LOAM_TRUSTED_PROXIES: '1' });
  t.after(() => proxied.close());
  await withinOneWindow('mobile', async (email) => {
    await signUp(proxied, email);
    const from = (ip: string, attempt: string) =>
      proxied.send('POST', '/auth/v1/token?grant_type=password', {
        body: { email, password: attempt },
        headers: { 'x-forwarded-for': `6.6.6.6, ${ip}` },
      });
    for (let attempt = 0; attempt < 10; attempt += 1) await from('203.0.113.5', 'guess');
    assert.equal((await from('203.0.113.5', password)).status, 429);
    assert.equal((await from('203.0.113.77', password)).status, 200, 'the owner elsewhere is not locked out');
  });
});

test('without one, a made-up address does not help', async () => {
  await withinOneWindow('spoofed', async (email) => {
    await signUp(server, email);
    const codes: number[] = [];
    for (let n = 0; n < 11; n += 1)
      codes.push((await signIn(email, 'guess', { 'x-forwarded-for': `203.0.113.${n}` })).status);
    assert.equal(codes.at(-1), 429);
  });
});

test('a used-up limit no longer costs the database anything', async () => {
  await withinOneWindow('flood', async (email) => {
    for (let attempt = 0; attempt < 11; attempt += 1) await signIn(email, 'guess');
    const statements = database.db.statementCount();
    for (let attempt = 0; attempt < 20; attempt += 1) assert.equal((await signIn(email, 'guess')).status, 429);
    assert.equal(database.db.statementCount(), statements);
  });
});

const setAccount = statement({
  name: 'testing_set_account',
  text: `
    update auth.users
    set encrypted_password = coalesce($2, encrypted_password), banned_until = $3::timestamptz, deleted_at = $4::timestamptz
    where id = $1
    returning encrypted_password::text as encrypted_password`,
  params: { id: 'uuid', hash: 'text?', banned_until: 'timestamptz?', deleted_at: 'timestamptz?' },
  columns: { encrypted_password: 'text?' },
});

test('banned and removed people get no further', async () => {
  const banned = await signUp(server, 'banned@example.org');
  await database.db.asService(
    'auth',
    setAccount({ id: banned.id, hash: null, banned_until: '2999-01-01T00:00:00Z', deleted_at: null }),
  );
  assert.equal((await signIn('banned@example.org', password)).body.code, 'user_banned');
  assert.equal(
    (await signIn('banned@example.org', 'wrong')).body.code,
    'invalid_credentials',
    'only who knows the password is told',
  );
  assert.equal((await refresh(banned.refreshToken)).body.code, 'user_banned');
  const removed = await signUp(server, 'removed@example.org');
  await database.db.asService(
    'auth',
    setAccount({ id: removed.id, hash: null, banned_until: null, deleted_at: '2001-01-01T00:00:00Z' }),
  );
  assert.equal((await signIn('removed@example.org', password)).body.code, 'invalid_credentials');
  assert.equal((await refresh(removed.refreshToken)).body.code, 'refresh_token_not_found');
});

test('a password that moved here from Supabase works, and is hashed anew', async () => {
  const mover = await signUp(server, 'mover@example.org');
  const bcrypt = '$2b$04$UlYJv2pAB4QbQGqXWQFuDuIBXjQ79Xc8w5qg6FMt1D0g2uQzXQJ1u';
  const made = statement({
    name: 'testing_bcrypt',
    text: `select extensions.crypt('moved password', extensions.gen_salt('bf', 4)) as hash`,
    columns: { hash: 'text?' },
  });
  const [row] = await database.db.asService('auth', made());
  const set = (hash: string | null) =>
    database.db.asService('auth', setAccount({ id: mover.id, hash, banned_until: null, deleted_at: null }));
  await set(bcrypt);
  assert.equal((await signIn('mover@example.org', 'moved password')).status, 400);
  await set(row?.hash ?? null);
  assert.equal((await signIn('mover@example.org', 'wrong')).status, 400);
  assert.equal((await signIn('mover@example.org', 'moved password')).status, 200);
  const [stored] = await set(null);
  assert.match(String(stored?.encrypted_password), /^\$argon2id\$/);
  assert.equal((await signIn('mover@example.org', 'moved password')).status, 200);
});
