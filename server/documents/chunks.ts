// Cuts pages into passages: about 800 characters, 200 of overlap, at the best border there is (measured best of the
// simple ways). Offsets are code points, as PostgreSQL counts: substring(page from start + 1 for end - start) = content.
import type { HeadingMark, PageText } from './formats/blocks.ts';

export const chunkSize = 800;
export const chunkOverlap = 200;

export interface Chunk {
  readonly page_index: number;
  readonly page_number: number | null;
  readonly heading: string | null;
  readonly start_offset: number;
  readonly end_offset: number;
  readonly content: string;
}

/** Where a border may be, best first: paragraph, line, sentence, clause, word. */
const borders = [
  /\n\n+/g,
  /\n/g,
  /(?<=[.!?…])["'”’)\]]*\s+|(?<=[。！？])/g,
  /(?<=[;:,])\s+|(?<=[，、；：])/g,
  /\s+/g,
] as const;

interface Span {
  readonly start: number;
  readonly end: number;
}

/** Spans of at most `size` that follow each other without gaps; each ends behind its border. */
function splitRecursively(text: string, span: Span, level: number, size: number): Span[] {
  if (span.end - span.start <= size) return [span];
  const border = borders[level];
  if (border === undefined) return splitHard(text, span, size);
  const parts: Span[] = [];
  let start = span.start;
  for (const match of text.slice(span.start, span.end).matchAll(border)) {
    const end = span.start + match.index + match[0].length;
    if (end > start && end < span.end) {
      parts.push({ start, end });
      start = end;
    }
  }
  parts.push({ start, end: span.end });
  return parts.flatMap((part) => splitRecursively(text, part, level + 1, size));
}

/** A run without any border, such as encoded data: cut anywhere but inside a surrogate pair. */
function splitHard(text: string, { start, end }: Span, size: number): Span[] {
  const parts: Span[] = [];
  let from = start;
  while (from < end) {
    let to = Math.min(from + size, end);
    const code = text.charCodeAt(to);
    if (to < end && code >= 0xdc00 && code <= 0xdfff) to -= 1;
    parts.push({ start: from, end: to });
    from = to;
  }
  return parts;
}

/** Packs neighbouring parts up to `size`; each passage repeats the last parts of the one before, up to `overlap`. */
function pack(parts: readonly Span[], size: number, overlap: number): Span[] {
  const packed: Span[] = [];
  let first = 0;
  let last = 0;
  while (first < parts.length) {
    const start = parts[first]?.start ?? 0;
    while (last + 1 < parts.length && (parts[last + 1]?.end ?? 0) - start <= size) last += 1;
    packed.push({ start, end: parts[last]?.end ?? start });
    if (last + 1 >= parts.length) break;
    const nextEnd = parts[last + 1]?.end ?? 0;
    const from = parts[last]?.end ?? 0;
    let next = last + 1;
    while (
      next - 1 > first &&
      from - (parts[next - 1]?.start ?? 0) <= overlap &&
      nextEnd - (parts[next - 1]?.start ?? 0) <= size
    )
      next -= 1;
    first = next;
    last = Math.max(last + 1, next);
  }
  return packed;
}

/** Without the white space at both ends. */
function trim(text: string, { start, end }: Span): Span {
  const piece = text.slice(start, end);
  return { start: start + piece.length - piece.trimStart().length, end: end - piece.length + piece.trimEnd().length };
}

/** Cuts one text; offsets in UTF-16 units. */
export function splitText(text: string, size = chunkSize, overlap = chunkOverlap): Span[] {
  if (text.trim() === '') return [];
  const parts = splitRecursively(text, { start: 0, end: text.length }, 0, size);
  return pack(parts, size, overlap)
    .map((span) => trim(text, span))
    .filter(({ start, end }) => end > start);
}

/** Counts code points up to rising positions without starting over. */
function pointCounter(text: string): (at: number) => number {
  let units = 0;
  let points = 0;
  return (at) => {
    if (at < units) units = points = 0;
    for (; units < at; points += 1) units += (text.codePointAt(units) ?? 0) > 0xffff ? 2 : 1;
    return points;
  };
}

/** Cuts the pages of one document as they come; headings reach over page borders. */
export function createChunker(): (page: PageText, pageIndex: number) => Chunk[] {
  let path: HeadingMark[] = [];
  return (page, pageIndex) => {
    const startPoints = pointCounter(page.text);
    const endPoints = pointCounter(page.text);
    let nextMark = 0;
    const enter = (until: number): void => {
      for (
        let mark = page.headings[nextMark];
        mark !== undefined && mark.at <= until;
        mark = page.headings[++nextMark]
      ) {
        const { level } = mark;
        path = [...path.filter((above) => above.level < level), mark];
      }
    };
    const chunks = splitText(page.text).map(({ start, end }) => {
      enter(start);
      return {
        page_index: pageIndex,
        page_number: page.number,
        heading:
          path.length === 0
            ? null
            : path
                .map(({ text }) => text)
                .join(' › ')
                .slice(0, 500)
                .toWellFormed(),
        start_offset: startPoints(start),
        end_offset: endPoints(end),
        content: page.text.slice(start, end),
      };
    });
    enter(page.text.length);
    return chunks;
  };
}
