// Every type through both drivers and back: the same values must come out of PGlite and of native PostgreSQL.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { openNativeDatabase, openTestDatabase, type TestDatabase } from '../server/testing/database.ts';
import { AppError } from './errors.ts';
import { statement } from './statement.ts';

const echo = statement({
  name: 'test_echo',
  text: `
    select $1::uuid as a_uuid, $2::text as a_text, $3::bool as a_bool, $4::int2 as an_int2, $5::int4 as an_int4,
      $6::int8 as an_int8, $7::float4 as a_float4, $8::float8 as a_float8, $9::numeric as a_numeric,
      $10::timestamptz as a_time, $11::date as a_date, $12::jsonb as a_jsonb, $13::bytea as a_bytea,
      $14::uuid[] as uuids, $15::text[] as texts, $16::int4[] as ints, $17::float4[] as floats`,
  params: {
    ...({
      a_uuid: 'uuid?',
      a_text: 'text?',
      a_bool: 'bool?',
      an_int2: 'int2?',
      an_int4: 'int4?',
      an_int8: 'int8?',
    } as const),
    ...({
      a_float4: 'float4?',
      a_float8: 'float8?',
      a_numeric: 'numeric?',
      a_time: 'timestamptz?',
      a_date: 'date?',
    } as const),
    ...({
      a_jsonb: 'jsonb?',
      a_bytea: 'bytea?',
      uuids: 'uuid[]?',
      texts: 'text[]?',
      ints: 'int4[]?',
      floats: 'float4[]?',
    } as const),
  },
  columns: {
    ...({
      a_uuid: 'uuid?',
      a_text: 'text?',
      a_bool: 'bool?',
      an_int2: 'int2?',
      an_int4: 'int4?',
      an_int8: 'int8?',
    } as const),
    ...({
      a_float4: 'float4?',
      a_float8: 'float8?',
      a_numeric: 'numeric?',
      a_time: 'timestamptz?',
      a_date: 'date?',
    } as const),
    ...({
      a_jsonb: 'jsonb?',
      a_bytea: 'bytea?',
      uuids: 'uuid[]?',
      texts: 'text[]?',
      ints: 'int4[]?',
      floats: 'float4[]?',
    } as const),
  },
});
const nothing = statement({
  name: 'test_nothing',
  text: 'select pg_notify($1, null)',
  params: { channel: 'text' },
  columns: { pg_notify: 'void' },
});

type Values = Parameters<typeof echo>[0];
const id = '0b7e9d2c-3a54-4c1e-9f0d-8f5b1c2d3e4f';
const full: Values = {
  a_uuid: id,
  a_text: 'O\'Reilly said "no" \\ {a,b} $1 \n\tNULL 漢字 🦫 ﷽',
  a_bool: true,
  an_int2: -32768,
  an_int4: 2147483647,
  an_int8: Number.MAX_SAFE_INTEGER,
  a_float4: 0.1,
  a_float8: 1e-300,
  a_numeric: '12345678901234567890.1234567890',
  a_time: '2026-11-21T00:36:01.123456Z',
  a_date: '2024-02-29',
  a_jsonb: { text: 'O\'Reilly "\\" 🦫', list: [1, null, { deep: true }], number: 1.5 },
  a_bytea: new Uint8Array([0, 1, 39, 92, 255]),
  uuids: [id, id],
  texts: ['', 'a,b', '{c}', 'd"e', 'f\\g', 'NULL', 'null', ' spaced ', 'line\nbreak', '漢字 🦫'],
  ints: [0, -1, 2147483647],
  floats: [0.5, -2.25, 1e-7],
};
const empty: Values = {
  ...{
    a_uuid: null,
    a_text: null,
    a_bool: null,
    an_int2: null,
    an_int4: null,
    an_int8: null,
    a_float4: null,
    a_float8: null,
  },
  ...{
    a_numeric: null,
    a_time: null,
    a_date: null,
    a_jsonb: null,
    a_bytea: null,
    uuids: null,
    texts: null,
    ints: null,
    floats: null,
  },
};
const edges: Values = {
  ...full,
  ...{
    a_text: '',
    a_bool: false,
    an_int2: 0,
    an_int4: -2147483648,
    an_int8: Number.MIN_SAFE_INTEGER,
    a_float4: -1.5,
    a_float8: 0,
  },
  ...{
    a_numeric: '0.0000000000',
    a_time: '1970-01-01T00:00:00Z',
    a_date: '0001-01-01',
    a_jsonb: [],
    a_bytea: new Uint8Array(),
  },
  ...{ uuids: [], texts: [], ints: [], floats: [] },
};

const engines: readonly (readonly [string, () => Promise<TestDatabase>])[] = [
  ['PGlite', openTestDatabase],
  ['native PostgreSQL 15', () => openNativeDatabase(15)],
  ['native PostgreSQL 18', () => openNativeDatabase(18)],
];

for (const [engine, open] of engines) {
  describe(engine, () => {
    let opened: TestDatabase;
    before(async () => {
      opened = await open();
    });
    after(() => opened.close());

    for (const [name, values] of Object.entries({ full, empty, edges })) {
      test(`${name} values come back as they went`, async () => {
        assert.deepEqual(await opened.db.asService('auth', echo(values)), [values]);
        // The second time the statement is prepared already.
        assert.deepEqual(await opened.db.asService('auth', async (tx) => await tx.one(echo(values))), values);
      });
    }

    test('a function without a result', async () => {
      assert.deepEqual(await opened.db.asService('auth', nothing({ channel: 'test_nothing' })), [{ pg_notify: null }]);
    });

    test('text that PostgreSQL cannot keep is the fault of the request', async () => {
      for (const values of [
        { ...full, a_text: 'a\0b' },
        { ...full, a_jsonb: { text: 'a\0b' } },
        { ...full, a_uuid: 'not a uuid' },
        { ...full, a_date: '2023-02-30' },
      ]) {
        await assert.rejects(
          opened.db.asService('auth', echo(values)),
          (error) => error instanceof AppError && error.code === 'invalid_request',
        );
      }
    });
  });
}
