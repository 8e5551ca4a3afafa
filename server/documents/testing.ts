// For tests and benchmarks: a whole library (database, files, queue) in memory and one folder, and documents put into it
// as people do, over HTTP.
import { randomBytes } from 'node:crypto';
import type { DocumentJson } from '../../contract/documents.ts';
import type { Database } from '../../core/database.ts';
import { searchRoutes } from '../search/routes.ts';
import { openFolderStore } from '../storage/files.ts';
import { storageRoutes } from '../storage/routes.ts';
import { defaultLimits, type Storage, type StorageLimits } from '../storage/storage.ts';
import { openTestDatabase, type TestDatabase } from '../testing/database.ts';
import { type Client, mount, silentLog } from '../testing/requests.ts';
import { createUser, type TestUser } from '../testing/users.ts';
import { collectionRoutes } from './collection-routes.ts';
import type { ExtractLimits } from './extract.ts';
import { type Ingest, processDocument } from './ingest.ts';
import { documentRoutes } from './routes.ts';

export interface Library {
  readonly db: Database;
  readonly storage: Storage;
  readonly ingest: Ingest;
  /** What was sent to the queue and not worked yet; `work` does it as the worker would. */
  readonly waiting: string[];
  work(signal?: AbortSignal): Promise<void>;
  person(email: string): Promise<TestUser>;
  client(user: TestUser | null): Client;
  /** For addresses under /storage/v1, without signing in. */
  readonly files: Client;
  close(): Promise<void>;
}

interface LibraryOptions {
  readonly open?: () => Promise<TestDatabase>;
  readonly limits?: Partial<StorageLimits>;
  readonly extract?: ExtractLimits;
}

export async function openLibrary(
  folder: string,
  { open = openTestDatabase, limits = {}, extract }: LibraryOptions = {},
): Promise<Library> {
  const { db, close } = await open();
  const storage: Storage = {
    db,
    files: openFolderStore(folder),
    signingKey: randomBytes(32),
    limits: { ...defaultLimits, ...limits },
  };
  const ingest: Ingest = { db, storage, log: silentLog, ...(extract === undefined ? {} : { limits: extract }) };
  const waiting: string[] = [];
  const jobs = {
    send: async (_name: string, { id }: Record<string, unknown>): Promise<void> => {
      waiting.push(String(id));
    },
  };
  const asUser = mount([
    documentRoutes({ db, storage, jobs, log: silentLog }),
    collectionRoutes({ db }),
    searchRoutes({ db }),
  ]);
  return {
    db,
    storage,
    ingest,
    waiting,
    work: async (signal = new AbortController().signal) => {
      for (let id = waiting.shift(); id !== undefined; id = waiting.shift())
        await processDocument(ingest, id, signal, 0);
    },
    person: (email) => createUser(db, email),
    client: asUser,
    files: mount([storageRoutes(storage)], '/storage/v1')(null),
    close,
  };
}

/** Sends a file; the answer as it came. */
export function upload(
  client: Client,
  name: string,
  bytes: Uint8Array,
  fields: Record<string, string> = {},
  type = '',
): Promise<Response> {
  const form = new FormData();
  for (const [key, value] of Object.entries(fields)) form.set(key, value);
  form.set('file', new Blob([new Uint8Array(bytes)], { type }), name);
  return client.raw('POST', '/api/v1/documents', { body: form });
}

/** Adds a document and reads it to the end; answers how it looks then. */
export async function addDocument(
  library: Library,
  user: TestUser,
  name: string,
  bytes: Uint8Array,
  fields: Record<string, string> = {},
): Promise<DocumentJson> {
  const client = library.client(user);
  const response = await upload(client, name, bytes, fields);
  const added = (await response.json()) as DocumentJson; // checked: by the status below
  if (response.status !== 201) throw new Error(`the upload answered ${response.status}: ${JSON.stringify(added)}`);
  await library.work();
  const { body } = await client('GET', `/api/v1/documents/${added.id}`);
  return body as DocumentJson; // checked: the route's own schema
}
