// What may be done with documents, and how they look from outside. The work of reading them is in ingest.ts.
import type { DocumentJson } from '../../contract/documents.ts';
import { errorTable } from '../../contract/errors.ts';
import type { Claims, Database } from '../../core/database.ts';
import { AppError } from '../../core/errors.ts';
import type { Jobs } from '../../core/jobs.ts';
import type { Row } from '../../core/statement.ts';
import { signObject } from '../storage/storage.ts';
import { type Ingest, processDocument, staleSeconds } from './ingest.ts';
import { listUnfinished, requeueDocument } from './ingest-queries.ts';
import { scheduleOrphans } from './orphans.ts';
import { purgeDocument, purgeDue } from './purge.ts';
import { locateFile, readDocument, restoreDocument, trashDocument, updateDocument } from './queries.ts';
import { type DocumentsDeps, enqueue, queues } from './upload.ts';

type DocumentRow = Row<typeof readDocument>;

/** How long an address of a file opens it. */
const linkSeconds = 15 * 60;

export function toDocument(row: DocumentRow): DocumentJson {
  const { progress_done, progress_total, progress_unit, processing_status, error, ...rest } = row;
  return {
    ...rest,
    processing_status: processing_status as DocumentJson['processing_status'], // checked: by the column's check constraint
    progress:
      progress_done === null ? null : { done: progress_done, total: progress_total, unit: progress_unit ?? 'page' },
    error: error === null ? null : describeError(error),
  };
}

function describeError(code: string): { code: string; message: string; hint: string | null } {
  const known = Object.entries(errorTable).find(([name]) => name === code)?.[1] ?? errorTable.document_unreadable;
  return { code, message: known.message, hint: known.hint ?? null };
}

function first<R>(rows: readonly R[]): R {
  const [row] = rows;
  if (row === undefined) throw new AppError('not_found');
  return row;
}

export async function getDocument(db: Database, claims: Claims, id: string): Promise<DocumentJson> {
  return toDocument(first(await db.asUser(claims, readDocument({ id, user: claims.sub }))));
}

/** Errors: not_found (also for somebody else's collection), document_in_trash. */
export async function changeDocument(
  db: Database,
  claims: Claims,
  id: string,
  change: { original_name?: string | undefined; collection_id?: string | null | undefined },
): Promise<DocumentJson> {
  const values = {
    id,
    user: claims.sub,
    original_name: change.original_name ?? null,
    set_collection: change.collection_id !== undefined,
    collection_id: change.collection_id ?? null,
  };
  const [[updated], [there]] = await db
    .asUser(claims, [updateDocument(values), readDocument({ id, user: claims.sub })])
    .catch((error: unknown) => Promise.reject(hideForeignCollection(error)));
  if (updated !== undefined) return toDocument(updated);
  throw new AppError(there === undefined ? 'not_found' : 'document_in_trash');
}

/** A collection that is somebody else's, or none at all, fails the policy: both are told the same. */
function hideForeignCollection(error: unknown): unknown {
  if (!(error instanceof AppError) || error.code !== 'forbidden') return error;
  return new AppError('not_found', { details: { field: 'collection_id' }, cause: error });
}

/** To the trash for thirty days, or gone at once: rows, terms, vectors and bytes. */
export async function removeDocument(
  { db, storage }: DocumentsDeps,
  claims: Claims,
  id: string,
  permanent: boolean,
): Promise<void> {
  const user = claims.sub;
  const [[file], [trashed]] = await db.asUser(claims, [
    locateFile({ id, user }),
    trashDocument({ id, user, at_once: permanent }),
  ]);
  if (file === undefined || trashed === undefined) throw new AppError('not_found');
  if (permanent) await purgeDocument(storage, { id, storage_path: file.storage_path });
}

export async function restoreFromTrash(db: Database, claims: Claims, id: string): Promise<DocumentJson> {
  return toDocument(first(await db.asUser(claims, restoreDocument({ id, user: claims.sub }))));
}

/** Reads a failed document again. Errors: not_found, document_in_trash, document_not_failed. */
export async function retryDocument(deps: DocumentsDeps, claims: Claims, id: string): Promise<DocumentJson> {
  const { db } = deps;
  const before = first(await db.asUser(claims, readDocument({ id, user: claims.sub })));
  if (before.deleted_at !== null) throw new AppError('document_in_trash');
  const requeued = await db.asService('ingest', requeueDocument({ id, user: claims.sub }));
  const [waiting] = requeued;
  if (waiting === undefined) throw new AppError('document_not_failed');
  await enqueue(deps, waiting);
  return getDocument(db, claims, id);
}

/** An address that opens the file without signing in, for a quarter of an hour. */
export async function linkToFile(
  { db, storage }: DocumentsDeps,
  claims: Claims,
  id: string,
  inPlace: boolean,
): Promise<{ url: string; expires_at: string }> {
  const file = first(await db.asUser(claims, locateFile({ id, user: claims.sub })));
  const url = await signObject(
    storage,
    { bucket: 'documents', path: file.storage_path, download: inPlace ? null : file.original_name },
    linkSeconds,
  );
  return { url, expires_at: new Date(Date.now() + linkSeconds * 1000).toISOString() };
}

/**
 * Starts reading documents and emptying the trash. What a crash left in `processing` is taken up again: at once where this
 * process is the only one (the embedded engine), after a minute's silence of its worker where there may be others.
 */
export async function startDocuments(ingest: Ingest, jobs: Jobs): Promise<void> {
  const { db, storage, log } = ingest;
  const stale = db.engine === 'pglite' ? 0 : staleSeconds;
  for (const queue of Object.values(queues)) {
    await jobs.work(queue, async ({ id }, signal) => {
      if (typeof id === 'string') await processDocument(ingest, id, signal, stale);
    });
  }
  const sweep = async (stale_seconds: number): Promise<void> => {
    for (const waiting of await db.asService('ingest', listUnfinished({ stale_seconds })))
      await enqueue({ jobs, log }, waiting);
  };
  await sweep(stale);
  await jobs.schedule('documents.sweep', '*/2 * * * *', () => sweep(staleSeconds));
  await scheduleOrphans(storage, log, jobs);
  await jobs.schedule('documents.purge', '17 * * * *', async () => {
    await purgeDue(storage, log);
  });
}
