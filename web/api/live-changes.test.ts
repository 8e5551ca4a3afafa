// The stream of live changes: after which connections everything is asked again, and what a reconnect leaves behind.
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { followChanges } from './live-changes.ts';

const turn = (): Promise<void> => new Promise(setImmediate);

/** A page whose requests are answered by `answers`, one after the other; the last one repeats. */
function openPage(context: TestContext, answers: (() => Response)[]): { signals: AbortSignal[] } {
  const signals: AbortSignal[] = [];
  Object.assign(globalThis, { document: new EventTarget() });
  context.mock.timers.enable({ apis: ['setTimeout'] });
  context.mock.method(globalThis, 'fetch', async (_path: string, { signal }: { signal: AbortSignal }) => {
    signals.push(signal);
    const answer = answers.length > 1 ? answers.shift() : answers[0];
    return answer?.();
  });
  return { signals };
}

const refused = (): Response => new Response(null, { status: 503 });
const open = (): Response => new Response(new ReadableStream());
const ended = (): Response => new Response(':\n\n');

test('a first connection that comes late asks again, one that stands at once does not', async (context) => {
  openPage(context, [open]);
  let reconnects = 0;
  const listener = { onChange: () => {}, onReconnect: () => (reconnects += 1) };
  const stopFirst = followChanges(listener);
  await turn();
  stopFirst();
  assert.equal(reconnects, 0);
  context.mock.restoreAll();
  context.mock.timers.reset();

  const { signals } = openPage(context, [refused, open]);
  const stop = followChanges(listener);
  await turn();
  assert.equal(reconnects, 0);
  context.mock.timers.tick(500);
  await turn();
  assert.equal(signals.length, 2);
  assert.equal(reconnects, 1);
  stop();
});

test('pauses between connections leave no listener on the signal', async (context) => {
  const { signals } = openPage(context, [ended]);
  const added = context.mock.method(AbortSignal.prototype, 'addEventListener');
  const removed = context.mock.method(AbortSignal.prototype, 'removeEventListener');
  const stop = followChanges({ onChange: () => {}, onReconnect: () => {} });
  for (let connection = 1; connection <= 5; connection += 1) {
    await turn();
    await turn();
    assert.equal(signals.length, connection);
    assert.equal(added.mock.callCount() - removed.mock.callCount(), 1, 'that of the pause under way');
    context.mock.timers.tick(250);
  }
  stop();
});
