// The gateway over HTTP against a mock provider: refusals first, then plain and streamed calls and what they leave in the ledger.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { annsKeyId, type GatewayServer, openGatewayServer } from '../testing/gateway-server.ts';
import { mockUsage, replyError, replyPlain, replyStream } from '../testing/mock-openai.ts';

let server: GatewayServer;
before(async () => {
  server = await openGatewayServer({ limits: { requestBytes: 64 * 1024 } });
});
after(() => server.close());

const messages = [{ role: 'user', content: 'Say hello.' }];
const chat = '/v1/chat/completions';
interface ErrorBody {
  error: { message: string; type: string; param: string | null; code: string };
}
const errorOf = async (response: Response): Promise<ErrorBody['error']> => ((await response.json()) as ErrorBody).error;

test('refuses who is not signed in, a wrong key and a key without the scope, in the shape of the protocol', async () => {
  const bare = await fetch(server.url + chat, {
    method: 'POST',
    body: JSON.stringify({ model: 'gpt-4o-mini', messages }),
  });
  assert.equal(bare.status, 401);
  assert.equal(bare.headers.get('x-should-retry'), 'false');
  assert.match(bare.headers.get('x-request-id') ?? '', /^req_/);
  const error = await errorOf(bare);
  assert.equal(error.code, 'invalid_api_key');
  assert.equal(error.type, 'invalid_request_error');

  const wrong = await server.post(chat, { model: 'gpt-4o-mini', messages }, { authorization: 'Bearer nobody' });
  assert.equal(wrong.status, 401);
  assert.equal(wrong.headers.get('x-loam-error'), 'api_key_invalid');
  const narrow = await server.post(chat, { model: 'gpt-4o-mini', messages }, { authorization: 'Bearer key-chat' });
  assert.equal(narrow.status, 403);
  assert.equal((await errorOf(narrow)).code, 'scope_missing');
  assert.equal((await fetch(`${server.url}/v1/models`)).status, 401);
});

test('refuses bad input with a field and a sentence, before any provider is asked', async () => {
  const asked = server.mock.requests.length;
  const cases: readonly (readonly [unknown, number, string, string | null])[] = [
    ['{"model": "gpt-4o-mini", ', 400, 'invalid_json', null],
    ['[]', 400, 'invalid_request', 'body'],
    [{ messages }, 400, 'invalid_request', 'model'],
    [{ model: 7, messages }, 400, 'invalid_request', 'model'],
    [{ model: 'gpt-4o-mini' }, 400, 'invalid_request', 'messages'],
    [{ model: 'gpt-4o-mini', messages: [] }, 400, 'invalid_request', 'messages'],
    [{ model: 'gpt-4o-mini', messages, stream: 'yes' }, 400, 'invalid_request', 'stream'],
    [{ model: 'gpt-4o-mini', messages, stream_options: 3 }, 400, 'invalid_request', 'stream_options'],
    [{ model: 'gpt-4o-mini', messages, passages: [] }, 400, 'invalid_request', 'passages'],
    [{ model: 'no-such-model', messages }, 404, 'model_not_found', 'model'],
    [{ model: 'loam/no-such-model', messages }, 404, 'model_not_found', 'model'],
    [{ model: 'loam/extractive', messages, passages: [{ number: 1 }] }, 400, 'invalid_request', 'passages.0.chunk_id'],
  ];
  for (const [body, status, code, param] of cases) {
    const response = await server.post(chat, body);
    assert.equal(response.status, status, JSON.stringify(body));
    const error = await errorOf(response);
    assert.equal(error.code, code);
    assert.equal(error.param, param);
    assert.ok(error.message.length > 10);
  }
  const text = await server.post(chat, 'hello', { 'content-type': 'text/plain' });
  assert.equal(text.status, 415);
  assert.equal(server.mock.requests.length, asked);
});

test('refuses a body that is too large, whether its length is told or not', async () => {
  const big = JSON.stringify({ model: 'gpt-4o-mini', messages: [{ role: 'user', content: 'x'.repeat(100_000) }] });
  const told = await server.post(chat, big);
  assert.equal(told.status, 413);
  assert.match((await errorOf(told)).message, /65536/);
  const chunked = await fetch(server.url + chat, {
    method: 'POST',
    headers: { authorization: 'Bearer key-ann', 'content-type': 'application/json' },
    body: new Blob([big]).stream(),
    duplex: 'half',
  } as RequestInit); // checked: duplex is required for streams and not in this version's types
  assert.equal(chunked.status, 413);
});

test('refuses unknown addresses and methods', async () => {
  assert.equal((await server.post('/v1/completely/else', {})).status, 404);
  const got = await fetch(server.url + chat, { headers: { authorization: 'Bearer key-ann' } });
  assert.equal(got.status, 405);
  assert.equal(got.headers.get('allow'), 'POST');
});

test('passes a plain call through: body, headers, cost, one line in the ledger that only its owner sees', async () => {
  const body =
    '{"model":"openai/gpt-4o-mini", "messages":[{"role":"user","content":"Say \\u201chello\\u201d."}], "seed": 9007199254740993, "future_field": {"model": "inner"}}';
  const response = await server.post(chat, body, {
    cookie: 'session=1',
    'idempotency-key': 'same',
    'x-forwarded-for': '1.2.3.4',
  });
  assert.equal(response.status, 200);
  const answer = (await response.json()) as { choices: { message: { content: string } }[]; system_fingerprint: string };
  assert.equal(answer.choices[0]?.message.content, 'Hello from the mock.');
  assert.equal(answer.system_fingerprint, 'fp_mock');
  assert.equal(response.headers.get('x-loam-provider'), 'openai');
  assert.equal(response.headers.get('x-loam-model'), 'gpt-4o-mini');
  // 7 plain + 4 cached input at 0.15 and 0.075, 7 output at 0.60 dollars a million.
  assert.equal(response.headers.get('x-loam-cost'), '0.00000555');
  assert.equal(response.headers.get('set-cookie'), null);
  assert.equal(response.headers.get('openai-processing-ms'), '5');

  const sent = server.mock.requests.at(-1);
  assert.equal(sent?.raw, body.replace('openai/gpt-4o-mini', 'gpt-4o-mini'));
  assert.equal(sent?.headers['authorization'], 'Bearer sk-upstream-secret');
  for (const name of ['cookie', 'idempotency-key', 'x-forwarded-for'])
    assert.equal(sent?.headers[name], undefined, name);

  const row = (await server.usageOf(server.ann)).at(-1);
  assert.deepEqual(
    { ...row, latency_ms: 0, time_to_first_token_ms: 0 },
    {
      user_id: server.ann.id,
      api_key_id: annsKeyId,
      conversation_id: null,
      message_id: null,
      request_id: response.headers.get('x-request-id'),
      action: 'chat',
      provider: 'openai',
      model: 'gpt-4o-mini',
      model_version: 'gpt-4o-mini-2026-01-01',
      input_tokens: 11,
      output_tokens: 7,
      cached_tokens: 4,
      reasoning_tokens: 2,
      tokens_used: 18,
      cost_usd: '0.000005550000000',
      estimated: false,
      stream: false,
      latency_ms: 0,
      time_to_first_token_ms: 0,
      status: 'completed',
      error_code: null,
    },
  );
  assert.deepEqual(await server.usageOf(server.ben), []);
});

test('a name without provider works, an unknown one with a provider passes', async () => {
  for (const model of ['gpt-4o-mini', 'openai/brand-new-model']) {
    const response = await server.post(chat, { model, messages });
    assert.equal(response.status, 200, model);
    assert.equal(server.mock.requests.at(-1)?.body['model'], model.replace('openai/', ''));
  }
  const row = (await server.usageOf(server.ann)).at(-1);
  assert.equal(row?.model, 'brand-new-model');
  assert.equal(row?.cost_usd, null, 'an unknown price is null, never 0');
});

async function eventsOf(response: Response): Promise<string[]> {
  return (await response.text()).split('\n\n').filter((event) => event !== '');
}
const payload = (
  event: string | undefined,
): { choices: { delta: { content?: string } }[]; usage?: Record<string, unknown> | null } =>
  JSON.parse((event ?? '').replace(/^data: /, ''));

test('a stream: usage is asked for, kept for the ledger, and hidden from a client that did not ask', async () => {
  const response = await server.post(chat, {
    model: 'gpt-4o-mini',
    messages,
    stream: true,
    stream_options: { include_obfuscation: false },
  });
  assert.match(response.headers.get('content-type') ?? '', /^text\/event-stream/);
  const events = await eventsOf(response);
  assert.equal(events.at(-1), 'data: [DONE]');
  assert.equal(
    events
      .slice(0, -1)
      .map((event) => payload(event).choices[0]?.delta.content ?? '')
      .join(''),
    'Hello from the mock.',
  );
  assert.ok(events.slice(0, -1).every((event) => payload(event).choices.length === 1));
  assert.deepEqual(server.mock.requests.at(-1)?.body['stream_options'], {
    include_obfuscation: false,
    include_usage: true,
  });
  const row = (await server.usageOf(server.ann)).at(-1);
  assert.equal(row?.output_tokens, 7);
  assert.equal(row?.reasoning_tokens, 2, 'thinking is not visible to a tokenizer: it must come from the provider');
  assert.equal(row?.cost_usd, '0.000005550000000');
  assert.equal(row?.stream, true);
  assert.equal(row?.estimated, false);
  assert.ok((row?.time_to_first_token_ms ?? -1) >= 0);
});

test('a stream whose client asked for usage gets it, with the cost', async () => {
  const events = await eventsOf(
    await server.post(chat, { model: 'gpt-4o-mini', messages, stream: true, stream_options: { include_usage: true } }),
  );
  const last = payload(events.at(-2));
  assert.deepEqual(last.choices, []);
  assert.deepEqual(last.usage, { cost: 0.00000555, ...mockUsage });
});

for (const usage of ['beside', 'every'] as const) {
  test(`usage ${usage} a choice is read, the last one wins, and no text is lost`, async () => {
    server.mock.once('/chat/completions', replyStream({ usage }));
    const events = await eventsOf(await server.post(chat, { model: 'gpt-4o-mini', messages, stream: true }));
    assert.equal(
      events
        .slice(0, -1)
        .map((event) => payload(event).choices[0]?.delta.content ?? '')
        .join(''),
      'Hello from the mock.',
    );
    const row = (await server.usageOf(server.ann)).at(-1);
    assert.deepEqual([row?.input_tokens, row?.cached_tokens, row?.output_tokens, row?.estimated], [11, 4, 7, false]);
  });
}

test('a provider that reports no usage is priced by estimate, and the row says so', async () => {
  server.mock.once('/chat/completions', replyStream({ usage: 'none' }));
  await eventsOf(await server.post(chat, { model: 'gpt-4o-mini', messages, stream: true }));
  server.mock.once('/chat/completions', replyPlain('Twenty bytes of text', null));
  await (await server.post(chat, { model: 'gpt-4o-mini', messages })).text();
  const [streamed, plain] = (await server.usageOf(server.ann)).slice(-2);
  for (const row of [streamed, plain]) {
    assert.equal(row?.estimated, true);
    assert.ok((row?.input_tokens ?? 0) > 0 && Number(row?.cost_usd) > 0);
  }
  assert.equal(streamed?.output_tokens, 5);
});

test('a provider that ends a stream without [DONE] but with a reason: the client gets its [DONE]', async () => {
  server.mock.once('/chat/completions', replyStream({ end: 'silent' }));
  const events = await eventsOf(await server.post(chat, { model: 'gpt-4o-mini', messages, stream: true }));
  assert.equal(events.at(-1), 'data: [DONE]');
  assert.equal((await server.usageOf(server.ann)).at(-1)?.status, 'completed');
});

for (const end of ['reset', 'truncated', 'error'] as const) {
  test(`a stream that dies (${end}) ends in an error event without [DONE], and is logged failed with what was delivered`, async () => {
    server.mock.once('/chat/completions', replyStream({ end }));
    const events = await eventsOf(await server.post(chat, { model: 'gpt-4o-mini', messages, stream: true }));
    assert.ok(!events.includes('data: [DONE]'));
    assert.match(events.at(-1) ?? '', /"error"/);
    const row = (await server.usageOf(server.ann)).at(-1);
    assert.equal(row?.status, 'failed');
    assert.equal(row?.error_code, end === 'error' ? 'upstream_error' : 'upstream_interrupted');
    assert.equal(row?.estimated, true);
    assert.equal(row?.output_tokens, Math.ceil('Hello from the'.length / 4));
    assert.ok(Number(row?.cost_usd) > 0);
  });
}

test('what a provider refuses keeps its words; what is about our key does not', async () => {
  server.mock.once(
    '/chat/completions',
    replyError(400, 'This model’s maximum context length is 8 tokens.', 'context_length_exceeded'),
  );
  const refused = await server.post(chat, { model: 'gpt-4o-mini', messages });
  assert.equal(refused.status, 400);
  assert.equal((await errorOf(refused)).code, 'context_length_exceeded');
  assert.equal(refused.headers.get('x-should-retry'), 'false');

  server.mock.once(
    '/chat/completions',
    replyError(401, 'Incorrect API key provided: sk-upstr*****cret', 'invalid_api_key'),
  );
  const key = await server.post(chat, { model: 'gpt-4o-mini', messages });
  assert.equal(key.status, 502);
  assert.equal(key.headers.get('x-should-retry'), 'false');
  const text = await key.text();
  assert.match(text, /upstream_key_refused/);
  assert.doesNotMatch(text, /sk-upstr/);

  server.mock.once('/chat/completions', replyError(429, 'Slow down', 'rate_limit_exceeded', { 'retry-after': '3' }));
  const slow = await server.post(chat, { model: 'gpt-4o-mini', messages });
  assert.deepEqual(
    [slow.status, slow.headers.get('retry-after'), slow.headers.get('x-should-retry')],
    [429, '3', 'true'],
  );
  server.mock.once('/chat/completions', replyError(429, 'You exceeded your current quota', 'insufficient_quota'));
  const spent = await server.post(chat, { model: 'gpt-4o-mini', messages });
  assert.deepEqual([spent.status, spent.headers.get('x-should-retry')], [429, 'false']);
  assert.equal((await errorOf(spent)).code, 'insufficient_quota');

  server.mock.once('/chat/completions', (_request, res) => {
    res.writeHead(500, { 'content-type': 'text/html' });
    res.end('<h1>Internal</h1>');
  });
  const failed = await server.post(chat, { model: 'gpt-4o-mini', messages });
  assert.equal(failed.status, 502);
  assert.equal((await errorOf(failed)).code, 'upstream_error');
  const rows = (await server.usageOf(server.ann)).slice(-5);
  assert.deepEqual(
    rows.map((row) => [row.status, row.error_code, row.cost_usd]),
    [
      ['failed', 'upstream_refused', '0.000000000000000'],
      ['failed', 'upstream_key_refused', '0.000000000000000'],
      ['failed', 'upstream_rate_limited', '0.000000000000000'],
      ['failed', 'upstream_rate_limited', '0.000000000000000'],
      ['failed', 'upstream_error', '0.000000000000000'],
    ],
  );
});

test('an answer is framed once: length or chunks, never both, whatever the provider compresses', async () => {
  const { gzipSync } = await import('node:zlib');
  server.mock.once('/chat/completions', (_request, res) => {
    const bytes = gzipSync(JSON.stringify({ choices: [{ message: { content: 'squeezed' } }], usage: mockUsage }));
    res.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip', connection: 'close' });
    res.write(bytes.subarray(0, 10));
    res.end(bytes.subarray(10));
  });
  const response = await server.post(chat, { model: 'gpt-4o-mini', messages });
  assert.equal(response.headers.get('content-encoding'), null);
  assert.equal(response.headers.get('transfer-encoding'), null);
  assert.match(await response.text(), /squeezed/);
});

test('a provider that does not know stream_options is asked again without, and remembered', async () => {
  const asked = server.mock.requests.length;
  server.mock.once('/chat/completions', replyError(400, 'Extra inputs are not permitted: stream_options'));
  const events = await eventsOf(await server.post(chat, { model: 'gpt-4o-mini', messages, stream: true }));
  assert.equal(events.at(-1), 'data: [DONE]');
  assert.equal(server.mock.requests.length, asked + 2);
  assert.equal(server.mock.requests.at(-1)?.body['stream_options'], undefined);
  await eventsOf(await server.post(chat, { model: 'gpt-4o-mini', messages, stream: true }));
  assert.equal(server.mock.requests.length, asked + 3);
});
