// The body of an answer while it is silent: it beats as long as somebody reads, and not a moment longer.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { type UiEvent, uiStreamBody } from './ui-stream.ts';

/** An answer that says one thing, then thinks until it is told to go on. */
function thinking(): { events: AsyncGenerator<UiEvent>; goOn: () => void; left: () => boolean } {
  const thought = Promise.withResolvers<void>();
  let left = false;
  async function* say(): AsyncGenerator<UiEvent> {
    try {
      yield { type: 'start' };
      await thought.promise;
      yield { type: 'finish' };
    } finally {
      left = true;
    }
  }
  return { events: say(), goOn: () => thought.resolve(), left: () => left };
}
const text = (chunk: Uint8Array | undefined): string => new TextDecoder().decode(chunk);

test('a reader who leaves during a silence takes nobody along', async (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] });
  const { events, goOn, left } = thinking();
  const reader = uiStreamBody(events).getReader();
  assert.match(text((await reader.read()).value), /"start"/);
  const silent = reader.read();
  await setImmediate(); // Until the body has asked the answer for more.
  t.mock.timers.tick(15_000);
  assert.equal(text((await silent).value), ':\n\n');
  const leaving = reader.cancel();
  t.mock.timers.tick(60_000); // Throws what a beat would throw.
  goOn();
  await leaving;
  assert.ok(left(), 'the answer is no longer watched');
});

test('a reader who stays hears the end', async (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] });
  const { events, goOn } = thinking();
  const reader = uiStreamBody(events).getReader();
  await reader.read();
  goOn();
  assert.match(text((await reader.read()).value), /"finish"/);
  assert.equal(text((await reader.read()).value), 'data: [DONE]\n\n');
  assert.equal((await reader.read()).done, true);
  t.mock.timers.tick(60_000);
});
