// How often the built-in model's answer contains reference text, on span questions over five corpora: through the real
// pipeline (upload, chunks, BM25 in SQL), for 50 questions that nothing was tuned on and for the others.
// `node bench/extractive.ts`. The search in memory beside it is for tests and for tuning.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Passage } from '../contract/passages.ts';
import { addDocument, openLibrary } from '../server/documents/testing.ts';
import { rankSentences, type Weights, weights } from '../server/gateway/providers/rank-sentences.ts';
import { terms } from '../server/gateway/providers/stem.ts';
import { retrievePassages } from '../server/search/search.ts';
import { corpusNames, hasCorpora, readCorpus, readQuestions, type SpanQuestion } from './corpora.ts';

/** Every ninth question, 50 in all: spread over the corpora, never looked at while weights were chosen. */
export function splitQuestions(all: readonly SpanQuestion[]): { held: SpanQuestion[]; open: SpanQuestion[] } {
  const held = all.filter((_, index) => index % 9 === 4).slice(0, 50);
  return { held, open: all.filter((question) => !held.includes(question)) };
}

export interface Chunk {
  readonly corpus: string;
  readonly start: number;
  readonly end: number;
  readonly content: string;
}

/** Recursive chunks: cut at the largest border within reach, 800 characters with 200 overlap. Offsets are code points. */
export function chunk(corpus: string, text: string, size = 800, overlap = 200): Chunk[] {
  const points = Array.from(text);
  const chunks: Chunk[] = [];
  for (let start = 0; start < points.length; ) {
    let end = Math.min(points.length, start + size);
    if (end < points.length) {
      const piece = points.slice(start, end).join('');
      for (const mark of ['\n\n', '\n', '. ', ' ']) {
        const at = piece.lastIndexOf(mark);
        if (at > size / 2) {
          end = start + Array.from(piece.slice(0, at + mark.length)).length;
          break;
        }
      }
    }
    chunks.push({ corpus, start, end, content: points.slice(start, end).join('') });
    if (end === points.length) break;
    start = Math.max(start + 1, end - overlap);
  }
  return chunks;
}

export const readChunks = (): Chunk[] => corpusNames.flatMap((name) => chunk(name, readCorpus(name)));

/** BM25 in memory over all corpora at once: the passages that a user's one search would find. */
export function createSearch(chunks: readonly Chunk[], characters = 4_000): (question: string) => Passage[] {
  const postings = new Map<string, { chunk: number; count: number }[]>();
  const lengths = chunks.map((piece, index) => {
    const counts = new Map<string, number>();
    const found = terms(piece.content);
    for (const term of found) counts.set(term, (counts.get(term) ?? 0) + 1);
    for (const [term, count] of counts) {
      const list = postings.get(term) ?? [];
      list.push({ chunk: index, count });
      postings.set(term, list);
    }
    return found.length;
  });
  const average = lengths.reduce((sum, length) => sum + length, 0) / lengths.length;
  return (question) => {
    const scores = new Map<number, number>();
    for (const term of new Set(terms(question))) {
      const list = postings.get(term) ?? [];
      const rarity = Math.log(1 + (chunks.length - list.length + 0.5) / (list.length + 0.5));
      for (const { chunk: index, count } of list) {
        const length = 1.2 * (0.25 + (0.75 * (lengths[index] ?? 0)) / average);
        scores.set(index, (scores.get(index) ?? 0) + (rarity * count * 2.2) / (count + length));
      }
    }
    const ranked = [...scores].sort((a, b) => b[1] - a[1]);
    const passages: Passage[] = [];
    let left = characters;
    for (const [index] of ranked) {
      const piece = chunks[index];
      if (piece === undefined || left < piece.content.length) break;
      left -= piece.content.length;
      passages.push({
        number: passages.length + 1,
        chunk_id: String(index),
        document_id: piece.corpus,
        document_name: piece.corpus,
        page_index: 0,
        page_number: null,
        heading: null,
        start_offset: piece.start,
        end_offset: piece.end,
        content: piece.content,
      });
    }
    return passages;
  };
}

export interface Figures {
  readonly questions: number;
  /** A sentence of the answer and a reference share at least half of the shorter of the two. */
  readonly contain: number;
  /** At least one reference is there as a whole. */
  readonly whole: number;
  /** The passages held some reference text at all: no answer can do better. */
  readonly reachable: number;
}

const bare = (text: string): string => text.replace(/\s+/g, '');

/** Characters that two texts share, when one is in the other or the end of one is the beginning of the other. */
function shared(a: string, b: string): number {
  const [short, long] = a.length < b.length ? [a, b] : [b, a];
  if (long.includes(short)) return short.length;
  for (let length = short.length - 1; length >= 20; length--) {
    if (long.endsWith(short.slice(0, length)) || long.startsWith(short.slice(-length))) return length;
  }
  return 0;
}

/** Compared by text, white space aside: extraction may move it. */
function judge(
  { references }: SpanQuestion,
  passages: readonly Passage[],
  answer: readonly string[],
): Omit<Figures, 'questions'> {
  const wanted = references.map(({ content }) => bare(content));
  const some = (texts: readonly string[], enough: (reference: string, text: string) => boolean): number =>
    Number(wanted.some((reference) => texts.some((text) => enough(reference, text))));
  const half = (reference: string, text: string): boolean =>
    shared(reference, text) >= Math.max(20, 0.5 * Math.min(reference.length, text.length));
  const found = answer.map(bare);
  return {
    contain: some(found, half),
    whole: some(found, (reference, text) => shared(reference, text) >= 0.95 * reference.length),
    reachable: some(
      passages.map(({ content }) => bare(content)),
      (reference, text) => shared(reference, text) >= 0.5 * reference.length,
    ),
  };
}

export async function measure(
  questions: readonly SpanQuestion[],
  search: (question: string) => readonly Passage[] | Promise<readonly Passage[]>,
  w: Weights = weights,
): Promise<Figures> {
  const sums = { contain: 0, whole: 0, reachable: 0 };
  for (const question of questions) {
    const passages = await search(question.question);
    const answer = rankSentences(question.question, passages, 3, w).map(({ text }) => text);
    const { contain, whole, reachable } = judge(question, passages, answer);
    sums.contain += contain;
    sums.whole += whole;
    sums.reachable += reachable;
  }
  return { questions: questions.length, ...sums };
}

async function benchExtractive(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'loam-extractive-'));
  const library = await openLibrary(folder);
  try {
    const person = await library.person('reader@example.com');
    for (const name of corpusNames) await addDocument(library, person, `${name}.md`, Buffer.from(readCorpus(name)));
    const search = (question: string): Promise<readonly Passage[]> =>
      retrievePassages(library.db, person.claims, { question });
    const { held, open } = splitQuestions(readQuestions());
    for (const [name, questions] of [
      ['50 held-out questions', held],
      [`the other ${open.length}`, open],
    ] as const) {
      const { contain, whole, reachable } = await measure(questions, search);
      const percent = (count: number): string =>
        `${count}/${questions.length} (${Math.round((100 * count) / questions.length)} %)`;
      console.log(
        `extractive, ${name}: reference text in the answer ${percent(contain)}, a reference as a whole ${percent(whole)}, in the passages at all ${percent(reachable)}`,
      );
    }
  } finally {
    await library.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  if (hasCorpora()) await benchExtractive();
  else console.log('extractive: SKIPPED, the span questions are not beside the repository (../shared/data/chunking)');
}
