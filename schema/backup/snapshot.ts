// A copy of an embedded installation as it was between two transactions. While it is made nothing else runs, so it is made
// of links and of file copies, which a file system that can share blocks makes at once; packing it takes place afterwards.
import { randomBytes } from 'node:crypto';
import { constants, copyFileSync, existsSync, linkSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { AdminSession } from '../../core/database.ts';

/** What is in the database, for the manifest. */
export interface Contents {
  readonly patterns: readonly string[];
  readonly migrations: readonly string[];
}

export async function readContents(session: AdminSession): Promise<Contents> {
  const one = async (text: string): Promise<readonly string[]> =>
    (await session.rows(text)).map(([value]) => value ?? '').filter(Boolean);
  return {
    patterns: await one('select unnest(patterns) from loam.installation'),
    migrations: await one('select version from loam.migrations order by version'),
  };
}

const prefix = 'snapshot-';

function copyFolder(from: string, to: string, copy: (from: string, to: string) => void): void {
  mkdirSync(to, { recursive: true, mode: 0o700 });
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory()) copyFolder(source, target, copy);
    else if (entry.isFile()) copy(source, target);
  }
}

const clone = (from: string, to: string): void => copyFileSync(from, to, constants.COPYFILE_FICLONE);

/** Files of the storage are never changed, so a second name is as good as a copy. */
function share(from: string, to: string): void {
  try {
    linkSync(from, to);
  } catch {
    clone(from, to);
  }
}

/** Copies below the data folder and answers the copy's folder, whose removal is the caller's. `admin` is the paused engine. */
export async function takeSnapshot(dataDir: string, admin: AdminSession): Promise<Contents & { folder: string }> {
  // What an interrupted backup has left.
  for (const name of readdirSync(dataDir))
    if (name.startsWith(prefix)) rmSync(join(dataDir, name), { recursive: true, force: true });
  const folder = join(dataDir, `${prefix}${randomBytes(4).toString('hex')}`);
  try {
    const contents = await readContents(admin);
    await admin.exec('checkpoint');
    copyFolder(join(dataDir, 'postgres'), join(folder, 'postgres'), clone);
    if (existsSync(join(dataDir, 'files'))) copyFolder(join(dataDir, 'files'), join(folder, 'files'), share);
    if (existsSync(join(dataDir, 'secret'))) clone(join(dataDir, 'secret'), join(folder, 'secret'));
    return { ...contents, folder };
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
}

/** Whether a folder is one that `takeSnapshot` has made in this data folder. */
export const isSnapshot = (dataDir: string, folder: string): boolean =>
  dirname(folder) === dataDir && folder.slice(dataDir.length + 1).startsWith(prefix);
