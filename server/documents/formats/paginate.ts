// Cuts a text without pages of its own into pages of about 3,000 characters, where a reader would.
import type { HeadingMark, PageText } from './blocks.ts';

const shortest = 2_000;
const wanted = 3_000;
const longest = 4_000;

/** Nothing is lost but white space at the cuts. */
export function paginate(text: string, headings: readonly HeadingMark[]): PageText[] {
  const pages: PageText[] = [];
  let start = skipBlank(text, 0);
  let nextHeading = 0;
  while (start < text.length) {
    const end = text.length - start <= longest ? text.length : cutAt(text, start, headings);
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
  return text.slice(at).trim() === '' ? text.length : at;
}

function cutAt(text: string, start: number, headings: readonly HeadingMark[]): number {
  const from = start + shortest;
  const until = start + longest;
  const heading = headings.findLast(({ at }) => at >= from && at <= start + wanted) ?? headings.find(({ at }) => at >= from && at <= until);
  if (heading !== undefined) return heading.at;
  const aim = start + wanted;
  for (const separator of ['\n\n', '\n', '. ', ' ']) {
    const before = text.lastIndexOf(separator, aim);
    const after = text.indexOf(separator, aim);
    const back = before >= from ? before + separator.length : -1;
    const forth = after !== -1 && after + separator.length <= until ? after + separator.length : -1;
    if (back === -1 && forth === -1) continue;
    return forth === -1 || (back !== -1 && aim - back <= forth - aim) ? back : forth;
  }
  // Nothing to cut at: never between the halves of a surrogate pair.
  const code = text.charCodeAt(aim);
  return code >= 0xdc00 && code <= 0xdfff ? aim - 1 : aim;
}
