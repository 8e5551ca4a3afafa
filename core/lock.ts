// One process a data folder. A Unix socket is both the lock and the way the command line reaches the running server;
// it is stale when connecting is refused. PGlite itself leaves no lock: two processes would destroy the folder.
import { createHash } from 'node:crypto';
import { mkdirSync, renameSync, rmSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export class LockedError extends Error {
  override readonly name = 'LockedError';
}

/** Socket paths are short by the kernel's rule (about 100 bytes), folders are not. */
export function socketPath(dataDir: string): string {
  const direct = join(dataDir, 'loam.sock');
  if (Buffer.byteLength(direct) < 100) return direct;
  return join(tmpdir(), `loam-${createHash('sha256').update(dataDir).digest('hex').slice(0, 16)}.sock`);
}

export interface Lock {
  release(): Promise<void>;
}

/** Takes the folder or throws LockedError. Each connection is one line of JSON in, one out. */
export async function takeLock(dataDir: string, answer: (request: unknown) => Promise<unknown>): Promise<Lock> {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const path = socketPath(dataDir);
  for (let attempt = 0; attempt < 3; attempt++) {
    const server = createServer((socket) => serve(socket, answer));
    if (await listen(server, path)) return { release: () => close(server) };
    if (await isAlive(path)) throw new LockedError(`Another Loam is running on ${dataDir}. Stop it, or set LOAM_DATA_DIR to another folder.`);
    await removeStale(path);
  }
  throw new LockedError(`The lock ${path} cannot be taken.`);
}

function listen(server: Server, path: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => (error.code === 'EADDRINUSE' ? resolve(false) : reject(error)));
    server.listen(path, () => resolve(true));
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
  });
}

function isAlive(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

/** Two processes may find the same stale socket: each moves it aside and looks again, so that none removes a fresh one. */
async function removeStale(path: string): Promise<void> {
  const aside = `${path}.${process.pid}`;
  try {
    renameSync(path, aside);
  } catch {
    return;
  }
  if (await isAlive(aside)) renameSync(aside, path);
  else rmSync(aside, { force: true });
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
    socket.once('error', (error: NodeJS.ErrnoException) =>
      error.code === 'ENOENT' || error.code === 'ECONNREFUSED' ? resolve(null) : reject(error),
    );
    socket.once('connect', () => socket.write(`${JSON.stringify(request)}\n`));
    socket.on('data', (part: string) => {
      text += part;
    });
    socket.on('end', () => resolve(text === '' ? null : JSON.parse(text)));
  });
}
