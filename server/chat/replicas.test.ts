// Two processes on one native PostgreSQL: B resumes what A began, B stops what A makes, and when A is killed B shows the
// message as failed with the text that arrived.
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Conversation, Message } from '../../contract/chat.ts';
import { createDatabase, type Database } from '../../core/database.ts';
import { openPg } from '../../core/database-pg.ts';
import { type NativeDatabase, openNativeDatabase } from '../testing/database.ts';
import { type ScriptedModel, scriptedModel } from '../testing/model.ts';
import { type Client, mount, parseEvents, silentLog } from '../testing/requests.ts';
import { createUser, type TestUser } from '../testing/users.ts';
import { type Chat, openChat } from './chat.ts';

let native: NativeDatabase;
let second: Database;
let ada: TestUser;
let bob: TestUser;
let modelA: ScriptedModel;
const chats: Chat[] = [];
let onA: Client;
let onB: Client;
let bobOnB: Client;

/** `heartbeat` only where a dead process is to be found soon: what lives must not be taken for dead on a busy machine. */
async function replica(
  db: Database,
  model: ScriptedModel,
  options: { heartbeat?: number } = {},
): Promise<(user: TestUser) => Client> {
  const chat = await openChat({
    db,
    log: silentLog,
    sources: model,
    resolve: () => ({ provider: 'test', model: 'one' }),
    defaultModel: async () => 'test/one',
    describeDocuments: async () => [],
    ...options,
  });
  chats.push(chat);
  return mount([chat.routes]);
}

before(async () => {
  native = await openNativeDatabase();
  second = createDatabase(
    await openPg({ url: native.url, sessionRole: 'authenticator', poolSize: 4 }),
    native.db.installed,
  );
  await createUser(native.db, 'admin@example.com');
  ada = await createUser(native.db, 'ada@example.com');
  bob = await createUser(native.db, 'bob@example.com');
  modelA = scriptedModel();
  onA = (await replica(native.db, modelA))(ada);
  const as = await replica(second, scriptedModel());
  onB = as(ada);
  bobOnB = as(bob);
});
after(async () => {
  for (const chat of chats) await chat.close();
  await second.close();
  await native.close();
});

async function start(): Promise<string> {
  return ((await onA('POST', '/api/v1/conversations', {})).body as Conversation).id;
}
const textOf = (body: unknown): string =>
  parseEvents(String(body))
    .filter(({ type }) => type === 'text-delta')
    .map(({ delta }) => delta)
    .join('');

test('B resumes, from its beginning, what A is making', async () => {
  const id = await start();
  const asked = onA('POST', `/api/v1/conversations/${id}/messages`, { content: 'A story?' });
  const call = await modelA.next();
  call.say('Once upon ');
  const response = await onB.raw('GET', `/api/v1/conversations/${id}/stream`);
  assert.equal(response.status, 200);
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  let seen = '';
  while (!seen.includes('Once upon')) seen += (await reader?.read())?.value ?? assert.fail('the stream ended');
  assert.equal((await bobOnB('GET', `/api/v1/conversations/${id}/stream`)).status, 404);
  call.say('a time.');
  call.finish();
  for (let part = await reader?.read(); part?.done === false; part = await reader?.read()) seen += part.value;
  assert.equal(textOf(seen), 'Once upon a time.');
  assert.equal(parseEvents(seen).at(-1)?.['type'], 'finish');
  assert.equal((await asked).status, 200);
  assert.equal((await onB('GET', `/api/v1/conversations/${id}/stream`)).status, 204);
});

test('B stops what A is making', async () => {
  const id = await start();
  const response = await onA.raw('POST', `/api/v1/conversations/${id}/messages`, {
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ content: 'Count' }),
  });
  const call = await modelA.next();
  call.say('One ');
  const messageId = response.headers.get('x-loam-message-id');
  assert.equal((await bobOnB('POST', `/api/v1/messages/${messageId}/stop`)).status, 404);
  const aborted = once(call.signal, 'abort');
  assert.equal((await onB('POST', `/api/v1/messages/${messageId}/stop`)).status, 204);
  await aborted;
  assert.equal(parseEvents(await response.text()).at(-1)?.['type'], 'abort');
});

test('when A is killed, B shows the message as failed with the text that arrived', async () => {
  const id = await start();
  const script = fileURLToPath(new URL('../testing/replica.ts', import.meta.url));
  const child: ChildProcess = spawn(process.execPath, [script, native.url, ada.id, id], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    const [printed] = (await once(child.stdout ?? assert.fail('no output'), 'data')) as [Buffer];
    const messageId = printed.toString().trim();
    const response = await onB.raw('GET', `/api/v1/conversations/${id}/stream`);
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    let seen = '';
    while (!seen.includes('it.')) seen += (await reader?.read())?.value ?? assert.fail('the stream ended');
    child.kill('SIGKILL');
    await once(child, 'exit');
    await replica(second, scriptedModel(), { heartbeat: 200 });
    for (let part = await reader?.read(); part?.done === false; part = await reader?.read()) seen += part.value;
    assert.equal(parseEvents(seen).at(-1)?.['type'], 'error');
    const { body } = await onB('GET', `/api/v1/messages/${messageId}`);
    const message = body as Message;
    assert.deepEqual(
      [message.status, message.content, message.error?.code],
      ['failed', 'Half of it.', 'answer_abandoned'],
    );
  } finally {
    child.kill('SIGKILL');
  }
});
