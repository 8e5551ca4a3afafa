// The official client against the gateway: what programs rely on.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import OpenAI from 'openai';
import { type GatewayServer, openGatewayServer } from '../testing/gateway-server.ts';
import { replyError, replyStream, scriptedStream } from '../testing/mock-openai.ts';

let server: GatewayServer;
let client: OpenAI;
before(async () => {
  server = await openGatewayServer();
  client = new OpenAI({ apiKey: 'key-ann', baseURL: `${server.url}/v1`, maxRetries: 0 });
});
after(() => server.close());

const messages = [{ role: 'user' as const, content: 'Say hello.' }];
const model = 'gpt-4o-mini';

test('a wrong key is an AuthenticationError', async () => {
  const stranger = new OpenAI({ apiKey: 'nobody', baseURL: `${server.url}/v1`, maxRetries: 0 });
  await assert.rejects(stranger.models.list(), (error: unknown) => {
    assert.ok(error instanceof OpenAI.AuthenticationError);
    assert.equal(error.code, 'invalid_api_key');
    assert.match(error.requestID ?? '', /^req_/);
    return true;
  });
});

test('errors arrive as the classes and codes that programs branch on', async () => {
  await assert.rejects(client.chat.completions.create({ model: 'nothing', messages }), (error: unknown) => {
    assert.ok(error instanceof OpenAI.NotFoundError);
    assert.equal(error.code, 'model_not_found');
    assert.equal(error.param, 'model');
    return true;
  });
  server.mock.once('/chat/completions', replyError(400, 'Too long', 'context_length_exceeded'));
  await assert.rejects(client.chat.completions.create({ model, messages }), (error: unknown) => {
    assert.ok(error instanceof OpenAI.BadRequestError);
    assert.equal(error.code, 'context_length_exceeded');
    return true;
  });
  server.mock.once('/chat/completions', replyError(429, 'Slow down', 'rate_limit_exceeded', { 'retry-after': '1' }));
  await assert.rejects(client.chat.completions.create({ model, messages }), OpenAI.RateLimitError);
  server.mock.once('/chat/completions', replyError(500, 'Oh no'));
  await assert.rejects(client.chat.completions.create({ model, messages }), OpenAI.InternalServerError);
});

test('a hopeless call is not repeated, a passing failure is', async () => {
  const patient = new OpenAI({ apiKey: 'key-ann', baseURL: `${server.url}/v1`, maxRetries: 1 });
  const asked = server.mock.requests.length;
  server.mock.once('/chat/completions', replyError(401, 'bad key', 'invalid_api_key'));
  await assert.rejects(patient.chat.completions.create({ model, messages }));
  assert.equal(server.mock.requests.length, asked + 1);
  server.mock.once('/chat/completions', replyError(500, 'once'));
  await patient.chat.completions.create({ model, messages });
  assert.equal(server.mock.requests.length, asked + 3);
});

test('plain, models, embeddings', async () => {
  const answer = await client.chat.completions.create({ model: `openai/${model}`, messages });
  assert.equal(answer.choices[0]?.message.content, 'Hello from the mock.');
  assert.equal(answer.usage?.total_tokens, 18);
  const names: string[] = [];
  for await (const listed of client.models.list()) names.push(listed.id);
  assert.deepEqual(names, [
    'openai/gpt-4o-mini',
    'openai/mock-model',
    'openai/text-embedding-3-small',
    'loam/extractive',
  ]);
  assert.equal((await client.models.retrieve('openai/mock-model')).owned_by, 'openai');
  assert.equal((await client.models.retrieve('mock-model')).id, 'openai/mock-model');
  await assert.rejects(client.models.retrieve('nothing'), OpenAI.NotFoundError);
  const vectors = await client.embeddings.create({ model: 'text-embedding-3-small', input: ['one', 'two'] });
  assert.equal(vectors.data.length, 2);
  assert.ok(Math.abs((vectors.data[1]?.embedding[0] ?? 0) - 1.1) < 1e-6);
  await assert.rejects(client.embeddings.create({ model: 'loam/extractive', input: 'x' }), OpenAI.BadRequestError);
  const row = (await server.usageOf(server.ann)).at(-1);
  assert.deepEqual(
    [row?.action, row?.input_tokens, row?.output_tokens, row?.cost_usd],
    ['embedding', 5, 0, '0.000000100000000'],
  );
});

test('a stream, with and without usage', async () => {
  for (const asked of [false, true]) {
    let text = '';
    let total: number | undefined;
    const stream = await client.chat.completions.create({
      model,
      messages,
      stream: true,
      ...(asked ? { stream_options: { include_usage: true } } : {}),
    });
    for await (const chunk of stream) {
      text += chunk.choices[0]?.delta.content ?? '';
      total = chunk.usage?.total_tokens ?? total;
    }
    assert.equal(text, 'Hello from the mock.');
    assert.equal(total, asked ? 18 : undefined);
  }
});

test('a stream that dies throws; it never looks like a clean finish', async () => {
  for (const end of ['reset', 'truncated', 'error'] as const) {
    server.mock.once('/chat/completions', replyStream({ end }));
    const stream = await client.chat.completions.create({ model, messages, stream: true });
    let text = '';
    await assert.rejects(async () => {
      for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? '';
    }, OpenAI.APIError);
    assert.equal(text, 'Hello from the');
  }
});

test('abort: the stream ends for the client, the ledger learns the rest', async () => {
  const script = scriptedStream();
  server.mock.once('/chat/completions', script.reply);
  const stream = await client.chat.completions.create({ model, messages, stream: true });
  script.say('Hello');
  for await (const chunk of stream) {
    assert.equal(chunk.choices[0]?.delta.content, 'Hello');
    break;
  }
  stream.controller.abort();
  const before = (await server.usageOf(server.ann)).length;
  while (server.gateway.core.drains.running() !== 1) await setImmediate();
  script.finish();
  let rows = await server.usageOf(server.ann);
  while (rows.length === before) rows = await server.usageOf(server.ann);
  assert.equal(rows.at(-1)?.status, 'abandoned');
  assert.equal(rows.at(-1)?.output_tokens, 7);
});

test('the built-in model: it says what it is, and answers from passages that are given as a field', async () => {
  const plain = await client.chat.completions.create({ model: 'loam/extractive', messages });
  assert.match(plain.choices[0]?.message.content ?? '', /OPENAI_API_KEY/);
  const passage = {
    number: 1,
    chunk_id: 'c',
    document_id: 'd',
    document_name: 'Report.pdf',
    page_number: 2,
    heading: null,
    start_offset: 100,
    end_offset: 200,
    content: 'The weather was fine. The bridge was opened in 1932. Nobody came.',
  };
  const question = {
    model: 'loam/extractive',
    messages: [{ role: 'user' as const, content: 'When was the bridge opened?' }],
    passages: [passage],
  };
  const cited = await client.chat.completions.create(question);
  assert.equal(cited.choices[0]?.message.content, 'The bridge was opened in 1932. [1]');
  let text = '';
  for await (const chunk of await client.chat.completions.create({ ...question, stream: true }))
    text += chunk.choices[0]?.delta.content ?? '';
  assert.equal(text, 'The bridge was opened in 1932. [1]');
  const row = (await server.usageOf(server.ann)).at(-1);
  assert.deepEqual(
    [row?.provider, row?.model, row?.cost_usd, row?.estimated],
    ['loam', 'extractive', '0.000000000000000', true],
  );
});
