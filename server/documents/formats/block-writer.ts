// Collects running text into blocks: white space folded, rows of tables as `a | b`, items of lists with a dash.
import { type Block, cleanText, oneLine } from './blocks.ts';

/** Stands for a line break while other white space is folded; cleanText keeps it out of what comes in. */
const breakMark = '\u0001';

export interface BlockWriter {
  text(piece: string): void;
  lineBreak(): void;
  endParagraph(): void;
  endHeading(level: number): void;
  beginItem(): void;
  endItem(): void;
  beginRow(): void;
  endRow(): void;
  beginCell(): void;
  endCell(): void;
  /** The row under way turns out to be layout: its cells become paragraphs. */
  dissolveRow(): void;
  beginCode(): void;
  endCode(): void;
}

export function startBlocks(put: (block: Block) => void): BlockWriter {
  let pending = '';
  let cells: string[] | null = null;
  let items = 0;
  let codes = 0;

  function take(): string {
    const value = pending
      .split(breakMark)
      .map(oneLine)
      .filter((line) => line !== '')
      .join('\n');
    pending = '';
    return value;
  }
  function endParagraph(): void {
    if (codes > 0) return;
    const value = take();
    if (value === '') return;
    if (cells === null) put(items > 0 ? { kind: 'item', text: `- ${value}` } : { kind: 'paragraph', text: value });
    else cells.push([cells.pop() ?? '', oneLine(value)].filter((part) => part !== '').join(' '));
  }
  function dissolveRow(): void {
    endParagraph();
    for (const value of cells ?? []) if (value !== '') put({ kind: 'paragraph', text: value });
    cells = null;
  }

  return {
    text: (piece) => {
      pending += cleanText(piece);
    },
    lineBreak: () => {
      pending += codes > 0 ? '\n' : breakMark;
    },
    endParagraph,
    endHeading: (level) => {
      const value = oneLine(take().replaceAll('\n', ' '));
      if (value !== '') put({ kind: 'heading', level, text: value });
    },
    beginItem: () => {
      endParagraph();
      items += 1;
    },
    endItem: () => {
      endParagraph();
      items = Math.max(0, items - 1);
    },
    beginRow: () => {
      dissolveRow();
      cells = [];
    },
    endRow: () => {
      endParagraph();
      if (cells?.some((value) => value !== '') === true) put({ kind: 'row', text: cells.join(' | ') });
      cells = null;
    },
    beginCell: () => {
      endParagraph();
      cells?.push('');
    },
    endCell: endParagraph,
    dissolveRow,
    beginCode: () => {
      endParagraph();
      codes += 1;
    },
    endCode: () => {
      codes = Math.max(0, codes - 1);
      if (codes > 0) return;
      const value = pending
        .replaceAll(breakMark, '\n')
        .replace(/[^\S\n]+$/gm, '')
        .replace(/^\n+|\s+$/g, '');
      pending = '';
      if (value !== '') put({ kind: 'code', text: value });
    },
  };
}
