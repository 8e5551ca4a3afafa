// The reference names every address that the server answers and every table that is installed, and no others.
import assert from 'node:assert/strict';
import { globSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { readConfig } from '../core/config.ts';
import { root } from '../scripts/checks/sources.ts';
import { openHouse } from '../server/rooms.ts';
import { openTestDatabase } from '../server/testing/database.ts';
import { silentLog } from '../server/testing/requests.ts';
import { codeOf, readRepository, tableRows } from './documents.ts';

test('docs/reference/api.md has every operation of the OpenAPI document', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'loam-docs-'));
  const { db, close } = await openTestDatabase();
  const closers: (() => Promise<unknown>)[] = [];
  t.after(async () => {
    for (const closer of closers.reverse()) await closer();
    await close();
    rmSync(folder, { recursive: true });
  });
  const config = readConfig({ LOAM_DATA_DIR: folder, OLLAMA_BASE_URL: 'http://127.0.0.1:9' });
  const house = await openHouse(config, db, silentLog, (closer) => void closers.push(closer));
  const response = await house.app.request('/api/v1/openapi.json');
  const { paths } = (await response.json()) as { paths: Record<string, Record<string, unknown>> }; // checked: OpenAPI
  const served = Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
  );
  const told = tableRows(readRepository('docs/reference/api.md'))
    .map(([cell]) => codeOf(cell) ?? '')
    .filter((name) => /^[A-Z]+ \//.test(name));
  assert.ok(served.length > 30);
  assert.deepEqual(told.toSorted(), served.toSorted());
});

test('docs/reference/schema.md has every table of the patterns', () => {
  const files = globSync('sql/patterns/*/*.sql', { cwd: root });
  const made = files.flatMap((path) =>
    [...readRepository(path).matchAll(/^create table ([a-z_.]+) /gm)].map(([, name = '']) => name),
  );
  const told = tableRows(readRepository('docs/reference/schema.md')).flatMap(([cell = '']) =>
    [...cell.matchAll(/`([a-z_.]+)`/g)].map(([, name = '']) => name),
  );
  assert.ok(made.length > 30);
  assert.deepEqual(told.toSorted(), made.toSorted());
});
