// The scripts that run before anything else: installing, refusing an old Node, and the runner's exit code.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join, relative } from 'node:path';
import { after, test } from 'node:test';
import { root } from './checks/sources.ts';

const home = mkdtempSync(join(tmpdir(), 'loam-scripts-'));
after(() => rmSync(home, { recursive: true }));

/** Runs a script as npm would, outside of this test run. */
function runScript(
  node: string,
  args: readonly string[],
  options: { cwd?: string; env?: Record<string, string> } = {},
) {
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  return spawnSync(node, [...args], { cwd: options.cwd ?? root, encoding: 'utf8', env: { ...env, ...options.env } });
}

/** A checkout whose only dependency is a folder of its own, so that npm needs no network. */
function makeCheckout(name: string): string {
  const folder = join(home, name);
  mkdirSync(join(folder, 'scripts'), { recursive: true });
  mkdirSync(join(folder, 'inner'));
  for (const script of ['install.mjs', 'browser.mjs'])
    copyFileSync(join(root, 'scripts', script), join(folder, 'scripts', script));
  const inner = { name: 'inner', version: '1.0.0' };
  const outer = { name: 'outer', version: '1.0.0', dependencies: { inner: 'file:inner' } };
  const lock = {
    ...{ name: 'outer', version: '1.0.0', lockfileVersion: 3, requires: true },
    packages: { '': outer, inner: { version: '1.0.0' }, 'node_modules/inner': { resolved: 'inner', link: true } },
  };
  writeFileSync(join(folder, 'inner/package.json'), JSON.stringify(inner));
  writeFileSync(join(folder, 'package.json'), JSON.stringify(outer));
  writeFileSync(join(folder, 'package-lock.json'), JSON.stringify(lock));
  return folder;
}

test('install: first what is missing, then nothing, then again after the lock has changed', () => {
  const folder = makeCheckout('install');
  const install = () => runScript(process.execPath, [join(folder, 'scripts/install.mjs')], { cwd: folder });
  const first = install();
  assert.equal(first.status, 0, first.stderr);
  assert.match(first.stderr, /npm ci/);
  assert.ok(existsSync(join(folder, 'node_modules/inner/package.json')));
  const second = install();
  assert.deepEqual([second.status, second.stdout, second.stderr], [0, '', '']);

  writeFileSync(join(folder, 'package-lock.json'), `${readFileSync(join(folder, 'package-lock.json'), 'utf8')}\n`);
  assert.match(install().stderr, /npm ci/);
  assert.equal(install().stderr, '');
});

test('install: what somebody installed by hand is taken as it is', () => {
  const folder = makeCheckout('by-hand');
  const install = () => runScript(process.execPath, [join(folder, 'scripts/install.mjs')], { cwd: folder });
  assert.equal(install().status, 0);
  rmSync(join(folder, 'node_modules/.loam-lock'));
  assert.equal(install().stderr, '');
  assert.ok(existsSync(join(folder, 'node_modules/.loam-lock')));
});

test('install: when npm fails it says so, and nothing goes on', () => {
  const folder = makeCheckout('failing');
  writeFileSync(
    join(folder, 'package.json'),
    JSON.stringify({ name: 'outer', version: '1.0.0', dependencies: { other: 'file:other' } }),
  );
  const { status, stderr } = runScript(process.execPath, [join(folder, 'scripts/install.mjs')], { cwd: folder });
  assert.equal(status, 1);
  assert.match(stderr, /npm ci failed/);
  assert.ok(!existsSync(join(folder, 'node_modules/.loam-lock')));
});

/** The machine's own Node, where it is an old one. */
function oldNode(): string | null {
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => !folder.includes('node_modules'));
  for (const path of folders.map((folder) => join(folder, 'node'))) {
    if (!existsSync(path)) continue;
    const version = spawnSync(path, ['-p', 'process.versions.node'], { encoding: 'utf8' }).stdout;
    if (Number.parseInt(version, 10) < 24) return path;
  }
  return null;
}

test('start and test refuse an old Node with a sentence', {
  skip: oldNode() === null && 'this machine has no old Node',
}, () => {
  for (const script of ['scripts/start.mjs', 'scripts/test.mjs']) {
    const { status, stderr } = runScript(oldNode() ?? '', [join(root, script)]);
    assert.equal(status, 1);
    assert.match(stderr, /needs Node 24 or newer; this is v\d+.*optional dependencies must not be omitted/s);
  }
});

test('a run without a test is an error', () => {
  const { status, stderr } = runScript(process.execPath, ['scripts/test.mjs', 'docs/no-such-folder']);
  assert.equal(status, 1);
  assert.match(stderr, /no test below/);
});

/** Runs the runner on one test of the given text. */
function runPlanted(name: string, text: string) {
  const path = join(home, `${name}.test.ts`);
  writeFileSync(path, `import assert from 'node:assert/strict';\nimport { test } from 'node:test';\n${text}`);
  return runScript(process.execPath, ['scripts/test.mjs', relative(root, path)]);
}

test('a failing test makes the run fail, and the counts stand last', () => {
  const { status, stdout } = runPlanted(
    'failing',
    `test('wrong', () => assert.equal(1, 2));\ntest('right', () => {});\n`,
  );
  assert.equal(status, 1);
  assert.match(
    stdout,
    /\nℹ tests 2\nℹ suites 0\nℹ pass 1\nℹ fail 1\nℹ cancelled 0\nℹ skipped 0\nℹ todo 0\nℹ duration_ms [\d.]+\n$/,
  );
});

test('a file that cannot be loaded makes the run fail', () => {
  assert.equal(runPlanted('unloadable', `import 'no-such-package';\n`).status, 1);
});

test('a test process is a child of the runner, where it looks for the shared clusters', () => {
  const { status, stdout, pid } = runPlanted(
    'child',
    `test('parent', (t) => t.diagnostic(\`parent \${process.ppid}\`));\n`,
  );
  assert.equal(status, 0, stdout);
  assert.match(stdout, new RegExp(`parent ${pid}\\b`));
});
