// `npm test`: every check and every test in one run of Node's own test runner, whose counts are the last lines.
// `npm test -- server/chat` runs what is below a folder, `--checks` only what needs no database, `--name=…` by name.
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import { fileURLToPath } from 'node:url';
import { skipsBrowser } from './browser.mjs';
import { requireNode } from './node-version.mjs';

requireNode();
const root = fileURLToPath(new URL('..', import.meta.url));
const folders = ['docs', 'contract', 'core', 'schema', 'cli', 'server', 'web', 'scripts', 'bench', 'tests'];
const staticChecks = 'tests/static.test.ts';

/** @returns {string[]} */
function testsBelow(/** @type {string} */ path) {
  const full = join(root, path);
  if (!existsSync(full)) return [];
  if (statSync(full).isFile()) return path.endsWith('.test.ts') ? [path] : [];
  const names = readdirSync(full).filter((name) => name !== 'node_modules' && name !== 'dist');
  return names.sort().flatMap((name) => testsBelow(join(path, name)));
}

/** Static checks first, so that a slip shows at once; the browser last, since it stands on all else. */
const rank = (/** @type {string} */ file) => (file === staticChecks ? 0 : file.startsWith('tests/e2e/') ? 2 : 1);

/** Starts the native clusters that these files speak of; returns what stops them. */
async function startClusters(/** @type {string[]} */ files) {
  const texts = files.map((file) => readFileSync(join(root, file), 'utf8')).filter((text) => /native/i.test(text));
  const majors = /** @type {const} */ ([18, 15]).filter((major) =>
    texts.some((text) => major === 18 || /\b15\b/.test(text)),
  );
  if (majors.length === 0) return () => {};
  const { startCluster } = await import('../server/testing/native.ts');
  /** @type {(() => void)[]} */
  const stops = [];
  for (const major of majors) {
    const cluster = await startCluster(major);
    // The runner's test processes are children of this one, and look for a file with its number.
    const note = join(tmpdir(), `loam-test-${process.pid}-pg${major}.port`);
    writeFileSync(note, String(cluster.port));
    stops.push(() => {
      rmSync(note, { force: true });
      cluster.stop();
    });
  }
  return () => {
    for (const stop of stops.splice(0)) stop();
  };
}

/** Each state of the schema leaves a dump for the tests; only the latest are of use. */
function forgetOldDumps() {
  const cache = join(root, 'node_modules/.cache/loam');
  if (!existsSync(cache)) return;
  const dumps = readdirSync(cache).filter((name) => name.startsWith('pglite-'));
  const age = (/** @type {string} */ name) => statSync(join(cache, name)).mtimeMs;
  for (const name of dumps.sort((a, b) => age(b) - age(a)).slice(5)) rmSync(join(cache, name), { force: true });
}

const isCount = (/** @type {string} */ message) =>
  /^(tests|suites|pass|fail|cancelled|skipped|todo|duration_ms) [\d.]+$/.test(message);

const args = process.argv.slice(2);
const name = args.find((arg) => arg.startsWith('--name='))?.slice('--name='.length);
const wanted = args.filter((arg) => !arg.startsWith('--')).map((arg) => arg.replace(/^\.\//, '').replace(/\/+$/, ''));
const roots = args.includes('--checks') ? [staticChecks] : wanted.length > 0 ? wanted : folders;
const files = roots.flatMap(testsBelow).sort((a, b) => rank(a) - rank(b));
if (files.length === 0) {
  console.error(`There is no test below ${roots.join(', ')}.`);
  process.exit(1);
}

forgetOldDumps();
const stopClusters = await startClusters(files);
process.once('exit', stopClusters);
for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP']))
  process.once(signal, () => process.exit(1));

/** @type {string[]} */
const counts = [];
const events = run({
  cwd: root,
  files: files.map((file) => join(root, file)),
  concurrency: 2,
  // A test process lives for seconds: compiling the engine once, quickly, takes half the CPU of optimizing it as well.
  execArgv: ['--liftoff-only'],
  timeout: 240_000,
  ...(name === undefined ? {} : { testNamePatterns: [name] }),
});
events.on('test:fail', ({ todo }) => {
  if (todo === undefined || todo === false) process.exitCode = 1;
});
/** @type {{ file: string, seconds: number }[]} */
const times = [];
events.on('test:complete', ({ name, file, details }) => {
  // A file counts as a test too, by the name of its path.
  if (name === file) times.push({ file: relative(root, file), seconds: details.duration_ms / 1000 });
});
const report = events.compose(async function* (source) {
  for await (const event of source) {
    // Node prints its counts before the list of failures; they are kept back to stand last.
    if (event.type === 'test:diagnostic' && event.data.nesting === 0 && isCount(event.data.message))
      counts.push(event.data.message);
    else yield event;
  }
});
for await (const text of report.compose(new spec())) process.stdout.write(text);
stopClusters();
if (skipsBrowser() && files.some((file) => file.startsWith('tests/e2e/')))
  console.log('The tests with a real browser were SKIPPED: LOAM_TEST_SKIP=browser is set.');
if (times.length > 20) {
  console.log('\nThe files that took longest, in seconds:');
  for (const { file, seconds } of times.toSorted((a, b) => b.seconds - a.seconds).slice(0, 20))
    console.log(`${seconds.toFixed(0).padStart(5)}  ${file}`);
}
for (const count of counts) console.log(`ℹ ${count}`);
