// Statements: how values become text and rows become values, without a database.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { allStatements, decodeRows, encode, type Row, statement } from './statement.ts';

test('two statements of one name and different text are refused', () => {
  statement({ name: 'test_once', text: 'select 1' });
  assert.throws(() => statement({ name: 'test_once', text: 'select 2' }), /two statements are named test_once/);
});

test('a value that cannot be kept is refused, not rounded', () => {
  const { source } = statement({ name: 'test_tokens', text: 'select $1', columns: { tokens: 'int8' } });
  assert.deepEqual(decodeRows(source, [['9007199254740991']]), [{ tokens: 9007199254740991 }]);
  assert.throws(() => decodeRows(source, [['9007199254740993']]), /9007199254740993/);
});

test('parameters go in the order of their names, whatever the order of the call', () => {
  const find = statement({
    name: 'test_order',
    text: 'select $1, $2, $3',
    params: { first: 'text', second: 'int4?', third: 'bool' },
    columns: { id: 'uuid', total: 'numeric?' },
  });
  const query = find({ third: true, first: 'a', second: null });
  assert.deepEqual(query.values, ['a', null, 'true']);
  assert.equal(query.statement.name, 'test_order');
  assert.ok(allStatements().includes(query.statement));
  const row: Row<typeof find> = { id: 'x', total: null };
  assert.equal(row.total, null);
});

test('values as PostgreSQL writes them', () => {
  const cases: readonly (readonly [Parameters<typeof encode>[0], unknown, string | null])[] = [
    ['text', '', ''],
    ['text', 'it\'s a \\ "quote"', 'it\'s a \\ "quote"'],
    ['text?', null, null],
    ['text?', undefined, null],
    ['bool', false, 'false'],
    ['int8', 0, '0'],
    ['numeric', '0.10', '0.10'],
    ['jsonb', { a: ['ü', null] }, '{"a":["ü",null]}'],
    ['jsonb', null, null],
    ['jsonb', 'text', '"text"'],
    ['jsonb', [], '[]'],
    ['bytea', new Uint8Array([0, 255]), '\\x00ff'],
    ['text[]', [], '{}'],
    ['text[]', ['a,b', '{c}', 'd"e', 'f\\g', 'NULL', ''], '{"a,b","{c}","d\\"e","f\\\\g","NULL",""}'],
    ['int4[]', [1, -2], '{1,-2}'],
    ['float4[]', [0.5, -1e-7], '{0.5,-1e-7}'],
  ];
  for (const [type, value, text] of cases) assert.equal(encode(type, value), text, `${type} ${JSON.stringify(value)}`);
});

test('text as values', () => {
  const { source } = statement({
    name: 'test_decode',
    text: 'select',
    columns: {
      yes: 'bool',
      at: 'timestamptz',
      day: 'date',
      list: 'text[]',
      numbers: 'int4[]',
      cost: 'numeric',
      gone: 'text?',
    },
  });
  const fields = [
    't',
    '2026-11-21 00:36:01.123456+00',
    '2026-11-21',
    '{a,"b c","d\\"e",NULL,"NULL",""}',
    '{1,-2,NULL}',
    '0.0100',
    null,
  ];
  assert.deepEqual(decodeRows(source, [fields]), [
    {
      ...{ yes: true, at: '2026-11-21T00:36:01.123456Z', day: '2026-11-21', cost: '0.0100', gone: null },
      ...{ list: ['a', 'b c', 'd"e', null, 'NULL', ''], numbers: [1, -2, null] },
    },
  ]);
});
