// The span questions that retrieval is measured on: corpora and, for each question, the stretches that answer it.
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';

const folder = fileURLToPath(new URL('../../shared/data/chunking/', import.meta.url));
export const corpusNames = ['chatlogs', 'finance', 'pubmed', 'state_of_the_union', 'wikitexts'] as const;
export type CorpusName = (typeof corpusNames)[number];

export interface SpanQuestion {
  readonly corpus: string;
  readonly question: string;
  /** Text that answers it, as it stands in the corpus. */
  readonly references: readonly { readonly content: string; readonly start: number; readonly end: number }[];
}

/** False where the data is not beside the repository; whoever asks says so aloud. */
export const hasCorpora = (): boolean => existsSync(`${folder}questions_df.csv`);
export const readCorpus = (name: CorpusName): string => readFileSync(`${folder}corpora/${name}.md`, 'utf8');

const references = z.array(z.object({ content: z.string(), start_index: z.number(), end_index: z.number() }));

export function readQuestions(): SpanQuestion[] {
  const [, ...rows] = parseCsv(readFileSync(`${folder}questions_df.csv`, 'utf8'));
  return rows.map(([question = '', spans = '[]', corpus = '']) => ({
    corpus,
    question,
    references: references
      .parse(JSON.parse(spans))
      .map(({ content, start_index, end_index }) => ({ content, start: start_index, end: end_index })),
  }));
}

function parseCsv(text: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  for (const [, quoted, plain, end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n|$)/g)) {
    row.push(quoted === undefined ? (plain ?? '') : quoted.replaceAll('""', '"'));
    if (end === ',') continue;
    if (row.length > 1 || row[0] !== '') rows.push(row);
    row = [];
    if (end === '') break;
  }
  return rows;
}
