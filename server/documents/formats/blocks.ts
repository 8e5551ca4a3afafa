// What every format is read into: blocks in reading order, then pages of text with the places of their headings.

export interface Block {
  readonly kind: 'heading' | 'paragraph' | 'item' | 'row' | 'code';
  /** 1 to 6 for headings. */
  readonly level?: number;
  readonly text: string;
}

export interface HeadingMark {
  /** Where it starts in the page's text, in UTF-16 units. */
  readonly at: number;
  readonly level: number;
  readonly text: string;
}

export interface PageText {
  /** Null for formats that have no pages of their own. */
  readonly number: number | null;
  readonly text: string;
  readonly headings: readonly HeadingMark[];
}

/** Thrown by a format for a document that it cannot read; the code is one of the error table's `document_…`. */
export class Unreadable extends Error {
  override readonly name = 'Unreadable';
  readonly code: UnreadableCode;
  constructor(code: UnreadableCode, cause?: unknown) {
    super(code, cause === undefined ? undefined : { cause });
    this.code = code;
  }
}
export const unreadableCodes = [
  'document_empty',
  'document_type_unsupported',
  'document_is_scan',
  'document_encrypted',
  'document_damaged',
  'document_too_complex',
  'document_too_long',
  'document_unreadable',
] as const;
export type UnreadableCode = (typeof unreadableCodes)[number];

/** What PostgreSQL refuses (NUL, lone surrogates) or nobody sees (controls, soft hyphens, byte order marks) goes; line ends become \n. */
export function cleanText(text: string): string {
  return (
    text
      .replace(/\r\n?|\u2028|\u2029|\u0085/g, '\n')
      // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is removed
      .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u00ad\u200b\u2060\ufeff\ufffe\uffff]/g, '')
      .toWellFormed()
      .normalize('NFC')
  );
}

/** Runs of white space become one space. */
export const oneLine = (text: string): string => text.replace(/\s+/g, ' ').trim();

const tight = new Set(['item', 'row']);

/** The blocks as one text: a blank line between them, none between items of a list and rows of a table. */
export function joinBlocks(blocks: readonly Block[]): { text: string; headings: HeadingMark[] } {
  const headings: HeadingMark[] = [];
  let text = '';
  let before: Block | undefined;
  for (const block of blocks) {
    if (before !== undefined) text += before.kind === block.kind && tight.has(block.kind) ? '\n' : '\n\n';
    if (block.kind === 'heading')
      headings.push({ at: text.length, level: block.level ?? 1, text: oneLine(block.text).slice(0, 200) });
    text += block.text;
    before = block;
  }
  return { text, headings };
}
