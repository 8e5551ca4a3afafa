// Sentences of a passage with their places in it. Prose, lists, tables and logs, in scripts with or without spaces.

export interface Sentence {
  /** UTF-16 positions in the passage's content. */
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** Longer ones are cut at a clause or a space. */
const longest = 600;

const abbreviations = new Set(
  'al approx art bros ca capt cf ch co col corp dept dr ed eds eq eqs esp est etc fig figs gen gov hon inc jr lt ltd mr mrs ms no nos op p pp prof rep rev sec sect sen sgt sr st tab ver vol vs e.g i.e u.s u.k u.n a.m p.m ph.d jan feb mar apr jun jul aug sep sept oct nov dec'.split(
    ' ',
  ),
);

/** Where a sentence may end: punctuation with what closes behind it, or a line break as text or as logs write it. Runs are looked at from their beginning only: from
 * each place in them it would take the square of their length. */
const borders = /(?<![.!?…])[.!?…]+['"’”)\]]*(?=\s)|[。！？]+[」』”]*|(?<!\s)\s*\n\s*|(?:\\n)+/gu;
const startsItem = /^(?:[-*•+>|#=]|\d{1,3}[.)]\s|\p{Lu}[.)]\s)/u;

export function splitSentences(content: string): Sentence[] {
  const found: Sentence[] = [];
  let start = 0;
  for (const border of content.matchAll(borders)) {
    const end = border.index + border[0].length;
    if (border.index < start || !endsSentence(content, start, border.index, end, border[0])) continue;
    push(found, content, start, /^[\s\\]/.test(border[0]) ? border.index : end);
    start = end;
  }
  push(found, content, start, content.length);
  return found;
}

function endsSentence(content: string, start: number, at: number, end: number, border: string): boolean {
  if (border.startsWith('\\') || /^[。！？]/u.test(border)) return true;
  if (/\n/.test(border)) {
    if (/\n\s*\n/.test(border)) return true;
    const lineStart = content.lastIndexOf('\n', at - 1) + 1;
    const before = content.slice(Math.max(start, lineStart), at).trim();
    const next = content.slice(end, end + 200).split('\n', 1)[0] ?? '';
    // A line that is broken in the middle of a sentence goes on; rows, items and headings do not.
    if (isShortRow(before) && isShortRow(next.trim())) return true;
    if (startsItem.test(next) || startsItem.test(before) || before.includes(' | ') || next.includes(' | ')) return true;
    return /[.!?:;]['"’”)]*$/.test(before) || isHeading(before, next);
  }
  if (border.startsWith('.') && border.length === 1) {
    const word = /[\p{L}\p{N}.]+$/u.exec(content.slice(Math.max(start, at - 12), at))?.[0] ?? '';
    if (abbreviations.has(word.toLowerCase())) return false;
    // Initials: J. Smith. But "vitamin C. It" ends: a lower-case word stands before.
    if (/^\p{Lu}$/u.test(word) && /(?:^|\p{Lu}[\p{L}.]*\s)\S$/u.test(content.slice(Math.max(start, at - 20), at)))
      return false;
  }
  return true;
}

/** Rows of a form ("Policy # POL-2022-555") are short and begin anew; lines of broken prose fill their column. */
const isShortRow = (line: string): boolean =>
  line.length > 0 && line.length <= 48 && /^[\p{Lu}\p{N}$€£#]/u.test(line) && !/[,;\-–—]$/.test(line);

/** A short line over a long one that begins anew. */
const isHeading = (line: string, next: string): boolean =>
  line.length < 80 && line.length < 0.6 * next.length && /^['"“‘(]?[\p{Lu}\p{N}]/u.test(next);

/** What a line of Markdown begins with is no part of the sentence. */
const leading = /^[\s>#=*•|+-]+/u;

function push(found: Sentence[], content: string, from: number, to: number): void {
  let start = from;
  while (start < to) {
    const end = to - start > longest ? cutBefore(content, start, start + longest) : to;
    const raw = content.slice(start, end);
    const skipped = leading.exec(raw)?.[0].length ?? 0;
    const text = raw.slice(skipped).trimEnd();
    if (/[\p{L}\p{N}]/u.test(text)) found.push({ start: start + skipped, end: start + skipped + text.length, text });
    start = end;
  }
}

function cutBefore(content: string, start: number, limit: number): number {
  const piece = content.slice(start, limit);
  for (const mark of ['\n', '; ', ', ', ' ']) {
    const at = piece.lastIndexOf(mark);
    if (at > longest / 3) return start + at + mark.length;
  }
  // Never between the halves of a surrogate pair.
  return /[\uD800-\uDBFF]$/.test(piece) ? limit - 1 : limit;
}
