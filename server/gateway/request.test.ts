// A request's bytes: checked, and changed nowhere but where they must be.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseRequest, withFields } from './request.ts';

const change = (text: string, changes: Record<string, unknown>): string =>
  withFields(Buffer.from(text), changes).toString();

test('a body that is no object, or has no model, is refused', () => {
  for (const text of [
    '',
    '{',
    'null',
    '[]',
    '"x"',
    '{}',
    '{"model":""}',
    '{"model":{}}',
    `{"model":"${'x'.repeat(301)}"}`,
  ]) {
    assert.throws(() => parseRequest(Buffer.from(text)), { status: 400 }, text);
  }
  assert.equal(parseRequest(Buffer.from('{"model":"m"}')).model, 'm');
});

test('only what is named changes: order, spaces, numbers and inner members stay', () => {
  assert.equal(
    change(' { "seed" : 9007199254740993 , "model":"a/b","x":{"model":"c","y":[1,{"model":2}]},"t":1e-7}\n', {
      model: 'b',
    }),
    ' { "seed" : 9007199254740993 , "model":"b","x":{"model":"c","y":[1,{"model":2}]},"t":1e-7}\n',
  );
});

test('strings with quotes, brackets and backslashes do not mislead it', () => {
  const text = String.raw`{"a":"\"model\":{","b":"\\","model":"x","c":"}]\\\""}`;
  assert.equal(change(text, { model: 'y' }), text.replace('"x"', '"y"'));
  assert.equal(change('{"mod\\u0065l":"x"}', { model: 'y' }), '{"mod\\u0065l":"y"}');
  assert.equal(change('{"ü":"ö","model":"ä"}', { model: '💡' }), '{"ü":"ö","model":"💡"}');
});

test('members that are missing are added, repeated ones all change', () => {
  assert.equal(
    change('{"model":"m"}', { stream_options: { include_usage: true } }),
    '{"model":"m","stream_options":{"include_usage":true}}',
  );
  assert.equal(change('{"model":"a","model":"b" }', { model: 'c' }), '{"model":"c","model":"c" }');
  assert.equal(change('{"n":1}', { n: 2, z: null }), '{"n":2,"z":null}');
});

test('what comes out is what JSON.parse would have made of it', () => {
  const values = [
    0,
    -1.5e300,
    true,
    null,
    '',
    'a,b',
    '{"',
    [],
    {},
    [1, [2, {}]],
    { model: { model: 1 } },
    '\\',
    '"',
    '\u2028',
  ];
  for (const [at, value] of values.entries()) {
    for (const space of [undefined, 1]) {
      const body = { first: value, model: 'a', [`k"${at}`]: value, last: value };
      assert.deepEqual(JSON.parse(change(JSON.stringify(body, null, space), { model: 'b', new: 1 })), {
        ...body,
        model: 'b',
        new: 1,
      });
    }
  }
});
