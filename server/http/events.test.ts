// Live changes: who hears of what, when a stream ends, and what happens to readers who do not read.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Database } from '../../core/database.ts';
import { newId } from '../../core/ids.ts';
import { statement } from '../../core/statement.ts';
import { openTestDatabase, type TestDatabase } from '../testing/database.ts';
import { type Client, mount } from '../testing/requests.ts';
import { createUser, type TestUser } from '../testing/users.ts';
import { type Events, eventRoutes, openEvents } from './events.ts';

const startConversation = statement({
  name: 'testing_start_conversation',
  text: 'insert into conversations (id, user_id, title) values ($1, (select auth.uid()), $2)',
  params: { id: 'uuid', title: 'text' },
});

let opened: TestDatabase;
let db: Database;
let events: Events;
let ada: TestUser;
let bob: TestUser;
let as: (user: TestUser | null) => Client;

before(async () => {
  opened = await openTestDatabase();
  db = opened.db;
  events = await openEvents(db);
  await createUser(db, 'admin@example.com');
  ada = await createUser(db, 'ada@example.com');
  bob = await createUser(db, 'bob@example.com');
  as = mount([eventRoutes(events)]);
});
after(async () => {
  await events.close();
  await opened.close();
});

/** The header of a token that ends in `seconds`; its signature was checked before the room sees it. */
const tokenFor = (seconds: number): string =>
  `Bearer x.${Buffer.from(JSON.stringify({ exp: Math.floor(Date.now() / 1000) + seconds })).toString('base64url')}.x`;

async function listen(user: TestUser, authorization?: string): Promise<ReadableStreamDefaultReader<string>> {
  const init = authorization === undefined ? {} : { headers: { authorization } };
  const response = await as(user).raw('GET', '/api/v1/events', init);
  assert.equal(response.status, 200);
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader() ?? assert.fail('no body');
  assert.equal((await reader.read()).value, ': listening\n\n');
  return reader;
}
async function rest(reader: ReadableStreamDefaultReader<string>): Promise<string> {
  let text = '';
  for (let part = await reader.read(); !part.done; part = await reader.read()) text += part.value;
  return text;
}

test('nobody hears nothing', async () => {
  assert.equal((await as(null)('GET', '/api/v1/events')).status, 401);
});

test('a change is told to whom it concerns, by table and id, without content', async () => {
  const [hers, his] = [await listen(ada), await listen(bob)];
  const [a, b] = [newId(), newId()];
  await db.asUser(ada.claims, startConversation({ id: a, title: 'A secret title' }));
  await db.asUser(bob.claims, startConversation({ id: b, title: 'A secret title' }));
  const [heard, other] = [(await hers.read()).value ?? '', (await his.read()).value ?? ''];
  assert.match(heard, /^event: change\ndata: /);
  assert.deepEqual(JSON.parse(heard.split('data: ')[1] ?? ''), { table: 'conversations', id: a, operation: 'insert' });
  assert.ok(other.includes(b) && !other.includes(a), 'the first thing that Bob hears is his own');
  assert.ok(!heard.includes('secret') && !heard.includes(ada.id));
  await Promise.all([hers.cancel(), his.cancel()]);
});

test('a stream ends with its token', async () => {
  assert.equal(await rest(await listen(ada, tokenFor(0))), '');
});

test('a stream ends with its session, and only that one', async () => {
  const [ending, staying] = [await listen(ada), await listen(bob)];
  await db.asService('auth', notifySession({ session: ada.claims.session_id ?? '' }));
  assert.equal(await rest(ending), '');
  const id = newId();
  await db.asUser(bob.claims, startConversation({ id, title: 'Still there' }));
  assert.ok(((await staying.read()).value ?? '').includes(id));
  await staying.cancel();
});
const notifySession = statement({
  name: 'testing_notify_session',
  text: `select pg_notify('loam_sessions', $1)`,
  params: { session: 'text' },
  columns: { pg_notify: 'void' },
});

test('streams are limited for each person, and a closed one makes room', async () => {
  const readers = [];
  for (let n = 0; n < 20; n++) readers.push(await listen(ada));
  assert.equal((await as(ada)('GET', '/api/v1/events')).status, 429);
  await (await listen(bob)).cancel();
  await readers[0]?.cancel();
  readers.push(await listen(ada));
  for (const reader of readers.slice(1)) await reader.cancel();
});

test('a reader who does not read is let go', async () => {
  const response = await as(ada).raw('GET', '/api/v1/events');
  for (let n = 0; n < 1_200; n++) await db.asUser(ada.claims, notifyChange({ id: newId(), to: [ada.id] }));
  const text = await rest(response.body?.pipeThrough(new TextDecoderStream()).getReader() ?? assert.fail('no body'));
  assert.ok(text.split('event: change').length < 1_200);
});
const notifyChange = statement({
  name: 'testing_notify_change',
  text: `select loam.notify_change('documents', $1, 'update', $2)`,
  params: { id: 'uuid', to: 'uuid[]' },
  columns: { notify_change: 'void' },
});
