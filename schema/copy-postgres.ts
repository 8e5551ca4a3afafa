// COPY to a server: one command for the whole table, pieces as fast as the server takes them.
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Client } from 'pg';
import { from } from 'pg-copy-streams';

/** `statement` ends in `from stdin`; the pieces are text in COPY's text format. */
export async function copyIntoPostgres(client: Client, statement: string, pieces: Iterable<string>): Promise<void> {
  await pipeline(Readable.from(pieces, { objectMode: true }), client.query(from(statement)));
}
