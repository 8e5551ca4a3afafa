// A plan as the text of a migration: neighbouring clauses of one table joined, a blank line where the subject changes,
// and before each step that loses something, what is lost.

import { defaultMark } from './columns.ts';
import type { Statement } from './piece.ts';
import type { Block } from './plan.ts';

const clauseOf = (clause: string): string => clause.replace(defaultMark, '');
const textOf = (statement: Statement): string =>
  'text' in statement ? statement.text : `alter table ${statement.table} ${clauseOf(statement.clause)}`;

/** `add` clauses of one table, side by side, are one statement. */
function joinClauses(statements: readonly Statement[]): readonly string[] {
  const groups: { table: string | null; parts: string[] }[] = [];
  for (const statement of statements) {
    const joins = 'clause' in statement && statement.joins;
    const last = groups.at(-1);
    if (!joins) groups.push({ table: null, parts: [textOf(statement)] });
    else if (last !== undefined && last.table === statement.table) last.parts.push(clauseOf(statement.clause));
    else groups.push({ table: statement.table, parts: [clauseOf(statement.clause)] });
  }
  return groups.map(({ table, parts }) => {
    if (table === null) return parts[0] ?? '';
    return `alter table ${table}${parts.length === 1 ? ' ' : '\n  '}${parts.join(',\n  ')}`;
  });
}

interface Paragraph {
  readonly group: string;
  readonly comments: readonly string[];
  readonly statements: Statement[];
}

/** Statements in the order of the plan. */
export function printPlan(blocks: readonly Block[]): string {
  const paragraphs: Paragraph[] = [];
  for (const { group, statements, loses, warns } of blocks) {
    const comments = [...warns.map((text) => `-- ${text}`), ...(loses === null ? [] : [`-- destructive: ${loses}`])];
    const last = paragraphs.at(-1);
    if (last !== undefined && last.group === group && comments.length === 0) last.statements.push(...statements);
    else if (comments.length > 0) paragraphs.push({ group: `${group} `, comments, statements: [...statements] });
    else paragraphs.push({ group, comments, statements: [...statements] });
  }
  return paragraphs
    .map(({ comments, statements }) => [...comments, ...joinClauses(statements).map((text) => `${text};`)].join('\n'))
    .join('\n\n');
}
