// Applies one migration: statement by statement in one transaction, so that what fails can be pointed at and leaves nothing.
import { type AdminSession, DatabaseError } from '../core/database.ts';
import { explainError } from './migrations-errors.ts';
import { type ParsedStatement, parseStatements, pointAt } from './migrations-parse.ts';
import { fileOf, type Migration, MigrationError } from './migrations-read.ts';
import { ToolError } from './session.ts';

/** Whether a file asked to be run without a transaction, as CREATE INDEX CONCURRENTLY needs. */
export const wantsNoTransaction = (text: string): boolean =>
  /^-- no transaction\s*$/.test(text.split('\n', 1)[0] ?? '');

const controls = new Set(['BEGIN', 'START', 'COMMIT', 'ROLLBACK', 'PREPARE'].map((kind) => `TRANS_STMT_${kind}`));

/** The statements of a file. Throws ToolError when it does not parse, or begins or ends a transaction itself. */
export async function readStatements(migration: Migration): Promise<readonly ParsedStatement[]> {
  const file = fileOf(migration);
  const statements = await parseStatements(file, migration.text);
  const own = statements.find(({ node }) => 'TransactionStmt' in node && controls.has(node.TransactionStmt.kind ?? ''));
  if (own !== undefined)
    throw new ToolError(
      pointAt(
        file,
        migration.text,
        own.start,
        'a migration runs in one transaction, which it does not begin or end itself. Take the line out, or make "-- no transaction" the first line of the file.',
      ),
    );
  return statements;
}

/** Where in the file an error is, in characters: the engine counts code points of the statement, from 1. */
function placeOf(statement: ParsedStatement, error: unknown): number {
  const position = error instanceof DatabaseError ? error.position : undefined;
  if (position === undefined) return statement.start;
  return statement.start + [...statement.text].slice(0, Number(position) - 1).join('').length;
}

/**
 * Runs one file and what `record` says to remember it by. Throws ToolError before anything is run when the file is
 * refused, MigrationError when a statement fails: then nothing of the file is in effect, unless it is one without a
 * transaction, of which the error says how far it came. `guard` is asked first in the transaction.
 */
export async function applyMigration(
  session: AdminSession,
  migration: Migration,
  record: (statements: readonly ParsedStatement[]) => readonly string[],
  guard: () => Promise<void> = async () => {},
): Promise<void> {
  const statements = await readStatements(migration);
  const alone = wantsNoTransaction(migration.text);
  let current: ParsedStatement | undefined;
  try {
    if (!alone) await session.exec('begin');
    await guard();
    for (const statement of statements) {
      current = statement;
      await session.exec(statement.text);
    }
    current = undefined;
    await session.exec('reset role');
    if (alone) await session.exec('begin');
    for (const text of record(statements)) await session.exec(text);
    await session.exec('commit');
  } catch (error) {
    await session.exec('rollback').catch(() => {});
    if (error instanceof ToolError) throw error;
    const file = fileOf(migration);
    const problem = explainError(error);
    const where =
      current === undefined ? `${file}: ${problem}` : pointAt(file, migration.text, placeOf(current, error), problem);
    throw new MigrationError(`${where}\n${whatRemains(file, alone, statements, current)}`, { cause: error });
  }
}

function whatRemains(
  file: string,
  alone: boolean,
  statements: readonly ParsedStatement[],
  failed: ParsedStatement | undefined,
): string {
  if (!alone) return `${file} failed and was rolled back: nothing of it is in effect.`;
  const done = failed === undefined ? statements.length : statements.indexOf(failed);
  return done === 0
    ? `${file} failed in its first statement. It runs without a transaction: look whether something of that statement remains, such as an invalid index.`
    : `${file} failed. It runs without a transaction: the first ${done} of its ${statements.length} statements are in effect. Take them out of the file or undo them, then migrate again.`;
}
