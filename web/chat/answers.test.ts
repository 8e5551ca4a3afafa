// Answers in the order in which things go wrong: turns that take each other's place, Stop before there is something to stop,
// a path that cannot be asked for at the end, and changes that came meanwhile.
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { QueryObserver } from '@tanstack/react-query';
import type { Message } from '../api/messages.ts';
import { Problem } from '../api/problem.ts';
import { queryClient } from '../api/query-client.ts';
import { openPage, settled } from '../testing/page.ts';
import { messageRow } from '../testing/rows.ts';
import { readAnswer, startAsking, startRegenerating, stopAnswering } from './answers.ts';
import { messagesChanged, refreshPath } from './path.ts';

const message = (id: string, conversation: string): Message => messageRow({ id, conversation_id: conversation });
const begin = (messageId: string) => ({ type: 'start', messageId });
const nothing = async (): Promise<void> => {};
const unreachable = new Problem(0, 'unreachable', 'The server could not be reached.');

test('what an abandoned turn still had to show does not stand over the new one', async (context) => {
  const page = openPage(context);
  startRegenerating(message('a', 'turns'), nothing);
  const old = await (await page.request('POST /messages/a/regenerate')).stream();
  await old.say(begin('b'));
  await old.say({ type: 'text-delta', delta: 'From the old turn' });
  startRegenerating(message('a', 'turns'), nothing);
  await settled();
  page.showFrame();
  assert.equal(readAnswer('turns')?.phase, 'asking');
  assert.equal(readAnswer('turns')?.text, '');
  await stopAnswering('turns');
  await stopAnswering('turns');
});

async function stopEarly(context: TestContext, conversation: string) {
  const page = openPage(context);
  startAsking(conversation, 'Why?', [], nothing);
  const asked = await page.request(`POST /conversations/${conversation}/messages`);
  await stopAnswering(conversation);
  await settled();
  assert.equal(asked.signal?.aborted, false, 'the server may have taken the question');
  assert.deepEqual(page.waiting(), []);
  return { page, asked };
}

test('Stop before the answer has begun stops it as soon as it begins', async (context) => {
  const { page, asked } = await stopEarly(context, 'early');
  const stream = await asked.stream();
  await stream.say(begin('m'));
  await (await page.request('POST /messages/m/stop')).answer(null, 204);
  assert.equal(asked.signal?.aborted, false, 'the end of the stream brings what was written');
  await stream.end('abort');
  assert.equal(readAnswer('early'), null);
  assert.deepEqual(page.waiting(), []);
});

test('Stop pressed twice, or refused by the server, leaves the stream', async (context) => {
  const twice = await stopEarly(context, 'twice');
  await stopAnswering('twice');
  assert.equal(twice.asked.signal?.aborted, true);
  await settled();
  assert.equal(readAnswer('twice'), null);
  context.mock.timers.reset();

  const { page, asked } = await stopEarly(context, 'refused');
  await (await asked.stream()).say(begin('m'));
  await (await page.request('POST /messages/m/stop')).fail();
  assert.equal(asked.signal?.aborted, true);
});

test('question and answer stay shown until the path can be had', async (context) => {
  const page = openPage(context);
  let attempts = 0;
  startAsking('offline', 'Why?', [], async () => {
    attempts += 1;
    if (attempts < 3) throw unreachable;
  });
  const stream = await (await page.request('POST /conversations/offline/messages')).stream();
  await stream.say(begin('m'));
  await stream.say({ type: 'text-delta', delta: 'Because.' });
  await stream.end('finish');
  for (const pause of [400, 800]) {
    assert.equal(readAnswer('offline')?.phase, 'settling');
    assert.equal(readAnswer('offline')?.text, 'Because.');
    assert.equal(readAnswer('offline')?.question?.content, 'Why?');
    await page.tick(pause);
  }
  assert.equal(attempts, 3);
  assert.equal(readAnswer('offline'), null);
});

test('a connection that breaks in the first stream is taken up again', async (context) => {
  const page = openPage(context);
  startAsking('cut', 'Why?', [], nothing);
  const stream = await (await page.request('POST /conversations/cut/messages')).stream();
  await stream.say(begin('m'));
  await stream.say({ type: 'text-delta', delta: 'Because' });
  await page.tick(60_000);
  assert.equal(readAnswer('cut')?.phase, 'reconnecting');
  await page.tick(400);
  const again = await (await page.request('GET /conversations/cut/stream')).stream();
  await again.say(begin('m'));
  await again.end('finish');
  assert.equal(readAnswer('cut'), null);
});

test('a change that comes while an answer settles is made up afterwards', async (context) => {
  const page = openPage(context);
  queryClient.setQueryData(['messages', 'busy'], { pages: [{ data: [], next_cursor: null }], pageParams: [null] });
  const leave = new QueryObserver(queryClient, { queryKey: ['messages', 'busy'] }).subscribe(() => {});
  startAsking('busy', 'Why?', [], () => refreshPath('busy'));
  const stream = await (await page.request('POST /conversations/busy/messages')).stream();
  await stream.say(begin('m'));
  messagesChanged();
  assert.deepEqual(page.waiting(), []);
  await stream.end('finish');
  const settling = await page.request('GET /conversations/busy/messages');
  messagesChanged();
  await settling.answer({ data: [message('m', 'busy')], next_cursor: null });
  const made = await page.request('GET /conversations/busy/messages');
  await made.answer({ data: [message('m', 'busy'), message('n', 'busy')], next_cursor: null });
  assert.deepEqual(page.waiting(), []);
  const rows = queryClient.getQueryData<{ pages: { data: Message[] }[] }>(['messages', 'busy']);
  assert.deepEqual(
    rows?.pages[0]?.data.map(({ id }) => id),
    ['m', 'n'],
  );
  leave();
  queryClient.clear();
});
