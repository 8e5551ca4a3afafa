// Profiles: people see and change themselves, never their role or what they have used; nobody sees another.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { statement } from '../../core/statement.ts';
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

const claims = (person: { id: string }) => ({ sub: person.id, role: 'authenticated' as const });
const read = async (token: string) => (await server.send('GET', '/api/v1/me', { token })).body;
const change = (token: string, body: unknown) => server.send('PATCH', '/api/v1/me', { token, body });
let statements = 0;
const asUser = (person: { id: string }, text: string) =>
  database.db.asUser(claims(person), statement({ name: `testing_profiles_${statements++}`, text })());

test('nobody signed in is nobody', async () => {
  assert.equal((await server.send('GET', '/api/v1/me')).status, 401);
  assert.equal((await server.send('PATCH', '/api/v1/me', { body: { theme: 'dark' } })).status, 401);
});

test('what confers power cannot be changed through the API', async () => {
  const before = await read(ann.token);
  for (const body of [
    { role: 'admin' },
    { id: bob.id },
    { email: 'bob@example.org' },
    { total_tokens_used: 0 },
    { monthly_token_quota: 1_000_000 },
    { theme: 'dark', role: 'admin' },
    { features: { images: true } },
    { theme: 'red' },
    { theme: null },
    { display_name: '' },
    { display_name: 'x'.repeat(101) },
    { default_model: '' },
    { default_model: 7 },
    { settings: null },
    { settings: [] },
    { settings: 'none' },
    { settings: { blob: 'x'.repeat(16_400) } },
    [],
    null,
  ]) {
    const { status, body: answer } = await change(ann.token, body);
    assert.deepEqual([status, answer.error.code], [400, 'invalid_request'], JSON.stringify(body)?.slice(0, 80));
  }
  assert.equal((await change(ann.token, '{"theme":')).body.error.code, 'invalid_json');
  assert.equal((await change(ann.token, { settings: { blob: 'x'.repeat(1_100_000) } })).status, 413);
  assert.deepEqual(await read(ann.token), before);
});

test('nor in SQL under one’s own rights', async () => {
  for (const text of [
    `update user_profiles set role = 'admin'`,
    `update user_profiles set monthly_token_quota = null`,
    'update user_profiles set total_tokens_used = 0',
    'update user_profiles set total_cost_usd = 0',
    `update user_profiles set email = 'bob@example.org'`,
    `update user_profiles set id = '${bob.id}'`,
    `update user_preferences set user_id = '${bob.id}'`,
    `insert into user_profiles (id, role) values (gen_random_uuid(), 'admin')`,
    'delete from user_profiles',
    `select loam.give_role('${ann.id}', 'admin')`,
    'select loam.has_accounts()',
    'select encrypted_password from auth.users',
    'select token from auth.refresh_tokens',
    'select private_sealed from loam.signing_keys',
    'select key_hash from api_keys',
    'delete from rate_limits',
    `insert into notifications (user_id, type, title) values ('${bob.id}', 'x', 'from a friend')`,
    `insert into activity_logs (user_id, action) values ('${ann.id}', 'was good')`,
    `insert into user_achievements (user_id, achievement_id) values ('${ann.id}', gen_random_uuid())`,
    `insert into user_metadata (user_id, key, value) values ('${bob.id}', 'a', '1')`,
    `insert into user_follows (follower_id, following_id) values ('${bob.id}', '${ann.id}')`,
    `insert into user_sessions (user_id, session_id) values ('${ann.id}', gen_random_uuid())`,
  ]) {
    await assert.rejects(asUser(ann, text), { code: 'forbidden' }, text);
  }
  assert.equal((await read(ann.token)).role, 'user');
});

test('nobody sees or touches another’s rows', async () => {
  await asUser(bob, `insert into user_metadata (user_id, key, value) values ('${bob.id}', 'secret', '"of bob"')`);
  const seen = statement({
    name: 'testing_seen_of_others',
    text: `
      select 'user_profiles' as place from user_profiles where id <> auth.uid()
      union all select 'users' from users where id <> auth.uid()
      union all select 'user_preferences' from user_preferences where user_id <> auth.uid()
      union all select 'user_metadata' from user_metadata where user_id <> auth.uid()
      union all select 'user_sessions' from user_sessions where user_id <> auth.uid()
      union all select 'audit_logs' from audit_logs where user_id is distinct from auth.uid()`,
    columns: { place: 'text' },
  });
  assert.deepEqual(await database.db.asUser(claims(ann), seen()), []);
  await asUser(ann, `update user_profiles set display_name = 'owned'`);
  await asUser(ann, `update user_preferences set theme = 'dark'`);
  await asUser(ann, 'delete from user_metadata');
  const bobNow = await read(bob.token);
  assert.deepEqual([bobNow.display_name, bobNow.theme], [null, 'system']);
  const kept = statement({ name: 'testing_kept', text: 'select key from user_metadata', columns: { key: 'text' } });
  assert.deepEqual(await database.db.asUser(claims(bob), kept()), [{ key: 'secret' }]);
});

test('an administrator sees accounts, not what people keep', async () => {
  const count = (what: string) =>
    statement({ name: `testing_count_${what}`, text: `select count(*) as n from ${what}`, columns: { n: 'int8' } });
  const [profiles] = await database.db.asUser(claims(admin), count('user_profiles')());
  assert.equal(profiles?.n, 3);
  for (const table of ['user_preferences', 'user_sessions']) {
    const [rows] = await database.db.asUser(claims(admin), count(table)());
    assert.equal(rows?.n, 1, table);
  }
  const [metadata] = await database.db.asUser(claims(admin), count('user_metadata')());
  assert.equal(metadata?.n, 0);
  assert.equal((await read(admin.token)).role, 'admin');
});

test('people change their name, theme, model and settings, each alone', async () => {
  const { token } = await signUp(server, 'changer@example.org');
  const fresh = await read(token);
  assert.deepEqual(
    {
      display_name: fresh.display_name,
      theme: fresh.theme,
      default_model: fresh.default_model,
      settings: fresh.settings,
      avatar_url: fresh.avatar_url,
    },
    { display_name: null, theme: 'system', default_model: null, settings: {}, avatar_url: null },
  );
  assert.equal(fresh.features.chat, true);
  const changed = await change(token, {
    display_name: '  Chan ',
    theme: 'dark',
    default_model: 'openai/gpt-5',
    settings: { sidebar: 'narrow', keys: { send: 'enter' } },
  });
  assert.equal(changed.status, 200);
  assert.equal(changed.body.display_name, 'Chan');
  const merged = await change(token, { settings: { sidebar: null, sound: false } });
  assert.deepEqual(merged.body.settings, { keys: { send: 'enter' }, sound: false });
  assert.deepEqual([merged.body.theme, merged.body.default_model], ['dark', 'openai/gpt-5']);
  const cleared = await change(token, { display_name: null, default_model: null });
  assert.deepEqual([cleared.body.display_name, cleared.body.default_model, cleared.body.theme], [null, null, 'dark']);
  assert.deepEqual((await change(token, {})).body, cleared.body);
});

test('settings stay small, also in pieces', async () => {
  const { token } = await signUp(server, 'hoarder@example.org');
  assert.equal((await change(token, { settings: { a: 'x'.repeat(12_000) } })).status, 200);
  const { status, body } = await change(token, { display_name: 'too much', settings: { b: 'x'.repeat(12_000) } });
  assert.deepEqual([status, body.error.code], [400, 'invalid_request']);
  const now = await read(token);
  assert.deepEqual([Object.keys(now.settings), now.display_name], [['a'], null], 'nothing of it was kept');
});

test('the model that people prefer stands in their profile in two parts', async () => {
  const { id, token } = await signUp(server, 'modeller@example.org');
  const parts = statement({
    name: 'testing_preferred_model',
    text: 'select preferred_model_provider, preferred_model_name from user_profiles where id = $1',
    params: { id: 'uuid' },
    columns: { preferred_model_provider: 'text?', preferred_model_name: 'text?' },
  });
  const of = async (model: string | null) => {
    await change(token, { default_model: model });
    const [row] = await database.db.asUser(claims({ id }), parts({ id }));
    return [row?.preferred_model_provider, row?.preferred_model_name];
  };
  assert.deepEqual(await of('openrouter/meta/llama-4'), ['openrouter', 'meta/llama-4']);
  assert.deepEqual(await of('llama-4'), [null, 'llama-4']);
  assert.deepEqual(await of(null), [null, null]);
});

test('a profile follows its account', async () => {
  const made = await server.send('POST', '/auth/v1/signup', {
    body: {
      email: 'Follower@example.org',
      password: 'correct horse battery',
      data: { display_name: `  ${'n'.repeat(150)}`, full_name: 'F. Ollower', avatar_url: 'javascript:alert(1)' },
    },
  });
  const token = String(made.body.access_token);
  const fresh = await read(token);
  assert.equal(fresh.display_name, 'n'.repeat(100));
  assert.equal(fresh.avatar_url, null, 'only https');
  assert.equal(fresh.email, 'follower@example.org');
  await server.send('PUT', '/auth/v1/user', { token, body: { email: 'moved@example.org' } });
  assert.equal((await read(token)).email, 'moved@example.org');
  const view = statement({
    name: 'testing_users_view',
    text: 'select email, full_name, last_sign_in from users',
    columns: { email: 'text?', full_name: 'text?', last_sign_in: 'timestamptz?' },
  });
  const [row] = await database.db.asUser(claims(made.body.user), view());
  assert.deepEqual([row?.email, row?.full_name], ['moved@example.org', 'F. Ollower']);
  assert.ok(row?.last_sign_in);
});

test('people see where they are and were signed in', async () => {
  const { id, token } = await signUp(server, 'traveller@example.org');
  await server.send('POST', '/auth/v1/token?grant_type=password', {
    body: { email: 'traveller@example.org', password: 'correct horse battery' },
    headers: { 'user-agent': 'a telephone' },
  });
  await server.send('POST', '/auth/v1/logout?scope=others', { token });
  const sessions = statement({
    name: 'testing_own_sessions',
    text: 'select user_agent, host(ip_address) as ip, ended_at is null as is_open from user_sessions order by created_at',
    columns: { user_agent: 'text?', ip: 'text?', is_open: 'bool' },
  });
  const rows = await database.db.asUser(claims({ id }), sessions());
  assert.deepEqual(
    rows.map(({ ip, is_open }) => [ip, is_open]),
    [
      ['127.0.0.1', true],
      ['127.0.0.1', false],
    ],
  );
  assert.equal(rows[1]?.user_agent, 'a telephone');
});

test('changes of a profile are heard by its owner alone', async () => {
  const heard: { table: string; to: string[] }[] = [];
  const done = Promise.withResolvers<void>();
  await database.db.listen('loam_changes', (payload) => {
    if (payload === null) return;
    heard.push(JSON.parse(payload));
    if (heard.length === 2) done.resolve();
  });
  await change(bob.token, { display_name: 'Bob', theme: 'light' });
  await done.promise;
  assert.deepEqual(
    heard.map(({ table, to }) => [table, to]),
    [
      ['user_profiles', [bob.id]],
      ['user_preferences', [bob.id]],
    ],
  );
});
