// Stored files: bytes in the file store, a row in storage.objects, and addresses that open one file for a while.
import { jwtVerify, SignJWT } from 'jose';
import type { Database } from '../../core/database.ts';
import { AppError } from '../../core/errors.ts';
import { newId } from '../../core/ids.ts';
import type { FileStore } from './files.ts';
import { safeName } from './names.ts';
import { deleteObject, findObject, insertObject, lockOwner, sumObjects } from './queries.ts';

export type Bucket = 'documents';

export interface StorageLimits {
  /** Bytes of one file. */
  readonly file: number;
  /** Bytes of all files of one person. */
  readonly owner: number;
}
export const defaultLimits: StorageLimits = { file: 50 * 1024 * 1024, owner: 5 * 1024 * 1024 * 1024 };

export interface Storage {
  readonly db: Database;
  readonly files: FileStore;
  /** At least 32 bytes that only this installation knows. */
  readonly signingKey: Uint8Array;
  readonly limits: StorageLimits;
}

export interface StoredObject {
  /** In its bucket: `<owner>/<random>/<safe name>`. */
  readonly path: string;
  readonly size: number;
  readonly sha256: string;
}

/** Where a person's next file of this name will be. */
export const newObjectPath = (owner: string, name: string): string => `${owner}/${newId()}/${safeName(name)}`;

/** Takes the bytes in, without a row yet. Nothing is left behind when it throws: file_too_large, or the source's own error. */
export async function storeObject(
  storage: Storage,
  { bucket, path, source }: { bucket: Bucket; path: string; source: AsyncIterable<Uint8Array> },
): Promise<StoredObject> {
  return { path, ...(await storage.files.put(`${bucket}/${path}`, source, { limit: storage.limits.file })) };
}

/** Enters a stored file, of a type that has been looked at, into its owner's account. Throws storage_full. */
export async function registerObject(
  storage: Storage,
  object: StoredObject,
  { bucket, owner, mimeType }: { bucket: Bucket; owner: string; mimeType: string },
): Promise<void> {
  const now = new Date().toISOString();
  const metadata = {
    eTag: `"${object.sha256}"`,
    size: object.size,
    mimetype: mimeType,
    cacheControl: 'private',
    lastModified: now,
    contentLength: object.size,
    httpStatusCode: 200,
  };
  const row = {
    id: newId(),
    bucket,
    name: object.path,
    owner,
    version: object.sha256,
    metadata,
    size: object.size,
    limit: storage.limits.owner,
  };
  const [, inserted] = await storage.db.asService('storage', [lockOwner({ owner }), insertObject(row)]);
  if (inserted.length === 0) throw new AppError('storage_full', { details: { limit_bytes: storage.limits.owner } });
}

/** Row and bytes; says nothing when they are gone already. Bytes first: a row without bytes is found again, bytes without a row are not. */
export async function removeObject(storage: Storage, bucket: Bucket, path: string): Promise<void> {
  await storage.files.remove(`${bucket}/${path}`);
  await storage.db.asService('storage', deleteObject({ bucket, name: path }));
}

export async function usedBytes(storage: Storage, bucket: Bucket, owner: string): Promise<number> {
  const [row] = await storage.db.asService('storage', sumObjects({ bucket, owner }));
  return row?.bytes ?? 0;
}

export interface SignedObject {
  readonly bucket: string;
  readonly path: string;
  /** The name to save it under; null shows it in place where its type allows. */
  readonly download: string | null;
}

/** An address, relative to the server, that opens the file until `seconds` from now without signing in. */
export async function signObject(storage: Storage, object: SignedObject, seconds: number): Promise<string> {
  const token = await new SignJWT({
    url: `${object.bucket}/${object.path}`,
    ...(object.download === null ? {} : { download: object.download }),
  })
    .setProtectedHeader({ alg: 'HS256' })
    .setIssuedAt()
    .setExpirationTime(Math.floor(Date.now() / 1000) + seconds)
    .sign(storage.signingKey);
  return `/storage/v1/object/sign/${object.bucket}/${object.path}?token=${token}`;
}

/** Throws file_link_invalid unless the token was made here, for this very path, and has not expired. */
export async function verifySignature(
  storage: Storage,
  path: string,
  token: string,
): Promise<{ download: string | null }> {
  const { payload } = await jwtVerify(token, storage.signingKey, {
    algorithms: ['HS256'],
    requiredClaims: ['exp', 'url'],
  }).catch((cause: unknown) => Promise.reject(new AppError('file_link_invalid', { cause })));
  if (payload['url'] !== path) throw new AppError('file_link_invalid');
  return { download: typeof payload['download'] === 'string' ? payload['download'] : null };
}

export async function statObject(
  storage: Storage,
  bucket: string,
  path: string,
): Promise<{ mimeType: string; eTag: string }> {
  const [row] = await storage.db.asService('storage', findObject({ bucket, name: path }));
  if (row === undefined) throw new AppError('not_found');
  const metadata = typeof row.metadata === 'object' && row.metadata !== null ? row.metadata : {};
  return {
    mimeType: 'mimetype' in metadata ? String(metadata.mimetype) : 'application/octet-stream',
    eTag: 'eTag' in metadata ? String(metadata.eTag) : '',
  };
}
