// Plain text and Markdown: kept as written, in pages; Markdown's headings are marked.
import { cleanText, type HeadingMark, oneLine, type PageText, Unreadable } from './blocks.ts';
import { paginate } from './paginate.ts';

/**
 * UTF-8 or UTF-16 by its mark, else UTF-8, else Windows-1252. Throws document_type_unsupported for what is no text:
 * NUL bytes, or more than one control character in a thousand.
 */
export function decodeText(bytes: Uint8Array, declared?: string): string {
  const [a, b] = bytes;
  if (a === 0xff && b === 0xfe) return new TextDecoder('utf-16le').decode(bytes);
  if (a === 0xfe && b === 0xff) return new TextDecoder('utf-16be').decode(bytes);
  if (bytes.includes(0)) throw new Unreadable('document_type_unsupported');
  const text =
    decodeWith('utf-8', bytes) ??
    (declared === undefined ? null : decodeWith(declared, bytes)) ??
    decodeWith('windows-1252', bytes);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is counted
  const controls = text?.match(/[\u0001-\u0008\u000e-\u001a\u001c-\u001f\u007f-\u009f]/g)?.length ?? 0;
  if (text === null || controls > 8 + text.length / 1000) throw new Unreadable('document_type_unsupported');
  return text;
}

function decodeWith(label: string, bytes: Uint8Array): string | null {
  try {
    return new TextDecoder(label, { fatal: true }).decode(bytes);
  } catch {
    return null;
  }
}

/** White space at line ends goes, and blank lines beyond two. */
const tidy = (text: string): string =>
  cleanText(text)
    .replace(/[^\S\n]+$/gm, '')
    .replace(/\n{3,}/g, '\n\n')
    .trimEnd();

export function readPlainText(bytes: Uint8Array): PageText[] {
  return paginate(tidy(decodeText(bytes)), []);
}

export function readMarkdown(bytes: Uint8Array): PageText[] {
  const text = tidy(decodeText(bytes));
  return paginate(text, markdownHeadings(text));
}

/** `# like this` and lines underlined with = or -, outside of fenced code and of a YAML head. */
export function markdownHeadings(text: string): HeadingMark[] {
  const marks: HeadingMark[] = [];
  let fence: string | null = null;
  let at = 0;
  let before: { at: number; line: string } | null = null;
  let inHead = text.startsWith('---\n');
  for (const line of text.split('\n')) {
    const start = at;
    at += line.length + 1;
    if (inHead) {
      if (start > 0 && /^(---|\.\.\.)$/.test(line)) inHead = false;
      continue;
    }
    const fenced = /^ {0,3}(`{3,}|~{3,})/.exec(line)?.[1];
    if (fence !== null) {
      if (fenced?.startsWith(fence) === true) fence = null;
      continue;
    }
    if (fenced !== undefined) {
      fence = fenced;
      before = null;
      continue;
    }
    const [, hashes, title] = /^ {0,3}(#{1,6})[ \t]+(.*?)(?:[ \t]+#+)?$/.exec(line) ?? [];
    const underline = /^ {0,3}(=+|-{2,})$/.exec(line)?.[1];
    if (hashes !== undefined && title !== undefined && title.trim() !== '') {
      marks.push({ at: start, level: hashes.length, text: plainTitle(title) });
      before = null;
    } else if (underline !== undefined && before !== null) {
      marks.push({ at: before.at, level: underline.startsWith('=') ? 1 : 2, text: plainTitle(before.line) });
      before = null;
    } else {
      // Only a paragraph of one line can be underlined here; longer ones are rare and look like rules in tables.
      before = line.trim() === '' || /^\s*([-*+>|]|\d+[.)])/.test(line) || before !== null ? null : { at: start, line };
    }
  }
  return marks;
}

const plainTitle = (title: string): string =>
  oneLine(title.replace(/!?\[([^\]]*)\]\([^)]*\)/g, '$1').replace(/[*_`]+/g, '')).slice(0, 200);
