// What a live change means for this page: which list or row is asked for again. Bursts are taken together.

import { useEffect } from 'react';
import { type Change, followChanges } from '../api/live-changes.ts';
import { queryClient } from '../api/query-client.ts';
import { messagesChanged } from '../chat/path.ts';
import { documentChanged, refreshDocuments, refreshOpenDocuments } from '../documents/documents.ts';
import { forgetConversation, historyChanged } from './conversations.ts';

const burstMs = 120;

function apply(changes: Change[]): void {
  const tables = new Set(changes.map((change) => change.table));
  for (const change of changes) {
    if (change.table === 'documents') void documentChanged(change.id, change.operation);
    if (change.table === 'conversations' && change.operation === 'delete') forgetConversation(change.id);
  }
  if (tables.has('messages')) messagesChanged();
  if (tables.has('conversations')) historyChanged();
  if (tables.has('user_profiles') || tables.has('user_preferences'))
    void queryClient.invalidateQueries({ queryKey: ['me'] });
  if (tables.has('document_collections')) void queryClient.invalidateQueries({ queryKey: ['collections'] });
}

/** After a gap nothing is known to be true, so what is shown is asked for again. */
export function askAgain(): void {
  historyChanged();
  messagesChanged();
  void refreshDocuments();
  refreshOpenDocuments();
  for (const key of ['me', 'models', 'collections', 'api-keys', 'conversation'])
    void queryClient.invalidateQueries({ queryKey: [key] });
}

export function useLiveChanges(): void {
  useEffect(() => {
    let waiting: Change[] = [];
    let timer: ReturnType<typeof setTimeout> | undefined;
    const stop = followChanges({
      onChange: (change) => {
        waiting.push(change);
        timer ??= setTimeout(() => {
          const changes = new Map(waiting.map((each) => [`${each.table} ${each.id}`, each]));
          waiting = [];
          timer = undefined;
          apply([...changes.values()]);
        }, burstMs);
      },
      onReconnect: askAgain,
    });
    return () => {
      clearTimeout(timer);
      stop();
    };
  }, []);
}
