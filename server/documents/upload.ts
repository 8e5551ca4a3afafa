// Takes one uploaded file in: streamed to disk, looked at, counted against the quota, entered, and put in the queue. What
// is refused leaves nothing behind.
import { z } from 'zod';
import type { Database } from '../../core/database.ts';
import { AppError } from '../../core/errors.ts';
import { newId } from '../../core/ids.ts';
import type { Jobs } from '../../core/jobs.ts';
import type { Log } from '../../core/log.ts';
import type { Row } from '../../core/statement.ts';
import { type Part, readField, readMultipart } from '../http/multipart.ts';
import type { Who } from '../http/room.ts';
import { displayName } from '../storage/names.ts';
import {
  newObjectPath,
  registerObject,
  removeObject,
  type Storage,
  type StoredObject,
  storeObject,
} from '../storage/storage.ts';
import { findPlace, insertDocument, readTypeLimits } from './queries.ts';
import { type Format, mimeTypes, sniff } from './sniff.ts';

export interface DocumentsDeps {
  readonly db: Database;
  readonly storage: Storage;
  readonly jobs: Pick<Jobs, 'send'>;
  readonly log: Log;
}

/** What a look at both ends of a file takes; a ZIP file's table of contents is at its end. */
const peekBytes = 64 * 1024;
/** Boundaries, headers and the other fields. */
const formOverhead = 64 * 1024;

interface Form {
  file: (StoredObject & { name: string; declaredType: string }) | null;
  collectionId: string | null;
  conversationId: string | null;
}

/** Errors: upload_invalid, upload_interrupted, file_too_large, storage_full, document_empty, document_type_…, not_found. */
export async function uploadDocument(
  deps: DocumentsDeps,
  who: Who,
  request: { contentType: string | undefined; contentLength: number; body: AsyncIterable<Uint8Array> | null },
): Promise<Row<typeof insertDocument>> {
  const { storage } = deps;
  if (request.body === null) throw new AppError('upload_invalid');
  if (request.contentLength > storage.limits.file + formOverhead)
    throw new AppError('file_too_large', { details: { limit_bytes: storage.limits.file } });
  const form: Form = { file: null, collectionId: null, conversationId: null };
  try {
    for await (const part of readMultipart(request.contentType, request.body)) await takePart(storage, who, part, form);
    return await enter(deps, who, form);
  } catch (error) {
    if (form.file !== null) await removeObject(storage, 'documents', form.file.path);
    throw error;
  }
}

async function takePart(storage: Storage, who: Who, part: Part, form: Form): Promise<void> {
  const refuse = (problem: string): never => {
    throw new AppError('upload_invalid', { details: { field: part.name, problem } });
  };
  const readId = async (): Promise<string | null> => {
    const text = (await readField(part)).trim();
    if (text === '') return null;
    return z.uuid().safeParse(text).data ?? refuse('not an id');
  };
  if (part.name === 'collection_id') form.collectionId = await readId();
  else if (part.name === 'conversation_id') form.conversationId = await readId();
  else if (part.name !== 'file') refuse('unknown field');
  else if (part.fileName === null) refuse('no file name');
  else if (form.file !== null) refuse('one file at a time');
  else {
    const name = displayName(part.fileName ?? '');
    const path = newObjectPath(who.claims.sub, name);
    form.file = {
      ...(await storeObject(storage, { bucket: 'documents', path, source: part.body })),
      name,
      declaredType: part.type,
    };
  }
}

async function enter(deps: DocumentsDeps, who: Who, form: Form): Promise<Row<typeof insertDocument>> {
  const { db, storage } = deps;
  const { file, collectionId: collection_id, conversationId: conversation_id } = form;
  const { claims } = who;
  if (file === null) throw new AppError('upload_invalid', { details: { field: 'file', problem: 'missing' } });
  const format = await lookAt(storage, file);
  const mimeType = mimeTypes[format];
  const [[place], types] = await db.asUser(claims, [
    findPlace({ collection_id, conversation_id, user: claims.sub }),
    readTypeLimits(),
  ]);
  if (place?.collection !== true) throw new AppError('not_found', { details: { field: 'collection_id' } });
  if (place.conversation !== true) throw new AppError('not_found', { details: { field: 'conversation_id' } });
  const type = types.find(({ mime_type }) => mime_type === mimeType);
  if (type?.enabled !== true) throw new AppError('document_type_unsupported');
  if (file.size > type.max_file_size)
    throw new AppError('file_too_large', { details: { limit_bytes: type.max_file_size } });
  await registerObject(storage, file, { bucket: 'documents', owner: claims.sub, mimeType });
  const [document] = await db.asUser(
    claims,
    insertDocument({
      id: newId(),
      user: claims.sub,
      collection_id,
      conversation_id,
      original_name: file.name,
      storage_path: file.path,
      mime_type: mimeType,
      file_size: file.size,
    }),
  );
  if (document === undefined) throw new AppError('internal');
  await enqueue(deps, document);
  return document;
}

async function lookAt(storage: Storage, file: StoredObject & { name: string; declaredType: string }): Promise<Format> {
  const ends = await storage.files.peek(`documents/${file.path}`, peekBytes);
  return sniff({ name: file.name, declaredType: file.declaredType, ...ends });
}

/** Two queues, so that nobody's short note waits for somebody's long book. */
export const queues = { short: 'documents.process', long: 'documents.process-long' } as const;
const longBytes = 1024 * 1024;

/** The row says that the document waits, so a lost job only delays it until the next sweep. */
export async function enqueue(
  { jobs, log }: Pick<DocumentsDeps, 'jobs' | 'log'>,
  { id, file_size }: { id: string; file_size: number },
): Promise<void> {
  const queue = file_size > longBytes ? queues.long : queues.short;
  await jobs
    .send(queue, { id }, { singletonKey: id })
    .catch((error: unknown) => log.error({ err: error, document_id: id }, 'job not sent'));
}
