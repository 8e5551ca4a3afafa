// Hosts PGlite off the main thread, so that a slow statement never stalls HTTP. Speaks the wire protocol in raw bytes;
// everything else (queue, transactions, deadlines) is the main thread's.
import { parentPort, workerData } from 'node:worker_threads';
import { PGlite } from '@electric-sql/pglite';
import { pg_trgm } from '@electric-sql/pglite/contrib/pg_trgm';
import { pgcrypto } from '@electric-sql/pglite/contrib/pgcrypto';
import { uuid_ossp } from '@electric-sql/pglite/contrib/uuid_ossp';
import { vector } from '@electric-sql/pglite-pgvector';

export interface WorkerOptions {
  /** Folder of the data; null keeps it in memory. */
  readonly dataDir: string | null;
  /** A dumped data folder (tar.gz) to start from. */
  readonly from: Uint8Array | null;
}
export type ToWorker = { id: number; bytes: Uint8Array } | { id: number; dump: true } | { id: number; close: true };
export type FromWorker =
  | { id: number; bytes: Uint8Array }
  | { id: number; error: string }
  | { id: 0; ready: true }
  | { id: 0; error: string };

const port = parentPort;
if (port === null) throw new Error('pglite-worker runs as a worker thread only');

const options = workerData as WorkerOptions; // checked: the only caller is openEngine
async function open(): Promise<PGlite> {
  const loadDataDir = options.from === null ? {} : { loadDataDir: new Blob([new Uint8Array(options.from)]) };
  return await PGlite.create({
    ...(options.dataDir === null ? {} : { dataDir: options.dataDir }),
    ...loadDataDir,
    extensions: { vector, pgcrypto, uuid_ossp, pg_trgm },
  });
}

try {
  const engine = await open();
  port.on('message', (message: ToWorker) => {
    void answer(engine, message).then(
      (reply) => port.postMessage(reply, 'bytes' in reply ? [reply.bytes.buffer as ArrayBuffer] : []), // checked: answer() owns the buffer
      (error: unknown) => port.postMessage({ id: message.id, error: String(error) }),
    );
  });
  port.postMessage({ id: 0, ready: true } satisfies FromWorker);
} catch (error) {
  port.postMessage({ id: 0, error: error instanceof Error ? error.message : String(error) } satisfies FromWorker);
}

async function answer(engine: PGlite, message: ToWorker): Promise<{ id: number; bytes: Uint8Array }> {
  if ('bytes' in message) {
    // A copy: the result may be a view of WASM memory, which cannot be transferred.
    return { id: message.id, bytes: new Uint8Array(await engine.execProtocolRaw(message.bytes)) };
  }
  if ('dump' in message) {
    const dump = await engine.dumpDataDir('gzip');
    return { id: message.id, bytes: new Uint8Array(await dump.arrayBuffer()) };
  }
  await engine.close();
  return { id: message.id, bytes: new Uint8Array() };
}
