// What an answer survives: a database that is away when it is to be kept, and a server that is being shut down.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import type { Conversation, Message } from '../../contract/chat.ts';
import type { Database, ServiceName } from '../../core/database.ts';
import { AppError } from '../../core/errors.ts';
import { openTestDatabase, type TestDatabase } from '../testing/database.ts';
import { type ScriptedModel, scriptedModel } from '../testing/model.ts';
import { type Client, mount, silentLog } from '../testing/requests.ts';
import { createUser } from '../testing/users.ts';
import { type Chat, openChat } from './chat.ts';
import { LiveAnswers } from './live-answers.ts';

let opened: TestDatabase;
let chat: Chat;
let model: ScriptedModel;
let asAda: Client;
let asBob: Client;
/** How often the end of an answer meets a database that is away, and what it says. */
let away: { times: number; error: AppError } = { times: 0, error: new AppError('database_unavailable') };

before(async () => {
  opened = await openTestDatabase();
  const { db } = opened;
  await createUser(db, 'admin@example.com');
  model = scriptedModel();
  const asService = (service: ServiceName, work: unknown): unknown => {
    const ends = Array.isArray(work) && work.some(({ statement }) => statement.name === 'chat_finish_answer');
    if (!ends || away.times === 0) return db.asService(service, work as never); // checked: passed on as it came
    away.times -= 1;
    return Promise.reject(away.error);
  };
  chat = await openChat({
    db: { ...db, asService: asService as Database['asService'] }, // checked: answers what that answers, or refuses
    log: silentLog,
    sources: model,
    resolve: () => ({ provider: 'test', model: 'one' }),
    defaultModel: async () => 'test/one',
    describeDocuments: async () => [],
  });
  const as = mount([chat.routes]);
  asAda = as(await createUser(db, 'ada@example.com'));
  asBob = as(await createUser(db, 'bob@example.com'));
});
after(async () => {
  await chat.close();
  await opened.close();
});

async function converse(client: Client, words: string): Promise<{ status: number; stored: Message | undefined }> {
  const { id } = (await client('POST', '/api/v1/conversations', {})).body as Conversation; // checked: by what is compared
  const path = `/api/v1/conversations/${id}/messages`;
  const reply = client('POST', path, { content: 'How long?' }, { accept: 'application/json' });
  const call = await model.next();
  call.say(words);
  call.finish();
  const { status } = await reply;
  const { body } = await client('GET', path);
  return { status, stored: (body as { data: Message[] }).data.at(-1) }; // checked: by what is compared
}

test('an answer that cannot be kept at all says so, and others are not touched', async () => {
  away = { times: 1, error: new AppError('internal') };
  const { stored } = await converse(asAda, 'Seven years.');
  assert.deepEqual([stored?.status, stored?.error?.code], ['failed', 'database_unavailable']);
  assert.equal((await converse(asBob, 'Eight years.')).stored?.status, 'completed');
});

test('a database that is away for a moment loses nothing of it', async () => {
  away = { times: 2, error: new AppError('database_unavailable', { retryAfter: 1 }) };
  const { status, stored } = await converse(asAda, 'Nine years.');
  assert.deepEqual([status, stored?.status, stored?.content], [200, 'completed', 'Nine years.']);
  assert.equal(away.times, 0);
});

test('after a time without the database nobody’s answer is ended before its owner could renew it', async (t) => {
  t.mock.timers.enable({ apis: ['setInterval', 'Date'] });
  let isAway = true;
  const asked: boolean[] = [];
  const asService = async (_: ServiceName, work: unknown): Promise<unknown> => {
    if (isAway) throw new AppError('database_unavailable', { retryAfter: 1 });
    asked.push(Array.isArray(work)); // Alone is the renewal; with the ending of what is abandoned it is two.
    return Array.isArray(work) ? [[], []] : [];
  };
  const listen = async () => async () => {};
  const replica = await openChat({
    db: { ...opened.db, asService: asService as Database['asService'], listen }, // checked: answers what that answers
    log: silentLog,
    sources: model,
    resolve: () => ({ provider: 'test', model: 'one' }),
    defaultModel: async () => 'test/one',
    describeDocuments: async () => [],
  });
  const beat = async (): Promise<void> => {
    t.mock.timers.tick(5_000);
    await setImmediate();
  };
  for (let beats = 0; beats < 7; beats += 1) await beat();
  isAway = false;
  for (let beats = 0; beats < 4; beats += 1) await beat();
  assert.deepEqual(
    asked,
    [false, false, false, true],
    'a whole lease after the last failure, however long it was away',
  );
  await replica.close();
});

test('an answer that begins while the server stops is stopped from its beginning', async () => {
  const live = new LiveAnswers();
  const before = live.begin('one');
  live.stopAll();
  const after = live.begin('two');
  assert.deepEqual([before.stop.signal.reason, after.stop.signal.reason], ['shutting_down', 'shutting_down']);
  live.end(before);
  live.end(after);
  await live.settled();
});
