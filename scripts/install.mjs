// Makes sure that what package-lock.json says is installed; with --tests also that a browser is there.
// Plain JavaScript without dependencies, since it runs before anything is installed, on whatever Node there is.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureBrowser } from './browser.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const modules = join(root, 'node_modules');
const record = join(modules, '.loam-lock');

/** @param {string} path */
const read = (path) => (existsSync(path) ? readFileSync(path, 'utf8') : null);

/** Whether somebody ran `npm ci` by hand: npm's own note of what is installed names the versions that the lock does. */
function agreesWithNpm(/** @type {string} */ lock) {
  const note = read(join(modules, '.package-lock.json'));
  if (note === null) return false;
  /** @type {Record<string, { version?: string, optional?: boolean }>} */
  const wanted = JSON.parse(lock).packages;
  /** @type {Record<string, { version?: string }>} */
  const there = JSON.parse(note).packages;
  return Object.entries(wanted).every(
    ([path, { version, optional }]) => path === '' || there[path]?.version === version || (optional && !there[path]),
  );
}

/** npm on the machine's own Node: the one in node_modules is about to be removed under it. */
function runNpm(/** @type {string[]} */ args) {
  const bin = join(modules, '.bin');
  const path = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== bin);
  return spawnSync('npm', args, {
    cwd: root,
    encoding: 'utf8',
    shell: process.platform === 'win32',
    env: { ...process.env, PATH: path.join(delimiter), npm_config_loglevel: 'error' },
  });
}

function install() {
  const lock = readFileSync(join(root, 'package-lock.json'), 'utf8');
  const hash = createHash('sha256').update(lock).digest('hex');
  if (read(record) === hash) return;
  if (read(record) !== null || !agreesWithNpm(lock)) {
    console.error('Installing what package-lock.json names (npm ci) …');
    const { status, stdout, stderr, error } = runNpm(['ci', '--no-audit', '--no-fund']);
    if (status !== 0) {
      console.error(stdout ?? '', stderr ?? '', error?.message ?? '');
      console.error('npm ci failed: see above. Nothing was started.');
      process.exit(1);
    }
  }
  writeFileSync(record, hash);
}

install();
if (process.argv.includes('--tests')) ensureBrowser();
