// Which sentences answer a question best, by its words alone: rare words count more, words that stand together count
// more, a sentence in a good neighbourhood counts more, and saying the same twice counts nothing.
import type { Passage } from '../../../contract/passages.ts';
import { type Sentence, splitSentences } from './sentences.ts';
import { terms } from './stem.ts';

export interface Candidate extends Sentence {
  readonly passage: Passage;
  readonly score: number;
}

interface Scored extends Sentence {
  readonly passage: Passage;
  readonly terms: readonly string[];
  readonly order: number;
  own: number;
  score: number;
}

/** Set on questions that the published figure does not use (bench/extractive.ts). */
export const weights = {
  /** Saturation of a repeated word, and how much length counts against a sentence. */
  k1: 1.2,
  b: 0.4,
  /** Two words of the question next to each other, or nearly. */
  near: 0.4,
  /** The passage as a whole, and its place in the list. */
  passage: 0.3,
  rank: 0.05,
  /** The sentences before and behind. */
  neighbour: 0.15,
  heading: 0.3,
  /** Sentences that score less than this part of the best are left out. */
  floor: 0.35,
  /** The rarest words of a question that must be there, as a part of all their weight. */
  coverage: 0.2,
  /** Words in common beyond which two sentences say the same. */
  same: 0.7,
};
export type Weights = typeof weights;

/** The best sentences, best first; empty when the question's words are not there. */
export function rankSentences(question: string, passages: readonly Passage[], most: number, w: Weights = weights): Candidate[] {
  const asked = [...new Set(terms(question))];
  const query = asked.length > 0 ? asked : [...new Set(terms(question, true))];
  if (query.length === 0) return [];
  const sentences = passages.flatMap((passage, order) =>
    splitSentences(passage.content).map((sentence): Scored => ({ ...sentence, passage, order, terms: terms(sentence.text), own: 0, score: 0 })),
  );
  if (sentences.length === 0) return [];
  const rarity = rarities(query, sentences);
  const phrase = terms(question);
  const average = sentences.reduce((sum, sentence) => sum + sentence.terms.length, 0) / sentences.length;
  for (const sentence of sentences) sentence.own = ownScore(sentence, rarity, average, w) + w.near * nearness(sentence, phrase, rarity);
  addContext(sentences, passages, rarity, w);

  const whole = query.reduce((sum, term) => sum + (rarity.get(term) ?? 0), 0);
  const enough = (sentence: Scored): boolean => {
    let covered = 0;
    for (const term of new Set(sentence.terms)) covered += rarity.get(term) ?? 0;
    return covered > 0 && covered >= w.coverage * whole;
  };
  const ranked = sentences.filter(enough).sort((a, b) => b.score - a.score);
  const floor = (ranked[0]?.score ?? 0) * w.floor;
  const chosen: Scored[] = [];
  for (const sentence of ranked) {
    if (chosen.length === most || sentence.score < floor) break;
    if (!chosen.some((other) => saySame(other, sentence, w.same))) chosen.push(sentence);
  }
  return chosen.map(({ start, end, text, passage, score }) => ({ start, end, text, passage, score }));
}

/** Inverse frequency over the sentences at hand; a word that is in none of them weighs most. */
function rarities(query: readonly string[], sentences: readonly Scored[]): Map<string, number> {
  const counts = new Map<string, number>(query.map((term) => [term, 0]));
  for (const sentence of sentences) {
    for (const term of new Set(sentence.terms)) {
      const count = counts.get(term);
      if (count !== undefined) counts.set(term, count + 1);
    }
  }
  const all = sentences.length;
  return new Map([...counts].map(([term, count]) => [term, Math.log(1 + (all - count + 0.5) / (count + 0.5))]));
}

function ownScore(sentence: Scored, rarity: ReadonlyMap<string, number>, average: number, w: Weights): number {
  const counts = new Map<string, number>();
  for (const term of sentence.terms) if (rarity.has(term)) counts.set(term, (counts.get(term) ?? 0) + 1);
  const length = w.k1 * (1 - w.b + (w.b * sentence.terms.length) / average);
  let score = 0;
  for (const [term, count] of counts) score += ((rarity.get(term) ?? 0) * count * (w.k1 + 1)) / (count + length);
  return score;
}

/** Neighbours in the question that are neighbours in the sentence: the rarer the pair, the better; one word between costs half. */
function nearness(sentence: Scored, phrase: readonly string[], rarity: ReadonlyMap<string, number>): number {
  let score = 0;
  for (let at = 0; at + 1 < phrase.length; at++) {
    const [first, next] = [phrase[at] ?? '', phrase[at + 1] ?? ''];
    if (first === next) continue;
    let best = 0;
    for (let place = 0; place < sentence.terms.length; place++) {
      if (sentence.terms[place] !== first) continue;
      for (let gap = -3; gap <= 3; gap++) if (gap !== 0 && sentence.terms[place + gap] === next) best = Math.max(best, gap === 1 ? 1 : 1 / (1 + Math.abs(gap)));
    }
    score += best * Math.min(rarity.get(first) ?? 0, rarity.get(next) ?? 0);
  }
  return score;
}

function addContext(sentences: readonly Scored[], passages: readonly Passage[], rarity: ReadonlyMap<string, number>, w: Weights): void {
  const heading = passages.map((passage) => weightOf(terms(`${passage.heading ?? ''} ${passage.document_name}`), rarity));
  const body = passages.map(() => new Set<string>());
  for (const sentence of sentences) for (const term of sentence.terms) body[sentence.order]?.add(term);
  const inPassage = body.map((found) => weightOf([...found], rarity));
  for (const [at, sentence] of sentences.entries()) {
    const beside = [sentences[at - 1], sentences[at + 1]].filter((other) => other?.order === sentence.order);
    const neighbours = beside.reduce((sum, other) => sum + (other?.own ?? 0), 0);
    sentence.score =
      sentence.own +
      w.neighbour * neighbours +
      w.passage * (inPassage[sentence.order] ?? 0) +
      w.heading * (heading[sentence.order] ?? 0) -
      w.rank * sentence.order * sentence.own;
  }
}

function weightOf(found: readonly string[], rarity: ReadonlyMap<string, number>): number {
  let sum = 0;
  for (const term of new Set(found)) sum += rarity.get(term) ?? 0;
  return sum;
}

/** Passages overlap, so one sentence may come twice, once cut; and different sentences may say the same. */
function saySame(a: Scored, b: Scored, bound: number): boolean {
  if (a.passage.document_id === b.passage.document_id && a.passage.page_number === b.passage.page_number) {
    const [aStart, bStart] = [a.passage.start_offset + a.start, b.passage.start_offset + b.start];
    if (aStart < bStart + b.text.length && bStart < aStart + a.text.length) return true;
  }
  const [left, right] = [new Set(a.terms), new Set(b.terms)];
  let shared = 0;
  for (const term of left) if (right.has(term)) shared++;
  return shared >= bound * Math.min(left.size, right.size);
}
