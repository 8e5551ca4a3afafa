// One process a data folder. A Unix socket is both the lock and the way the command line reaches the running server;
// it is stale when connecting is refused. PGlite itself leaves no lock: two processes would destroy the folder.
import { createHash, randomBytes } from 'node:crypto';
import { linkSync, mkdirSync, rmSync, statSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';

export class LockedError extends Error {
  override readonly name = 'LockedError';
}

/** Socket paths are short by the kernel's rule (104 bytes or a little more), folders are not. */
export function socketPath(dataDir: string): string {
  const direct = join(dataDir, 'loam.sock');
  if (Buffer.byteLength(direct) < 90) return direct;
  return join(tmpdir(), `loam-${createHash('sha256').update(dataDir).digest('hex').slice(0, 16)}.sock`);
}

export interface Lock {
  release(): Promise<void>;
}

const codeOf = (error: unknown): unknown => (error instanceof Error && 'code' in error ? error.code : undefined);

/** Takes the folder or throws LockedError. Each connection is one line of JSON in, one out. */
export async function takeLock(dataDir: string, answer: (request: unknown) => Promise<unknown>): Promise<Lock> {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const path = socketPath(dataDir);
  const server = createServer((socket) => serve(socket, answer));
  // It listens before it gets the name that others look at: whoever is refused there meets a dead one, never a young one.
  const own = `${path}.${randomBytes(3).toString('hex')}`;
  await listen(server, own);
  try {
    const inode = statSync(own).ino;
    await publish(own, path, dataDir);
    return { release: () => release(server, path, inode) };
  } catch (error) {
    await close(server);
    throw error;
  } finally {
    rmSync(own, { force: true });
  }
}

async function publish(own: string, path: string, dataDir: string): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt++) {
    try {
      return linkSync(own, path);
    } catch (error) {
      if (codeOf(error) !== 'EEXIST') throw error;
    }
    const state = await look(path);
    if (state === 'alive')
      throw new LockedError(`Another Loam is running on ${dataDir}. Stop it, or set LOAM_DATA_DIR to another folder.`);
    if (state === 'dead') await removeDead(path);
  }
  throw new LockedError(`The lock ${path} cannot be taken.`);
}

/** One at a time looks again and removes; else it could be what a rival has just put there. */
async function removeDead(path: string): Promise<void> {
  const guard = `${path}.guard`;
  try {
    mkdirSync(guard);
  } catch {
    await setTimeout(10);
    const since = statSync(guard, { throwIfNoEntry: false })?.mtimeMs ?? Number.POSITIVE_INFINITY;
    if (Date.now() - since > 5_000) rmSync(guard, { recursive: true, force: true }); // Its process was killed right here.
    return;
  }
  try {
    if ((await look(path)) === 'dead') rmSync(path, { force: true });
  } finally {
    rmSync(guard, { recursive: true, force: true });
  }
}

function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, resolve);
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
  });
}

async function release(server: Server, path: string, inode: number): Promise<void> {
  if (statSync(path, { throwIfNoEntry: false })?.ino === inode) rmSync(path, { force: true });
  await close(server);
}

function look(path: string): Promise<'alive' | 'dead' | 'gone'> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once('connect', () => {
      socket.destroy();
      resolve('alive');
    });
    socket.once('error', (error) => {
      const code = codeOf(error);
      resolve(code === 'ECONNREFUSED' ? 'dead' : code === 'ENOENT' ? 'gone' : 'alive');
    });
  });
}

const maxRequest = 64 * 1024;

function serve(socket: Socket, answer: (request: unknown) => Promise<unknown>): void {
  let text = '';
  socket.setEncoding('utf8');
  socket.setTimeout(5_000, () => socket.destroy());
  socket.on('error', () => socket.destroy());
  socket.on('data', (part: string) => {
    text += part;
    if (text.length > maxRequest) return void socket.destroy();
    if (!text.includes('\n')) return;
    socket.pause();
    // The question is here; some answers take their time.
    socket.setTimeout(0);
    const reply = (value: unknown): void => void socket.end(`${JSON.stringify(value)}\n`);
    try {
      answer(JSON.parse(text)).then(reply, (error: unknown) => reply({ error: String(error) }));
    } catch {
      reply({ error: 'not JSON' });
    }
  });
}

/** Asks the server that runs on this folder; null when none does. */
export function askServer(dataDir: string, request: unknown): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const socket = connect(socketPath(dataDir));
    let text = '';
    socket.setEncoding('utf8');
    socket.once('error', (error) =>
      ['ENOENT', 'ECONNREFUSED'].includes(String(codeOf(error))) ? resolve(null) : reject(error),
    );
    socket.once('connect', () => socket.write(`${JSON.stringify(request)}\n`));
    socket.on('data', (part: string) => {
      text += part;
    });
    socket.on('end', () => resolve(text === '' ? null : JSON.parse(text)));
  });
}
