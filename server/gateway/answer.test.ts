// What the chat room gets: events in order, refusals under their names, stop and leave, and one line in the ledger each time.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { AppError } from '../../core/errors.ts';
import { newId } from '../../core/ids.ts';
import { type GatewayServer, openGatewayServer } from '../testing/gateway-server.ts';
import {
  type MockReply,
  replyError,
  replyNever,
  replyPlain,
  replyStream,
  scriptedStream,
} from '../testing/mock-openai.ts';
import type { AnswerEvent, Ask } from './gateway.ts';

let server: GatewayServer;
before(async () => {
  server = await openGatewayServer();
});
after(() => server.close());

const ask: Ask = {
  model: 'gpt-4o-mini',
  messages: [{ role: 'user', content: 'Say hello.' }],
  passages: null,
  question: 'Say hello.',
};
const context = (on = server) => ({
  claims: on.ann.claims,
  requestId: `req_${newId()}`,
  conversationId: newId(),
  messageId: newId(),
  signal: new AbortController().signal,
});
async function collect(events: AsyncIterable<AnswerEvent>): Promise<AnswerEvent[]> {
  const all: AnswerEvent[] = [];
  for await (const event of events) all.push(event);
  return all;
}
const textOf = (events: readonly AnswerEvent[]): string =>
  events.map((event) => (event.type === 'text' ? event.text : '')).join('');
const lastRow = async (on = server) => (await on.usageOf(on.ann)).at(-1);

test('what the provider refuses or fails at is thrown and logged, each under its name', async (t) => {
  const impatient = await openGatewayServer({ limits: { headersTimeout: 300 } });
  t.after(() => impatient.close());
  const cases: readonly (readonly [MockReply, string])[] = [
    [replyError(400, 'Too long', 'context_length_exceeded'), 'upstream_refused'],
    [replyError(401, 'bad key'), 'upstream_key_refused'],
    [replyError(429, 'slow down'), 'upstream_rate_limited'],
    [replyError(503, 'down'), 'upstream_error'],
    [replyNever, 'upstream_timeout'],
    [replyStream({ end: 'reset' }), 'upstream_interrupted'],
    [replyStream({ end: 'truncated' }), 'upstream_interrupted'],
    [replyStream({ end: 'error' }), 'upstream_error'],
  ];
  for (const [reply, code] of cases) {
    const on = reply === replyNever ? impatient : server;
    on.mock.once('/chat/completions', reply);
    const seen: AnswerEvent[] = [];
    await assert.rejects(
      async () => {
        for await (const event of on.gateway.answer(ask, context(on))) seen.push(event);
      },
      (error: unknown) => error instanceof AppError && error.code === code,
      code,
    );
    assert.ok(seen.every((event) => event.type !== 'finish'));
    const row = await lastRow(on);
    assert.deepEqual(
      [row?.status, row?.error_code, row?.output_tokens],
      ['failed', code, seen.length > 0 ? 4 : 0],
      code,
    );
  }
  await assert.rejects(collect(server.gateway.answer({ ...ask, model: 'nothing' }, context())), {
    code: 'model_not_found',
  });
});

test('an answer: text, finish with usage and cost, one row that knows its conversation and message', async () => {
  const about = context();
  const events = await collect(server.gateway.answer({ ...ask, temperature: 0.5, max_tokens: 50 }, about));
  assert.equal(textOf(events), 'Hello from the mock.');
  assert.deepEqual(events.at(-1), {
    type: 'finish',
    reason: 'stop',
    provider: 'openai',
    model: 'gpt-4o-mini',
    input_tokens: 11,
    output_tokens: 7,
    cost_usd: '0.00000555',
    estimated: false,
  });
  const sent = server.mock.requests.at(-1)?.body;
  assert.deepEqual([sent?.['temperature'], sent?.['max_tokens'], sent?.['passages']], [0.5, 50, undefined]);
  const row = await lastRow();
  assert.deepEqual(
    [row?.conversation_id, row?.message_id, row?.request_id, row?.status],
    [about.conversationId, about.messageId, about.requestId, 'completed'],
  );
  assert.deepEqual(await server.usageOf(server.ben), []);
});

test('thinking comes apart from text; a provider that does not stream is read as well', async () => {
  server.mock.once('/chat/completions', (request, res) => {
    res.writeHead(200, { 'content-type': 'text/event-stream' });
    // Cut in the middle of a character and of a line.
    const bytes = Buffer.from(
      'data: {"choices":[{"delta":{"reasoning_content":"Hm\u2026"}}]}\r\n\r\ndata: {"choices":[{"delta":{"content":"J\u00e4"},"finish_reason":"stop"}]}\r\n\r\ndata: [DONE]\r\n\r\n',
    );
    const middle = bytes.indexOf(0xc3) + 1;
    res.write(bytes.subarray(0, middle), () => res.end(bytes.subarray(middle)));
    assert.equal(request.body['stream'], true);
  });
  const events = await collect(server.gateway.answer(ask, context()));
  assert.deepEqual(events.slice(0, 2), [
    { type: 'reasoning', text: 'Hm…' },
    { type: 'text', text: 'Jä' },
  ]);
  assert.equal((await lastRow())?.estimated, true);
  server.mock.once('/chat/completions', replyPlain('All at once.'));
  assert.equal(textOf(await collect(server.gateway.answer(ask, context()))), 'All at once.');
});

test('OpenAI’s thinking models get the parameters that they accept', async () => {
  await collect(
    server.gateway.answer({ ...ask, model: 'openai/gpt-5-mini', temperature: 0.5, max_tokens: 50 }, context()),
  );
  const sent = server.mock.requests.at(-1)?.body;
  assert.deepEqual(
    [sent?.['temperature'], sent?.['max_tokens'], sent?.['max_completion_tokens']],
    [undefined, undefined, 50],
  );
});

test('stop: the signal ends the answer and the provider, and what was said is logged by estimate', async () => {
  const script = scriptedStream();
  server.mock.once('/chat/completions', script.reply);
  const stop = new AbortController();
  const said: string[] = [];
  const run = (async () => {
    for await (const event of server.gateway.answer(ask, { ...context(), signal: stop.signal })) {
      if (event.type === 'text') said.push(event.text);
      if (said.length === 1) stop.abort();
    }
  })();
  await script.started;
  script.say('Hello there');
  await assert.rejects(run, { name: 'AbortError' });
  await script.closed;
  assert.deepEqual(said, ['Hello there']);
  const row = await lastRow();
  assert.deepEqual([row?.status, row?.estimated, row?.output_tokens], ['stopped', true, 3]);
  assert.ok(Number(row?.cost_usd) > 0);
});

test('leaving the loop stops the provider', async () => {
  const script = scriptedStream();
  server.mock.once('/chat/completions', script.reply);
  const events = server.gateway.answer(ask, context())[Symbol.asyncIterator]();
  const first = events.next();
  await script.started;
  script.say('Hello');
  assert.deepEqual((await first).value, { type: 'text', text: 'Hello' });
  await events.return?.();
  await script.closed;
  assert.equal((await lastRow())?.status, 'stopped');
});

test('a reader that is slow holds the provider back, and loses nothing', async () => {
  const pieces = Array.from({ length: 400 }, (_, index) => `${index} ${'x'.repeat(4_000)}`);
  server.mock.once('/chat/completions', replyStream({ pieces }));
  let text = '';
  for await (const event of server.gateway.answer(ask, context())) {
    if (event.type === 'text') text += event.text;
    await new Promise((resolve) => setImmediate(resolve));
  }
  assert.equal(text, pieces.join(''));
});

test('the built-in model answers from typed passages, in words, and is logged as free', async () => {
  const passages = [
    {
      number: 3,
      chunk_id: 'c',
      document_id: 'd',
      document_name: 'Bridges.pdf',
      page_index: 3,
      page_number: 4,
      heading: null,
      start_offset: 50,
      end_offset: 120,
      content: '🌉 It rained. The bridge was opened in 1932.',
    },
  ];
  const events = await collect(
    server.gateway.answer(
      { ...ask, model: 'extractive', passages, question: 'When was the bridge opened?' },
      context(),
    ),
  );
  assert.equal(textOf(events), 'The bridge was opened in 1932. [3]');
  assert.ok(events.length > 6, 'word by word');
  // The emoji is one code point and two UTF-16 units.
  assert.deepEqual(
    events.find((event) => event.type === 'citation'),
    { type: 'citation', marker: 3, start_offset: 63, end_offset: 93 },
  );
  const row = await lastRow();
  assert.deepEqual([row?.provider, row?.cost_usd, row?.status], ['loam', '0.000000000000000', 'completed']);
  const none = await collect(
    server.gateway.answer(
      { ...ask, model: 'loam/extractive', passages, question: 'Who painted the ceiling?' },
      context(),
    ),
  );
  assert.match(textOf(none), /found nothing/);
  assert.ok(none.every((event) => event.type !== 'citation'));
});

test('vectors for other rooms: in order, logged, refused when they do not match', async () => {
  const { vectors, provider, input_tokens } = await server.gateway.embed(
    { model: 'text-embedding-3-small', texts: ['a', 'b'] },
    context(),
  );
  assert.deepEqual([vectors.map((vector) => vector[0]), provider, input_tokens], [[0.1, 1.1], 'openai', 5]);
  server.mock.once('/embeddings', replyError(400, 'no'));
  await assert.rejects(server.gateway.embed({ model: 'text-embedding-3-small', texts: ['a'] }, context()), {
    code: 'upstream_refused',
  });
  await assert.rejects(server.gateway.embed({ model: 'loam/extractive', texts: ['a'] }, context()), {
    code: 'model_unsuitable',
  });
});
