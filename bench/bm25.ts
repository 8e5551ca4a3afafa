// BM25 in SQL over 10,000 passages of one person, embedded: the median question, the worst, and what indexing costs.
// Words follow Zipf's law, so that some stand in most passages; 10,000 of these, one person's, embedded.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Database } from '../core/database.ts';
import { newId } from '../core/ids.ts';
import { statement } from '../core/statement.ts';
import { insertChunks } from '../server/documents/ingest-queries.ts';
import { openLibrary } from '../server/documents/testing.ts';
import { searchChunks } from '../server/search/queries.ts';
import type { TestUser } from '../server/testing/users.ts';

const chunkCount = 10_000;
const chunksADocument = 500;
const wordsAChunk = 130;
const vocabulary = 30_000;
const questions = 200;

/** A small generator with a fixed start, so that every run asks the same. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 4_294_967_296;
    return state / 4_294_967_296;
  };
}

const syllables = 'ba co di fu ge hi jo ka le mi no pu ra se ti vo wa xe yi zu'.split(' ');
const word = (rank: number): string => {
  let text = '';
  for (let left = rank + 20; left > 0; left = Math.floor(left / 20)) text += syllables[left % 20];
  return text;
};
const zipf = (random: () => number): number => Math.floor(vocabulary ** random()) - 1;

const insertDocument = statement({
  name: 'bench_insert_document',
  text: `
    insert into documents (id, user_id, original_name, storage_path, mime_type, file_size)
    values ($1::uuid, $2::uuid, 'bench.txt', $3, 'text/plain', 1)`,
  params: { id: 'uuid', user: 'uuid', path: 'text' },
});
const complete = statement({
  name: 'bench_complete_document',
  text: `
    update documents
    set processing_status = 'completed', attempt = 1, chunk_count = $2
    where id = $1`,
  params: { id: 'uuid', chunks: 'int4' },
});
const insertObject = statement({
  name: 'bench_insert_object',
  text: `
    insert into storage.objects (bucket_id, name, owner)
    values ('documents', $1, $2)`,
  params: { path: 'text', user: 'uuid' },
});

async function fill(db: Database, user: TestUser, random: () => number): Promise<number> {
  let spent = 0;
  for (let from = 0; from < chunkCount; from += chunksADocument) {
    const id = newId();
    const path = `${user.id}/${id}/bench.txt`;
    await db.asService('storage', insertObject({ path, user: user.id }));
    await db.asUser(user.claims, insertDocument({ id, user: user.id, path }));
    await db.asService('ingest', complete({ id, chunks: chunksADocument }));
    for (let index = 0; index < chunksADocument; index += 50) {
      const chunks = Array.from({ length: 50 }, (_, offset) => {
        const content = Array.from({ length: wordsAChunk }, () => word(zipf(random))).join(' ');
        return {
          chunk_index: index + offset,
          page_index: 0,
          page_number: null,
          heading: null,
          start_offset: 0,
          end_offset: content.length,
          content,
        };
      });
      const started = performance.now();
      await db.asService('ingest', insertChunks({ id, attempt: 1, chunks }));
      spent += performance.now() - started;
    }
  }
  return chunkCount / (spent / 1000);
}

const at = (values: readonly number[], share: number): number =>
  values.toSorted((a, b) => a - b)[Math.floor((values.length - 1) * share)] ?? 0;

export interface Bm25Figures {
  /** Milliseconds of a question, round trip included. */
  readonly median: number;
  /** Of these, spent computing: on a busy machine the rest is waiting for a core. */
  readonly cpuMedian: number;
  readonly p95: number;
  readonly worst: number;
  readonly chunksASecond: number;
}

export async function measureBm25(): Promise<Bm25Figures> {
  const folder = mkdtempSync(join(tmpdir(), 'loam-bm25-'));
  const { db, person, close } = await openLibrary(folder);
  try {
    const user = await person('reader@example.com');
    const random = seeded(1);
    const chunksASecond = await fill(db, user, random);
    const times: number[] = [];
    const cpu: number[] = [];
    for (let index = 0; index < questions; index += 1) {
      // Six words of what it is about and two that stand everywhere, as people ask.
      const words = [...Array.from({ length: 6 }, () => zipf(random)), 1, 3].map(word);
      const query = searchChunks({
        question: words.join(' '),
        match_count: 24,
        collection_ids: null,
        document_ids: null,
        prefix: false,
      });
      const started = performance.now();
      const before = process.cpuUsage();
      const rows = await db.asUser(user.claims, query);
      const { user: own, system } = process.cpuUsage(before);
      times.push(performance.now() - started);
      cpu.push((own + system) / 1000);
      if (rows.length === 0) throw new Error('a question found nothing');
    }
    return {
      median: at(times, 0.5),
      cpuMedian: at(cpu, 0.5),
      p95: at(times, 0.95),
      worst: at(times, 1),
      chunksASecond,
    };
  } finally {
    await close();
    rmSync(folder, { recursive: true, force: true });
  }
}

export async function benchBm25(): Promise<void> {
  const { median, cpuMedian, p95, worst, chunksASecond } = await measureBm25();
  const verdict = median <= 10 ? 'within' : 'ABOVE';
  const spread = `${cpuMedian.toFixed(1)} ms of it computing, p95 ${p95.toFixed(1)} ms, worst ${worst.toFixed(1)} ms`;
  console.log(
    `bm25: median ${median.toFixed(1)} ms, ${verdict} 10 ms (${spread}); indexing ${Math.round(chunksASecond)} passages/s`,
  );
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await benchBm25();
