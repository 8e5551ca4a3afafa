// Cuts a text without pages of its own into pages of about 3,000 characters, where a reader would.
import type { HeadingMark, PageText } from './blocks.ts';

const shortest = 2_000;
const wanted = 3_000;
const longest = 4_000;

/** Nothing is lost but white space at the cuts. */
export function paginate(untrimmed: string, headings: readonly HeadingMark[]): PageText[] {
  const text = untrimmed.trimEnd();
  const pages: PageText[] = [];
  let start = skipBlank(text, 0);
  let nextHeading = 0;
  while (start < text.length) {
    const end = text.length - start <= longest ? text.length : cutAt(text, start, headings, nextHeading);
    const page = text.slice(start, end).trimEnd();
    const marks: HeadingMark[] = [];
    for (let mark = headings[nextHeading]; mark !== undefined && mark.at < end; mark = headings[++nextHeading]) {
      if (mark.at >= start) marks.push({ ...mark, at: mark.at - start });
    }
    if (page !== '') pages.push({ number: null, text: page, headings: marks });
    start = skipBlank(text, end);
  }
  return pages;
}

/** White space at the start of a page goes, but not the indentation of its first line. */
function skipBlank(text: string, from: number): number {
  const blank = /(?:[^\S\n]*\n)*/y;
  blank.lastIndex = from;
  blank.exec(text);
  const at = Math.max(from, blank.lastIndex);
  return at;
}

function cutAt(text: string, start: number, headings: readonly HeadingMark[], nextHeading: number): number {
  const from = start + shortest;
  const until = start + longest;
  let heading: number | null = null;
  for (
    let index = nextHeading, mark = headings[index];
    mark !== undefined && mark.at <= until;
    mark = headings[++index]
  ) {
    if (mark.at < from) continue;
    if (mark.at > start + wanted && heading !== null) break;
    heading = mark.at;
    if (mark.at > start + wanted) break;
  }
  if (heading !== null) return heading;
  // Looked for in a window: from here to the end of a long text would be looked through for each page.
  const window = text.slice(from, until);
  const aim = wanted - shortest;
  for (const separator of ['\n\n', '\n', '. ', ' ']) {
    const before = window.lastIndexOf(separator, aim);
    const after = window.indexOf(separator, aim);
    if (before === -1 && after === -1) continue;
    const isNearer = after === -1 || (before !== -1 && aim - before <= after - aim);
    return from + (isNearer ? before : after) + separator.length;
  }
  // Nothing to cut at: never between the halves of a surrogate pair.
  const code = text.charCodeAt(start + wanted);
  return code >= 0xdc00 && code <= 0xdfff ? start + wanted - 1 : start + wanted;
}
