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
  /** Its turn has not come yet. */
  waiting: boolean;
  share: number;
  document: Document | null;
  problem: Problem | null;
};

const uploads = makeStore<readonly Upload[]>([]);
const controls = new Map<string, AbortController>();
const sentAtOnce = 3;
const queue: (() => Promise<void>)[] = [];
let sending = 0;

export const readUploads = (): readonly Upload[] => uploads.get();

export const useUploads = (owner: string): Upload[] => useStore(uploads).filter((upload) => upload.owner === owner);

function update(id: string, change: Partial<Upload>): void {
  uploads.set(uploads.get().map((upload) => (upload.id === id ? { ...upload, ...change } : upload)));
}

export function dropUpload(id: string): void {
  controls.get(id)?.abort();
  controls.delete(id);
  uploads.set(uploads.get().filter((upload) => upload.id !== id));
}

type Target = { collectionId?: string | null; conversationId?: string | null; forget?: boolean };

async function send(id: string, file: File, target: Target, signal: AbortSignal): Promise<void> {
  try {
    update(id, { waiting: false });
    const document = await addDocument({ file, ...target }, (share) => update(id, { share }), signal);
    queryClient.setQueryData(documentKey(document.id), document);
    update(id, { document, share: 1 });
    void refreshDocuments().then(() => target.forget && dropUpload(id));
  } catch (error) {
    if (!signal.aborted) update(id, { problem: asProblem(error) });
  } finally {
    controls.delete(id);
  }
}

/** The next files in their order, while there is room; the rest of the page needs the server too. */
async function sendNext(): Promise<void> {
  if (sending >= sentAtOnce) return;
  const next = queue.shift();
  if (!next) return;
  sending += 1;
  await next();
  sending -= 1;
  void sendNext();
}

/** Starts sending; a page that lists documents forgets the upload once its document is there. */
export function startUploads(owner: string, files: Iterable<File>, target: Target = {}): void {
  const added: Upload[] = [];
  for (const file of files) {
    const id = crypto.randomUUID();
    const control = new AbortController();
    added.push({ id, owner, name: file.name, waiting: true, share: 0, document: null, problem: null });
    controls.set(id, control);
    queue.push(async () => {
      if (!control.signal.aborted) await send(id, file, target, control.signal);
    });
  }
  uploads.set([...uploads.get(), ...added]);
  for (let room = sentAtOnce; room > 0; room -= 1) void sendNext();
}

/** A document that is there already, taken along with a message. */
export function attachDocument(owner: string, document: Document): void {
  if (uploads.get().some((upload) => upload.owner === owner && upload.document?.id === document.id)) return;
  uploads.set([
    ...uploads.get(),
    { id: crypto.randomUUID(), owner, name: document.original_name, waiting: false, share: 1, document, problem: null },
  ]);
}

export function forgetUploads(owner: string): void {
  uploads.set(uploads.get().filter((upload) => upload.owner !== owner));
}
