// Reads documents: pending -> processing -> completed or failed. At least once: the row is the truth, a second worker on
// one document is turned away by its attempt number, and what an earlier attempt left is removed first.
import type { Database } from '../../core/database.ts';
import { AppError } from '../../core/errors.ts';
import type { Log } from '../../core/log.ts';
import type { Storage } from '../storage/storage.ts';
import { type Chunk, createChunker } from './chunks.ts';
import { type ExtractLimits, extract, extractLimits } from './extract.ts';
import { type PageText, Unreadable } from './formats/blocks.ts';
import {
  beat,
  claimDocument,
  deletePages,
  deleteSomeChunks,
  finishAttempt,
  insertChunks,
  insertPages,
  reportProgress,
  setLanguage,
} from './ingest-queries.ts';
import { guessLanguage } from './language.ts';
import { readTypeLimits } from './queries.ts';
import { formatOfMime } from './sniff.ts';

export interface Ingest {
  readonly db: Database;
  readonly storage: Storage;
  readonly log: Log;
  readonly limits?: ExtractLimits;
}

/** A worker that says nothing for so long counts as dead. */
export const staleSeconds = 60;
const beatEveryMs = 15_000;
/** A document that brings the server down again and again is given up. */
const mostAttempts = 5;
const chunksAtOnce = 64;

interface Claimed {
  readonly id: string;
  readonly attempt: number;
  readonly storage_path: string;
  readonly mime_type: string;
}

/** Thrown inside when the document was taken over or purged: nothing is left to do. */
class Overtaken extends Error {
  override readonly name = 'Overtaken';
}

/** Reads one document. Faults of the document end in its status; only faults of the surroundings are thrown. */
export async function processDocument(
  ingest: Ingest,
  id: string,
  signal: AbortSignal,
  stale = staleSeconds,
): Promise<void> {
  const { db, log } = ingest;
  const [claimed] = await db.asService('ingest', claimDocument({ id, stale_seconds: stale }));
  if (claimed === undefined) return;
  const { attempt } = claimed;
  const finish = (status: string, error: string | null, pages: number | null, chunks: number): Promise<unknown> =>
    db.asService('ingest', finishAttempt({ id, attempt, status, error, page_count: pages, chunk_count: chunks }));
  const state = { pages: null as number | null, chunks: 0 };
  try {
    await removeContents(db, id);
    if (attempt > mostAttempts) throw new Unreadable('document_unreadable');
    const pages = await readInto(ingest, claimed, state, signal);
    await finish('completed', null, pages, state.chunks);
  } catch (error) {
    if (error instanceof Overtaken) return;
    if (signal.aborted) {
      await finish('pending', null, null, 0).catch(() => {});
      throw error;
    }
    const code =
      error instanceof Unreadable
        ? error.code
        : error instanceof AppError && error.code === 'not_found'
          ? 'document_damaged'
          : null;
    if (code === null) {
      // The next attempt comes within seconds; a fresh heartbeat of this one would turn it away.
      await finish('pending', null, null, 0).catch(() => {});
      throw error;
    }
    log.info({ document_id: id, code, err: error instanceof Unreadable ? error.cause : error }, 'document not read');
    await removeContents(db, id);
    await finish('failed', code, state.pages, 0);
  }
}

/** Extracts, cuts and stores; answers how many pages there are, or null where the format has none. */
async function readInto(
  ingest: Ingest,
  { id, attempt, storage_path, mime_type }: Claimed,
  state: { pages: number | null; chunks: number },
  signal: AbortSignal,
): Promise<number | null> {
  const { db, storage } = ingest;
  const format = formatOfMime(mime_type);
  if (format === null) throw new Unreadable('document_type_unsupported');
  const limits = await limitsFor(ingest, mime_type);
  const path = await storage.files.localPath(`documents/${storage_path}`);
  const chunker = createChunker();
  const batch = startBatch();
  let pageIndex = 0;
  let total: number | null = null;
  let languageSet = false;
  const flush = async (): Promise<void> => {
    if (!languageSet) {
      const language = guessLanguage(batch.pages.map(({ content }) => content).join('\n'));
      await db.asService('ingest', setLanguage({ id, attempt, language }));
      languageSet = true;
    }
    state.chunks = await storeBatch(db, { id, attempt }, batch, { done: pageIndex, total, chunks: state.chunks });
  };
  const heart = setInterval(() => void db.asService('ingest', beat({ id, attempt })).catch(() => {}), beatEveryMs);
  try {
    for await (const event of extract(path, format, limits, signal)) {
      if ('total' in event) {
        total = event.total;
        if (format === 'pdf') state.pages = total;
        continue;
      }
      batch.pages.push({ page_index: pageIndex, page_number: event.page.number, content: event.page.text });
      batch.chunks.push(...chunker(event.page, pageIndex));
      pageIndex += 1;
      if (batch.chunks.length >= chunksAtOnce || batch.pages.length >= 100) await flush();
    }
    if (batch.pages.length > 0) await flush();
  } finally {
    clearInterval(heart);
  }
  if (state.chunks === 0) throw new Unreadable('document_empty');
  return format === 'pdf' ? pageIndex : null;
}

async function limitsFor({ db, limits = extractLimits }: Ingest, mimeType: string): Promise<ExtractLimits> {
  const types = await db.asService('ingest', readTypeLimits());
  const most = types.find(({ mime_type }) => mime_type === mimeType)?.max_pages;
  return most === undefined ? limits : { ...limits, pages: Math.min(most, limits.pages) };
}

interface Batch {
  pages: { page_index: number; page_number: PageText['number']; content: string }[];
  chunks: Chunk[];
}
const startBatch = (): Batch => ({ pages: [], chunks: [] });

/** Stores pages, then their passages in pieces, and says how far it is; answers how many passages there are by now. */
async function storeBatch(
  db: Database,
  { id, attempt }: { id: string; attempt: number },
  batch: Batch,
  progress: { done: number; total: number | null; chunks: number },
): Promise<number> {
  let stored = progress.chunks;
  let pages = batch.pages;
  do {
    const piece = batch.chunks
      .splice(0, chunksAtOnce)
      .map((chunk, index) => ({ chunk_index: stored + index, ...chunk }));
    stored += piece.length;
    const [, , mine] = await db.asService('ingest', [
      insertPages({ id, attempt, pages }),
      insertChunks({ id, attempt, chunks: piece }),
      reportProgress({ id, attempt, done: progress.done, total: progress.total, chunk_count: stored }),
    ]);
    if (mine.length === 0) throw new Overtaken();
    pages = [];
  } while (batch.chunks.length > 0);
  batch.pages = [];
  return stored;
}

/** Passages with their terms and vectors, then pages; in pieces. */
export async function removeContents(db: Database, id: string): Promise<void> {
  for (;;) {
    const [row] = await db.asService('ingest', deleteSomeChunks({ id }));
    if ((row?.deleted ?? 0) < 100) break;
  }
  await db.asService('ingest', deletePages({ id }));
}
