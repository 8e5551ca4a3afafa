// Finds what answers a question: passages of documents by keyword (BM25), conversations by title. The caller's rights hold
// inside the database; nothing here filters by who asks.
import type { Passage } from '../../contract/passages.ts';
import type { SearchHit } from '../../contract/search.ts';
import type { Claims, Database } from '../../core/database.ts';
import { AppError } from '../../core/errors.ts';
import { mergeHits } from './passages.ts';
import { insertLog, searchChunks, searchTitles } from './queries.ts';

/** About 1,000 tokens: what the measurements behind the chunk size were made with. */
const handedOver = 4_000;
const defaultLimit = 8;
/** A question is cut here for ranking; a pasted page is not a better question for being longer. */
const longestQuestion = 4_000;

export interface Question {
  readonly question: string;
  /** None, or an empty list, means everywhere. */
  readonly collectionIds?: readonly string[] | undefined;
  readonly documentIds?: readonly string[] | undefined;
  readonly conversationId?: string | undefined;
  /** Most passages. */
  readonly limit?: number | undefined;
}

const someOf = (ids: readonly string[] | undefined): readonly string[] | null =>
  ids === undefined || ids.length === 0 ? null : ids;
/** NUL and halves of surrogate pairs are no text to PostgreSQL. */
const clean = (text: string): string =>
  text.replaceAll('\u0000', ' ').toWellFormed().slice(0, longestQuestion).toWellFormed();

/** Passages numbered from 1, best first; none when nothing matches. Throws feature_unavailable without pattern `rag`. */
export async function retrievePassages(db: Database, claims: Claims, ask: Question): Promise<Passage[]> {
  if (!db.installed.patterns.has('rag')) throw new AppError('feature_unavailable', { details: { pattern: 'rag' } });
  const question = clean(ask.question);
  const limit = ask.limit ?? defaultLimit;
  const started = performance.now();
  const hits = await db.asUser(
    claims,
    searchChunks({
      question,
      match_count: limit * 3,
      collection_ids: someOf(ask.collectionIds),
      document_ids: someOf(ask.documentIds),
      prefix: false,
    }),
  );
  const passages = mergeHits(hits, limit, handedOver);
  await db.asService(
    'ingest',
    insertLog({
      user: claims.sub,
      conversation_id: ask.conversationId ?? null,
      question,
      result_count: passages.length,
      top_score: hits[0]?.score ?? null,
      chunk_ids: passages.map(({ chunk_id }) => chunk_id),
      duration_ms: Math.round(performance.now() - started),
    }),
  );
  return passages;
}

/** Conversations whose title has the words, then passages; as far as the patterns are installed. One round trip. */
export async function searchAll(db: Database, claims: Claims, q: string, limit: number): Promise<SearchHit[]> {
  const words = clean(q);
  const { patterns } = db.installed;
  const titles = searchTitles({ user: claims.sub, q: words, limit: Math.max(1, Math.floor(limit / 3)) });
  const chunks = searchChunks({
    question: words,
    match_count: limit * 2,
    collection_ids: null,
    document_ids: null,
    prefix: true,
  });
  const [conversations, hits] = await db.asUser(
    claims,
    async (tx) =>
      [patterns.has('chat') ? await tx.rows(titles) : [], patterns.has('rag') ? await tx.rows(chunks) : []] as const,
  );
  const nothing = {
    document_id: null,
    document_name: null,
    page_index: null,
    page_number: null,
    heading: null,
    start_offset: null,
    end_offset: null,
    passage: null,
  };
  const found: SearchHit[] = conversations.map(({ id, title, updated_at }) => ({
    kind: 'conversation',
    id,
    title: title ?? '',
    ...nothing,
    updated_at,
  }));
  for (const passage of mergeHits(hits, limit - found.length, Number.POSITIVE_INFINITY)) {
    const { chunk_id, document_name, content, number: _, ...place } = passage;
    found.push({
      kind: 'passage',
      id: chunk_id,
      title: document_name,
      document_name,
      passage: content,
      updated_at: null,
      ...place,
    });
  }
  return found;
}
