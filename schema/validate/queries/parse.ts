// Parses SQL with PostgreSQL's own grammar, each text once. A text that does not parse gives nothing: the runner says so.
import { loadModule, type Node, parsePlPgSQLSync, parseSync } from 'libpg-query';
import { as, walk } from './tree.ts';

await loadModule();

const parsed = new Map<string, readonly Node[] | null>();

/** The statements of a text; null when it does not parse. */
export function parseStatements(text: string): readonly Node[] | null {
  const known = parsed.get(text);
  if (known !== undefined) return known;
  let found: readonly Node[] | null;
  try {
    found = (parseSync(text).stmts ?? []).flatMap(({ stmt }) => (stmt === undefined ? [] : [stmt]));
  } catch {
    found = null;
  }
  parsed.set(text, found);
  return found;
}

/** One expression as PostgreSQL writes it in its catalog. */
export function parseExpression(text: string): Node | undefined {
  const select = as(parseStatements(`select ${text}`)?.[0], 'SelectStmt');
  return as(select?.targetList?.[0], 'ResTarget')?.val;
}

/** Embedded statements of a PL/pgSQL function, given as its whole `create function`; null when it does not parse. */
export function parsePlpgsql(createFunction: string): readonly Node[] | null {
  let tree: unknown;
  try {
    tree = parsePlPgSQLSync(createFunction);
  } catch {
    return null;
  }
  const found: Node[] = [];
  walk(tree, (node) => {
    if (!('query' in node) || typeof node.query !== 'string') return undefined;
    const mode = 'parseMode' in node ? Number(node.parseMode) : 0;
    const statements = parseStatements(asStatement(node.query, mode)) ?? [];
    found.push(...statements, ...dynamic(statements));
    return undefined;
  });
  return found;
}

/** Raw statement 0, type 1, expression 2, assignments 3 and up. */
function asStatement(query: string, mode: number): string {
  if (mode === 0) return query;
  if (mode <= 2) return `select ${query}`;
  return `select ${query.replace(/^[^=]*?:?=/, '')}`;
}

/** `execute format('select … %I …')`: what stands in the quotes, where that is a statement by itself. */
function dynamic(statements: readonly Node[]): readonly Node[] {
  const found: Node[] = [];
  walk(statements, (node) => {
    const text = as(node, 'A_Const')?.sval?.sval;
    if (text === undefined || !/^\s*(select|with|insert|update|delete)\b/i.test(text)) return undefined;
    const filled = text.replaceAll(/%(\d+\$)?[IsL]/g, (mark) => (mark.endsWith('L') ? "''" : 'filled_in'));
    found.push(...(parseStatements(filled) ?? []));
    return undefined;
  });
  return found;
}
