// PDF page by page with unpdf: lines put together from placed pieces of text, headings told by their size.
import { getDocumentProxy } from 'unpdf';
import { cleanText, type HeadingMark, oneLine, type PageText, Unreadable } from './blocks.ts';

export interface PdfDocument {
  readonly pageCount: number;
  page(number: number): Promise<PageText>;
}

interface Line {
  readonly text: string;
  readonly size: number;
  readonly y: number;
}

/** Throws document_encrypted and document_damaged. */
export async function openPdf(bytes: Uint8Array): Promise<PdfDocument> {
  // A reader would mend a file that was cut off and show its beginning as the whole.
  const end = Buffer.from(bytes.subarray(-8192)).toString('latin1');
  if (!end.includes('%%EOF')) throw new Unreadable('document_damaged');
  const pdf = await getDocumentProxy(bytes, { verbosity: 0 }).catch((cause: unknown) => {
    const name = cause instanceof Error ? cause.name : '';
    throw new Unreadable(name === 'PasswordException' ? 'document_encrypted' : 'document_damaged', cause);
  });
  let bodySize: number | null = null;
  return {
    pageCount: pdf.numPages,
    page: async (number) => {
      try {
        const page = await pdf.getPage(number);
        const content = await page.getTextContent();
        page.cleanup();
        const lines = toLines(content.items);
        bodySize ??= commonSize(lines);
        return { number, ...toText(lines, bodySize) };
      } catch (cause) {
        throw new Unreadable('document_damaged', cause);
      }
    },
  };
}

interface Piece {
  readonly str: string;
  readonly hasEOL: boolean;
  readonly width: number;
  readonly height: number;
  readonly transform: readonly number[];
}
const isPiece = (item: object): item is Piece => 'str' in item && 'transform' in item;

/** Pieces on one base line belong together; a gap of more than a third of a letter's height is a space, a wide one a tab. */
function toLines(items: readonly object[]): Line[] {
  const lines: Line[] = [];
  let text = '';
  let size = 0;
  let y = 0;
  let right = 0;
  const end = (): void => {
    const value = cleanText(text).replace(/[^\S\n]+$/, '');
    if (value.trim() !== '') lines.push({ text: value.trim(), size, y });
    text = '';
    size = 0;
  };
  for (const item of items) {
    if (!isPiece(item)) continue;
    const [, , skew = 0, scale = 0, x = 0, base = 0] = item.transform;
    const height = item.height || Math.hypot(skew, scale);
    if (text !== '' && item.str.trim() !== '' && Math.abs(base - y) > Math.max(height, size) * 0.6) end();
    if (text === '') y = base;
    else if (item.str !== '' && !/\s$/.test(text) && !/^\s/.test(item.str)) {
      const gap = x - right;
      if (gap > height * 2 || gap < -height * 4) text += '  ';
      else if (gap > height * 0.2) text += ' ';
    }
    text += item.str;
    if (item.str.trim() !== '') {
      size = Math.max(size, height);
      right = x + item.width;
    }
    if (item.hasEOL) end();
  }
  end();
  return lines;
}

/** The size that most letters have. */
function commonSize(lines: readonly Line[]): number | null {
  const letters = new Map<number, number>();
  for (const { text, size } of lines) {
    const rounded = Math.round(size * 2) / 2;
    letters.set(rounded, (letters.get(rounded) ?? 0) + text.length);
  }
  const [most] = [...letters].sort((a, b) => b[1] - a[1]);
  return most?.[0] ?? null;
}

function toText(lines: readonly Line[], bodySize: number | null): { text: string; headings: HeadingMark[] } {
  const headings: HeadingMark[] = [];
  let text = '';
  let run: Line[] = [];
  let runAt = 0;
  const endRun = (): void => {
    const heading = oneLine(run.map((line) => line.text).join(' '));
    const ratio = (run[0]?.size ?? 0) / (bodySize ?? Number.POSITIVE_INFINITY);
    // Large letters over many lines are a table or a poster, not a heading.
    if (ratio > 1.15 && run.length <= 2 && heading.length <= 120 && /^[\p{L}\p{N}].*\p{L}{2}/u.test(heading))
      headings.push({ at: runAt, level: ratio > 1.7 ? 1 : ratio > 1.35 ? 2 : 3, text: heading });
  };
  for (const line of lines) {
    const before = run.at(-1);
    if (before === undefined) run = [line];
    else if (isBreak(before, line)) {
      endRun();
      text += '\n\n';
      run = [line];
      runAt = text.length;
    } else {
      run.push(line);
      if (/\p{Ll}-$/u.test(text) && /^\p{Ll}/u.test(line.text)) text = text.slice(0, -1);
      else text += '\n';
    }
    text += line.text;
  }
  endRun();
  return { text, headings };
}

const isBreak = (before: Line, line: Line): boolean =>
  Math.abs(before.y - line.y) > Math.max(before.size, line.size) * 1.8 || Math.abs(before.size - line.size) > 1;
