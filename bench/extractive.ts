// How often the built-in model's answer contains reference text, on span questions over five corpora. Prints the figure
// for 50 questions that nothing was tuned on, and for the others. `node bench/extractive.ts`
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Passage } from '../contract/passages.ts';
import { rankSentences, type Weights, weights } from '../server/gateway/providers/rank-sentences.ts';
import { terms } from '../server/gateway/providers/stem.ts';

const folder = fileURLToPath(new URL('../../shared/data/chunking/', import.meta.url));
export const dataIsThere = existsSync(`${folder}questions_df.csv`);

export interface SpanQuestion {
  readonly question: string;
  readonly corpus: string;
  readonly references: readonly { readonly start: number; readonly end: number }[];
}

/** Comma-separated values with quoted fields and doubled quotes. */
function parseCsv(text: string): string[][] {
  const rows: string[][] = [];
  const row: string[] = [];
  let field = '';
  let quoted = false;
  for (let at = 0; at < text.length; at++) {
    const letter = text[at] ?? '';
    if (quoted) {
      if (letter !== '"') field += letter;
      else if (text[at + 1] === '"') field += text[++at];
      else quoted = false;
    } else if (letter === '"') quoted = true;
    else if (letter === ',' || letter === '\n') {
      row.push(field.replace(/\r$/, ''));
      field = '';
      if (letter === '\n') rows.push(row.splice(0));
    } else field += letter;
  }
  if (field !== '' || row.length > 0) rows.push([...row, field]);
  return rows;
}

export function readQuestions(): SpanQuestion[] {
  const [, ...rows] = parseCsv(readFileSync(`${folder}questions_df.csv`, 'utf8'));
  return rows.map(([question = '', references = '[]', corpus = '']) => {
    const parsed = JSON.parse(references) as { start_index: number; end_index: number }[]; // checked: the data's own README
    return { question, corpus, references: parsed.map((span) => ({ start: span.start_index, end: span.end_index })) };
  });
}

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

export function readChunks(): Chunk[] {
  return readdirSync(`${folder}corpora`).flatMap((file) =>
    chunk(file.replace(/\.md$/, ''), readFileSync(`${folder}corpora/${file}`, 'utf8')),
  );
}

/** BM25 in memory over all corpora at once: the passages that a user's one search would find. */
export function createSearch(chunks: readonly Chunk[]): (question: string, characters: number) => Passage[] {
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
  return (question, characters) => {
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
        page_number: 1,
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

export function measure(
  questions: readonly SpanQuestion[],
  search: (question: string, characters: number) => Passage[],
  w: Weights = weights,
  characters = 4_000,
): Figures {
  let contain = 0;
  let whole = 0;
  let reachable = 0;
  for (const { question, corpus, references } of questions) {
    const passages = search(question, characters);
    const share = (start: number, end: number, of: (reference: number, span: number) => number): boolean =>
      references.some(
        (ref) => Math.min(end, ref.end) - Math.max(start, ref.start) >= of(ref.end - ref.start, end - start),
      );
    const half = (reference: number, span: number): number => Math.max(1, 0.5 * Math.min(reference, span));
    if (passages.some((p) => p.document_id === corpus && share(p.start_offset, p.end_offset, half))) reachable++;
    const spans = rankSentences(question, passages, 3, w)
      .filter((found) => found.passage.document_id === corpus)
      .map((found) => ({ start: found.start_offset, end: found.end_offset }));
    if (spans.some((span) => share(span.start, span.end, half))) contain++;
    if (spans.some((span) => share(span.start, span.end, (reference) => 0.95 * reference))) whole++;
  }
  return { questions: questions.length, contain, whole, reachable };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  if (!dataIsThere) console.log('extractive: ../shared/data/chunking is not there; nothing was measured.');
  else {
    const search = createSearch(readChunks());
    const { held, open } = splitQuestions(readQuestions());
    for (const [name, questions] of [
      ['50 held-out questions', held],
      [`the other ${open.length}`, open],
    ] as const) {
      const { contain, whole, reachable } = measure(questions, search);
      const percent = (count: number): string =>
        `${count}/${questions.length} (${Math.round((100 * count) / questions.length)} %)`;
      console.log(
        `extractive, ${name}: reference text in the answer ${percent(contain)}, a reference as a whole ${percent(whole)}, in the passages at all ${percent(reachable)}`,
      );
    }
  }
}
