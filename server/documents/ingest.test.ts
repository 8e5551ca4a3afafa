// From pending to completed or failed: progress, crashes, retries, on both engines.
import '@hono/zod-openapi'; // First: it teaches the contract's schemas what the routes ask of them.
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { DocumentJson } from '../../contract/documents.ts';
import { AppError } from '../../core/errors.ts';
import { newId } from '../../core/ids.ts';
import { startJobs } from '../../core/jobs.ts';
import { statement } from '../../core/statement.ts';
import { retrievePassages } from '../search/search.ts';
import { openNativeDatabase, openTestDatabase } from '../testing/database.ts';
import { silentLog } from '../testing/requests.ts';
import type { TestUser } from '../testing/users.ts';
import { startDocuments } from './documents.ts';
import { makePdf } from './fixtures/pdf.ts';
import { processDocument, removeContents } from './ingest.ts';
import { claimDocument, insertChunks, insertPages } from './ingest-queries.ts';
import { purgeDue } from './purge.ts';
import { addDocument, type Library, openLibrary, upload } from './testing.ts';

const asOwner = {
  offsets: statement({
    name: 'test_offsets',
    text: `
      select count(*) as passages,
        count(*) filter (where substring(p.content from c.start_offset + 1 for c.end_offset - c.start_offset) = c.content) as exact
      from document_chunks as c
      join document_pages as p on p.document_id = c.document_id and p.page_index = c.page_index`,
    columns: { passages: 'int8', exact: 'int8' },
  }),
  counts: statement({
    name: 'test_counts',
    text: `
      select
        (select count(*) from document_pages) as pages,
        (select count(*) from document_chunks) as chunks,
        (select count(*) from chunk_terms) as terms,
        (select count(*) from term_statistics) as lexemes,
        (select count(*) from chunk_statistics) as languages`,
    columns: { pages: 'int8', chunks: 'int8', terms: 'int8', lexemes: 'int8', languages: 'int8' },
  }),
  /** What the statistics say against what the terms are. */
  drift: statement({
    name: 'test_drift',
    text: `
      select
        (select count(*) from term_statistics as s
          where s.chunk_count <> (select count(*) from chunk_terms as t where t.tenant_id = s.tenant_id and t.lexeme = s.lexeme)) as lexemes,
        (select sum(chunk_count) - (select count(*) from document_chunks) from chunk_statistics)::bigint as chunks,
        (select sum(term_count) - (select sum(frequency) from chunk_terms) from chunk_statistics)::bigint as terms`,
    columns: { lexemes: 'int8', chunks: 'int8?', terms: 'int8?' },
  }),
  content: statement({
    name: 'test_computed_columns',
    text: `
      select f.extracted_text, d.content
      from files as f
      join documents as d on d.id = f.id
      where f.id = $1`,
    params: { id: 'uuid' },
    columns: { extracted_text: 'text?', content: 'text?' },
  }),
};
const expire = statement({
  name: 'test_expire_trash',
  text: `
    update documents
    set purge_after = now() - interval '1 day'
    where id = $1`,
  params: { id: 'uuid' },
});
const age = statement({
  name: 'test_age_heartbeat',
  text: `
    update documents
    set heartbeat_at = now() - interval '5 minutes'
    where id = $1`,
  params: { id: 'uuid' },
});

const none = { pages: 0, chunks: 0, terms: 0, lexemes: 0, languages: 0 };
const story = (about: string, paragraphs = 30): string =>
  Array.from(
    { length: paragraphs },
    (_, index) => `Paragraph ${index} about ${about}. ${'It tells more of the same 😀 thing. '.repeat(8)}`,
  ).join('\n\n');

for (const [engine, open] of [
  ['embedded', openTestDatabase],
  ['native', openNativeDatabase],
] as const) {
  describe(`reading documents, ${engine}`, () => {
    let folder: string;
    let library: Library;
    let ada: TestUser;
    let bob: TestUser;
    before(async () => {
      folder = mkdtempSync(join(tmpdir(), 'loam-ingest-'));
      library = await openLibrary(folder, { open: () => open() });
      await library.person('admin@example.com');
      ada = await library.person('ada@example.com');
      bob = await library.person('bob@example.com');
    });
    after(async () => {
      await library.close();
      rmSync(folder, { recursive: true, force: true });
    });
    const show = async (user: TestUser, id: string): Promise<DocumentJson> =>
      (await library.client(user)('GET', `/api/v1/documents/${id}`)).body as DocumentJson; // checked: by what is compared
    const add = async (user: TestUser, name: string, content: string | Uint8Array): Promise<string> => {
      const response = await upload(library.client(user), name, Buffer.from(content));
      return ((await response.json()) as { id: string }).id;
    };
    const counts = async (user: TestUser): Promise<unknown> =>
      (await library.db.asUser(user.claims, asOwner.counts()))[0];

    it('offsets are code points: substring of the page is the passage', async () => {
      await addDocument(library, ada, 'emoji.md', Buffer.from(`# Größe 😀\n\n${story('heat pumps')}`));
      const [row] = await library.db.asUser(ada.claims, asOwner.offsets());
      assert.ok((row?.passages ?? 0) > 10);
      assert.equal(row?.exact, row?.passages);
    });

    it('keeps its statistics exactly, under insertion and deletion in pieces', async () => {
      const document = await addDocument(library, ada, 'long.txt', Buffer.from(story('boilers', 200)));
      assert.ok(document.chunk_count > 100, 'more than one piece');
      assert.deepEqual((await library.db.asUser(ada.claims, asOwner.drift()))[0], { lexemes: 0, chunks: 0, terms: 0 });
      await removeContents(library.db, document.id);
      assert.deepEqual((await library.db.asUser(ada.claims, asOwner.drift()))[0], { lexemes: 0, chunks: 0, terms: 0 });
    });

    it('tells each change to the owner, with progress, and to nobody else', async () => {
      const heard: { id: string; operation: string; to: string[] }[] = [];
      const off = await library.db.listen('loam_changes', (payload) => {
        if (payload !== null) heard.push(JSON.parse(payload) as (typeof heard)[number]); // checked: our own notification
      });
      const document = await addDocument(library, bob, 'told.txt', Buffer.from(story('radiators', 60)));
      const last = await add(bob, 'last.txt', 'The end.');
      const { promise, resolve } = Promise.withResolvers<void>();
      const poll = setInterval(() => heard.some(({ id }) => id === last) && resolve(), 5);
      await promise;
      clearInterval(poll);
      await off();
      const about = heard.filter(({ id }) => id === document.id);
      assert.equal(about[0]?.operation, 'insert');
      assert.ok(about.length >= 4, 'waiting, taken, progress, done');
      for (const { to } of about) assert.deepEqual(to, [bob.id]);
      library.waiting.length = 0;
    });

    it('a second worker on one document is turned away; an overtaken one writes nothing', async () => {
      const id = await add(ada, 'twice.txt', story('taps', 5));
      library.waiting.length = 0;
      const [first] = await library.db.asService('ingest', claimDocument({ id, stale_seconds: 60 }));
      assert.equal(first?.attempt, 1);
      assert.deepEqual(await library.db.asService('ingest', claimDocument({ id, stale_seconds: 60 })), []);
      await processDocument(library.ingest, id, new AbortController().signal);
      assert.equal((await show(ada, id)).processing_status, 'processing', 'a fresh heartbeat keeps others away');
      await processDocument(library.ingest, id, new AbortController().signal, 0);
      const done = await show(ada, id);
      assert.equal(done.processing_status, 'completed');
      const late = { page_index: 99, page_number: null, content: 'late' };
      await library.db.asService('ingest', insertPages({ id, attempt: 1, pages: [late] }));
      await library.db.asService(
        'ingest',
        insertChunks({
          id,
          attempt: 1,
          chunks: [{ ...late, chunk_index: 99, heading: null, start_offset: 0, end_offset: 4 }],
        }),
      );
      const { body } = await library.client(ada)('GET', `/api/v1/documents/${id}/pages?limit=100`);
      assert.ok(!JSON.stringify(body).includes('late'));
    });

    it('what a crash left half-done is read again from the beginning', async () => {
      const id = await add(ada, 'crash.txt', story('crashes', 5));
      library.waiting.length = 0;
      const [claimed] = await library.db.asService('ingest', claimDocument({ id, stale_seconds: 60 }));
      const half = [
        {
          chunk_index: 0,
          page_index: 0,
          page_number: null,
          heading: null,
          start_offset: 0,
          end_offset: 4,
          content: 'half',
        },
      ];
      await library.db.asService(
        'ingest',
        insertPages({
          id,
          attempt: claimed?.attempt ?? 0,
          pages: [{ page_index: 0, page_number: null, content: 'half' }],
        }),
      );
      await library.db.asService('ingest', insertChunks({ id, attempt: claimed?.attempt ?? 0, chunks: half }));
      await library.db.asService('ingest', age({ id })).catch((error: unknown) => assert.ok(error instanceof AppError));
      await processDocument(library.ingest, id, new AbortController().signal, 0);
      const done = await show(ada, id);
      assert.equal(done.processing_status, 'completed');
      assert.equal((await library.db.asUser(ada.claims, asOwner.drift()))[0]?.lexemes, 0);
      const [found] = await retrievePassages(library.db, ada.claims, { question: 'crashes', documentIds: [id] });
      assert.ok(found?.content.includes('crashes'));
    });

    it('a shut-down in the middle puts it back in the queue; after five failed attempts it is given up', async () => {
      const id = await add(
        ada,
        'stop.pdf',
        makePdf(Array.from({ length: 50 }, (_, index) => [{ text: `Page ${index} says something.` }])),
      );
      library.waiting.length = 0;
      const stop = new AbortController();
      const running = processDocument(library.ingest, id, stop.signal, 0);
      stop.abort(new Error('shutting down'));
      await assert.rejects(running, /shutting down/);
      assert.deepEqual([(await show(ada, id)).processing_status, (await show(ada, id)).error], ['pending', null]);
      for (let attempt = 0; attempt < 5; attempt += 1)
        await library.db.asService('ingest', claimDocument({ id, stale_seconds: 0 }));
      await processDocument(library.ingest, id, new AbortController().signal, 0);
      assert.equal((await show(ada, id)).error?.code, 'document_unreadable');
    });

    it('a fault of the surroundings is tried again at once, under the rule that silence must last', async () => {
      const id = await add(ada, 'unlucky.txt', 'The disk was away for a moment.');
      library.waiting.length = 0;
      const { ingest } = library;
      const localPath = (): Promise<string> => Promise.reject(new Error('the disk is away'));
      const unlucky = { ...ingest, storage: { ...ingest.storage, files: { ...ingest.storage.files, localPath } } };
      const { signal } = new AbortController();
      await assert.rejects(processDocument(unlucky, id, signal), /the disk is away/);
      assert.equal((await show(ada, id)).processing_status, 'pending');
      await processDocument(ingest, id, signal);
      assert.equal((await show(ada, id)).processing_status, 'completed');
      assert.equal((await library.client(bob)('GET', `/api/v1/documents/${id}`)).status, 404);
    });

    it('the queue reads what waits when the server starts, and a document that is dropped in later', async () => {
      const jobs = await startJobs(library.db, silentLog, { pollSeconds: 0.5 });
      try {
        const early = await add(bob, 'early.txt', 'It waited for the server.');
        const lost = await add(bob, 'lost.txt', 'Its worker died with the server.');
        await library.db.asService('ingest', claimDocument({ id: lost, stale_seconds: 60 }));
        library.waiting.length = 0;
        const wanted = new Set(engine === 'embedded' ? [early, lost] : [early]);
        const { promise, resolve } = Promise.withResolvers<void>();
        const off = await library.db.listen('loam_changes', (payload) => {
          for (const id of wanted) {
            if (payload?.includes(id))
              void show(bob, id).then(
                ({ processing_status }) =>
                  processing_status === 'completed' && wanted.delete(id) && wanted.size === 0 && resolve(),
              );
          }
        });
        await startDocuments(library.ingest, jobs);
        await promise;
        await off();
        // Where other servers may be at work, a worker's silence must last a minute before it is overtaken.
        assert.equal((await show(bob, lost)).processing_status, engine === 'embedded' ? 'completed' : 'processing');
      } finally {
        await jobs.close();
      }
    });

    it('a purge takes rows, terms, statistics and bytes, also of a document that is being read', async () => {
      const carol = await library.person(`carol-${newId()}@example.com`);
      const asCarol = library.client(carol);
      const kept = await addDocument(library, bob, 'kept.txt', Buffer.from(story('keeping', 3)));
      const keptPassages = await retrievePassages(library.db, bob.claims, { question: 'keeping' });
      const document = await addDocument(library, carol, 'gone.txt', Buffer.from(story('leaving', 120)));
      assert.equal((await asCarol('DELETE', `/api/v1/documents/${document.id}?permanent=true`)).status, 204);
      assert.deepEqual(await counts(carol), none);
      assert.equal((await asCarol('GET', `/api/v1/documents/${document.id}`)).status, 404);
      assert.equal(existsSync(join(folder, 'documents', carol.id)), false);
      assert.deepEqual(await retrievePassages(library.db, bob.claims, { question: 'keeping' }), keptPassages);
      assert.equal((await show(bob, kept.id)).processing_status, 'completed');

      const id = await add(
        carol,
        'meanwhile.pdf',
        makePdf(Array.from({ length: 120 }, (_, index) => [{ text: `Page ${index} says something.` }])),
      );
      library.waiting.length = 0;
      const running = processDocument(library.ingest, id, new AbortController().signal, 0);
      await asCarol('DELETE', `/api/v1/documents/${id}?permanent=true`);
      await running;
      assert.deepEqual(await counts(carol), none);
    });

    it('the trash is emptied when it is due, and not before', async () => {
      const dora = await library.person(`dora-${newId()}@example.com`);
      const asDora = library.client(dora);
      const due = await addDocument(library, dora, 'due.txt', Buffer.from(story('old things', 3)));
      const young = await addDocument(library, dora, 'young.txt', Buffer.from(story('new things', 3)));
      for (const { id } of [due, young]) await asDora('DELETE', `/api/v1/documents/${id}`);
      await library.db.asUser(dora.claims, expire({ id: due.id }));
      assert.equal(
        (await asDora('POST', `/api/v1/documents/${due.id}/restore`)).status,
        404,
        'what is due stays deleted',
      );
      assert.equal(await purgeDue(library.storage, silentLog), 1);
      assert.equal((await asDora('GET', `/api/v1/documents/${due.id}`)).status, 404);
      assert.equal((await asDora('POST', `/api/v1/documents/${young.id}/restore`)).status, 200);
    });

    it('old names show the whole text under the reader’s rights', async () => {
      const document = await addDocument(library, ada, 'names.txt', Buffer.from('The whole text.'));
      const [row] = await library.db.asUser(ada.claims, asOwner.content({ id: document.id }));
      assert.deepEqual(row, { extracted_text: 'The whole text.', content: 'The whole text.' });
      assert.deepEqual(await library.db.asUser(bob.claims, asOwner.content({ id: document.id })), []);
    });

    if (engine === 'native') {
      it('four writers of one person, and of several, never deadlock, and the sums are right', async () => {
        const eva = await library.person(`eva-${newId()}@example.com`);
        const fay = await library.person(`fay-${newId()}@example.com`);
        const ids = await Promise.all(
          [eva, eva, eva, fay].map((user, index) =>
            add(user, `w${index}.txt`, `${story(`writing ${index}`, 60)}\n\n${story('the same words', 60)}`),
          ),
        );
        library.waiting.length = 0;
        await Promise.all(ids.map((id) => processDocument(library.ingest, id, new AbortController().signal, 0)));
        await Promise.all([
          removeContents(library.db, ids[0] ?? ''),
          removeContents(library.db, ids[1] ?? ''),
          add(eva, 'w5.txt', story('the same words', 60)).then((id) =>
            processDocument(library.ingest, id, new AbortController().signal, 0),
          ),
        ]);
        library.waiting.length = 0;
        for (const user of [eva, fay])
          assert.deepEqual((await library.db.asUser(user.claims, asOwner.drift()))[0], {
            lexemes: 0,
            chunks: 0,
            terms: 0,
          });
      });
    }
  });
}
