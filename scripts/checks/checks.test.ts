// The checks must be able to fail: each rule meets a planted violation, and its innocent twin.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { checkBorders, importsOf } from './borders.ts';
import { checkErrorDocs } from './error-docs.ts';
import { checkHeaders, checkSizes } from './sizes.ts';
import { root } from './sources.ts';
import { checkStatementNames } from './statement-names.ts';
import { checkTableOwners } from './table-owners.ts';
import { runBiome } from './tools.ts';

/** What is found when a file at `path` imports `specifier`. */
const importing = (path: string, specifier: string): readonly string[] =>
  checkBorders([{ path, text: `// header\nimport { x } from '${specifier}';\n` }]);

const refused: readonly (readonly [from: string, specifier: string, why: RegExp])[] = [
  ['web/chat/page.tsx', '../../server/chat/chat.ts', /web does not import server/],
  ['web/chat/page.tsx', '../../core/errors.ts', /web does not import core/],
  ['web/chat/page.tsx', 'node:fs', /runs in a browser/],
  ['contract/chat.ts', '../core/errors.ts', /contract does not import core/],
  ['contract/chat.ts', 'hono', /nothing but zod/],
  ['core/config.ts', '../server/app.ts', /core does not import server/],
  ['core/config.ts', '../schema/open.ts', /core does not import schema/],
  ['schema/open.ts', '../server/app.ts', /schema does not import server/],
  ['cli/main.ts', '../server/app.ts', /cli does not import server/],
  ['server/app.ts', '../schema/open.ts', /server does not import schema/],
  ['server/auth/auth.ts', '../chat/chat.ts', /chat does not stand before auth/],
  ['server/chat/chat.ts', '../auth/queries.ts', /only its public face/],
  ['server/chat/chat.ts', '../auth/routes.ts', /only its public face/],
  ['server/chat/chat.ts', '../auth/api-key-queries.ts', /only its public face/],
  ['server/chat/chat.ts', '../gateway/providers/openai.ts', /only its public face/],
  ['server/chat/chat.ts', '../app.ts', /does not know the application/],
  ['server/chat/chat.ts', '../testing/users.ts', /only tests/],
  ['server/chat/chat.ts', '../gateway/testing.ts', /only tests/],
  ['server/chat/chat.ts', '../auth/auth.test.ts', /nothing imports a test/],
  ['server/nowhere/nowhere.ts', '../auth/auth.ts', /no place in roomOrder/],
  ['server/chat/chat.ts', 'undici', /only from the gateway/],
  ['server/chat/chat.ts', 'pg', /drivers are known/],
  ['server/chat/chat.ts', '@electric-sql/pglite/worker', /drivers are known/],
  ['schema/open.ts', 'pg', /drivers are known/],
  ['server/chat/chat.ts', 'pg-boss', /core\/jobs/],
];
const allowed: readonly (readonly [from: string, specifier: string])[] = [
  ['web/chat/page.tsx', '../../contract/chat.ts'],
  ['web/chat/page.tsx', 'react'],
  ['contract/chat.ts', 'zod'],
  ['contract/chat.ts', './errors.ts'],
  ['core/errors.ts', '../contract/errors.ts'],
  ['core/database-pg.ts', 'pg'],
  ['core/pglite-worker.ts', '@electric-sql/pglite'],
  ['server/main.ts', '../schema/open.ts'],
  ['server/main.ts', './app.ts'],
  ['server/app.ts', './chat/routes.ts'],
  ['server/chat/chat.ts', '../auth/auth.ts'],
  ['server/chat/chat.ts', './queries.ts'],
  ['server/gateway/upstream.ts', 'undici'],
  ['server/chat/chat.test.ts', '../testing/users.ts'],
  ['server/chat/chat.test.ts', '../../schema/open.ts'],
  ['server/testing/native.ts', 'pg'],
  ['server/documents/testing.ts', '../search/routes.ts'],
  ['cli/main.ts', '../package.json'],
  ['tests/e2e/chat.test.ts', '../../server/main.ts'],
  ['cli/main.ts', '../schema/open.ts'],
];

test('an import that points the wrong way is found', () => {
  for (const [from, specifier, why] of refused) {
    const [problem = 'nothing found', ...more] = importing(from, specifier);
    assert.match(problem, why, `${from} -> ${specifier}`);
    assert.deepEqual(more, []);
  }
});

test('an import that points the right way is not', () => {
  for (const [from, specifier] of allowed) assert.deepEqual(importing(from, specifier), [], `${from} -> ${specifier}`);
});

test('imports are found however they are written', () => {
  const text = `
    import type { A } from './a.ts';
    import {
      b,
      c,
    } from './b.ts';
    import './c.css';
    export { d } from './d.ts';
    const e = await import('./e.ts');
    new Worker(new URL('./f.ts', import.meta.url));
    // a comment about an import from 'nothing' at all
  `;
  assert.deepEqual(
    importsOf(text).map(({ specifier }) => specifier),
    ['./a.ts', './b.ts', './c.css', './d.ts', './e.ts', './f.ts'],
  );
});

test('the environment is read in one place', () => {
  const text = 'const port = process.env.PORT;';
  assert.equal(checkBorders([{ path: 'server/chat/chat.ts', text }]).length, 1);
  assert.equal(checkBorders([{ path: 'web/chat/chat.ts', text: 'import.meta.env.DEV' }]).length, 1);
  assert.deepEqual(checkBorders([{ path: 'core/config.ts', text }]), []);
});

test('a file of 501 lines is found, one of 500 is not, nor the dump; tests may have 800', () => {
  assert.equal(checkSizes([{ path: 'core/a.ts', text: 'x\n'.repeat(501) }]).length, 1);
  assert.equal(checkSizes([{ path: 'core/a.test.ts', text: 'x\n'.repeat(801) }]).length, 1);
  assert.deepEqual(checkSizes([{ path: 'core/a.ts', text: 'x\n'.repeat(500) }]), []);
  assert.deepEqual(checkSizes([{ path: 'sql/schema.sql', text: 'x\n'.repeat(5000) }]), []);
});

test('a file without a header is found', () => {
  assert.equal(checkHeaders([{ path: 'core/a.ts', text: 'export const a = 1;\n' }]).length, 1);
  assert.deepEqual(checkHeaders([{ path: 'cli/loam.mjs', text: '#!/usr/bin/env node\n// What it is for.\n' }]), []);
});

test('statements: twice, badly named, in the wrong room or file', () => {
  const named = (path: string, ...names: string[]) => ({
    path,
    text: names.map((name) => `statement({\n  name: '${name}',`).join('\n'),
  });
  const found = (...sources: { path: string; text: string }[]) => checkStatementNames(sources).join('\n');
  assert.equal(found(named('server/chat/queries.ts', 'chat_list'), named('server/auth/queries.ts', 'auth_list')), '');
  assert.match(
    found(named('server/chat/queries.ts', 'chat_list', 'chat_list')),
    /in server\/chat\/queries\.ts already/,
  );
  assert.match(found(named('server/chat/queries.ts', 'auth_list')), /does not begin with chat_/);
  assert.equal(found(named('server/chat/message-queries.ts', 'messages_list', 'message_read')), '');
  assert.match(found(named('server/chat/queries.ts', 'chatList')), /lower_case/);
  assert.match(found(named('server/chat/chat.ts', 'chat_list')), /stand in queries\.ts/);
  assert.match(found(named('server/chat/queries.ts', `chat_${'x'.repeat(60)}`)), /longer than the 63 bytes/);
});

test('a table that two rooms write', () => {
  const writing = (room: string, sql: string) => ({
    path: `server/${room}/queries.ts`,
    text: `statement({\n  text: \`${sql}\`,\n})`,
  });
  const found = (...sources: { path: string; text: string }[]) => checkTableOwners(sources);
  assert.deepEqual(
    found(
      writing('chat', 'insert into messages (id) values ($1)'),
      writing('usage', 'delete from messages where id = $1'),
    ),
    ['messages is written by chat and usage'],
  );
  const update = 'select 1 from messages for update of messages';
  assert.deepEqual(found(writing('chat', 'update messages set id = $1'), writing('usage', update)), []);
});

test('error pages: missing, and of a code that does not exist', () => {
  const folder = mkdtempSync(join(tmpdir(), 'loam-error-docs-'));
  try {
    writeFileSync(join(folder, 'no_such_code.md'), '# no_such_code\n');
    const problems = checkErrorDocs(folder).join('\n');
    assert.match(problems, /not_found\.md: is missing/);
    assert.match(problems, /no_such_code\.md: there is no such code/);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('the linter refuses any, default exports, enums, non-null assertions and what is not formatted', () => {
  const folder = mkdtempSync(join(tmpdir(), 'loam-lint-'));
  try {
    const rules = readFileSync(join(root, 'biome.json'), 'utf8')
      .replace(/ *"\$schema".*\n/, '')
      .replace('"enabled": true, "clientKind"', '"enabled": false, "clientKind"');
    writeFileSync(join(folder, 'biome.json'), rules);
    writeFileSync(join(folder, 'innocent.ts'), 'export const one = 1;\n');
    assert.equal(runBiome(folder), null);
    const planted = `export const one: any = a!;\nexport enum Two {\n  A,\n}\nexport default   one;\n`;
    writeFileSync(join(folder, 'planted.ts'), planted);
    const found = runBiome(folder) ?? '';
    for (const rule of ['noExplicitAny', 'noNonNullAssertion', 'noEnum', 'noDefaultExport', 'format'])
      assert.match(found, new RegExp(rule));
  } finally {
    rmSync(folder, { recursive: true });
  }
});
