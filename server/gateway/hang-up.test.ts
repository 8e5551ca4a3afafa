// Clients that go away, providers that never answer, limits: nothing is lost from the ledger, nothing runs for ever.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request } from 'node:http';
import { after, before, test } from 'node:test';
import { type GatewayServer, openGatewayServer } from '../testing/gateway-server.ts';
import { mockUsage, replyNever, replyPlain, replyStream, scriptedStream } from '../testing/mock-openai.ts';

let server: GatewayServer;
before(async () => {
  server = await openGatewayServer({ limits: { drains: 1, drainBytes: 2_000, callsPerUser: 2 } });
});
after(() => server.close());

const chat = '/v1/chat/completions';
const body = JSON.stringify({
  model: 'gpt-4o-mini',
  stream: true,
  messages: [{ role: 'user', content: 'Say hello.' }],
});

/** A client that reads the first words and hangs up. */
async function hangUpAfter(words: string): Promise<void> {
  const req = request(server.url + chat, {
    method: 'POST',
    headers: { authorization: 'Bearer key-ann', 'content-type': 'application/json' },
  });
  req.end(body);
  const [res] = await once(req, 'response');
  let seen = '';
  for await (const chunk of res) {
    seen += String(chunk);
    if (seen.includes(words)) break;
  }
  req.destroy();
}
/** Until the gateway has noticed that so many clients have gone. */
async function drainsRunning(count: number): Promise<void> {
  while (server.gateway.core.drains.running() !== count) await new Promise((resolve) => setImmediate(resolve));
}
/** Until nothing of hers is under way and the ledger is written. */
async function usageOnceThereAre(count: number, on = server): ReturnType<GatewayServer['usageOf']> {
  for (;;) {
    const rows = await on.usageOf(on.ann);
    if (rows.length >= count) return rows;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

test('a client that hangs up: the provider is read to its end, and the row has its real usage', async () => {
  const script = scriptedStream();
  server.mock.once('/chat/completions', script.reply);
  const client = hangUpAfter('Hello');
  await script.started;
  script.say('Hello');
  await client;
  await drainsRunning(1);
  script.say(' again and again');
  script.finish();
  const row = (await usageOnceThereAre(1)).at(-1);
  assert.equal(row?.status, 'abandoned');
  assert.equal(row?.estimated, false);
  assert.equal(row?.output_tokens, mockUsage.completion_tokens);
  assert.equal(row?.cost_usd, '0.000005550000000');
});

test('more than the bound is not read: the provider is left, and what was delivered is priced by estimate', async () => {
  const script = scriptedStream();
  server.mock.once('/chat/completions', script.reply);
  const client = hangUpAfter('Hello');
  await script.started;
  script.say('Hello');
  await client;
  await drainsRunning(1);
  script.say('x'.repeat(4_000));
  await script.closed;
  const row = (await usageOnceThereAre(2)).at(-1);
  assert.equal(row?.status, 'abandoned');
  assert.equal(row?.estimated, true);
  assert.ok((row?.output_tokens ?? 0) >= 2);
});

test('only so many are read on at a time; the next one is left at once', async () => {
  const [first, second] = [scriptedStream(), scriptedStream()];
  for (const script of [first, second]) {
    server.mock.once('/chat/completions', script.reply);
    const client = hangUpAfter('Hello');
    await script.started;
    script.say('Hello');
    await client;
    await drainsRunning(1);
  }
  await second.closed;
  assert.equal((await usageOnceThereAre(3)).at(-1)?.estimated, true);
  first.finish();
  assert.equal((await usageOnceThereAre(4)).filter((row) => !row.estimated).length, 2);
});

test('a plain call whose client hangs up is logged with what it used', async () => {
  const held: (() => void)[] = [];
  const arrived = new Promise<void>((resolve) => {
    server.mock.once('/chat/completions', (asked, res) => {
      held.push(() => replyPlain()(asked, res));
      resolve();
    });
  });
  const req = request(server.url + chat, {
    method: 'POST',
    headers: { authorization: 'Bearer key-ann', 'content-type': 'application/json' },
  });
  req.on('error', () => {});
  req.end(body.replace('"stream":true,', ''));
  await arrived;
  req.destroy();
  await drainsRunning(1);
  held[0]?.();
  const row = (await usageOnceThereAre(5)).at(-1);
  assert.equal(row?.status, 'abandoned');
  assert.equal(row?.output_tokens, mockUsage.completion_tokens);
});

test('a provider that never answers: 504 after the bound, nothing charged', async (t) => {
  const impatient = await openGatewayServer({ limits: { headersTimeout: 300 } });
  t.after(() => impatient.close());
  impatient.mock.once('/chat/completions', replyNever);
  const response = await impatient.post(chat, body);
  assert.equal(response.status, 504);
  assert.match(await response.text(), /upstream_timeout/);
  const [row] = await usageOnceThereAre(1, impatient);
  assert.deepEqual([row?.status, row?.error_code, row?.output_tokens], ['failed', 'upstream_timeout', 0]);
});

test('one person has so many calls at a time, another has her own', async () => {
  const scripts = [scriptedStream(), scriptedStream()];
  const answers: Promise<Response>[] = [];
  for (const script of scripts) {
    server.mock.once('/chat/completions', script.reply);
    answers.push(server.post(chat, body));
    await script.started;
  }
  const third = await server.post(chat, body);
  assert.equal(third.status, 429);
  assert.equal(third.headers.get('retry-after'), '1');
  const others = await server.post(chat, body, { authorization: 'Bearer key-ben' });
  assert.equal(others.status, 200);
  await others.text();
  for (const script of scripts) script.finish();
  for (const answer of answers) await (await answer).text();
  assert.equal((await server.post(chat, body)).status, 200);
});

test('a client that reads slowly holds the provider back and loses nothing', async () => {
  // Four times what sockets and buffers on the way can hold.
  const piece = 'x'.repeat(64 * 1024);
  const pieces = Array.from({ length: 800 }, () => piece);
  const provider: { waiting: () => number } = { waiting: () => 0 };
  server.mock.once('/chat/completions', (asked, res) => {
    provider.waiting = () => res.writableLength;
    replyStream({ pieces })(asked, res);
  });
  const response = await server.post(chat, body, { authorization: 'Bearer key-ben' });
  const reader = response.body?.getReader();
  assert.ok(reader !== undefined);
  await reader.read();
  for (let before = -1; before !== provider.waiting(); ) {
    before = provider.waiting();
    for (let turns = 0; turns < 200; turns++) await new Promise((resolve) => setImmediate(resolve));
  }
  assert.ok(provider.waiting() > 16 * 1024 * 1024, `only ${provider.waiting()} bytes wait at the provider`);
  let size = 0;
  let tail = '';
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    size += next.value.length;
    tail = (tail + Buffer.from(next.value).toString('latin1')).slice(-20);
    await new Promise((resolve) => setImmediate(resolve));
  }
  assert.ok(size > pieces.length * piece.length);
  assert.match(tail, /\[DONE\]\s*$/);
});

test('what is queued at the end is written: closing flushes the ledger', async () => {
  const before = (await server.usageOf(server.ben)).length;
  await (await server.post(chat, body, { authorization: 'Bearer key-ben' })).text();
  await server.gateway.core.ledger.close();
  assert.equal((await server.usageOf(server.ben)).length, before + 1);
});
