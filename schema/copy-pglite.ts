// COPY into the embedded engine. It reads from a blob in memory, so each piece of the text is a COPY of its own.
import type { PGlite } from '@electric-sql/pglite';

/** `statement` ends in `from stdin`; each piece holds whole lines of COPY's text format. */
export async function copyIntoPglite(engine: PGlite, statement: string, pieces: Iterable<string>): Promise<void> {
  const text = statement.replace(/from stdin$/, `from '/dev/blob'`);
  for (const piece of pieces) await engine.query(text, [], { blob: new Blob([piece]) });
}
