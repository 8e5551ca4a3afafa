// Statements of the queue of files that nothing speaks of.
import { statement } from '../../core/statement.ts';

export const queueOrphans = statement({
  name: 'documents_queue_orphans',
  text: 'select cleanup_orphaned_files() as queued',
  columns: { queued: 'int8' },
});

export const listDeletions = statement({
  name: 'documents_list_deletions',
  text: `
    select bucket_id, name
    from file_deletions
    where bucket_id = 'documents' and attempts < 10
    order by created_at, name
    limit 100`,
  columns: { bucket_id: 'text', name: 'text' },
});

export const endDeletion = statement({
  name: 'documents_end_deletion',
  text: 'delete from file_deletions where bucket_id = $1 and name = $2',
  params: { bucket: 'text', name: 'text' },
});

export const noteFailedDeletion = statement({
  name: 'documents_note_failed_deletion',
  text: `
    update file_deletions set attempts = attempts + 1, last_error = left($3, 500)
    where bucket_id = $1 and name = $2`,
  params: { bucket: 'text', name: 'text', error: 'text' },
});
