// Streams read as they pass by, whatever pieces their bytes arrive in.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { scanEvents } from './event-scanner.ts';

const word = (content: string, more = ''): string =>
  `data: {"choices":[{"index":0,"delta":{"content":${JSON.stringify(content)}},"finish_reason":null}]${more}}\n\n`;
const usage =
  'data: {"model":"m-1","choices":[],"usage":{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5}}\n\n';
const stop = 'data: {"choices":[{"delta":{},"finish_reason":"stop"}]}\n\n';
const done = 'data: [DONE]\n\n';

function feedAll(text: string, size: number, hideUsage: boolean) {
  const scanner = scanEvents(hideUsage, () => '0.5');
  const bytes = Buffer.from(text);
  let out = '';
  for (let at = 0; at < bytes.length; at += size) out += scanner.feed(bytes.subarray(at, at + size)).toString('latin1');
  out += scanner.rest().toString('latin1');
  return { out: Buffer.from(out, 'latin1').toString(), facts: scanner.facts };
}

test('whatever the pieces that bytes arrive in, the same leaves and the same is known', () => {
  const text = `: comment\n\n${word('Grüße ')}${word('"usage": {')}${word('[DONE]\ndata: [DONE]\n\n')}${stop}${usage}${done}`;
  for (let size = 1; size <= text.length + 10; size++) {
    const { out, facts } = feedAll(text, size, true);
    assert.equal(out, text.replace(usage, ''), `pieces of ${size}`);
    assert.deepEqual(
      [facts.done, facts.finished, facts.error, facts.tokens?.input, facts.tokens?.output, facts.modelVersion],
      [true, true, false, 3, 2, 'm-1'],
    );
  }
});

test('line ends of both kinds, spaces after colons, names of events', () => {
  const text =
    'event: message\r\ndata: { "choices" : [ { "delta" : { "content" : "abcd" }, "finish_reason" : null } ] }\r\n\r\ndata:[DONE]\r\n\r\n';
  const { out, facts } = feedAll(text, 7, true);
  assert.equal(out, text);
  assert.deepEqual([facts.textBytes, facts.done], [4, true]);
});

test('text is counted: content, thinking, arguments of tools; not roles and not names', () => {
  const delta = (fields: string): string => `data: {"choices":[{"delta":{${fields}}}]}\n\n`;
  const cases: readonly (readonly [string, number])[] = [
    ['"role":"assistant","content":""', 0],
    ['"role":"assistant","content":null', 0],
    ['"content":"abc"', 3],
    ['"reasoning_content":"abcd","content":null', 4],
    ['"reasoning":"abcd"', 4],
    ['"tool_calls":[{"index":0,"function":{"name":"find","arguments":"{}"}}]', 2],
    ['"content":"a \\"quoted\\" word\\\\"', 'a \\"quoted\\" word\\\\'.length],
  ];
  for (const [fields, bytes] of cases)
    assert.equal(feedAll(delta(fields), 1_000, false).facts.textBytes, bytes, fields);
});

test('usage stays for who asked for it, with its cost; a null or an empty one changes nothing', () => {
  const asked = feedAll(usage, 50, false).out;
  assert.match(asked, /"usage":\{"cost":0\.5,"prompt_tokens":3/);
  const text = word('a', ',"usage":null') + word('usage', ',"usage":{}');
  assert.deepEqual([feedAll(text, 9, true).out, feedAll(text, 9, true).facts.tokens], [text, null]);
});

test('usage beside a choice is kept for the client and read for the ledger; the last one wins', () => {
  const text =
    word('a', ',"usage":{"prompt_tokens":3,"completion_tokens":1}') +
    word('b', ',"usage":{"prompt_tokens":3,"completion_tokens":9,"total_tokens":12}');
  const { out, facts } = feedAll(text, 40, true);
  assert.equal(out.replaceAll('"cost":0.5,', ''), text);
  assert.equal(facts.tokens?.output, 9);
});

test('an error in the stream is noticed, the word "error" in the text is not', () => {
  assert.equal(feedAll(word('{"error": {"message": "x"}}'), 30, true).facts.error, false);
  assert.equal(feedAll('data: {"error":{"message":"boom"}}\n\n', 30, true).facts.error, true);
  assert.equal(feedAll('event: error\ndata: {"message":"boom"}\n\n', 30, true).facts.error, true);
  assert.equal(feedAll('data: {"error":null,"choices":[]}\n\n', 30, true).facts.error, false);
});

test('an event without an end is given up', () => {
  const scanner = scanEvents(true);
  const piece = Buffer.alloc(1024 * 1024, 'x');
  assert.throws(
    () => {
      for (let count = 0; count < 20; count++) scanner.feed(piece);
    },
    { code: 'upstream_error' },
  );
});
