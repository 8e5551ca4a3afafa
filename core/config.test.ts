// Settings: refused with a sentence and without a secret, read from files, and written down in .env.example.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, test } from 'node:test';
import { ConfigError, readConfig } from './config.ts';

const home = mkdtempSync(join(tmpdir(), 'loam-config-'));
after(() => rmSync(home, { recursive: true }));

const refused: readonly (readonly [env: Record<string, string>, sentence: RegExp])[] = [
  [{ LOAM_DATADIR: 'x' }, /^Unknown setting: LOAM_DATADIR\. .*\.env\.example/],
  [{ LOAM_A: '', LOAM_B: '' }, /LOAM_A, LOAM_B/],
  [{ PORT: 'eighty' }, /^PORT: /],
  [{ PORT: '65536' }, /^PORT: /],
  [{ PORT: '3210.5' }, /^PORT: /],
  [{ LOAM_SIGNUP: 'maybe' }, /^LOAM_SIGNUP: /],
  [{ LOAM_LOG_LEVEL: 'loud' }, /^LOAM_LOG_LEVEL: /],
  [{ LOAM_TRUSTED_PROXIES: '-1' }, /^LOAM_TRUSTED_PROXIES: /],
  [{ DATABASE_URL: 'mysql://root:hunter2@localhost/x' }, /^DATABASE_URL is not valid\.$/],
  [{ LOAM_SECRET: 'hunter2' }, /^LOAM_SECRET is not valid\.$/],
  [{ SUPABASE_URL: 'ftp://example.com' }, /^SUPABASE_URL: /],
  [{ OLLAMA_BASE_URL: 'not an address' }, /^OLLAMA_BASE_URL: /],
  [{ LOAM_SECRET_FILE: '/no/such/hunter2' }, /^LOAM_SECRET_FILE names a file that cannot be read\.$/],
  [{ LOAM_SECRET: 'x'.repeat(32), LOAM_SECRET_FILE: '/x' }, /^Set LOAM_SECRET or LOAM_SECRET_FILE, not both\.$/],
  [{ PORT: 'x', HOST: 'h', LOAM_SIGNUP: 'x' }, /^PORT: .*\nLOAM_SIGNUP: /],
];
for (const [env, sentence] of refused) {
  test(`refused: ${JSON.stringify(env)}`, () => {
    assert.throws(
      () => readConfig(env),
      (error) => error instanceof ConfigError && sentence.test(error.message) && !error.message.includes('hunter2'),
    );
  });
}

test('nothing is needed', () => {
  const config = readConfig({});
  assert.deepEqual([config.PORT, config.HOST, config.LOAM_SIGNUP], [3210, '127.0.0.1', 'open']);
  assert.equal(config.dataDir, resolve('.loam'));
  assert.equal(config.DATABASE_URL, undefined);
  assert.ok(Object.isFrozen(config));
});

test('an empty value counts as not set, as Docker and shells give it', () => {
  assert.equal(readConfig({ OPENAI_API_KEY: '', PORT: '' }).PORT, 3210);
});

test('other programs may have settings of their own', () => {
  assert.equal(readConfig({ PATH: '/bin', LOAMY: 'x', LOAM_TEST_SKIP: 'browser' }).PORT, 3210);
});

test('a secret may stand in a file', () => {
  const path = join(home, 'secret');
  writeFileSync(path, `${'s'.repeat(40)}\n`);
  assert.equal(readConfig({ LOAM_SECRET_FILE: path }).LOAM_SECRET, 's'.repeat(40));
});

test('addresses lose the slash at their end', () => {
  assert.equal(
    readConfig({ OPENAI_BASE_URL: 'http://localhost:8000/v1//' }).OPENAI_BASE_URL,
    'http://localhost:8000/v1',
  );
});

test('.env.example names every setting, with its default', () => {
  const text = readFileSync(new URL('../.env.example', import.meta.url), 'utf8');
  const lines = [...text.matchAll(/^(#?)([A-Z][A-Z_]+)=(.*)$/gm)];
  const set: Record<string, string> = {};
  for (const [, off, name = '', value = ''] of lines) if (off === '') set[name] = value;
  assert.deepEqual(readConfig(set), readConfig({}), 'what is set there is the default');
  const tests = ['LOAM_TEST_SKIP'];
  const named = lines.map(([, , name = '']) => name).filter((name) => !tests.includes(name));
  const source = readFileSync(new URL('./config.ts', import.meta.url), 'utf8');
  const schema = source.slice(source.indexOf('z.object({'), source.indexOf('});'));
  const known = [...schema.matchAll(/^ {2}([A-Z_]+):/gm)].map(([, name = '']) => name);
  assert.ok(known.length > 10);
  assert.deepEqual(named.toSorted(), known.toSorted());
});
