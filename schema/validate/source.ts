// A parsed file: its statements with their places, what each makes or alters, and its comments.
import { hasSqlDetails, type Node, parseSync } from 'libpg-query';
import { objectsOf, searchPathOf, type Touched } from './identity.ts';
import { type Comment, cut, type Piece } from './lexer.ts';
import { Places } from './places.ts';

export interface Place {
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** From 1, in characters. */
  readonly column: number;
}

export interface Statement extends Place {
  /** The node's tag: `CreateStmt`, `IndexStmt`, `CreatePolicyStmt`, `DoStmt`. */
  readonly kind: string;
  /** The tree, to be narrowed by `'CreateStmt' in node`. Its locations go through `source.placeOf`. */
  readonly node: Node;
  readonly text: string;
  /** Characters from 0 in the file's text. */
  readonly start: number;
  readonly end: number;
  /** The schema that unqualified names fall into here. */
  readonly schema: string;
  /** What it makes, alters or drops, by identity, with the places of columns and constraints. */
  readonly touches: readonly (Touched & Place)[];
}

export interface SyntaxProblem extends Place {
  readonly message: string;
  /** The piece of the file that does not parse. */
  readonly text: string;
}

export interface Source {
  readonly file: string;
  readonly text: string;
  readonly statements: readonly Statement[];
  readonly comments: readonly (Comment & Place)[];
  readonly problems: readonly SyntaxProblem[];
  /** psql commands and COPY data, which no server would read; they are left out. */
  readonly blanked: readonly Place[];
  /** The place of a node's `location` (bytes, as the parser counts) or of a statement's character. */
  placeOf(location: { readonly byte: number } | { readonly character: number }): Place;
  /** The line's text, without its end; lines count from 1. */
  line(number: number): string;
}

interface Parsed {
  readonly node: Node;
  readonly start: number;
  readonly end: number;
  /** What to add to a location of this tree, in characters and bytes. */
  readonly shift: number;
}

/** Parses one file. Never throws: what does not parse is among `problems`, the rest among `statements`. Needs loadParser(). */
export function readSource(file: string, text: string): Source {
  const { text: clean, pieces, comments, blanked } = cut(text);
  const places = new Places(file, clean);
  const problems: SyntaxProblem[] = [];
  const parsed = parseWhole(clean, pieces, places) ?? parsePieces(clean, pieces, places, problems);
  let schema = 'public';
  const statements = parsed.map(({ node, start, end, shift }): Statement => {
    schema = searchPathOf(node) ?? schema;
    const here = places.at(start);
    return {
      ...here,
      kind: Object.keys(node)[0] ?? '',
      node,
      text: clean.slice(start, end),
      start,
      end,
      schema,
      touches: objectsOf(node, schema).map((object) => ({
        ...object,
        ...(object.location === undefined ? here : places.at(places.character(object.location + shift))),
      })),
    };
  });
  return {
    file,
    text,
    statements,
    comments: comments.map((comment) => ({ ...comment, ...places.at(comment.start) })),
    problems,
    blanked: blanked.map(({ start }) => places.at(start)),
    placeOf: (location) => places.at('byte' in location ? places.character(location.byte) : location.character),
    line: (number) => places.line(number),
  };
}

/** One parse for the whole file: the parser's own cuts, moved past blanks and comments. Null when it does not parse. */
function parseWhole(text: string, pieces: readonly Piece[], places: Places): readonly Parsed[] | null {
  try {
    let next = 0;
    return (parseSync(text).stmts ?? []).flatMap(({ stmt, stmt_location = 0, stmt_len = 0 }) => {
      if (stmt === undefined) return [];
      const from = places.character(stmt_location);
      const until = stmt_len === 0 ? text.length : places.character(stmt_location + stmt_len);
      while ((pieces[next]?.start ?? Number.POSITIVE_INFINITY) < from) next++;
      const piece = pieces[next];
      const start = piece !== undefined && piece.start < until ? piece.start : from;
      return [{ node: stmt, start, end: Math.min(until, Math.max(piece?.end ?? until, start)), shift: 0 }];
    });
  } catch {
    return null;
  }
}

function parsePieces(
  text: string,
  pieces: readonly Piece[],
  places: Places,
  problems: SyntaxProblem[],
): readonly Parsed[] {
  return pieces.flatMap(({ start, end }) => {
    const piece = text.slice(start, end);
    try {
      const node = parseSync(piece).stmts?.[0]?.stmt;
      return node === undefined ? [] : [{ node, start, end, shift: places.byte(start) }];
    } catch (error) {
      const at = hasSqlDetails(error) ? (error.sqlDetails?.cursorPosition ?? 0) : 0;
      const message = error instanceof Error ? error.message : String(error);
      problems.push({ ...places.at(start + Math.max(0, at)), message, text: piece });
      return [];
    }
  });
}
