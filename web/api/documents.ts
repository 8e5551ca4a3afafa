// Documents: list, read page by page, add with progress, retry, delete and bring back.

import type * as wire from '../../contract/documents.ts';
import { strings } from '../strings.ts';
import { Problem, problemFrom } from './problem.ts';
import { apiPath, query, send, sendOnly } from './request.ts';
import { count, maybe, oneOf, type Page, page, part, record, type Shape, text } from './shape.ts';
import { accessToken } from './token.ts';

const documentJson = part<wire.DocumentJson>()({
  id: text,
  original_name: text,
  mime_type: text,
  file_size: count,
  processing_status: oneOf('pending', 'processing', 'completed', 'failed'),
  progress: maybe(record({ done: count, total: maybe(count), unit: text })),
  error: maybe(record({ code: text, message: text, hint: maybe(text) })),
  page_count: maybe(count),
  chunk_count: count,
  collection_id: maybe(text),
  created_at: text,
});
export type Document = Shape<typeof documentJson>;

const documentPage = part<wire.DocumentPage>()({
  page_index: count,
  page_number: maybe(count),
  content: text,
  heading: maybe(text),
});
export type DocumentPage = Shape<typeof documentPage>;

const summary = record({ documents: count, passages: count });
export type DocumentSummary = Shape<typeof summary>;

const download = record({ url: text });

export type DocumentFilter = { q?: string | undefined; collection_id?: string | undefined };

export const listDocuments = (filter: DocumentFilter, cursor: string | null, limit = 50): Promise<Page<Document>> =>
  send(`/documents${query({ ...filter, cursor, limit })}`, page(documentJson));

export const readDocument = (id: string): Promise<Document> => send(`/documents/${id}`, documentJson);

export const readSummary = (): Promise<DocumentSummary> => send('/documents/summary', summary);

/** Pages are counted from 1 in every format; those of a text without pages of its own have no number. */
export const readPages = (id: string, from: number, limit: number): Promise<Page<DocumentPage>> =>
  send(`/documents/${id}/pages${query({ from, limit })}`, page(documentPage));

/** An address that opens the file for a while without signing in. */
export const linkToFile = async (id: string): Promise<string> =>
  (await send(`/documents/${id}/download`, download)).url;

export const retryDocument = (id: string): Promise<void> => sendOnly(`/documents/${id}/retry`, { method: 'POST' });

export const deleteDocument = (id: string): Promise<void> => sendOnly(`/documents/${id}`, { method: 'DELETE' });

export const restoreDocument = (id: string): Promise<void> => sendOnly(`/documents/${id}/restore`, { method: 'POST' });

export const moveDocument = (id: string, collectionId: string | null): Promise<Document> =>
  send(`/documents/${id}`, documentJson, { method: 'PATCH', body: { collection_id: collectionId } });

export type Upload = { file: File; collectionId?: string | null; conversationId?: string | null };

/** Sends a file, telling the share that has been sent (0 to 1). Fetch cannot tell that, so this is an XMLHttpRequest. */
export async function addDocument(
  upload: Upload,
  onProgress: (share: number) => void,
  signal: AbortSignal,
): Promise<Document> {
  const form = new FormData();
  if (upload.collectionId) form.set('collection_id', upload.collectionId);
  if (upload.conversationId) form.set('conversation_id', upload.conversationId);
  form.set('file', upload.file, upload.file.name);
  const token = await accessToken();
  signal.throwIfAborted();
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open('POST', `${apiPath}/documents`);
    if (token) request.setRequestHeader('authorization', `Bearer ${token}`);
    request.responseType = 'json';
    request.upload.onprogress = (event) => onProgress(event.lengthComputable ? event.loaded / event.total : 0);
    request.onload = () => {
      if (request.status >= 400) return reject(problemFrom(request.status, request.response));
      try {
        resolve(documentJson(request.response));
      } catch (error) {
        reject(error);
      }
    };
    request.onerror = () =>
      reject(new Problem(0, 'unreachable', strings.problems.unreachable, strings.problems.unreachableHint));
    request.onabort = () => reject(new DOMException('Stopped', 'AbortError'));
    signal.addEventListener('abort', () => request.abort());
    request.send(form);
  });
}
