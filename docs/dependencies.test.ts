// Each runtime dependency has its reason, and is pinned exactly.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { codeOf, readRepository, tableRows } from './documents.ts';

const { dependencies } = JSON.parse(readRepository('package.json')) as { dependencies: Record<string, string> }; // checked: npm's own file

test('decision 14 gives the reason of every entry of "dependencies", and of nothing else', () => {
  const rows = tableRows(readRepository('docs/decisions/0014-runtime-dependencies.md')).filter(
    ([name]) => codeOf(name) !== null,
  );
  assert.deepEqual(
    rows.map(([name]) => codeOf(name)),
    Object.keys(dependencies).toSorted(),
  );
  for (const [name, reason] of rows) assert.ok((reason ?? '').length > 10, `${name} has no reason`);
});

test('exact versions', () => {
  for (const [name, version] of Object.entries(dependencies)) assert.match(version, /^\d+\.\d+\.\d+$/, name);
});
