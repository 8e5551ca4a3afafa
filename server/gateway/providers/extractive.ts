// The built-in model: it answers with sentences of the passages it is given, each with its place, and makes up nothing.
// Passages come as typed input; no prompt is ever taken apart.
import type { Passage } from '../../../contract/passages.ts';
import { howToAddProvider } from './configured.ts';
import { rankSentences } from './rank-sentences.ts';

export type ExtractiveEvent =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'citation'; readonly marker: number; readonly start_offset: number; readonly end_offset: number };

const mostSentences = 3;
/** What follows is not looked at: each word of a question is compared with each sentence. */
const longestQuestion = 4_000;

const whatItIs =
  'I am the model that Loam brings along. I do not write: I find the sentences in your documents that answer a question, and say where they stand. ' +
  `Add a document and ask about it, or connect a model that can converse: ${howToAddProvider}`;

const nothingFound =
  'I found nothing about that in your documents. I look for the words of the question: try the words that the document would use, or add a document that answers it.';

/**
 * `passages` null is plain chat; an empty list means that nothing was found. Offsets are code points into the page, as the
 * passages' own are.
 */
export function* answerFromPassages(question: string, passages: readonly Passage[] | null): Generator<ExtractiveEvent> {
  if (passages === null) {
    yield* inWords(whatItIs);
    return;
  }
  const chosen = rankSentences(question.slice(0, longestQuestion), passages, mostSentences);
  if (chosen.length === 0) {
    yield* inWords(nothingFound);
    return;
  }
  for (const [index, { text, passage, start_offset, end_offset }] of chosen.entries()) {
    if (index > 0) yield { type: 'text', text: '\n\n' };
    yield* inWords(text.replace(/\s+/g, ' '));
    yield { type: 'citation', marker: passage.number, start_offset, end_offset };
    yield { type: 'text', text: ` [${passage.number}]` };
  }
}

function* inWords(text: string): Generator<ExtractiveEvent> {
  for (const [word] of text.matchAll(/\s*\S+/g)) yield { type: 'text', text: word };
}
