// Tokens of a Supabase project: accepted when it is configured, and only then; a local server stands in for its JWKS.
import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, test } from 'node:test';
import { type CryptoKey, exportJWK, exportSPKI, generateKeyPair, SignJWT } from 'jose';
import { newId } from '../../core/ids.ts';
import { signUp, startAuthServer } from '../testing/auth-server.ts';
import { openTestDatabase } from '../testing/database.ts';
import { createSupabaseTokens } from './supabase-tokens.ts';
import { createTokenVerifier } from './token-verifier.ts';

const secret = 'super-secret-jwt-token-with-at-least-32-characters-long';
const shared = new TextEncoder().encode(secret);
let project: Server;
let url: string;
let key: { publicKey: CryptoKey; privateKey: CryptoKey };
let isDown = false;
before(async () => {
  key = await generateKeyPair('ES256', { extractable: true });
  const jwks = { keys: [{ ...(await exportJWK(key.publicKey)), kid: 'project', alg: 'ES256', use: 'sig' }] };
  project = createServer((request, response) => {
    const isKeys = request.url === '/auth/v1/.well-known/jwks.json' && !isDown;
    response
      .writeHead(isKeys ? 200 : 502, { 'content-type': 'application/json' })
      .end(isKeys ? JSON.stringify(jwks) : '{}');
  });
  await new Promise<void>((resolve) => project.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(project.address() as AddressInfo).port}`; // checked: it listens on a port
});
after(() => new Promise((resolve) => project.close(resolve)));

const sub = newId();
const claims = () => ({
  sub,
  role: 'authenticated',
  aud: 'authenticated',
  iss: `${url}/auth/v1`,
  email: 'ann@example.org',
  session_id: newId(),
});
const inAnHour = () => Math.floor(Date.now() / 1000) + 3600;
const asymmetric = (changes: object = {}, signer: CryptoKey = key.privateKey, kid = 'project') =>
  new SignJWT({ exp: inAnHour(), ...claims(), ...changes }).setProtectedHeader({ alg: 'ES256', kid }).sign(signer);
const symmetric = (changes: object = {}, signer: Uint8Array = shared) =>
  new SignJWT({ exp: inAnHour(), ...claims(), ...changes }).setProtectedHeader({ alg: 'HS256' }).sign(signer);
const verifier = (config: { SUPABASE_URL?: string; SUPABASE_JWT_SECRET?: string }) =>
  createTokenVerifier({ keys: null, supabase: createSupabaseTokens(config) });

test('without configuration nothing is accepted', async () => {
  const verify = verifier({});
  for (const token of [await asymmetric(), await symmetric()])
    await assert.rejects(verify(token), { code: 'invalid_token' });
});

test('what is configured decides which kind is accepted', async () => {
  await assert.rejects(verifier({ SUPABASE_URL: url })(await symmetric()), { code: 'invalid_token' });
  await assert.rejects(verifier({ SUPABASE_JWT_SECRET: secret })(await asymmetric()), { code: 'invalid_token' });
});

test('forged, stale and foreign tokens are refused', async () => {
  const verify = verifier({ SUPABASE_URL: url, SUPABASE_JWT_SECRET: secret });
  const mine = await generateKeyPair('ES256');
  const spki = new TextEncoder().encode(await exportSPKI(key.publicKey));
  const past = Math.floor(Date.now() / 1000) - 10;
  const none = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${(await symmetric()).split('.')[1]}.`;
  const cases: [string, string, string][] = [
    ['none', none, 'invalid_token'],
    ['the public key as shared secret', await symmetric({}, spki), 'invalid_token'],
    ['another secret', await symmetric({}, new TextEncoder().encode('x'.repeat(40))), 'invalid_token'],
    ['another key', await asymmetric({}, mine.privateKey), 'invalid_token'],
    ['an unknown kid', await asymmetric({}, key.privateKey, 'other'), 'invalid_token'],
    ['expired', await asymmetric({ exp: past }), 'token_expired'],
    ['expired, shared', await symmetric({ exp: past }), 'token_expired'],
    ['without an end', await symmetric({ exp: undefined }), 'invalid_token'],
    ['another project', await asymmetric({ iss: 'https://other.supabase.co/auth/v1' }), 'invalid_token'],
    ['another audience', await asymmetric({ aud: 'other' }), 'invalid_token'],
    ['another project, shared', await symmetric({ iss: 'https://other.supabase.co/auth/v1' }), 'invalid_token'],
    ['another audience, shared', await symmetric({ aud: 'other' }), 'invalid_token'],
    ['the anon key', await symmetric({ role: 'anon', sub: undefined, aud: undefined }), 'invalid_token'],
    ['the service key', await symmetric({ role: 'service_role' }), 'invalid_token'],
    ['no person', await symmetric({ sub: 'me' }), 'invalid_token'],
  ];
  for (const [what, token, code] of cases) await assert.rejects(verify(token), { code }, what);
});

test('a project that does not answer is not the token’s fault', async () => {
  isDown = true;
  const verify = verifier({ SUPABASE_URL: url });
  await assert.rejects(verify(await asymmetric()), { code: 'auth_keys_unavailable' });
  isDown = false;
  await assert.rejects(
    verifier({ SUPABASE_URL: 'http://127.0.0.1:1' })(await asymmetric({ iss: 'http://127.0.0.1:1/auth/v1' })),
    { code: 'auth_keys_unavailable' },
  );
});

test('both kinds are accepted when configured', async () => {
  const verify = verifier({ SUPABASE_URL: url, SUPABASE_JWT_SECRET: secret });
  for (const token of [await asymmetric(), await symmetric()]) {
    const { claims: verified, isOwn } = await verify(token);
    assert.equal(verified.sub, sub);
    assert.equal(verified.email, 'ann@example.org');
    assert.equal(isOwn, false);
  }
});

test('a remembered token still expires', async () => {
  let time = Date.now();
  const verify = createTokenVerifier({
    keys: null,
    supabase: createSupabaseTokens({ SUPABASE_JWT_SECRET: secret }),
    now: () => time,
  });
  const token = await symmetric();
  await verify(token);
  time += 3_601_000;
  await assert.rejects(verify(token), { code: 'token_expired' });
});

test('people of the project have an account here from their first request on', async (t) => {
  const { db, close } = await openTestDatabase();
  t.after(close);
  const server = await startAuthServer(db, { SUPABASE_JWT_SECRET: secret });
  t.after(() => server.close());
  const local = await signUp(server, 'ann@example.org');
  const token = await symmetric({ email: 'ann@example.org' });
  const { status, body } = await server.send('GET', '/api/v1/me', { token });
  assert.deepEqual([status, body.id, body.email, body.role], [200, sub, null, 'user'], 'an address joins no accounts');
  assert.equal((await server.send('GET', '/api/v1/me', { token: local.token })).body.id, local.id);
  assert.equal((await server.send('POST', '/api/v1/api-keys', { token, body: { name: 'mine' } })).status, 201);
  const other = await symmetric({ sub: newId(), email: 'New@example.org' });
  assert.equal((await server.send('GET', '/api/v1/me', { token: other })).body.email, 'new@example.org');
});
