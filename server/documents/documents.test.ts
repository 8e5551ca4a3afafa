// Documents over HTTP: refusals, two people with look-alike files, upload, pages, trash, collections.
import '@hono/zod-openapi'; // First: it teaches the contract's schemas what the routes ask of them.
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { collectionJson, documentJson, documentPage } from '../../contract/documents.ts';
import { newId } from '../../core/ids.ts';
import type { Client, Reply } from '../testing/requests.ts';
import type { TestUser } from '../testing/users.ts';
import { makePdf } from './fixtures/pdf.ts';
import { makeDocx } from './fixtures/zip.ts';
import { addDocument, type Library, openLibrary, upload } from './testing.ts';

let folder: string;
let library: Library;
let ada: TestUser;
let bob: TestUser;
let asAda: Client;
let asBob: Client;
let asNobody: Client;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'loam-documents-'));
  library = await openLibrary(folder, { limits: { file: 3_000_000, owner: 20_000_000 } });
  // The first account is the administrator: neither of the two that are tested.
  await library.person('admin@example.com');
  ada = await library.person('ada@example.com');
  bob = await library.person('bob@example.com');
  asAda = library.client(ada);
  asBob = library.client(bob);
  asNobody = library.client(null);
});
after(async () => {
  await library.close();
  rmSync(folder, { recursive: true, force: true });
});

const codeOf = (reply: Reply): string => (reply.body as { error: { code: string } }).error.code; // checked: by the caller's status
const filesOf = (user: TestUser): string[] => {
  const path = join(folder, 'documents', user.id);
  return existsSync(path) ? readdirSync(path) : [];
};
const text = (about: string): Buffer =>
  Buffer.from(`Notes about ${about}. They are short, but long enough to be found.\n`);

describe('refusals', () => {
  const mine = newId();
  const addresses: readonly (readonly [string, string, unknown?])[] = [
    ['GET', '/api/v1/documents'],
    ['GET', '/api/v1/documents/summary'],
    ['GET', `/api/v1/documents/${mine}`],
    ['PATCH', `/api/v1/documents/${mine}`, { original_name: 'x' }],
    ['DELETE', `/api/v1/documents/${mine}`],
    ['POST', `/api/v1/documents/${mine}/restore`],
    ['POST', `/api/v1/documents/${mine}/retry`],
    ['GET', `/api/v1/documents/${mine}/pages`],
    ['GET', `/api/v1/documents/${mine}/download`],
    ['GET', '/api/v1/collections'],
    ['POST', '/api/v1/collections', { name: 'x' }],
    ['PATCH', `/api/v1/collections/${mine}`, { name: 'x' }],
    ['DELETE', `/api/v1/collections/${mine}`],
    ['POST', `/api/v1/collections/${mine}/restore`],
  ];
  for (const [method, path, body] of addresses) {
    it(`${method} ${path.replace(mine, '{id}')}: 401 for nobody`, async () => {
      const reply = await asNobody(method, path, body);
      assert.equal(reply.status, 401);
      assert.equal(codeOf(reply), 'not_signed_in');
    });
  }

  it('an upload by nobody stores nothing', async () => {
    assert.equal((await upload(asNobody, 'a.txt', text('x'))).status, 401);
    assert.equal(existsSync(join(folder, 'documents')), false);
  });

  it("somebody else's document and collection are not there, whatever is tried", async () => {
    const document = await addDocument(library, ada, 'ada.txt', text('pumps'));
    const collection = (await asAda('POST', '/api/v1/collections', { name: 'Shelf' })).body as { id: string };
    for (const [method, path, body] of addresses.filter(([, path]) => path.includes(mine))) {
      const id = path.includes('/collections/') ? collection.id : document.id;
      const reply = await asBob(method, path.replace(mine, id), body);
      assert.equal(reply.status, 404, `${method} ${path}`);
    }
    for (const permanent of ['', '?permanent=true'])
      assert.equal((await asBob('DELETE', `/api/v1/documents/${document.id}${permanent}`)).status, 404);
    const list = await asBob('GET', '/api/v1/documents');
    assert.deepEqual(list.body, { data: [], next_cursor: null });
    assert.deepEqual((await asAda('GET', `/api/v1/documents/${document.id}`)).body, document);
    const moved = await addDocument(library, bob, 'bob.txt', text('pumps'));
    const into = await asBob('PATCH', `/api/v1/documents/${moved.id}`, { collection_id: collection.id });
    assert.deepEqual([into.status, codeOf(into)], [404, 'not_found']);
    assert.equal((await upload(asBob, 'b.txt', text('x'), { collection_id: collection.id })).status, 404);
    assert.equal(filesOf(bob).length, 1);
    await asBob('DELETE', `/api/v1/documents/${moved.id}?permanent=true`);
  });

  it('bad ids, unknown fields and empty changes are said field by field', async () => {
    const document = await addDocument(library, ada, 'fields.txt', text('fields'));
    const cases: readonly (readonly [string, string, unknown?])[] = [
      ['GET', '/api/v1/documents/not-an-id'],
      ['GET', '/api/v1/documents?limit=0'],
      ['GET', '/api/v1/documents?limit=101'],
      ['GET', '/api/v1/documents?collection_id=x'],
      ['GET', '/api/v1/documents?cursor=nonsense'],
      ['GET', `/api/v1/documents/${document.id}/pages?from=0`],
      ['PATCH', `/api/v1/documents/${document.id}`, {}],
      ['PATCH', `/api/v1/documents/${document.id}`, { original_name: '  ' }],
      ['PATCH', `/api/v1/documents/${document.id}`, { processing_status: 'completed' }],
      ['POST', '/api/v1/collections', { name: '' }],
      ['POST', '/api/v1/collections', { name: 'x', user_id: bob.id }],
      ['POST', '/api/v1/collections', { name: 'x'.repeat(201) }],
    ];
    for (const [method, path, body] of cases)
      assert.equal((await asAda(method, path, body)).status, 400, `${method} ${path} ${JSON.stringify(body)}`);
    assert.deepEqual((await asAda('GET', `/api/v1/documents/${document.id}`)).body, document);
  });

  it('uploads that are wrong leave nothing behind', async () => {
    const before = filesOf(ada).length;
    const whole = makePdf([[{ text: 'Hello' }]]);
    const cases: readonly (readonly [number, string, string, Uint8Array, Record<string, string>?])[] = [
      [422, 'document_empty', 'empty.pdf', Buffer.alloc(0)],
      [415, 'document_type_mismatch', 'a.pdf', Buffer.from('<html><script>alert(1)</script>')],
      [415, 'document_type_mismatch', 'a.txt', whole],
      [
        415,
        'document_type_unsupported',
        'random.bin',
        Buffer.from(Array.from({ length: 1024 }, (_, index) => (index * 131 + 7) % 251)),
      ],
      [413, 'file_too_large', 'large.txt', Buffer.alloc(3_000_001, 'x')],
      [400, 'upload_invalid', 'a.txt', text('x'), { surprise: '1' }],
      [400, 'upload_invalid', 'a.txt', text('x'), { collection_id: 'x' }],
      [404, 'not_found', 'a.txt', text('x'), { collection_id: newId() }],
      [404, 'not_found', 'a.txt', text('x'), { conversation_id: newId() }],
    ];
    for (const [status, code, name, bytes, fields] of cases) {
      const response = await upload(asAda, name, bytes, fields);
      const body = (await response.json()) as { error: { code: string; message: string; hint: string } };
      assert.deepEqual([response.status, body.error.code], [status, code]);
      assert.ok(body.error.hint.length > 10, 'the next step is said');
    }
    const noFile = new FormData();
    noFile.set('collection_id', '');
    assert.equal((await asAda.raw('POST', '/api/v1/documents', { body: noFile })).status, 400);
    const two = new FormData();
    two.append('file', new Blob(['one']), 'one.txt');
    two.append('file', new Blob(['two']), 'two.txt');
    assert.equal((await asAda.raw('POST', '/api/v1/documents', { body: two })).status, 400);
    assert.equal((await asAda('POST', '/api/v1/documents', { file: 'x' })).status, 415);
    assert.equal(filesOf(ada).length, before);
  });

  it('an upload that breaks off leaves nothing behind', async () => {
    const before = filesOf(ada).length;
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        controller.enqueue(
          Buffer.from('--x\r\ncontent-disposition: form-data; name="file"; filename="a.txt"\r\n\r\nhalf of it'),
        );
        controller.close();
      },
    });
    const init: RequestInit = { body, headers: { 'content-type': 'multipart/form-data; boundary=x' } };
    const response = await asAda.raw('POST', '/api/v1/documents', Object.assign(init, { duplex: 'half' }));
    assert.equal(response.status, 400);
    assert.match(await response.text(), /upload_interrupted/);
    assert.equal(filesOf(ada).length, before);
  });
});

describe('what cannot be read', () => {
  const line = [{ text: 'Heat pumps move heat from the air outside into the house.' }];
  const cases: readonly (readonly [string, string, () => Buffer, number | null])[] = [
    ['document_is_scan', 'lease-scan.pdf', () => makePdf(['picture', 'picture']), 2],
    ['document_encrypted', 'locked.pdf', () => makePdf([line], { locked: true }), null],
    ['document_damaged', 'cut.pdf', () => makePdf([line]).subarray(0, 500), null],
    ['document_damaged', 'cut.docx', () => makeDocx([{ text: 'x' }]).subarray(0, 700), null],
    ['document_empty', 'blank.md', () => Buffer.from('\n\n  \n'), null],
    ['document_empty', 'menu.html', () => Buffer.from('<!doctype html><nav>Menu</nav><script>alert(1)</script>'), null],
  ];
  for (const [code, name, make, pages] of cases) {
    it(`${name}: failed with ${code}, a sentence and a next step; nothing is searchable`, async () => {
      const document = documentJson.parse(await addDocument(library, ada, name, make()));
      assert.equal(document.processing_status, 'failed');
      assert.equal(document.error?.code, code);
      assert.ok((document.error?.message.length ?? 0) > 10 && (document.error?.hint?.length ?? 0) > 10);
      assert.deepEqual([document.page_count, document.chunk_count, document.progress], [pages, 0, null]);
      assert.deepEqual((await asAda('GET', `/api/v1/documents/${document.id}/pages`)).body, {
        data: [],
        next_cursor: null,
      });
    });
  }

  it('is read again on request, and only then', async () => {
    const failed = await addDocument(library, ada, 'again.pdf', makePdf(['picture']));
    assert.equal((await asBob('POST', `/api/v1/documents/${failed.id}/retry`)).status, 404);
    const retried = await asAda('POST', `/api/v1/documents/${failed.id}/retry`);
    assert.equal(retried.status, 202);
    assert.equal((retried.body as { processing_status: string }).processing_status, 'pending');
    assert.equal(codeOf(await asAda('POST', `/api/v1/documents/${failed.id}/retry`)), 'document_not_failed');
    await library.work();
    assert.equal((await asAda('GET', `/api/v1/documents/${failed.id}`)).body instanceof Object, true);
  });
});

describe('documents', () => {
  it('takes a PDF in, reads it, and shows its pages', async () => {
    const bytes = makePdf([
      [
        { text: 'Warranty', size: 20 },
        { text: 'The warranty lasts seven years.', y: 650 },
      ],
      [{ text: 'Noise is limited to 35 decibels at night.' }],
    ]);
    const response = await upload(asAda, 'C:\\Users\\ada\\novak-quote.pdf', bytes, {}, 'application/pdf');
    assert.equal(response.status, 201);
    const added = documentJson.parse(await response.json());
    assert.deepEqual(
      [added.original_name, added.mime_type, added.file_size, added.processing_status, added.chunk_count],
      ['novak-quote.pdf', 'application/pdf', bytes.length, 'pending', 0],
    );
    await library.work();
    const read = documentJson.parse((await asAda('GET', `/api/v1/documents/${added.id}`)).body);
    assert.deepEqual(
      [read.processing_status, read.error, read.progress, read.page_count, read.chunk_count],
      ['completed', null, null, 2, 2],
    );
    const { data } = (await asAda('GET', `/api/v1/documents/${added.id}/pages`)).body as { data: unknown[] };
    assert.deepEqual(
      data.map((page) => documentPage.parse(page)),
      [
        { page_index: 0, page_number: 1, heading: 'Warranty', content: 'Warranty\n\nThe warranty lasts seven years.' },
        { page_index: 1, page_number: 2, heading: 'Warranty', content: 'Noise is limited to 35 decibels at night.' },
      ],
    );
    const second = await asAda('GET', `/api/v1/documents/${added.id}/pages?from=2`);
    assert.equal((second.body as { data: { page_number: number }[] }).data[0]?.page_number, 2);
    const first = await asAda('GET', `/api/v1/documents/${added.id}/pages?limit=1`);
    const cursor = (first.body as { next_cursor: string }).next_cursor;
    const rest = await asAda('GET', `/api/v1/documents/${added.id}/pages?limit=1&cursor=${cursor}`);
    assert.deepEqual(rest.body, second.body);
  });

  it('takes text, Markdown, HTML and DOCX in; formats without pages have no page numbers', async () => {
    const html = '<!doctype html><title>x</title><h1>Costs</h1><p>All in euros.<script>steal()</script></p>';
    for (const [name, bytes, mime] of [
      ['notes.txt', text('boilers'), 'text/plain'],
      ['notes.md', Buffer.from('# Costs\n\nAll in euros.'), 'text/markdown'],
      ['notes.html', Buffer.from(html), 'text/html'],
      [
        'notes.docx',
        makeDocx([{ heading: 'Costs' }, { text: 'All in euros.' }]),
        'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
      ],
    ] as const) {
      const document = await addDocument(library, ada, name, bytes);
      assert.deepEqual(
        [document.processing_status, document.mime_type, document.page_count, document.chunk_count],
        ['completed', mime, null, 1],
        name,
      );
      const { data } = (await asAda('GET', `/api/v1/documents/${document.id}/pages`)).body as {
        data: { page_number: null; content: string }[];
      };
      assert.equal(data[0]?.page_number, null);
      assert.ok(!data[0]?.content.includes('steal'));
    }
  });

  it('hands out an address that opens the very bytes, for a while', async () => {
    const bytes = Buffer.from('<!doctype html><p>Mine<script>alert(document.cookie)</script>');
    const document = await addDocument(library, ada, 'page.html', bytes);
    const { url, expires_at } = (await asAda('GET', `/api/v1/documents/${document.id}/download`)).body as {
      url: string;
      expires_at: string;
    };
    assert.ok(Date.parse(expires_at) > Date.now());
    const file = await library.files.raw('GET', url);
    assert.equal(Buffer.compare(Buffer.from(await file.arrayBuffer()), bytes), 0);
    assert.match(file.headers.get('content-disposition') ?? '', /^attachment; filename="page\.html"/);
    const inline = (await asAda('GET', `/api/v1/documents/${document.id}/download?inline=true`)).body as {
      url: string;
    };
    assert.match((await library.files.raw('GET', inline.url)).headers.get('content-disposition') ?? '', /^attachment/);
  });

  it('lists newest first, by cursor, by name, by collection', async () => {
    const carol = await library.person(`carol-${newId()}@example.com`);
    const asCarol = library.client(carol);
    const shelf = collectionJson.parse((await asCarol('POST', '/api/v1/collections', { name: 'Home' })).body);
    const names = ['one 100%.txt', 'two.txt', 'Three_x.txt', 'four.txt', 'five.txt'];
    for (const [index, name] of names.entries()) {
      const response = await upload(asCarol, name, text(name), index % 2 === 0 ? { collection_id: shelf.id } : {});
      assert.equal(response.status, 201);
    }
    library.waiting.length = 0;
    const listed: string[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const reply = await asCarol('GET', `/api/v1/documents?limit=2${cursor === '' ? '' : `&cursor=${cursor}`}`);
      const body = reply.body as { data: { original_name: string }[]; next_cursor: string | null };
      listed.push(...body.data.map(({ original_name }) => original_name));
      cursor = body.next_cursor;
    }
    assert.deepEqual(listed, [...names].reverse());
    const find = async (query: string): Promise<string[]> =>
      ((await asCarol('GET', `/api/v1/documents?${query}`)).body as { data: { original_name: string }[] }).data.map(
        ({ original_name }) => original_name,
      );
    assert.deepEqual(await find('q=THREE'), ['Three_x.txt']);
    assert.deepEqual(await find('q=%25'), ['one 100%.txt']);
    assert.deepEqual(await find('q=_'), ['Three_x.txt']);
    assert.deepEqual(await find(`collection_id=${shelf.id}`), ['five.txt', 'Three_x.txt', 'one 100%.txt']);
    const summary = (await asCarol('GET', '/api/v1/documents/summary')).body;
    const used = names.reduce((sum, name) => sum + text(name).length, 0);
    assert.deepEqual(summary, { documents: 5, passages: 0, unfinished: 5, used_bytes: used, limit_bytes: 20_000_000 });
  });

  it('is renamed and moved; in the trash it is neither', async () => {
    const document = await addDocument(library, ada, 'before.txt', text('names'));
    const shelf = collectionJson.parse((await asAda('POST', '/api/v1/collections', { name: 'Moves' })).body);
    const moved = documentJson.parse(
      (
        await asAda('PATCH', `/api/v1/documents/${document.id}`, {
          original_name: ' after.txt ',
          collection_id: shelf.id,
        })
      ).body,
    );
    assert.deepEqual([moved.original_name, moved.collection_id], ['after.txt', shelf.id]);
    const out = documentJson.parse(
      (await asAda('PATCH', `/api/v1/documents/${document.id}`, { collection_id: null })).body,
    );
    assert.deepEqual([out.original_name, out.collection_id], ['after.txt', null]);
    await asAda('DELETE', `/api/v1/documents/${document.id}`);
    assert.equal(
      codeOf(await asAda('PATCH', `/api/v1/documents/${document.id}`, { original_name: 'x' })),
      'document_in_trash',
    );
    assert.equal(codeOf(await asAda('POST', `/api/v1/documents/${document.id}/retry`)), 'document_in_trash');
  });

  it('goes to the trash and comes back', async () => {
    const document = await addDocument(library, ada, 'bin.txt', text('bins'));
    assert.equal((await asAda('DELETE', `/api/v1/documents/${document.id}`)).status, 204);
    const ids = async (query: string): Promise<string[]> =>
      ((await asAda('GET', `/api/v1/documents?limit=100${query}`)).body as { data: { id: string }[] }).data.map(
        ({ id }) => id,
      );
    assert.ok(!(await ids('')).includes(document.id));
    assert.ok((await ids('&trash=true')).includes(document.id));
    const back = await asAda('POST', `/api/v1/documents/${document.id}/restore`);
    assert.deepEqual([back.status, (back.body as { deleted_at: null }).deleted_at], [200, null]);
    assert.ok((await ids('')).includes(document.id));
  });
});

describe('collections', () => {
  it('have names of their own a person, and keep their documents in the trash', async () => {
    const made = await asAda('POST', '/api/v1/collections', { name: 'Heat pumps', description: 'Quotes' });
    assert.equal(made.status, 201);
    const shelf = collectionJson.parse(made.body);
    assert.equal(codeOf(await asAda('POST', '/api/v1/collections', { name: 'heat PUMPS' })), 'collection_exists');
    assert.equal((await asBob('POST', '/api/v1/collections', { name: 'Heat pumps' })).status, 201);
    const document = await addDocument(library, ada, 'shelved.txt', text('shelves'), { collection_id: shelf.id });
    const changed = collectionJson.parse(
      (await asAda('PATCH', `/api/v1/collections/${shelf.id}`, { description: null })).body,
    );
    assert.deepEqual([changed.name, changed.description, changed.document_count], ['Heat pumps', null, 1]);
    assert.equal((await asAda('DELETE', `/api/v1/collections/${shelf.id}`)).status, 204);
    assert.equal(
      ((await asAda('GET', `/api/v1/documents/${document.id}`)).body as { collection_id: null }).collection_id,
      null,
    );
    assert.equal((await asAda('POST', `/api/v1/collections/${shelf.id}/restore`)).status, 200);
    assert.equal(
      ((await asAda('GET', `/api/v1/documents/${document.id}`)).body as { collection_id: string }).collection_id,
      shelf.id,
    );
  });

  it('list by name, by cursor', async () => {
    const dora = await library.person(`dora-${newId()}@example.com`);
    const asDora = library.client(dora);
    for (const name of ['b', 'C', 'a']) await asDora('POST', '/api/v1/collections', { name });
    const first = (await asDora('GET', '/api/v1/collections?limit=2')).body as {
      data: { name: string }[];
      next_cursor: string;
    };
    const rest = (await asDora('GET', `/api/v1/collections?limit=2&cursor=${first.next_cursor}`)).body as typeof first;
    assert.deepEqual(
      [...first.data, ...rest.data].map(({ name }) => name),
      ['a', 'b', 'C'],
    );
    assert.equal(rest.next_cursor, null);
  });
});

const real = fileURLToPath(new URL('../../../shared/data/documents/', import.meta.url));
describe('real documents', {
  skip: existsSync(real) ? false : 'they are not beside the repository (../shared/data/documents)',
}, () => {
  it('become what they must, through the whole room', async () => {
    for (const name of readdirSync(real)) {
      const response = await upload(asAda, name, readFileSync(real + name));
      const readable = /\.(pdf|docx|html|ipynb)$/.test(name);
      assert.equal(response.status, readable ? 201 : 415, name);
      if (!readable) continue;
      const { id } = (await response.json()) as { id: string };
      await library.work();
      const document = documentJson.parse((await asAda('GET', `/api/v1/documents/${id}`)).body);
      if (name.includes('scan')) assert.deepEqual([document.error?.code, document.page_count], ['document_is_scan', 3]);
      else assert.deepEqual([document.processing_status, document.chunk_count > 0], ['completed', true], name);
    }
  });
});
