// SQL files as single statements with their places, by PostgreSQL's own grammar; what does not parse is shown as it stands.
import { hasSqlDetails, loadModule, type Node, parseSync } from 'libpg-query';
import { ToolError } from './session.ts';

export interface ParsedStatement {
  /** From its first word to its last, without comments before it and without the semicolon. */
  readonly text: string;
  /** Characters from the beginning of the file. */
  readonly start: number;
  readonly end: number;
  /** From 1. */
  readonly line: number;
  readonly node: Node;
}

/** The line that a place is in, from 1, and the column in it, from 1. */
export function placeIn(text: string, offset: number): { readonly line: number; readonly column: number } {
  const before = text.slice(0, offset).split('\n');
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
}

/** `file:line:column: what is wrong`, then the line itself with a caret below the place. */
export function pointAt(path: string, text: string, offset: number, problem: string): string {
  const { line, column } = placeIn(text, offset);
  const shown = (text.split('\n')[line - 1] ?? '').replaceAll('\t', ' ');
  const from = Math.max(0, column - 100);
  return `${path}:${line}:${column}: ${problem}\n  ${shown.slice(from, from + 160)}\n  ${' '.repeat(column - 1 - from)}^`;
}

/** Throws ToolError that points at the place when the text is not SQL. */
export async function parseStatements(path: string, text: string): Promise<readonly ParsedStatement[]> {
  await loadModule();
  if (text.trim() === '') return [];
  const bytes = Buffer.from(text);
  let known = { bytes: 0, characters: 0 };
  const charactersTo = (offset: number): number => {
    const more = bytes.subarray(known.bytes, offset).toString().length;
    known = { bytes: offset, characters: known.characters + more };
    return known.characters;
  };
  try {
    return (parseSync(text).stmts ?? []).flatMap(({ stmt, stmt_location: from = 0, stmt_len: length = 0 }) => {
      if (stmt === undefined) return [];
      const end = length === 0 ? bytes.length : from + length;
      const found = bytes.subarray(from, end).toString();
      const start = charactersTo(from) + (found.length - found.trimStart().length);
      const parsed = found.trim();
      return [{ text: parsed, start, end: start + parsed.length, line: placeIn(text, start).line, node: stmt }];
    });
  } catch (error) {
    if (!hasSqlDetails(error)) throw error;
    const { message, cursorPosition = 0 } = error.sqlDetails ?? { message: error.message };
    throw new ToolError(pointAt(path, text, cursorPosition, message), { cause: error });
  }
}
