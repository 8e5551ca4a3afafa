// How much of what answers a question is handed over: recall on span questions, through the real pipeline (upload, child
// process, chunks, BM25 in SQL, merging), at about 4,000 characters a question.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Passage } from '../contract/passages.ts';
import { addDocument, openLibrary } from '../server/documents/testing.ts';
import { retrievePassages } from '../server/search/search.ts';
import { type CorpusName, corpusNames, hasCorpora, readCorpus, readQuestions, type SpanQuestion } from './corpora.ts';

export interface RetrievalFigures {
  readonly questions: number;
  readonly recall: number;
  readonly precision: number;
  readonly characters: number;
}

/** Each corpus is one document of one person, as the published measurements have it: all are searched at once. */
export async function measureRetrieval(names: readonly CorpusName[] = corpusNames): Promise<RetrievalFigures> {
  const folder = mkdtempSync(join(tmpdir(), 'loam-retrieval-'));
  const library = await openLibrary(folder);
  try {
    const person = await library.person('reader@example.com');
    for (const name of names) await addDocument(library, person, `${name}.md`, Buffer.from(readCorpus(name)));
    const questions = readQuestions().filter(({ corpus }) => names.some((name) => name === corpus));
    const scores: { recall: number; precision: number; characters: number }[] = [];
    for (const question of questions) {
      const passages = await retrievePassages(library.db, person.claims, { question: question.question });
      scores.push(score(question, passages));
    }
    const mean = (pick: (one: (typeof scores)[number]) => number): number =>
      scores.reduce((sum, one) => sum + pick(one), 0) / scores.length;
    return {
      questions: questions.length,
      recall: mean((one) => one.recall),
      precision: mean((one) => one.precision),
      characters: mean((one) => one.characters),
    };
  } finally {
    await library.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** By character, white space aside: where in a reference's text does some passage have the same text. */
function score(
  question: SpanQuestion,
  passages: readonly Passage[],
): { recall: number; precision: number; characters: number } {
  const bare = (text: string): string => text.replace(/\s+/g, '');
  const texts = passages
    .filter(({ document_name }) => document_name === `${question.corpus}.md`)
    .map(({ content }) => bare(content));
  let wanted = 0;
  let covered = 0;
  for (const { content } of question.references) {
    const reference = bare(content);
    wanted += reference.length;
    covered += Math.max(0, ...texts.map((text) => longestShared(reference, text)));
  }
  const handed = passages.reduce((sum, { content }) => sum + bare(content).length, 0);
  return {
    recall: covered / wanted,
    precision: handed === 0 ? 0 : covered / handed,
    characters: passages.reduce((sum, { content }) => sum + content.length, 0),
  };
}

/** A reference is inside a passage, or cut by one of its ends. */
function longestShared(reference: string, text: string): number {
  if (text.includes(reference)) return reference.length;
  for (let length = reference.length - 1; length >= 20; length -= 1) {
    if (text.endsWith(reference.slice(0, length)) || text.startsWith(reference.slice(-length))) return length;
  }
  return 0;
}

export async function benchRetrieval(): Promise<void> {
  if (!hasCorpora())
    return console.log(
      'retrieval: SKIPPED, the span questions are not beside the repository (../shared/data/chunking)',
    );
  const { questions, recall, precision, characters } = await measureRetrieval();
  const figures = [
    `recall ${recall.toFixed(3)}`,
    `precision ${precision.toFixed(3)}`,
    `${Math.round(characters)} characters a question`,
  ];
  console.log(`retrieval: ${figures.join(', ')} (${questions} questions, ${corpusNames.length} corpora)`);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await benchRetrieval();
