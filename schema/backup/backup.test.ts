// Backup and restore of an embedded installation, by the server's own socket: what is refused first, then the whole way.
import assert from 'node:assert/strict';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { gunzipSync, gzipSync } from 'node:zlib';
import { LockedError } from '../../core/lock.ts';
import { preparedDump } from '../../server/testing/database.ts';
import { startTestServer, type TestServer } from '../../server/testing/server.ts';
import { ToolError } from '../session.ts';
import { type Manifest, readArchive, writeArchive } from './archive.ts';
import { backupEmbedded, restoreEmbedded } from './embedded.ts';

const work = mkdtempSync(join(tmpdir(), 'loam-backup-test-'));
const [data, elsewhere] = [join(work, 'data'), join(work, 'elsewhere')];
const file = join(work, 'one.tar.gz');
const version = '0.1.0';
const common = { version, secret: null };
let server: TestServer;
const acknowledged: string[] = [];
let documentId = '';
const words = `# Tides\n\n${'The moon draws the water after it, twice a day. '.repeat(40)}`;

const json = async (base: string, token: string, method: string, path: string, body?: unknown): Promise<unknown> => {
  const response = await fetch(`${base}${path}`, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  assert.ok(response.ok, `${method} ${path}: ${response.status}`);
  return await response.json();
};
const idOf = (answer: unknown): string => String(Object(answer).id);

before(async () => {
  mkdirSync(data);
  const env = { LOAM_DATA_DIR: data };
  server = await startTestServer(env, { target: { kind: 'pglite', dataDir: data, from: await preparedDump() } });
});
after(async () => {
  await server.close();
  rmSync(work, { recursive: true, force: true });
});

const refused = async (making: Promise<unknown>, sentence: RegExp): Promise<void> =>
  await assert.rejects(making, (error) => error instanceof ToolError && sentence.test(error.message));
const restoring = (name: string, more: object = {}) =>
  restoreEmbedded({ ...common, file: join(work, name), dataDir: elsewhere, ...more });

test('where there is no data, or no room for the file, that is said', async () => {
  await refused(backupEmbedded({ ...common, dataDir: elsewhere, file }), /no database in/);
  await refused(
    backupEmbedded({ ...common, dataDir: data, file: join(work, 'nowhere', 'x.tar.gz') }),
    /nowhere cannot be written to/,
  );
  writeFileSync(join(work, 'taken'), '');
  await refused(backupEmbedded({ ...common, dataDir: data, file: join(work, 'taken') }), /is there already/);
  assert.deepEqual(
    readdirSync(data).filter((name) => name.startsWith('snapshot-')),
    [],
    'no copy is left behind',
  );
});

test('while people write, everything acknowledged before is in the backup', async () => {
  const token = await server.signUp('ada@example.org');
  const form = new FormData();
  form.append('file', new Blob([words], { type: 'text/markdown' }), 'tides.md');
  const added = await fetch(`${server.url}/api/v1/documents`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}` },
    body: form,
  });
  assert.equal(added.status, 201);
  documentId = idOf(await added.json());
  let writing = true;
  const write = async (): Promise<void> => {
    // Not so many that the limit on one person's requests is met.
    while (writing && acknowledged.length < 90)
      acknowledged.push(idOf(await json(server.url, token, 'POST', '/api/v1/conversations', { title: 'kept' })));
  };
  const writers = [write(), write(), write()];
  while (acknowledged.length < 10) await new Promise((resolve) => setImmediate(resolve));
  const until = acknowledged.length;
  const { manifest, online } = await backupEmbedded({ ...common, dataDir: data, file });
  writing = false;
  await Promise.all(writers);
  acknowledged.length = until;
  assert.equal(online, true);
  assert.equal(manifest.secret, 'inside');
  assert.equal(statSync(file).mode & 0o777, 0o600);
  assert.deepEqual(
    readdirSync(data).filter((name) => name.startsWith('snapshot-')),
    [],
  );
});

test('what is cut short, changed, or no backup is refused, and nothing is laid down', async () => {
  const bytes = readFileSync(file);
  const put = (name: string, content: Uint8Array): void => writeFileSync(join(work, name), content);
  put('cut.tar.gz', bytes.subarray(0, bytes.length >> 1));
  put('short.tar.gz', bytes.subarray(0, bytes.length - 9));
  const plain = gunzipSync(bytes);
  put('endless.tar.gz', gzipSync(plain.subarray(0, plain.length - 1024 - 4096), { level: 1 }));
  const changed = Buffer.from(plain);
  const at = changed.indexOf('postgres/PG_VERSION') + 512;
  changed[at] = (changed[at] ?? 0) ^ 1;
  put('changed.tar.gz', gzipSync(changed, { level: 1 }));
  put('text.tar.gz', gzipSync('not a backup'));
  put('letter.tar.gz', Buffer.from('Dear Sir or Madam'));
  await refused(restoring('cut.tar.gz'), /damaged|cut short/);
  await refused(restoring('short.tar.gz'), /damaged|cut short/);
  await refused(restoring('endless.tar.gz'), /damaged|cut short/);
  await refused(restoring('changed.tar.gz'), /checksums do not agree/);
  await refused(restoring('text.tar.gz'), /damaged|cut short/);
  await refused(restoring('letter.tar.gz'), /no backup/);
  await refused(restoring('missing.tar.gz'), /not a file that can be read/);
  assert.equal(existsSync(elsewhere), false);
});

test('a newer release, a path that leads out, a secret that is not there', async () => {
  const manifest: Manifest = { ...(await readArchive(file, null)) };
  await writeArchive(join(work, 'newer.tar.gz'), { ...manifest, version: '99.0.0' }, []);
  await writeArchive(join(work, 'format.tar.gz'), { ...manifest, format: 99 }, []);
  await writeArchive(join(work, 'bare.tar.gz'), { ...manifest, secret: 'outside' }, []);
  await writeArchive(join(work, 'out.tar.gz'), manifest, [{ name: '../out', path: join(work, 'taken') }]);
  await refused(restoring('newer.tar.gz'), /Loam 99\.0\.0, which is newer/);
  await refused(restoring('format.tar.gz'), /newer Loam/);
  await refused(restoring('bare.tar.gz'), /without its secret/);
  await refused(restoring('out.tar.gz'), /no backup of Loam holds/);
  await refused(
    restoring('one.tar.gz', { secret: 'another secret of 32 characters or more' }),
    /not the secret of this backup/,
  );
  assert.equal(existsSync(elsewhere), false);
});

test('data that is there is kept, unless it is to be replaced, and never under a running server', async () => {
  await refused(restoring('one.tar.gz', { dataDir: data }), /holds a database/);
  await assert.rejects(restoring('one.tar.gz', { dataDir: data, replace: true }), LockedError);
});

test('a restored installation opens: signing in, rows, and the bytes of documents', async () => {
  await restoring('one.tar.gz');
  const again = await startTestServer({ LOAM_DATA_DIR: elsewhere }, { target: { kind: 'pglite', dataDir: elsewhere } });
  try {
    const response = await fetch(`${again.url}/auth/v1/token?grant_type=password`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ email: 'ada@example.org', password: 'correct horse battery staple' }),
    });
    assert.equal(response.status, 200);
    const token = String(Object(await response.json()).access_token);
    for (const id of acknowledged) await json(again.url, token, 'GET', `/api/v1/conversations/${id}`);
    const link = Object(await json(again.url, token, 'GET', `/api/v1/documents/${documentId}/download`));
    assert.equal(await (await fetch(new URL(String(link.url), again.url))).text(), words);
  } finally {
    await again.close();
  }
});

test('replacing keeps the old data until the new one has opened', async () => {
  writeFileSync(join(elsewhere, 'files', 'mark'), 'old');
  const manifest = await readArchive(file, null);
  const torn = join(work, 'torn');
  mkdirSync(torn);
  writeFileSync(join(torn, 'PG_VERSION'), '18\n');
  await writeArchive(join(work, 'torn.tar.gz'), manifest, [{ name: 'postgres', path: torn }]);
  await refused(restoring('torn.tar.gz', { replace: true }), /does not open, so nothing was changed/);
  assert.equal(existsSync(join(elsewhere, 'files', 'mark')), true);
  await restoring('one.tar.gz', { replace: true });
  assert.equal(existsSync(join(elsewhere, 'files', 'mark')), false);
  assert.deepEqual(
    readdirSync(elsewhere).filter((name) => /^(restore|before)-/.test(name)),
    [],
  );
});
