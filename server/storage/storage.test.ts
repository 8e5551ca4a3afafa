// Files: all or nothing, safe paths, signed addresses, ranges, and nothing served that could act on our origin.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { SignJWT } from 'jose';
import { AppError } from '../../core/errors.ts';
import { openTestDatabase, type TestDatabase } from '../testing/database.ts';
import { mount } from '../testing/requests.ts';
import { createUser, type TestUser } from '../testing/users.ts';
import { type FileStore, openFolderStore } from './files.ts';
import { contentDisposition, displayName, safeName } from './names.ts';
import { parseRange } from './range.ts';
import { storageRoutes } from './routes.ts';
import {
  newObjectPath,
  registerObject,
  removeObject,
  type Storage,
  signObject,
  storeObject,
  usedBytes,
} from './storage.ts';

async function* pieces(...texts: string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield Buffer.from(text);
}
const code = (wanted: string) => (error: unknown) => error instanceof AppError && error.code === wanted;
const readAll = async (stream: ReadableStream<Uint8Array>): Promise<string> => await new Response(stream).text();

let folder: string;
let files: FileStore;
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'loam-files-'));
  files = openFolderStore(join(folder, 'files'));
});
after(() => rmSync(folder, { recursive: true, force: true }));

describe('the file store', () => {
  const outside = [
    '../escape',
    'a/../../escape',
    '/etc/passwd',
    'a//b',
    'a/./b',
    'a\\..\\b',
    'a\0b',
    '.hidden',
    '',
    'a/',
    `a/${'x'.repeat(300)}`,
    'a/b..c',
    'C:/x',
  ];
  for (const path of outside) {
    it(`never leaves its folder: ${JSON.stringify(path.slice(0, 20))}`, async () => {
      await assert.rejects(files.put(path, pieces('x'), { limit: 10 }), code('not_found'));
      await assert.rejects(files.open(path), code('not_found'));
      await assert.rejects(files.remove(path), code('not_found'));
    });
  }

  it('leaves nothing behind when the source fails or is too long', async () => {
    async function* broken(): AsyncGenerator<Uint8Array> {
      yield Buffer.from('half');
      throw new Error('the line was cut');
    }
    await assert.rejects(files.put('broken/a/file', broken(), { limit: 10 }), /the line was cut/);
    await assert.rejects(files.put('broken/b/file', pieces('12345', '678901'), { limit: 10 }), code('file_too_large'));
    assert.equal(existsSync(join(folder, 'files/broken')), false);
  });

  it('says not_found for what is not there, and removing it is no error', async () => {
    await assert.rejects(files.open('no/such/file'), code('not_found'));
    await assert.rejects(files.peek('no/such/file', 10), code('not_found'));
    await files.remove('no/such/file');
  });

  it('stores, tells size and hash, reads back whole and in part, and tidies up', async () => {
    const stored = await files.put('one/two/three.txt', pieces('hello ', 'world'), { limit: 11 });
    assert.deepEqual(stored, { size: 11, sha256: 'b94d27b9934d3e08a52e52d7da7dabfac484efe37a5380ee9088f7ace2efcde9' });
    assert.deepEqual(readdirSync(join(folder, 'files/one/two')), ['three.txt']);
    assert.equal(await readAll((await files.open('one/two/three.txt')).stream), 'hello world');
    assert.equal(await readAll((await files.open('one/two/three.txt', { start: 6, end: 8 })).stream), 'wor');
    const { size, head, tail } = await files.peek('one/two/three.txt', 4);
    assert.deepEqual([size, Buffer.from(head).toString(), Buffer.from(tail).toString()], [11, 'hell', 'orld']);
    await files.remove('one/two/three.txt');
    assert.equal(existsSync(join(folder, 'files/one')), false);
  });
});

describe('names', () => {
  it('shows what was meant and nothing that deceives', () => {
    assert.equal(displayName('../../etc/passwd'), 'passwd');
    assert.equal(displayName('C:\\Users\\me\\Plan B.pdf'), 'Plan B.pdf');
    assert.equal(displayName('invoice\u202efdp.exe'), 'invoicefdp.exe');
    assert.equal(displayName('a\u0000\r\nb.txt'), 'ab.txt');
    for (const nothing of ['', '   ', '..', '.', '\u0000', 'folder/']) assert.equal(displayName(nothing), 'untitled');
    const long = displayName(`${'名'.repeat(400)}.pdf`);
    assert.equal([...long].length, 255);
    assert.ok(long.endsWith('.pdf'));
  });

  it('is safe on every disk', () => {
    assert.equal(safeName('Größe & Maß.PDF'), 'Gro-e-Ma.PDF');
    assert.equal(safeName('../..'), 'untitled');
    assert.equal(safeName('名前.pdf'), 'file.pdf');
    assert.equal(safeName('CON.txt'), 'file-CON.txt');
    assert.equal(safeName('.bashrc'), 'file.bashrc');
    assert.match(safeName('x'.repeat(500)), /^x{1,100}$/);
  });

  it('goes into a header without breaking it', () => {
    assert.equal(
      contentDisposition('attachment', 'a"b\r\nc; ü.pdf'),
      `attachment; filename="a-bc-u.pdf"; filename*=UTF-8''a%22bc%3B%20%C3%BC.pdf`,
    );
  });
});

describe('ranges', () => {
  const cases: readonly (readonly [string | undefined, unknown])[] = [
    [undefined, null],
    ['bytes=0-3', { start: 0, end: 3 }],
    ['bytes=4-', { start: 4, end: 9 }],
    ['bytes=-3', { start: 7, end: 9 }],
    ['bytes=-30', { start: 0, end: 9 }],
    ['bytes=5-99', { start: 5, end: 9 }],
    ['bytes=10-', 'unsatisfiable'],
    ['bytes=-0', 'unsatisfiable'],
    ['bytes=5-4', null],
    ['bytes=0-1,3-4', null],
    ['lines=0-1', null],
  ];
  for (const [header, expected] of cases) it(String(header), () => assert.deepEqual(parseRange(header, 10), expected));
});

describe('stored objects over HTTP', () => {
  let database: TestDatabase;
  let storage: Storage;
  let ada: TestUser;
  let bob: TestUser;
  const get = (url: string, headers: Record<string, string> = {}) =>
    mount([storageRoutes(storage)], '/storage/v1')(null).raw('GET', url, { headers });

  before(async () => {
    database = await openTestDatabase();
    storage = { db: database.db, files, signingKey: randomBytes(32), limits: { file: 1000, owner: 1500 } };
    ada = await createUser(database.db, 'ada@example.com');
    bob = await createUser(database.db, 'bob@example.com');
  });
  after(() => database.close());

  async function put(owner: TestUser, name: string, content: string, mimeType: string): Promise<string> {
    const object = await storeObject(storage, {
      bucket: 'documents',
      path: newObjectPath(owner.id, name),
      source: pieces(content),
    });
    await registerObject(storage, object, { bucket: 'documents', owner: owner.id, mimeType });
    return object.path;
  }
  const link = (path: string, { download = null as string | null, seconds = 60 } = {}): Promise<string> =>
    signObject(storage, { bucket: 'documents', path, download }, seconds);

  it('refuses without a token, with a forged, foreign, expired or unsigned one', async () => {
    const path = await put(ada, 'a.txt', 'mine', 'text/plain');
    const other = await put(bob, 'a.txt', 'his', 'text/plain');
    const plain = `/storage/v1/object/sign/documents/${path}`;
    const sign = (key: Uint8Array, alg = 'HS256') =>
      new SignJWT({ url: `documents/${path}` }).setProtectedHeader({ alg }).setExpirationTime('1m').sign(key);
    const none = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${Buffer.from(JSON.stringify({ url: `documents/${path}`, exp: 9e9 })).toString('base64url')}.`;
    const good = await link(path);
    const bad = [
      plain,
      `${plain}?token=`,
      `${plain}?token=nonsense`,
      `${plain}?token=${await sign(randomBytes(32))}`,
      `${plain}?token=${none}`,
      await link(path, { seconds: -10 }),
      good.replace(path, other),
      `/storage/v1/object/sign/documents/${other}?${good.split('?')[1]}`,
      good.replace('/documents/', '/images/'),
    ];
    for (const url of bad) {
      const response = await get(url);
      assert.equal(response.status, 403, url);
      assert.match(await response.text(), /file_link_invalid/);
    }
    assert.equal(await (await get(good)).text(), 'mine');
  });

  it('never shows HTML, SVG or anything unknown on our origin', async () => {
    for (const [name, type] of [
      ['x.html', 'text/html'],
      ['x.svg', 'image/svg+xml'],
      ['x.xml', 'application/xml'],
      ['x.js', 'text/javascript'],
    ] as const) {
      const response = await get(await link(await put(ada, name, '<script>alert(1)</script>', type)));
      assert.equal(response.status, 200);
      assert.equal(response.headers.get('content-type'), 'application/octet-stream');
      assert.match(response.headers.get('content-disposition') ?? '', /^attachment; /);
      assert.equal(response.headers.get('x-content-type-options'), 'nosniff');
      assert.match(response.headers.get('content-security-policy') ?? '', /default-src 'none'; sandbox/);
    }
  });

  it('shows a PDF in place, saves it under its name when asked, and answers ranges', async () => {
    const path = await put(ada, 'plan.pdf', '%PDF-0123456789', 'application/pdf');
    const shown = await get(await link(path));
    assert.match(shown.headers.get('content-disposition') ?? '', /^inline; /);
    const saved = await get(await link(path, { download: 'Plan ü.pdf' }));
    assert.match(
      saved.headers.get('content-disposition') ?? '',
      /^attachment; filename="Plan-u.pdf"; filename\*=UTF-8''Plan%20%C3%BC\.pdf$/,
    );
    const part = await get(await link(path), { range: 'bytes=5-8' });
    assert.deepEqual(
      [part.status, part.headers.get('content-range'), await part.text()],
      [206, 'bytes 5-8/15', '0123'],
    );
    assert.equal((await get(await link(path), { range: 'bytes=99-' })).status, 416);
    const etag = shown.headers.get('etag') ?? '';
    assert.equal((await get(await link(path), { 'if-none-match': etag })).status, 304);
  });

  it('is gone when the object is removed', async () => {
    const path = await put(ada, 'gone.txt', 'gone', 'text/plain');
    const url = await link(path);
    await removeObject(storage, 'documents', path);
    await removeObject(storage, 'documents', path);
    assert.equal((await get(url)).status, 404);
  });

  it('counts each person alone against the quota, also when two uploads race', async () => {
    const carol = await createUser(database.db, 'carol@example.com');
    const before = await usedBytes(storage, 'documents', bob.id);
    const both = await Promise.allSettled([
      put(carol, 'a', 'x'.repeat(900), 'text/plain'),
      put(carol, 'b', 'x'.repeat(900), 'text/plain'),
    ]);
    assert.deepEqual(both.map(({ status }) => status).sort(), ['fulfilled', 'rejected']);
    assert.ok(both.some((one) => one.status === 'rejected' && code('storage_full')(one.reason)));
    assert.equal(await usedBytes(storage, 'documents', carol.id), 900);
    assert.equal(await usedBytes(storage, 'documents', bob.id), before);
  });
});
