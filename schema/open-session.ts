// Opens sessions of the toolkit; a driver is loaded when it is needed.
import { join } from 'node:path';
import type { ScratchOptions, Session } from './session.ts';

/** An empty database in memory, thrown away by close(). With the platform it is restored from a template: about 0.7 s. */
export async function openScratch(options: ScratchOptions = {}): Promise<Session> {
  const { openScratchEngine } = await import('./session-pglite.ts');
  return await openScratchEngine(options);
}

/** Connects to a server. Throws ToolError when nobody answers or the login is refused; never shows the password. */
export async function openAddress(url: string): Promise<Session> {
  const { openServerSession } = await import('./session-postgres.ts');
  return await openServerSession(url);
}

/** The embedded database in a data folder, whose lock the caller holds. */
export async function openFolder(dataDir: string): Promise<Session> {
  const { openFolderEngine } = await import('./session-pglite.ts');
  return await openFolderEngine(join(dataDir, 'postgres'));
}
