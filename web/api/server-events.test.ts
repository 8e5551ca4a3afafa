// Event streams as they arrive: cut anywhere, with comments, names and several data lines.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readServerEvents } from './server-events.ts';

async function read(pieces: Uint8Array[]) {
  const body = new ReadableStream({
    start(controller) {
      for (const piece of pieces) controller.enqueue(piece);
      controller.close();
    },
  });
  const events = [];
  for await (const event of readServerEvents(new Response(body))) events.push(event);
  return events;
}

test('the same events wherever the bytes are cut, inside a character too', async () => {
  const bytes = new TextEncoder().encode(
    ': hello\n\nevent: change\ndata: {"é":1}\n\r\ndata: one\ndata: two\n\nevent: lost\n\ndata: cut off',
  );
  const whole = await read([bytes]);
  assert.deepEqual(whole, [
    { event: 'change', data: '{"é":1}' },
    { event: 'message', data: 'one\ntwo' },
  ]);
  for (let at = 1; at < bytes.length; at += 1)
    assert.deepEqual(await read([bytes.slice(0, at), bytes.slice(at)]), whole, `cut at ${at}`);
});

test('a stream that is silent for a minute fails; a comment in time keeps it', async (context) => {
  context.mock.timers.enable({ apis: ['setTimeout'] });
  const body = new TransformStream<Uint8Array, Uint8Array>();
  const writer = body.writable.getWriter();
  const events = readServerEvents(new Response(body.readable));
  const first = events.next();
  context.mock.timers.tick(50_000);
  await writer.write(new TextEncoder().encode(':\n\n'));
  await new Promise(setImmediate);
  context.mock.timers.tick(50_000);
  await writer.write(new TextEncoder().encode('data: one\n\n'));
  assert.deepEqual(await first, { done: false, value: { event: 'message', data: 'one' } });
  const second = assert.rejects(events.next(), /Nothing was heard/);
  context.mock.timers.tick(60_000);
  await second;
});
