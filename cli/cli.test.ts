// The command line as people run it: real processes, from a folder of their own.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { takeLock } from '../core/lock.ts';
import manifest from '../package.json' with { type: 'json' };
import type { Migration } from '../schema/migrations-read.ts';
import { readStatus } from '../schema/status.ts';
import { emptyNative } from '../server/testing/native.ts';

const loam = fileURLToPath(new URL('loam.mjs', import.meta.url));
const home = mkdtempSync(join(tmpdir(), 'loam-cli-'));
after(() => rmSync(home, { recursive: true }));

interface Outcome {
  readonly code: unknown;
  readonly out: string;
  readonly err: string;
}
async function run(
  args: readonly string[],
  env: Record<string, string> = {},
  node = process.execPath,
): Promise<Outcome> {
  const child = spawn(node, [loam, ...args], {
    cwd: home,
    env: { PATH: process.env['PATH'], OLLAMA_BASE_URL: 'http://127.0.0.1:1', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const said = { out: '', err: '' };
  child.stdout.setEncoding('utf8').on('data', (part: string) => {
    said.out += part;
  });
  child.stderr.setEncoding('utf8').on('data', (part: string) => {
    said.err += part;
  });
  const [code] = await once(child, 'close');
  return { code, ...said };
}

test('a command that does not exist is refused, with those that do', async () => {
  const { code, err } = await run(['grow']);
  assert.equal(code, 1);
  assert.match(err, /unknown command 'grow'.*schema/s);
});

test('settings that are wrong are said in one line, without a stack', async () => {
  for (const command of [['status'], ['migrate'], ['schema', 'status']]) {
    const { code, out, err } = await run(command, { LOAM_DATADIR: 'x' });
    assert.deepEqual([code, out], [1, '']);
    assert.match(err, /^Unknown setting: LOAM_DATADIR\. [^\n]*\n$/);
  }
});

test('the version is that of the package', async () => {
  assert.deepEqual(await run(['version']), { code: 0, out: `${manifest.version}\n`, err: '' });
  assert.equal((await run(['--version'])).out, `${manifest.version}\n`);
});

/** The machine's own Node, where it is an old one. */
function oldNode(): string | null {
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => !folder.includes('node_modules'));
  for (const path of folders.map((folder) => join(folder, 'node')).filter((each) => existsSync(each)))
    if (Number.parseInt(spawnSync(path, ['-p', 'process.versions.node'], { encoding: 'utf8' }).stdout, 10) < 24)
      return path;
  return null;
}

test('an old Node hands over to the one that npm brought', {
  skip: oldNode() === null && 'this machine has no old Node',
}, async () => {
  const { code, out, err } = await run(['doctor'], {}, oldNode() ?? '');
  assert.deepEqual([code, err], [0, '']);
  assert.match(out, /^ok {3}node {6}v2[4-9]\./);
  assert.equal((await run(['grow'], {}, oldNode() ?? '')).code, 1);
});

test('nothing runs and nothing is installed where nothing ever was, and looking makes nothing', async () => {
  const LOAM_DATA_DIR = join(home, 'nowhere');
  assert.deepEqual(await run(['status'], { LOAM_DATA_DIR }), {
    code: 1,
    out: `No Loam runs on ${LOAM_DATA_DIR}.\n`,
    err: '',
  });
  const { code, out } = await run(['schema', 'status'], { LOAM_DATA_DIR });
  assert.deepEqual([code, out], [1, 'Nothing is installed. Install with: loam schema migrate\n']);
  assert.ok(!existsSync(LOAM_DATA_DIR));
});

test('while a server runs, status finds it and nothing else touches its data', async () => {
  const LOAM_DATA_DIR = join(home, 'running');
  const state = { version: '9.9.9', pid: process.pid, state: 'running', address: 'http://127.0.0.1:3210' };
  const lock = await takeLock(LOAM_DATA_DIR, async () => state);
  try {
    const found = await run(['status'], { LOAM_DATA_DIR });
    assert.deepEqual(found, {
      code: 0,
      out: `Loam 9.9.9 is running at http://127.0.0.1:3210 (process ${process.pid}).\n`,
      err: '',
    });
    const refused = await run(['migrate'], { LOAM_DATA_DIR });
    assert.deepEqual([refused.code, refused.out], [1, '']);
    assert.match(refused.err, /^Another Loam is running on .*running\./);
    assert.match((await run(['schema', 'status'], { LOAM_DATA_DIR })).out, /A server runs on this data/);
    assert.match((await run(['doctor'], { LOAM_DATA_DIR })).out, /ok {3}server {4}running http:\/\/127\.0\.0\.1:3210/);
  } finally {
    await lock.release();
  }
});

test('an embedded database is installed once, and then looked at', async () => {
  const LOAM_DATA_DIR = join(home, 'embedded');
  const first = await run(['schema', 'migrate'], { LOAM_DATA_DIR });
  assert.deepEqual([first.code, first.err], [0, '']);
  assert.match(first.out, /^Installed foundation, .*chat.*\.\n$/);
  assert.deepEqual(await run(['migrate'], { LOAM_DATA_DIR }), {
    code: 0,
    out: 'Nothing to do: the schema is that of this release.\n',
    err: '',
  });
  const { code, out } = await run(['schema', 'status'], { LOAM_DATA_DIR });
  assert.equal(code, 0);
  assert.match(
    out,
    new RegExp(
      `^Installed by version ${manifest.version}: foundation, .*\\nVectors: yes\\nMigrations: \\d+ applied, 0 pending\\n$`,
    ),
  );
  assert.match((await run(['doctor'], { LOAM_DATA_DIR })).out, /ok {3}schema {4}Installed by version/);

  const made: Migration = { version: '20990101000000', name: 'made', text: 'select 1', checksum: 'x', pattern: null };
  const others = [made, { ...made, version: '20990102000000', pattern: 'no-such-pattern' }];
  const status = await readStatus({ kind: 'pglite', dataDir: LOAM_DATA_DIR }, others);
  assert.deepEqual(status?.pending, [made]);
});

test('PostgreSQL is installed and looked at by its address, whose password is never shown', async () => {
  const { url, drop } = await emptyNative(18);
  try {
    const DATABASE_URL = url.replace('postgres@', 'postgres:hunter2@');
    const env = { DATABASE_URL, OPENAI_API_KEY: 'sk-hunter2', PORT: '1' };
    const sick = await run(['doctor'], env);
    assert.match(sick.out, /target {4}PostgreSQL: postgres:\/\/postgres:\*\*\*@127\.0\.0\.1/);
    assert.match(sick.out, /schema {4}Nothing is installed/);
    assert.match(
      (await run(['migrate'], env)).out,
      /^Installed foundation, .*without vectors: pgvector is not there\.\n$/,
    );
    const outcomes = [
      sick,
      await run(['migrate'], env),
      await run(['schema', 'status'], env),
      await run(['status'], env),
      await run(['doctor'], env),
    ];
    assert.deepEqual(
      outcomes.map(({ code }) => code),
      [0, 0, 0, 1, 0],
    );
    for (const { out, err } of outcomes) assert.doesNotMatch(out + err, /hunter2/);
  } finally {
    await drop();
  }
});

test('the doctor says what is ill, and its exit code too', async () => {
  const settings = await run(['doctor'], { PORT: 'x', LOAM_SECRET: 'hunter2' });
  assert.equal(settings.code, 1);
  assert.match(settings.out, /ILL {2}settings {2}PORT: .*\n +LOAM_SECRET is not valid\.\n$/);
  const database = await run(['doctor'], { DATABASE_URL: 'postgres://authenticator:hunter2@127.0.0.1:1/none' });
  assert.equal(database.code, 1);
  assert.match(database.out, /ILL {2}schema {4}The database does not answer: .*ECONNREFUSED/);
  assert.doesNotMatch(settings.out + database.out, /hunter2/);
});
