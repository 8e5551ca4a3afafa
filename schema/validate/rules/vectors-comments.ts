// Where somebody says that exact search is meant: in a comment on the column or table, or beside it in the file. Not a rule.
import type { Column, Table } from '../../catalog/model.ts';
import type { Evidence } from '../rule.ts';
import type { Source, Statement } from '../source.ts';

const meant = /\bexact(ly)?\b/i;
/** A comment belongs to a column when it ends on its line, or on one of the few lines above. */
const above = 3;

export function meantExactly({ sources }: Evidence, table: Table, column: Column): boolean {
  if ([column.comment, table.comment].some((comment) => meant.test(comment ?? ''))) return true;
  const name = `${table.schema}.${table.name}.${column.name}`;
  return sources.some((source) =>
    source.statements.some((statement) =>
      statement.touches.some(
        ({ object, does, line }) => object === name && does !== 'drop' && saidNear(source, statement, line),
      ),
    ),
  );
}

function saidNear({ comments }: Source, statement: Statement, line: number): boolean {
  let top = statement.line;
  for (const comment of comments.toReversed()) if (comment.line === top - 1) top = comment.line;
  return comments.some(
    (comment) =>
      meant.test(comment.text) &&
      ((comment.line <= line && comment.line >= line - above) ||
        (comment.line >= top && comment.line < statement.line)),
  );
}
