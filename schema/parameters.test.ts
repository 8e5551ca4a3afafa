// Parameters: what cannot be is refused with what can; and how a choice gets into the text.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chooseParameters, renderSql, warnAbout, writeParameters } from './parameters.ts';
import { ToolError } from './session.ts';

const says = (sentence: RegExp) => (error: unknown) => error instanceof ToolError && sentence.test(error.message);

test('an index that pgvector could not build is refused, with what it could', () => {
  for (const index of ['hnsw', 'ivfflat'] as const)
    assert.throws(
      () => chooseParameters({ dimension: 3072, index }),
      says(/at most 2000 dimensions of vector.*--type halfvec.*--index none/),
    );
  assert.equal(chooseParameters({ dimension: 3072, index: 'hnsw', type: 'halfvec' }).index, 'hnsw');
  assert.equal(chooseParameters({ dimension: 3072 }).index, 'none');
  assert.equal(chooseParameters({ dimension: 1536, index: 'hnsw' }).type, 'vector');
});

test('a value that is none is refused with those that are', () => {
  assert.throws(() => chooseParameters({ dimension: 1000 }), says(/384, 768, 1536, 3072; not 1000/));
  assert.throws(() => chooseParameters({ type: 'bit' }), says(/vector, halfvec/));
  assert.throws(() => chooseParameters({ target: 'mysql' }), says(/supabase, postgres, pglite/));
  assert.throws(() => chooseParameters({ tenancy: 'yes' }), says(/true or false/));
  assert.throws(() => chooseParameters({ exact: '-1' }), says(/whole number/));
  assert.throws(() => chooseParameters({ model: "x'; drop table" }), says(/<provider>\/<name>/));
  assert.throws(() => chooseParameters({ dimensions: 384 }), says(/no parameter dimensions/));
});

test('half-precision in PGlite is allowed, with a warning', () => {
  assert.match(
    warnAbout(chooseParameters({ target: 'pglite', type: 'halfvec', index: 'hnsw' })).join(),
    /slowly.*minutes/,
  );
  assert.deepEqual(warnAbout(chooseParameters({ target: 'pglite' })), []);
  assert.deepEqual(warnAbout(chooseParameters({ target: 'supabase', type: 'halfvec' })), []);
});

test('words of a command line are read, and what is written is read again', () => {
  const parameters = chooseParameters({ dimension: '768', exact: '50', tenancy: false, index: undefined });
  assert.deepEqual([parameters.dimension, parameters.exact, parameters.model], [768, 50, 'ollama/nomic-embed-text']);
  assert.deepEqual(chooseParameters(JSON.parse(writeParameters(parameters))), parameters);
});

test('the defaults leave a text as it is but for its marks; other values take their place', () => {
  const text = [
    "create table t (e /*=type*/ extensions.vector(/*=dimension*/ 1536) default /*=model*/ 'a''b/c');",
    '-- if index = hnsw, ivfflat',
    '  --| -- a comment that stays one',
    '  --| create index using /*=index*/ none (e /*=operators*/ extensions.vector_cosine_ops);',
    '-- end if',
    '-- if target = postgres, pglite',
    'only there;',
    '-- end if',
  ].join('\n');
  assert.equal(
    renderSql(text, chooseParameters()),
    "create table t (e extensions.vector(1536) default 'openai/text-embedding-3-small');\nonly there;",
  );
  assert.equal(
    renderSql(text, chooseParameters({ type: 'halfvec', dimension: 3072, index: 'hnsw', target: 'supabase' })),
    [
      "create table t (e extensions.halfvec(3072) default 'openai/text-embedding-3-large');",
      '  -- a comment that stays one',
      '  create index using hnsw (e extensions.halfvec_cosine_ops);',
    ].join('\n'),
  );
  assert.throws(() => renderSql('/*=nothing*/ 1', chooseParameters()), /parameter nothing/);
  assert.throws(() => renderSql('-- if index = none\nx', chooseParameters()), /without its end/);
});
