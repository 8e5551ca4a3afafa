// Which sentences answer a question best, by its words alone: rare words count more, a sentence in a good passage
// counts more, a sentence that has what was asked for (a number, a name, a reason) counts more, and saying the same twice
// counts less.
import type { Passage } from '../../../contract/passages.ts';
import { type Sentence, splitSentences } from './sentences.ts';
import { terms } from './stem.ts';
import { joinPassages, type Stretch } from './stretches.ts';

/** A sentence with its place: code points into the page, inside the passage that `passage` is. */
export interface Candidate {
  readonly text: string;
  readonly passage: Passage;
  readonly start_offset: number;
  readonly end_offset: number;
  readonly score: number;
}

interface Scored extends Sentence {
  readonly stretch: Stretch;
  readonly passage: Passage;
  readonly order: number;
  readonly terms: readonly string[];
  own: number;
  score: number;
}

/** Chosen on questions that the published figure does not use (bench/extractive.ts). */
export const weights = {
  /** Saturation of a repeated word, and how much length counts against a sentence. */
  k1: 0.2,
  b: 0.1,
  /** Two words of the question next to each other, or nearly. */
  near: 0.4,
  /** The passage as a whole, and its place in the list. */
  passage: 0.8,
  rank: 0.06,
  heading: 0.3,
  /** A question is no answer; nor is a line of a few words. */
  question: 0.7,
  short: 0.5,
  /** It has what the question asks for. */
  kind: 0.5,
  /** What it says that those chosen before did not: 0 ignores it. */
  novelty: 0.3,
  /** Words of the question that must be there, as a part of the weight of all. */
  coverage: 0.15,
};
export type Weights = typeof weights;

/** Words beyond which a question is a text: work grows with its length times that of the passages. */
const longestQuestion = 200;

/** The best sentences, best first; empty when the question's words are not there. */
export function rankSentences(
  question: string,
  passages: readonly Passage[],
  most: number,
  w: Weights = weights,
): Candidate[] {
  const phrase = terms(question).slice(0, longestQuestion);
  const query = [...new Set(phrase.length > 0 ? phrase : terms(question, true).slice(0, longestQuestion))];
  const sentences = joinPassages(passages).flatMap(sentencesOf);
  if (query.length === 0 || sentences.length === 0) return [];
  const rarity = rarities(query, sentences);
  const average = sentences.reduce((sum, sentence) => sum + sentence.terms.length, 0) / sentences.length;
  const wanted = wantedKind(question);
  for (const sentence of sentences) {
    sentence.own = ownScore(sentence, rarity, average, w) + w.near * nearness(sentence, phrase, rarity);
    if (wanted?.test(sentence.text)) sentence.own *= 1 + w.kind;
  }
  addContext(sentences, passages, rarity, w);
  const whole = query.reduce((sum, term) => sum + (rarity.get(term) ?? 0), 0);
  const enough = sentences.filter((sentence) => {
    const covered = weightOf(sentence.terms, rarity);
    return covered > 0 && covered >= w.coverage * whole;
  });
  return choose(enough, most, w).map(place);
}

function sentencesOf(stretch: Stretch): Scored[] {
  return splitSentences(stretch.text).map((sentence) => {
    const [from, to] = [stretch.placeOf(sentence.start), stretch.placeOf(sentence.end)];
    const inside = ({ passage }: { passage: Passage }): number =>
      Math.min(to, passage.end_offset) - Math.max(from, passage.start_offset);
    const part = stretch.parts.reduce((best, next) => (inside(next) > inside(best) ? next : best));
    return { ...sentence, ...part, stretch, terms: terms(sentence.text), own: 0, score: 0 };
  });
}

function place({ stretch, start, end, text, passage, score }: Scored): Candidate {
  return {
    text,
    passage,
    score,
    start_offset: Math.max(passage.start_offset, stretch.placeOf(start)),
    end_offset: Math.min(passage.end_offset, stretch.placeOf(end)),
  };
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

/** BM25 with the sentence as document. */
function ownScore(sentence: Scored, rarity: ReadonlyMap<string, number>, average: number, w: Weights): number {
  const counts = new Map<string, number>();
  for (const term of sentence.terms) if (rarity.has(term)) counts.set(term, (counts.get(term) ?? 0) + 1);
  const length = w.k1 * (1 - w.b + (w.b * sentence.terms.length) / average);
  let score = 0;
  for (const [term, count] of counts) score += ((rarity.get(term) ?? 0) * count * (w.k1 + 1)) / (count + length);
  return score;
}

/** Neighbours in the question that are near each other in the sentence, by the weight of the more frequent of the two. */
function nearness(sentence: Scored, phrase: readonly string[], rarity: ReadonlyMap<string, number>): number {
  let score = 0;
  for (let at = 0; at + 1 < phrase.length; at++) {
    const [first, next] = [phrase[at] ?? '', phrase[at + 1] ?? ''];
    const gap = smallestGap(sentence.terms, first, next);
    if (first !== next && gap <= 3) score += Math.min(rarity.get(first) ?? 0, rarity.get(next) ?? 0) / gap;
  }
  return score;
}

function smallestGap(list: readonly string[], first: string, next: string): number {
  let gap = Number.POSITIVE_INFINITY;
  let lastFirst = Number.NEGATIVE_INFINITY;
  let lastNext = Number.NEGATIVE_INFINITY;
  for (const [at, term] of list.entries()) {
    if (term === first) lastFirst = at;
    if (term === next) lastNext = at;
    if (term === first || term === next) gap = Math.min(gap, Math.abs(lastFirst - lastNext));
  }
  return gap;
}

const kinds: readonly (readonly [RegExp, RegExp])[] = [
  [
    /\bhow (?:many|much|long|old|far|large|big|often|high|tall)\b|\bwhat (?:percent|amount|number|proportion|share|rate|value|price|total)/i,
    /\d/,
  ],
  [
    /\bwhen\b|\b(?:what|which) (?:year|date|day|month|time)/i,
    /\b\d{4}\b|\b(?:january|february|march|april|may|june|july|august|september|october|november|december|monday|tuesday|wednesday|thursday|friday|saturday|sunday)s?\b/i,
  ],
  [
    /\bwhy\b|\b(?:what|which) (?:reason|cause)/i,
    /\b(?:because|due to|since|therefore|caused|reason|in order to|owing to|as a result)\b/i,
  ],
  [/\bwho\b|\bwhose\b|\bby whom\b/i, /(?<=[\p{Ll},] )\p{Lu}\p{Ll}+/u],
];

function wantedKind(question: string): RegExp | null {
  return kinds.find(([asks]) => asks.test(question))?.[1] ?? null;
}

const shortest = 5;

function addContext(
  sentences: readonly Scored[],
  passages: readonly Passage[],
  rarity: ReadonlyMap<string, number>,
  w: Weights,
): void {
  const heading = passages.map((passage) =>
    weightOf(terms(`${passage.heading ?? ''} ${passage.document_name}`), rarity),
  );
  const inPassage = passages.map((passage) => weightOf(terms(passage.content), rarity));
  for (const sentence of sentences) {
    let score =
      sentence.own + w.passage * (inPassage[sentence.order] ?? 0) + w.heading * (heading[sentence.order] ?? 0);
    score -= w.rank * sentence.order * sentence.own;
    if (/\?['"’”)]*$/.test(sentence.text)) score *= w.question;
    if (sentence.text.split(/\s+/, shortest).length < shortest) score *= w.short;
    sentence.score = score;
  }
}

function weightOf(found: readonly string[], rarity: ReadonlyMap<string, number>): number {
  let sum = 0;
  for (const term of new Set(found)) sum += rarity.get(term) ?? 0;
  return sum;
}

/** One after the other: the best, then the best of what adds something to it. */
function choose(candidates: readonly Scored[], most: number, w: Weights): Scored[] {
  const left = new Set(candidates);
  const chosen: Scored[] = [];
  while (chosen.length < most && left.size > 0) {
    let best: Scored | null = null;
    let bestScore = Number.NEGATIVE_INFINITY;
    for (const sentence of left) {
      const score = sentence.score * (1 - w.novelty * Math.max(0, ...chosen.map((other) => likeness(other, sentence))));
      if (score > bestScore) [best, bestScore] = [sentence, score];
    }
    if (best === null) break;
    chosen.push(best);
    // With all that only repeats it: one by one, a thousand repetitions would be compared a million times.
    for (const other of left) if (other === best || likeness(other, best) === 1) left.delete(other);
  }
  return chosen;
}

/** The part of the shorter sentence's words that the other has as well. */
function likeness(a: Scored, b: Scored): number {
  const [left, right] = [new Set(a.terms), new Set(b.terms)];
  let shared = 0;
  for (const term of left) if (right.has(term)) shared++;
  return shared / Math.max(1, Math.min(left.size, right.size));
}
