// What the engine reports while a schema is changed, as a sentence that says what to do.
import { DatabaseError } from '../core/database.ts';

const vectorless = /extension "vector"|vector\.control|type "(extensions\.)?(vector|halfvec)(\(\d+\))?" does not exist/;

/** One sentence, or several, without a stack. */
export function explainError(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  if (!(error instanceof DatabaseError)) return message;
  if (vectorless.test(message))
    return `${message}. The database has no pgvector: install it on the server, or leave these parts out with --no-vectors.`;
  switch (error.sqlState) {
    case '42501':
      return `${message}. The login has no right to this: use the address of one that owns the schema.`;
    case '25006':
      return `${message}. The server is read-only (a replica, or default_transaction_read_only is on): use the address of one that takes writes.`;
    case '55P03':
      return `${message}. Somebody uses the table; nothing was changed, so migrate again when there is less to do.`;
    case '0A000':
    case '58P01':
    case '25001':
      return error.message.includes('cannot run inside a transaction block')
        ? `${message}. Put it into a file of its own whose first line is: -- no transaction`
        : message;
    default:
      return message;
  }
}
