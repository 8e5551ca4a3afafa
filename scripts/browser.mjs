// Where the machine keeps a Chromium for the tests with a real browser. Plain JavaScript: runs before anything is installed.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'microsoft-edge', 'chrome'];
const usual = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/snap/bin/chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
  'C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe',
];

/** LOAM_TEST_SKIP=browser: the person at the machine has chosen to go without. */
export const skipsBrowser = () => (process.env['LOAM_TEST_SKIP'] ?? '').split(',').includes('browser');

/**
 * The path of a Chromium, or null.
 * @returns {string | null}
 */
export function findBrowser() {
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter(Boolean);
  const onPath = folders.flatMap((folder) => names.map((name) => join(folder, name)));
  return [...usual, ...onPath].find((path) => existsSync(path)) ?? null;
}

function installOnDebian() {
  console.error('Installing Chromium for the tests (apt-get install chromium) …');
  const options = /** @type {const} */ ({
    encoding: 'utf8',
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  });
  const install = () => spawnSync('apt-get', ['install', '-y', '--no-install-recommends', 'chromium'], options);
  if (install().status === 0) return;
  spawnSync('apt-get', ['update'], options);
  const { status, stderr } = install();
  if (status !== 0) console.error(stderr);
}

/** Ends the process with a sentence when there is no browser and none can be installed. */
export function ensureBrowser() {
  if (skipsBrowser()) return console.error('LOAM_TEST_SKIP=browser: the tests with a real browser will be skipped.');
  if (findBrowser() !== null) return;
  if (process.getuid?.() === 0 && existsSync('/usr/bin/apt-get')) installOnDebian();
  if (findBrowser() !== null) return;
  console.error(
    'The tests need Chromium, and none was found. Install it (Debian: apt-get install chromium; macOS: brew install chromium),\n' +
      'or leave the tests with a real browser out: LOAM_TEST_SKIP=browser npm test',
  );
  process.exit(1);
}
