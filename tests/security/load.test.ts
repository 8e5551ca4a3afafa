// Attacks on everybody's time: texts that make a pattern, the text parser or a model's reader take for ever, one person's
// thousand requests, answers without an end. What would hang here is given a deadline, far beyond what is right.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Conversation, Message } from '../../contract/chat.ts';
import type { Database } from '../../core/database.ts';
import { newId } from '../../core/ids.ts';
import { type BoundQuery, statement } from '../../core/statement.ts';
import { failAbandoned, writePiece } from '../../server/chat/answer-queries.ts';
import { type Chat, openChat } from '../../server/chat/chat.ts';
import { beginAnswer } from '../../server/chat/queries.ts';
import { answerError, toAppError } from '../../server/http/errors.ts';
import { requestLimits } from '../../server/http/limits.ts';
import { createRoom } from '../../server/http/room.ts';
import { searchAll } from '../../server/search/search.ts';
import { openTestDatabase, type TestDatabase } from '../../server/testing/database.ts';
import { type ScriptedModel, scriptedModel } from '../../server/testing/model.ts';
import { type Client, mount, silentLog } from '../../server/testing/requests.ts';
import { createUser, type TestUser } from '../../server/testing/users.ts';

let opened: TestDatabase;
let db: Database;
let chat: Chat;
let model: ScriptedModel;
let ada: TestUser;
let bob: TestUser;
let asAda: Client;

before(async () => {
  opened = await openTestDatabase();
  db = opened.db;
  await createUser(db, 'admin@example.com');
  ada = await createUser(db, 'ada@example.com');
  bob = await createUser(db, 'bob@example.com');
  model = scriptedModel();
  chat = await openChat({
    db,
    log: silentLog,
    sources: model,
    resolve: () => ({ provider: 'test', model: 'one' }),
    defaultModel: async () => 'test/one',
    describeDocuments: async () => [],
  });
  asAda = mount([chat.routes])(ada);
});
after(async () => {
  await chat.close();
  await opened.close();
});

let serial = 0;
const sql = (text: string): BoundQuery => statement({ name: `load_${serial++}`, text })();

/** Whether a module gets through a text. In a process of its own: what hangs can only be killed. */
function getsThrough(module: string, call: string): boolean {
  const address = new URL(`../../server/${module}`, import.meta.url).href;
  const program = `const room = await import(${JSON.stringify(address)}); ${call}`;
  const { status, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
    timeout: 30_000,
    killSignal: 'SIGKILL',
    cwd: fileURLToPath(new URL('../..', import.meta.url)),
    encoding: 'utf8',
  });
  assert.equal(stderr.replace(/.*Warning.*\n?/g, ''), '');
  return status === 0;
}

test('no text of a model holds up the reader of its marks', () => {
  const texts = [
    `'a [1' + ',  '.repeat(40) + 'x'`,
    `'a [1' + ' '.repeat(100_000) + 'x'`,
    `'['.repeat(100_000)`,
    `' [1,'.repeat(50_000)`,
  ];
  const call = texts
    .map((text) => `{ const marks = room.filterMarks({ cite: () => 1 }); marks.push(${text}); marks.end(); }`)
    .join('');
  assert.ok(getsThrough('chat/marks.ts', call));
});

test('no passage and no question hold up the built-in model', () => {
  const call = `
    const passage = (content, number) => ({ number, chunk_id: 'c', document_id: 'd' + number, document_name: 'n', page_index: 0,
      page_number: 1, heading: null, start_offset: 0, end_offset: content.length, content });
    const ask = (question, content) => [...room.answerFromPassages(question, Array.from({ length: 10 }, (_, n) => passage(content, n + 1)))];
    for (const piece of ['alpha. ', 'a\\n', ' ', '!', '."', '\\u6f22\\u3002', 'y', 'alpha \\u{1f600}. ', '[1,  '])
      ask('what is alpha', 'alpha ' + piece.repeat(20_000 / piece.length) + 'x');
    ask(Array.from({ length: 10 }, (_, n) => 'y'.repeat(8_000 + n)).join(' '), 'alpha');
    ask('y'.repeat(1_000_000), 'alpha');
    ask(Array.from({ length: 50_000 }, (_, n) => 'w' + n).join(' '), 'alpha w1. '.repeat(2_000));`;
  assert.ok(getsThrough('gateway/providers/extractive.ts', call));
});

test('no text holds up the engine: neither as a message nor as a question', async () => {
  const conversation = newId();
  await db.asUser(ada.claims, [sql(`insert into conversations (id, user_id) values ('${conversation}', '${ada.id}')`)]);
  const insert = statement({
    name: 'load_insert_message',
    text: `insert into messages (conversation_id, user_id, role, content) values ($1, (select auth.uid()), 'user', $2)`,
    params: { conversation: 'uuid', content: 'text' },
  });
  // Each took the parser of text search minutes at this length; past its deadline the engine is killed for everybody.
  for (const piece of ['a_', './', '~/', '1-a-', '<!--', '<!-- ', 'a-', 'a@b.', 'x'])
    await db.asUser(ada.claims, insert({ conversation, content: piece.repeat(100_000 / piece.length) }));
  // A question is read once in each language that somebody has documents in.
  const document = newId();
  const path = `${ada.id}/x/x.txt`;
  await db.asService(
    'storage',
    sql(`insert into storage.objects (bucket_id, name, owner) values ('documents', '${path}', '${ada.id}')`),
  );
  await db.asUser(
    ada.claims,
    sql(
      `insert into documents (id, user_id, original_name, storage_path, mime_type, file_size) values ('${document}', '${ada.id}', 'x', '${path}', 'text/plain', 1)`,
    ),
  );
  const languages =
    'danish dutch english finnish french german hungarian italian norwegian portuguese romanian russian';
  for (const [index, language] of `${languages} simple spanish swedish turkish`.split(' ').entries())
    await db.asService(
      'ingest',
      sql(`insert into document_chunks (document_id, user_id, chunk_index, page_index, start_offset, end_offset, content, language)
           values ('${document}', '${ada.id}', ${index}, 0, 0, 1, repeat('a_b', 260), '${language}')`),
    );
  for (const piece of ['a_', '<!--', 'aa', '% ']) await searchAll(db, ada.claims, piece.repeat(2_000), 20);
  assert.ok(true, 'the engine is still the same');
});

test('a person with a thousand statements waits for them alone', async () => {
  const order: string[] = [];
  const ask = (user: TestUser): Promise<unknown> =>
    db.asUser(user.claims, sql('select pg_sleep(0.001)')).then(() => order.push(user.id));
  const flood = Array.from({ length: 300 }, () => ask(ada));
  await ask(bob);
  assert.ok(order.length < 10, `Bob waited for ${order.length} of Ada’s`);
  await Promise.all(flood);
  assert.equal(order.length, 301);
});

test('requests are limited for each person, and come back with time', async () => {
  let now = 0;
  const waiting: (() => void)[] = [];
  const app = createRoom();
  app.use(async (c, next) => {
    const id = c.req.header('x-person');
    const claims = { sub: id ?? '', role: 'authenticated' } as const;
    c.set('who', id === undefined ? null : { claims, via: 'session', keyId: null, scopes: [] });
    await next();
  });
  app.use(requestLimits({ burst: 5, perSecond: 2, atOnce: 2 }, () => now));
  app.get('/quick', (c) => c.text('ok'));
  app.get('/slow', async (c) => {
    await new Promise<void>((resolve) => waiting.push(resolve));
    return c.text('ok');
  });
  app.onError((error, c) => answerError(c, toAppError(error, silentLog)));
  const ask = async (person: string, path = '/quick'): Promise<Response> =>
    await app.request(path, { headers: { 'x-person': person } });
  for (let n = 0; n < 5; n += 1) assert.equal((await ask('ada')).status, 200);
  const refused = await ask('ada');
  assert.deepEqual([refused.status, refused.headers.get('retry-after')], [429, '1']);
  assert.equal((await ask('bob')).status, 200, 'Bob has his own');
  for (let n = 0; n < 20; n += 1)
    assert.equal((await app.request('/quick')).status, 200, 'strangers have nothing to use up');
  now += 500;
  assert.equal((await ask('ada')).status, 200);
  assert.equal((await ask('ada')).status, 429);
  now += 60_000;
  const slow = [ask('ada', '/slow'), ask('ada', '/slow')];
  assert.equal((await ask('ada')).status, 429, 'two wait already');
  for (const finish of waiting) finish();
  await Promise.all(slow);
  assert.equal((await ask('ada')).status, 200);
});

async function answerOf(say: (text: (words: string) => void) => void): Promise<Message> {
  const { id } = (await asAda('POST', '/api/v1/conversations', {})).body as Conversation; // checked: conforms to the document
  const reply = asAda('POST', `/api/v1/conversations/${id}/messages`, { content: 'Say it.', document_chat: false });
  const call = await model.next();
  say((words) => call.say(words));
  call.finish();
  await reply;
  const { body } = await asAda('GET', `/api/v1/conversations/${id}/messages`);
  return (body as { data: Message[] }).data[1] ?? assert.fail('no answer'); // checked: as above
}

test('a model that says what PostgreSQL cannot hold is heard without it', async () => {
  const message = await answerOf((say) => say('Hello\u0000, world'));
  assert.deepEqual([message.status, message.content], ['completed', 'Hello, world']);
});

test('a model that never stops is cut off, and what it said is kept', async () => {
  const message = await answerOf((say) => {
    for (let n = 0; n < 30; n += 1) say('€'.repeat(100_000));
  });
  assert.deepEqual([message.status, message.error?.code], ['failed', 'answer_incomplete']);
  assert.ok(message.content.length >= 500_000);
});

test('an abandoned answer that is too long to keep does not keep the others from being ended', async () => {
  const [conversation, question, answer] = [newId(), newId(), newId()];
  await db.asUser(bob.claims, [
    sql(`insert into conversations (id, user_id) values ('${conversation}', '${bob.id}')`),
    sql(
      `insert into messages (id, conversation_id, user_id, role, content) values ('${question}', '${conversation}', '${bob.id}', 'user', 'x')`,
    ),
    beginAnswer({ answer_id: answer, parent_id: question, provider: 'x', model: 'x', owner_id: newId() }),
  ]);
  const events = [{ type: 'text-delta', delta: '€'.repeat(300_000) }];
  for (const seq of [1, 2, 3]) await db.asService('answer', writePiece({ message_id: answer, seq, events }));
  const ended = await db.asService('answer', failAbandoned({ silent_seconds: 0 }));
  assert.deepEqual(
    ended.map(({ id }) => id),
    [answer],
  );
});
