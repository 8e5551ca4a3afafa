// The scratch engine: PGlite in memory on this thread, restored from a template that has what Supabase brings.

import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { type Extensions, PGlite, protocol } from '@electric-sql/pglite';
import { pg_trgm } from '@electric-sql/pglite/contrib/pg_trgm';
import { pgcrypto } from '@electric-sql/pglite/contrib/pgcrypto';
import { uuid_ossp } from '@electric-sql/pglite/contrib/uuid_ossp';
import { vector } from '@electric-sql/pglite-pgvector';
import { copyIntoPglite } from './copy-pglite.ts';
import { platformFiles } from './patterns.ts';
import { asDatabaseError, cacheFolder, type Notice, type ScratchOptions, type Session, wireText } from './session.ts';

const { serialize } = protocol;
const always = { vector, pgcrypto, uuid_ossp, pg_trgm };

/** PGlite's own builds of contrib extensions, by SQL name. A name that it does not have is left out. */
async function contrib(names: readonly string[]): Promise<Extensions> {
  const found: Extensions = {};
  for (const name of names) {
    const module = name.replaceAll('-', '_');
    if (module in always || !/^[a-z_0-9]+$/.test(module)) continue;
    try {
      const loaded = (await import(`@electric-sql/pglite/contrib/${module}`)) as Record<string, Extensions[string]>; // checked: each such module exports its extension by its name
      const extension = loaded[module];
      if (extension !== undefined) found[module] = extension;
    } catch {
      // Not among them: CREATE EXTENSION will say so.
    }
  }
  return found;
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}

function sessionOf(engine: PGlite): Session {
  let notices: Notice[] = [];
  const exchange = async (bytes: Uint8Array): Promise<(string | null)[][]> => {
    let found: (string | null)[][] = [];
    const raised: Omit<Notice, 'statement'>[] = [];
    const places: number[] = [];
    try {
      const { messages } = await engine.execProtocol(bytes, {
        throwOnError: true,
        onNotice: (notice) =>
          void raised.push({
            severity: notice.severity ?? 'NOTICE',
            code: notice.code ?? '00000',
            message: notice.message ?? '',
          }),
      });
      let completed = 0;
      for (const message of messages) {
        if (message.name === 'commandComplete') completed++;
        if (message.name === 'notice') places.push(completed);
        if (message.name === 'rowDescription') found = [];
        if (message.name === 'dataRow' && 'fields' in message) found.push(message.fields as (string | null)[]); // checked: a data row's fields are text
      }
    } catch (error) {
      throw asDatabaseError(error);
    } finally {
      notices.push(...raised.map((notice, index) => ({ ...notice, statement: places[index] ?? 0 })));
    }
    return found;
  };
  return {
    engine: 'pglite',
    exec: async (text) => void (await exchange(serialize.query(text))),
    rows: async (text, values = []) => {
      if (values.length === 0) return await exchange(serialize.query(text));
      const bytes = concat([
        serialize.parse({ text }),
        serialize.bind({ values: values.map(wireText) }),
        serialize.describe({ type: 'P' }),
        serialize.execute({}),
        serialize.sync(),
      ]);
      try {
        return await exchange(bytes);
      } catch (error) {
        await engine.execProtocol(serialize.sync(), { throwOnError: false });
        throw error;
      }
    },
    copyFrom: async (statement, pieces) => {
      try {
        await copyIntoPglite(engine, statement, pieces);
      } catch (error) {
        throw asDatabaseError(error);
      }
    },
    takeNotices: () => {
      const taken = notices;
      notices = [];
      return taken;
    },
    close: () => engine.close(),
  };
}

/** A scratch database is small, and an engine clears its buffers before it does anything: 128 MB take longer than all the rest. */
const small = ['-c', 'shared_buffers=16MB'];

/** Unpacked here: PGlite's own way of unpacking takes 300 ms for what zlib does in 70. */
const open = async (extensions: Extensions, from: Uint8Array | null): Promise<PGlite> =>
  await PGlite.create({
    ...(from === null ? {} : { loadDataDir: new Blob([new Uint8Array(gunzipSync(from))]) }),
    extensions: { ...always, ...extensions },
    startParams: [...PGlite.defaultStartParams, ...small],
  });

/** Shipped beside the bundle, or made once for each state of the platform's SQL; without the platform it saves initdb. */
async function template(platform: boolean): Promise<Uint8Array> {
  const shipped = new URL('./scratch.tar.gz', import.meta.url);
  if (platform && existsSync(shipped)) return readFileSync(shipped);
  const files = platform ? platformFiles() : [];
  const hash = createHash('sha256')
    .update([alone, ...files.map(({ text }) => text)].join('\n'))
    .digest('hex')
    .slice(0, 16);
  const path = join(cacheFolder(), `scratch-${hash}.tar.gz`);
  if (existsSync(path)) return readFileSync(path);
  const bytes = await makeTemplate(files);
  try {
    mkdirSync(cacheFolder(), { recursive: true });
    writeFileSync(`${path}.${process.pid}`, bytes);
    renameSync(`${path}.${process.pid}`, path);
  } catch {
    // A cache that cannot be written costs the next start its second.
  }
  return bytes;
}

/** Nothing is ever made of the template databases, and unpacking them would take a third of the time that an engine needs. */
const alone = `
  update pg_database set datistemplate = false, datallowconn = true where datname in ('template0', 'template1');
  drop database template0;
  drop database template1;
  checkpoint;`;

/** The platform layer (or nothing) on an empty engine, as a tar.gz of its data folder. */
export async function makeTemplate(files = platformFiles()): Promise<Uint8Array> {
  const engine = await open({}, null);
  const session = sessionOf(engine);
  for (const { text } of files) await session.exec(text);
  for (const text of alone.split(';').filter((part) => part.trim() !== '')) await session.exec(text);
  const dump = await engine.dumpDataDir('gzip');
  await engine.close();
  return new Uint8Array(await dump.arrayBuffer());
}

export async function openScratchEngine(options: ScratchOptions): Promise<Session> {
  const extensions = await contrib(options.extensions ?? []);
  const session = sessionOf(await open(extensions, await template(options.platform !== false)));
  await session.exec(`set time zone 'UTC'; set search_path to "$user", public, extensions`);
  return session;
}

/** The embedded engine on its folder, with every right. The caller holds the folder's lock. */
export async function openFolderEngine(dataDir: string): Promise<Session> {
  const session = sessionOf(await PGlite.create({ dataDir, extensions: always }));
  await session.exec(`set time zone 'UTC'; set search_path to "$user", public, extensions`);
  return session;
}
