// The tables of settings say what core/config.ts says: the same names, the same defaults.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readConfig } from '../core/config.ts';
import { codeOf, readRepository, tableRows } from './documents.ts';

/** Names as the schema has them, in its order; config.test.ts holds .env.example to the same. */
function knownSettings(): readonly string[] {
  const source = readRepository('core/config.ts');
  const schema = source.slice(source.indexOf('z.object({'), source.indexOf('\n});'));
  return [...schema.matchAll(/^ {2}([A-Z_]+):/gm)].map(([, name = '']) => name);
}

const known = knownSettings();
const defaults: Readonly<Record<string, unknown>> = { ...readConfig({}) };
/** What takes its place when it is not set. */
const inWords: Readonly<Record<string, string>> = {
  LOAM_SECRET: 'made at first start',
  LOAM_ADMIN_DATABASE_URL: '`DATABASE_URL`',
};

for (const path of ['README.md', 'docs/reference/settings.md']) {
  test(`the table in ${path}`, () => {
    const rows = tableRows(readRepository(path)).filter(([name]) => /^`[A-Z_]{4,}`$/.test(name ?? ''));
    assert.deepEqual(rows.map(([name]) => codeOf(name)).toSorted(), known.toSorted());
    for (const [cell, shown] of rows) {
      const name = codeOf(cell) ?? '';
      const value = defaults[name];
      assert.equal(shown, inWords[name] ?? (value === undefined ? 'none' : `\`${String(value)}\``), name);
    }
  });
}

test('there are settings', () => assert.ok(known.length > 10));
