// Row-level security of the document tables as a table: who, what, expected.
import '@hono/zod-openapi'; // First: it teaches the contract's schemas what the routes ask of them.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { ServiceName } from '../../core/database.ts';
import { AppError } from '../../core/errors.ts';
import { type BoundQuery, statement } from '../../core/statement.ts';
import { openNativeDatabase, openTestDatabase } from '../testing/database.ts';
import type { TestUser } from '../testing/users.ts';
import { addDocument, type Library, openLibrary } from './testing.ts';

let serial = 0;
/** A statement of this test; each is another one to the database. */
const sql = (text: string): BoundQuery => statement({ name: `test_rights_${serial++}`, text })();
const uuid = '00000000-0000-4000-8000-000000000000';

for (const [engine, open] of [
  ['embedded', openTestDatabase],
  ['native', openNativeDatabase],
] as const) {
  describe(`rights on documents, ${engine}`, () => {
    let folder: string;
    let library: Library;
    let ada: TestUser;
    let bob: TestUser;
    let adas: { id: string; path: string; chunk: string };
    before(async () => {
      folder = mkdtempSync(join(tmpdir(), 'loam-rights-'));
      library = await openLibrary(folder, { open: () => open() });
      await library.person('admin@example.com');
      ada = await library.person('ada@example.com');
      bob = await library.person('bob@example.com');
      const { id } = await addDocument(library, ada, 'plan.txt', Buffer.from('The plan of the house.'));
      await addDocument(library, bob, 'plan.txt', Buffer.from('The plan of the house.'));
      const find = statement({
        name: `test_find_${engine}`,
        text: 'select d.storage_path, c.id as chunk from documents as d join document_chunks as c on c.document_id = d.id where d.id = $1',
        params: { id: 'uuid' },
        columns: { storage_path: 'text', chunk: 'uuid' },
      });
      const [row] = await library.db.asUser(ada.claims, find({ id }));
      adas = { id, path: row?.storage_path ?? '', chunk: row?.chunk ?? '' };
    });
    after(async () => {
      await library.close();
      rmSync(folder, { recursive: true, force: true });
    });
    const isForbidden = (error: unknown): boolean => error instanceof AppError && error.code === 'forbidden';
    const affected = async (run: Promise<unknown>): Promise<string> => {
      try {
        const rows = await run;
        return Array.isArray(rows) && rows.length > 0 ? 'some' : 'none';
      } catch (error) {
        return isForbidden(error) ? 'forbidden' : String(error);
      }
    };
    const count = statement({
      name: `test_count_all_${engine}`,
      text: `
        select
          (select count(*) from documents) as documents,
          (select count(*) from document_pages) as pages,
          (select count(*) from document_chunks) as chunks,
          (select count(distinct tenant_id) from chunk_terms) as tenants,
          (select count(distinct tenant_id) from term_statistics) as statistics,
          (select count(*) from chunk_statistics) as languages,
          (select count(*) from files) as files,
          (select count(*) from storage.objects) as objects`,
      columns: {
        documents: 'int8',
        pages: 'int8',
        chunks: 'int8',
        tenants: 'int8',
        statistics: 'int8',
        languages: 'int8',
        files: 'int8',
        objects: 'int8',
      },
    });

    it('everybody sees their own rows in every table, without any filter', async () => {
      for (const user of [ada, bob]) {
        const [seen] = await library.db.asUser(user.claims, count());
        assert.deepEqual(seen, {
          documents: 1,
          pages: 1,
          chunks: 1,
          tenants: 1,
          statistics: 1,
          languages: 1,
          files: 1,
          objects: 1,
        });
      }
    });

    it('people write nothing that a file says, nor into each other’s things', async () => {
      const insert = (path: string, more = '', values = ''): string =>
        `insert into documents (original_name, storage_path, mime_type, file_size${more}) values ('x', '${path}', 'text/plain', 1${values}) returning 1`;
      const cases: readonly (readonly [string, string, string])[] = [
        ['say that it was read', `update documents set processing_status = 'completed' returning 1`, 'forbidden'],
        ['say how much was found', 'update documents set chunk_count = 9 returning 1', 'forbidden'],
        ['point at other bytes', `update documents set storage_path = '${adas.path}' returning 1`, 'forbidden'],
        ['give it away', `update documents set user_id = '${ada.id}' returning 1`, 'forbidden'],
        ['delete past the trash', 'delete from documents returning 1', 'forbidden'],
        ['rename hers', `update documents set original_name = 'x' where id = '${adas.id}' returning 1`, 'none'],
        ['claim her bytes', insert(adas.path), 'forbidden'],
        ['claim no bytes', insert(`${bob.id}/nothing/x.txt`), 'forbidden'],
        ['add for her', insert(`${bob.id}/x/x.txt`, ', user_id', `, '${ada.id}'`), 'forbidden'],
        ['add as if read', insert(`${bob.id}/x/x.txt`, ', processing_status', `, 'completed'`), 'forbidden'],
        [
          'write a page',
          `insert into document_pages (document_id, page_index, user_id, content) values ('${adas.id}', 9, '${bob.id}', 'x') returning 1`,
          'forbidden',
        ],
        [
          'write a passage',
          `insert into document_chunks (document_id, user_id, chunk_index, page_index, start_offset, end_offset, content) values ('${adas.id}', '${bob.id}', 9, 0, 0, 1, 'x') returning 1`,
          'forbidden',
        ],
        ['change a passage', `update document_chunks set content = 'x' returning 1`, 'forbidden'],
        ['weigh a term', `update chunk_terms set weight = 99 returning 1`, 'forbidden'],
        [
          'add a term',
          `insert into chunk_terms values ('${ada.id}', 'x', '${adas.chunk}', 1, 1) returning 1`,
          'forbidden',
        ],
        ['bend statistics', 'delete from term_statistics returning 1', 'forbidden'],
        [
          'forge a log',
          `insert into retrieval_logs (user_id, question, method, result_count, chunk_ids, duration_ms) values ('${bob.id}', 'x', 'keyword', 0, '{}', 0) returning 1`,
          'forbidden',
        ],
        ['lift a limit', 'update file_type_configs set max_file_size = 1 returning 1', 'none'],
        ['add a type', `insert into file_type_configs values ('x/y', 'x', '{x}') returning 1`, 'forbidden'],
        [
          'store an object',
          `insert into storage.objects (bucket_id, name, owner) values ('documents', '${bob.id}/x', '${bob.id}') returning 1`,
          'forbidden',
        ],
        ['take an object', `update storage.objects set owner = '${bob.id}' returning 1`, 'forbidden'],
        [
          'make a shelf for her',
          `insert into document_collections (user_id, name) values ('${ada.id}', 'x') returning 1`,
          'forbidden',
        ],
        ['read partitions past their parent', 'select 1 from loam_partitions.retrieval_logs_default', 'forbidden'],
        ['call the helpers of triggers', 'select loam.term_weight(1, 1, 1)', 'forbidden'],
      ];
      for (const [what, text, expected] of cases)
        assert.equal(await affected(library.db.asUser(bob.claims, sql(text))), expected, what);
    });

    it('services do their own work and nothing else', async () => {
      const cases: readonly (readonly [ServiceName, string, string])[] = [
        ['ingest', 'select content from document_chunks', 'forbidden'],
        ['ingest', 'select content from document_pages', 'forbidden'],
        ['ingest', 'select lexeme from chunk_terms', 'forbidden'],
        ['ingest', 'select question from retrieval_logs', 'forbidden'],
        ['ingest', 'select content from messages', 'forbidden'],
        ['ingest', 'select name from storage.objects', 'forbidden'],
        ['ingest', `update documents set original_name = 'x' returning 1`, 'forbidden'],
        ['ingest', `update documents set user_id = '${uuid}' returning 1`, 'forbidden'],
        ['ingest', 'select id from document_collections', 'none'],
        ['storage', 'select id from documents', 'forbidden'],
        ['storage', 'select email from auth.users', 'forbidden'],
        ['ledger', 'select id from documents', 'forbidden'],
        ['answer', 'select id from document_chunks', 'forbidden'],
        ['maintenance', 'select id from documents', 'forbidden'],
      ];
      for (const [service, text, expected] of cases)
        assert.equal(await affected(library.db.asService(service, sql(text))), expected, `${service}: ${text}`);
    });

    it('search by meaning returns k rows when there are k, and only to whom it may concern', async (t) => {
      if (!library.db.installed.vectors) return t.skip('pgvector is not installed here');
      const vector = (angle: number): string => `[${Math.cos(angle)},${Math.sin(angle)}]`;
      const embed = (user: TestUser, angles: readonly number[]): BoundQuery =>
        sql(`
          insert into document_chunks (document_id, user_id, chunk_index, page_index, start_offset, end_offset, content)
          select d.id, d.user_id, 100 + i, 0, 0, 1, 'passage ' || i
          from documents as d, generate_series(1, ${angles.length}) as i
          where d.user_id = '${user.id}'`);
      const put = (user: TestUser, index: number, angle: number): BoundQuery =>
        statement({
          name: `test_embed_${serial++}`,
          text: `
            insert into chunk_embeddings (chunk_id, model, user_id, dimensions, embedding)
            select $1::uuid, 'test/model', $2::uuid, 2, $3::text::extensions.vector`,
          params: { chunk: 'uuid', user: 'uuid', embedding: 'text' },
        })({ chunk: chunks.get(`${user.id}${index}`) ?? '', user: user.id, embedding: vector(angle) });
      const list = statement({
        name: 'test_list_chunks',
        text: 'select id, chunk_index from document_chunks where chunk_index > 100',
        columns: { id: 'uuid', chunk_index: 'int4' },
      });
      const search = statement({
        name: 'test_similar',
        text: `
          select content, similarity
          from search_similar_chunks(embedding => $1::text::extensions.vector, user_id => $2, threshold => $3, "limit" => 5)`,
        params: { embedding: 'text', user: 'uuid', threshold: 'float8?' },
        columns: { content: 'text', similarity: 'float8' },
        needs: ['vectors'],
      });
      const chunks = new Map<string, string>();
      const angles = Array.from({ length: 12 }, (_, index) => index / 10);
      for (const user of [ada, bob]) {
        await library.db.asService('ingest', embed(user, angles));
        for (const { id, chunk_index } of await library.db.asUser(user.claims, list()))
          chunks.set(`${user.id}${chunk_index - 100}`, id);
        for (const [index, angle] of angles.entries())
          await library.db.asService('ingest', put(user, index + 1, angle));
      }
      const near = (user: string, threshold: number | null = null) =>
        library.db.asUser(ada.claims, search({ embedding: vector(0), user, threshold }));
      assert.deepEqual(
        (await near(ada.id)).map(({ content }) => content),
        [1, 2, 3, 4, 5].map((index) => `passage ${index}`),
      );
      assert.deepEqual(
        (await near(ada.id, 0.99)).map(({ content }) => content),
        ['passage 1', 'passage 2'],
      );
      assert.deepEqual(await near(bob.id), []);
    });
  });
}
