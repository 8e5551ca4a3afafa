// One process a data folder, whatever happens to the others; and the way in for the command line.
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, test } from 'node:test';
import { askServer, LockedError, socketPath, takeLock } from './lock.ts';

const home = mkdtempSync(join(tmpdir(), 'loam-lock-'));
const children = new Set<ChildProcess>();
after(() => {
  for (const child of children) child.kill('SIGKILL');
  rmSync(home, { recursive: true });
});
const echo = async (request: unknown): Promise<unknown> => ({ heard: request });

const holder = `
  import { takeLock } from ${JSON.stringify(new URL('./lock.ts', import.meta.url).href)};
  process.stdin.once('data', async () => {
    try {
      await takeLock(process.argv[1], async () => process.pid);
      console.log('taken');
    } catch (error) {
      console.log(error.name);
    }
    process.stdin.on('end', () => process.exit()).resume();
  });
  console.log('ready');
`;

/** A process that waits for `go` and then tries to take the folder; `said` is what came of it. */
async function startHolder(folder: string): Promise<{ child: ChildProcess; go: () => Promise<string> }> {
  const child = spawn(process.execPath, ['--input-type=module', '-e', holder, folder], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  children.add(child);
  child.once('exit', () => children.delete(child));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  assert.equal((await lines.next()).value, 'ready');
  return {
    child,
    go: async () => {
      child.stdin.write('go\n');
      return String((await lines.next()).value);
    },
  };
}

async function kill(child: ChildProcess): Promise<void> {
  const exit = once(child, 'exit');
  child.kill('SIGKILL');
  await exit;
}

test('a folder that another process has is refused with a sentence', async () => {
  const folder = join(home, 'taken');
  const { child, go } = await startHolder(folder);
  assert.equal(await go(), 'taken');
  await assert.rejects(
    takeLock(folder, echo),
    (error) => error instanceof LockedError && error.message.includes(folder),
  );
  await assert.rejects(takeLock(folder, echo), LockedError, 'and it stays taken after having been asked for');
  assert.equal(await askServer(folder, 'who?'), child.pid);
  await kill(child);
});

test('one process cannot take a folder twice; a released one can be taken again', async () => {
  const folder = join(home, 'again');
  const lock = await takeLock(folder, echo);
  await assert.rejects(takeLock(folder, echo), LockedError);
  await lock.release();
  assert.ok(!existsSync(socketPath(folder)));
  const second = await takeLock(folder, echo);
  await second.release();
});

test('the lock of a killed process is stale', async () => {
  const folder = join(home, 'killed');
  const { child, go } = await startHolder(folder);
  assert.equal(await go(), 'taken');
  await kill(child);
  assert.ok(existsSync(socketPath(folder)), 'the socket is still there');
  assert.equal(await askServer(folder, 'anybody?'), null);
  const lock = await takeLock(folder, echo);
  await lock.release();
});

test('of many that come at once over a stale lock exactly one gets it', async () => {
  for (let round = 0; round < 5; round++) {
    const folder = join(home, `race-${round}`);
    const first = await startHolder(folder);
    assert.equal(await first.go(), 'taken');
    const rivals = await Promise.all(Array.from({ length: 6 }, () => startHolder(folder)));
    await kill(first.child);
    const outcomes = await Promise.all(rivals.map(({ go }) => go()));
    assert.deepEqual(outcomes.toSorted(), [...Array<string>(5).fill('LockedError'), 'taken']);
    const winner = rivals[outcomes.indexOf('taken')];
    assert.equal(await askServer(folder, 'who?'), winner?.child.pid);
    await Promise.all(rivals.map(({ child }) => kill(child)));
  }
});

test('a folder whose name is too long for a socket is locked all the same', async () => {
  const folder = join(home, 'x'.repeat(120), 'y'.repeat(120));
  const lock = await takeLock(folder, echo);
  await assert.rejects(takeLock(folder, echo), LockedError);
  assert.deepEqual(await askServer(folder, 1), { heard: 1 });
  await lock.release();
  assert.ok(!existsSync(socketPath(folder)));
});

test('the server answers questions, and survives those that are none', async () => {
  const folder = join(home, 'questions');
  const lock = await takeLock(folder, async (request) => {
    if (request === 'fail') throw new Error('no answer');
    return { heard: request };
  });
  assert.deepEqual(await askServer(folder, { ask: 'ü 🦫\n' }), { heard: { ask: 'ü 🦫\n' } });
  assert.deepEqual(await askServer(folder, 'fail'), { error: 'Error: no answer' });
  const raw = connect(socketPath(folder));
  raw.setEncoding('utf8').write('not JSON\n');
  assert.match(String((await once(raw, 'data'))[0]), /not JSON/);
  const flood = connect(socketPath(folder));
  flood.on('error', () => {}).write('x'.repeat(100_000));
  await once(flood, 'close');
  assert.deepEqual(await askServer(folder, 2), { heard: 2 });
  await lock.release();
  assert.equal(await askServer(folder, 3), null);
});

test('nothing is there where no server ever ran', async () => {
  assert.equal(await askServer(join(home, 'nowhere'), 1), null);
  mkdirSync(join(home, 'empty'));
  assert.equal(await askServer(join(home, 'empty'), 1), null);
});
