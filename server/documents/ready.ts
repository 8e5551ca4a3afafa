// Documents that a question is about: what they are called, and waiting until they have been read.
import type { Claims, Database } from '../../core/database.ts';
import { AppError } from '../../core/errors.ts';
import { listByIds } from './queries.ts';

export interface NamedDocument {
  readonly document_id: string;
  readonly name: string;
  readonly mime_type: string | null;
}

/** Names of the caller's documents, in the order asked. Throws not_found when one is not the caller's or is in the trash. */
export async function nameDocuments(db: Database, claims: Claims, ids: readonly string[]): Promise<NamedDocument[]> {
  const rows = await db.asUser(claims, listByIds({ ids }));
  return ids.map((id) => {
    const row = rows.find((each) => each.id === id);
    if (row === undefined) throw new AppError('not_found', { details: { document_id: id } });
    return { document_id: id, name: row.original_name, mime_type: row.mime_type };
  });
}

const patience = 60_000;

/**
 * Resolves when none of these documents is waiting or being read any more, at once when none is; after a minute at the
 * latest, or when the signal aborts. Somebody who drops a file and asks at once means that file.
 */
export async function whenRead(
  db: Database,
  claims: Claims,
  ids: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  const unread = async (): Promise<boolean> => {
    const rows = await db.asUser(claims, listByIds({ ids }));
    return rows.some(({ processing_status: status }) => status === 'pending' || status === 'processing');
  };
  if (ids.length === 0 || !(await unread())) return;
  let wake = (): void => {};
  const wanted = new Set(ids);
  const off = await db.listen('loam_changes', (payload) => {
    if (payload === null || [...wanted].some((id) => payload.includes(id))) wake();
  });
  const over = AbortSignal.any([signal, AbortSignal.timeout(patience)]);
  const ring = (): void => wake();
  over.addEventListener('abort', ring);
  try {
    while (!over.aborted) {
      const rung = new Promise<void>((resolve) => {
        wake = resolve;
      });
      if (!(await unread())) return;
      await rung;
    }
  } finally {
    over.removeEventListener('abort', ring);
    await off();
  }
}
