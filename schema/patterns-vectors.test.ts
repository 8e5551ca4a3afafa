// Search by meaning as the patterns make it: k rows when there are k, nobody else's, exact and through an index.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { generate } from './generate.ts';
import { openScratch } from './open-session.ts';
import { chooseParameters, type Parameters } from './parameters.ts';
import type { Session } from './session.ts';

const ada = '00000000-0000-4000-8000-00000000000a';
const bob = '00000000-0000-4000-8000-00000000000b';
const conversation = '00000000-0000-4000-8000-00000000000c';
let session: Session;

before(async () => {
  session = await openScratch();
  await session.exec('create extension vector with schema extensions');
});
after(() => session.close());

/** A vector of the dimension, at an angle to the first axis. */
const vector = (dimension: number, angle: number): string =>
  `('[' || ${Math.cos(angle)} || ',' || ${Math.sin(angle)} || repeat(',0', ${dimension - 2}) || ']')`;

/** Twelve passages and messages for each of two people, at growing angles; one passage is in the trash. */
async function fill({ dimension, model }: Parameters): Promise<void> {
  await session.exec(`
    insert into auth.users (id, email) values ('${ada}', 'ada@example.com'), ('${bob}', 'bob@example.com');
    insert into conversations (id, user_id) values ('${conversation}', '${ada}');
    insert into documents (id, user_id, original_name, storage_path, mime_type, file_size, processing_status, deleted_at, purge_after)
    select gen_random_uuid(), who::uuid, name, name, 'text/plain', 1, 'completed', gone, gone
    from unnest(array['${ada}', '${bob}']) as who, (values ('kept', null), ('trash', now())) as d (name, gone);
    insert into document_chunks (document_id, user_id, chunk_index, page_index, start_offset, end_offset, content)
    select d.id, d.user_id, i, 0, 0, 1, 'passage ' || i
    from documents as d, generate_series(1, 12) as i
    where (d.original_name = 'trash') = (i = 1);
    insert into chunk_embeddings (chunk_id, user_id, model, dimensions, embedding)
    select id, user_id, '${model}', ${dimension}, ('[' || cos(chunk_index / 10.0) || ',' || sin(chunk_index / 10.0) || repeat(',0', ${dimension - 2}) || ']')::extensions.vector
    from document_chunks;
    insert into messages (conversation_id, user_id, role, content)
    select '${conversation}', '${ada}', 'user', 'message ' || i from generate_series(1, 12) as i;
    insert into message_embeddings (message_id, user_id, model, dimensions, embedding)
    select id, user_id, '${model}', ${dimension}, ('[' || cos(n / 10.0) || ',' || sin(n / 10.0) || repeat(',0', ${dimension - 2}) || ']')::extensions.vector
    from (select *, row_number() over (order by seq) as n from messages) as m`);
}

async function actAs(user: string): Promise<void> {
  await session.exec(
    `set local role authenticated; select set_config('request.jwt.claims', '{"sub":"${user}"}', true)`,
  );
}
const contents = async (text: string): Promise<readonly (string | null | undefined)[]> =>
  (await session.rows(text)).map(([content]) => content);

/** What is generated with these parameters, applied twice, for the length of one transaction. */
async function installed(parameters: Parameters, work: () => Promise<void>): Promise<void> {
  const { text } = await generate({ patterns: ['chat', 'rag'], parameters, platform: false, version: 'test' });
  await session.exec('begin');
  try {
    await session.exec(text);
    await session.exec(text);
    await fill(parameters);
    await work();
  } finally {
    await session.exec('rollback');
  }
}

/** The written list of what is tried; `complete` with the defaults and without tenancy or vectors is in generate.test.ts. */
const sets: readonly (readonly [string, Parameters])[] = [
  ['1536, vector, exact', chooseParameters()],
  ['384, vector, ivfflat, the index built', chooseParameters({ dimension: 384, index: 'ivfflat', exact: 3 })],
  ['768, halfvec, hnsw', chooseParameters({ dimension: 768, type: 'halfvec', index: 'hnsw', exact: 3 })],
  ['3072, halfvec, hnsw, but few rows', chooseParameters({ dimension: 3072, type: 'halfvec', index: 'hnsw' })],
];

for (const [name, parameters] of sets)
  describe(name, () => {
    const near = (angle: number): string => `${vector(parameters.dimension, angle)}::extensions.${parameters.type}`;

    test('one’s own, nearest first, as many as there are, and nobody else’s', () =>
      installed(parameters, async () => {
        if (parameters.index === 'ivfflat')
          await session.exec('select loam.build_chunk_index(), loam.build_message_index()');
        const indexed = await session.rows(`select count(*) from pg_indexes where indexname like '%nearest_idx'`);
        assert.deepEqual(indexed, [[parameters.index === 'none' ? '0' : '2']]);
        await actAs(ada);
        const chunks = (rest: string): string =>
          `select content from search_similar_chunks(${near(0)}, '${ada}'${rest})`;
        // The nearest of all is in the trash, and does not cost a row.
        assert.deepEqual(
          await contents(chunks(', "limit" => 5')),
          [2, 3, 4, 5, 6].map((index) => `passage ${index}`),
        );
        assert.equal((await contents(chunks(', "limit" => 100'))).length, 11);
        assert.deepEqual(await contents(chunks(', threshold => 0.95')), ['passage 2', 'passage 3']);
        assert.deepEqual(await contents(`select content from search_similar_chunks(${near(0)}, '${bob}')`), []);
        const messages = (rest: string): string =>
          `select content from search_similar_messages(${near(0)}, '${ada}'${rest})`;
        assert.deepEqual(await contents(messages(', "limit" => 2')), ['message 1', 'message 2']);
        assert.equal((await contents(messages(', "limit" => 50'))).length, 12);
        assert.equal((await contents(messages(`, '${conversation}', 0.95`))).length, 3);
        assert.deepEqual(await contents(messages(`, gen_random_uuid()`)), []);
        assert.equal(
          (await contents('select c.embedding from document_chunks as c where c.embedding is not null')).length,
          12,
        );
        assert.equal(
          (await contents('select m.embedding from messages as m where m.embedding is not null')).length,
          12,
        );
        assert.equal((await contents('select chunk_content from document_embeddings')).length, 12);
        await actAs(bob);
        assert.deepEqual(
          await contents(`select content from search_similar_messages(${near(0)}, '${bob}', '${conversation}')`),
          [],
        );
      }));
  });

test('a model that nobody named as the one in use is searched rather than none, and a wrong dimension finds nothing', () =>
  installed(chooseParameters({ dimension: 384, model: 'test/other' }), async () => {
    await session.exec(`update chunk_embeddings set model = 'test/older'`);
    await actAs(ada);
    const near = (dimension: number, rest = ''): string =>
      `select content from search_similar_chunks(${vector(dimension, 0)}::extensions.vector, '${ada}', "limit" => 3${rest})`;
    assert.equal((await contents(near(384))).length, 3);
    assert.equal((await contents(near(384, `, model => 'test/none'`))).length, 0);
    assert.equal((await contents(near(768))).length, 0);
  }));
