// The end of documents: thirty days after they went to the trash, or at once when asked. Rows, terms, vectors and bytes go;
// the document's own row goes last, so that a purge that was cut short is found again.
import type { Log } from '../../core/log.ts';
import { removeObject, type Storage } from '../storage/storage.ts';
import { removeContents } from './ingest.ts';
import { deleteDocument, listPurgeable, purgeCollections } from './ingest-queries.ts';

/** Removes a document that is due. Safe to repeat. */
export async function purgeDocument(storage: Storage, document: { id: string; storage_path: string }): Promise<void> {
  await removeContents(storage.db, document.id);
  await removeObject(storage, 'documents', document.storage_path);
  await storage.db.asService('ingest', deleteDocument({ id: document.id }));
}

/** Removes everything that is due; answers how many documents that were. */
export async function purgeDue(storage: Storage, log: Log): Promise<number> {
  let purged = 0;
  await storage.db.asService('ingest', purgeCollections());
  for (;;) {
    const due = await storage.db.asService('ingest', listPurgeable());
    for (const document of due) await purgeDocument(storage, document);
    purged += due.length;
    if (due.length < 100) break;
  }
  if (purged > 0) log.info({ documents: purged }, 'purged the trash');
  return purged;
}
