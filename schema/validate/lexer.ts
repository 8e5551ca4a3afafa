// Cuts SQL text into statements and comments without parsing it: for comments, which a parser drops, and for files that
// hold something a parser refuses. Positions count characters from 0.

export interface Comment {
  readonly start: number;
  readonly end: number;
  /** Without the dashes or stars. */
  readonly text: string;
}

export interface Piece {
  /** The first character that is neither blank nor comment. */
  readonly start: number;
  /** After the last character; the semicolon is not part of it. */
  readonly end: number;
}

export interface Cut {
  /** The text with psql's own commands and COPY data blanked out, so that every position stays. */
  readonly text: string;
  readonly pieces: readonly Piece[];
  readonly comments: readonly Comment[];
  /** psql commands and COPY data that were blanked out. */
  readonly blanked: readonly Piece[];
}

const dollarTag = /\$(?:[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)?\$/y;
const copyData = /^copy\s[^;]*\sfrom\s+stdin\b/i;
const atomicBody = /\bbegin\s+atomic\b/i;

/** Where the quoted text that starts at `start` ends. An unclosed one ends with the text. */
function skipQuoted(text: string, start: number, escapes: boolean): number {
  const quote = text[start];
  for (let at = start + 1; at < text.length; at++) {
    if (escapes && text[at] === '\\') at++;
    else if (text[at] === quote) {
      if (text[at + 1] !== quote) return at + 1;
      at++;
    }
  }
  return text.length;
}

function skipBlock(text: string, start: number): number {
  let depth = 0;
  for (let at = start; at < text.length; at++) {
    if (text.startsWith('/*', at)) {
      depth++;
      at++;
    } else if (text.startsWith('*/', at)) {
      at++;
      if (--depth === 0) return at + 1;
    }
  }
  return text.length;
}

const lineEnd = (text: string, at: number): number => {
  const found = text.indexOf('\n', at);
  return found === -1 ? text.length : found;
};

export function cut(text: string): Cut {
  const pieces: Piece[] = [];
  const comments: Comment[] = [];
  const blanked: Piece[] = [];
  let start = -1;
  let last = 0;
  let at = 0;
  const blank = (end: number): void => {
    blanked.push({ start: at, end });
    at = end;
  };
  while (at < text.length) {
    const char = text[at] ?? '';
    if (char === '-' && text[at + 1] === '-') {
      const end = lineEnd(text, at);
      comments.push({ start: at, end, text: text.slice(at + 2, end).trim() });
      at = end;
      continue;
    }
    if (char === '/' && text[at + 1] === '*') {
      const end = skipBlock(text, at);
      comments.push({ start: at, end, text: text.slice(at + 2, end - 2).trim() });
      at = end;
      continue;
    }
    if (char === '\\' && start === -1) {
      blank(lineEnd(text, at));
      continue;
    }
    if (char === ';') {
      const statement = start === -1 ? '' : text.slice(start, at);
      const open = atomicBody.test(statement) && !/\bend\s*$/i.test(statement);
      if (!open) {
        if (start !== -1) pieces.push({ start, end: at });
        start = -1;
      }
      at++;
      if (copyData.test(statement)) {
        at = lineEnd(text, at) + 1;
        const end = /^\\\.\s*$/m.exec(text.slice(at));
        blank(end === null ? text.length : at + end.index + end[0].length);
      }
      continue;
    }
    if (/\s/.test(char)) {
      at++;
      continue;
    }
    if (start === -1) start = at;
    if (char === "'") {
      const escapes = /[eE]/.test(text[at - 1] ?? '') && !/\w/.test(text[at - 2] ?? '');
      at = skipQuoted(text, at, escapes);
    } else if (char === '"') at = skipQuoted(text, at, false);
    else if (char === '$' && !/[\w$\u0080-\uffff]/.test(text[at - 1] ?? '')) {
      dollarTag.lastIndex = at;
      const tag = dollarTag.exec(text)?.[0];
      const end = tag === undefined ? -1 : text.indexOf(tag, at + tag.length);
      if (tag === undefined) at++;
      else at = end === -1 ? text.length : end + tag.length;
    } else at++;
    last = at;
  }
  if (start !== -1) pieces.push({ start, end: last });
  return { text: blankOut(text, blanked), pieces, comments, blanked };
}

function blankOut(text: string, blanked: readonly Piece[]): string {
  let result = text;
  for (const { start, end } of blanked) {
    result = result.slice(0, start) + result.slice(start, end).replace(/[^\n]/g, ' ') + result.slice(end);
  }
  return result;
}
