// Files on their way to the server, outside the pages, so that leaving a page does not stop them.

import { addDocument, type Document } from '../api/documents.ts';
import { asProblem, type Problem } from '../api/problem.ts';
import { queryClient } from '../api/query-client.ts';
import { makeStore, useStore } from '../ui/store.ts';
import { documentKey, refreshDocuments } from './documents.ts';

export type Upload = {
  id: string;
  /** Who started it: the documents page, or the composer of one conversation. */
  owner: string;
  name: string;
  share: number;
  document: Document | null;
  problem: Problem | null;
};

const uploads = makeStore<readonly Upload[]>([]);
const controls = new Map<string, AbortController>();

export const useUploads = (owner: string): Upload[] => useStore(uploads).filter((upload) => upload.owner === owner);

function update(id: string, change: Partial<Upload>): void {
  uploads.set(uploads.get().map((upload) => (upload.id === id ? { ...upload, ...change } : upload)));
}

export function dropUpload(id: string): void {
  controls.get(id)?.abort();
  controls.delete(id);
  uploads.set(uploads.get().filter((upload) => upload.id !== id));
}

async function send(id: string, file: File, target: Target): Promise<void> {
  const control = new AbortController();
  controls.set(id, control);
  try {
    const document = await addDocument({ file, ...target }, (share) => update(id, { share }), control.signal);
    queryClient.setQueryData(documentKey(document.id), document);
    update(id, { document, share: 1 });
    await refreshDocuments();
    if (target.forget) dropUpload(id);
  } catch (error) {
    if (!control.signal.aborted) update(id, { problem: asProblem(error) });
  } finally {
    controls.delete(id);
  }
}

type Target = { collectionId?: string | null; conversationId?: string | null; forget?: boolean };

/** Starts sending; a page that lists documents forgets the upload once its document is there. */
export function startUploads(owner: string, files: Iterable<File>, target: Target = {}): void {
  for (const file of files) {
    const id = crypto.randomUUID();
    uploads.set([...uploads.get(), { id, owner, name: file.name, share: 0, document: null, problem: null }]);
    void send(id, file, target);
  }
}

/** A document that is there already, taken along with a message. */
export function attachDocument(owner: string, document: Document): void {
  if (uploads.get().some((upload) => upload.owner === owner && upload.document?.id === document.id)) return;
  uploads.set([
    ...uploads.get(),
    { id: crypto.randomUUID(), owner, name: document.original_name, share: 1, document, problem: null },
  ]);
}

export function forgetUploads(owner: string): void {
  uploads.set(uploads.get().filter((upload) => upload.owner !== owner));
}
