// The installation's one secret: LOAM_SECRET, or a file made at first start. Keys are derived from it by purpose; it is
// never used itself and never leaves this file.
import { hkdfSync, randomBytes } from 'node:crypto';
import { chmodSync, linkSync, mkdirSync, readFileSync, statSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Config, ConfigError } from '../../core/config.ts';

export interface Secret {
  /** 32 bytes that depend on the secret and on `purpose`; two purposes never share a key. */
  derive(purpose: string): Buffer;
}

const minLength = 32;

function missing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}

function readSecret(path: string): string | null {
  try {
    const text = readFileSync(path, 'utf8').trim();
    if (text.length < minLength) throw new ConfigError(`${path} does not hold a secret; restore it from a backup.`);
    if ((statSync(path).mode & 0o077) !== 0) chmodSync(path, 0o600);
    return text;
  } catch (error) {
    if (missing(error)) return null;
    throw error;
  }
}

/** Written aside and linked into place, so that of two processes starting at once both end up with the same secret. */
function makeSecret(folder: string, path: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const draft = join(folder, `secret.${randomBytes(6).toString('hex')}`);
  writeFileSync(draft, `${randomBytes(48).toString('base64url')}\n`, { mode: 0o600, flag: 'wx', flush: true });
  try {
    linkSync(draft, path);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  } finally {
    unlinkSync(draft);
  }
}

export function openSecret(config: Pick<Config, 'LOAM_SECRET' | 'dataDir'>): Secret {
  let text = config.LOAM_SECRET ?? null;
  if (text === null) {
    const path = join(config.dataDir, 'secret');
    text = readSecret(path);
    if (text === null) {
      makeSecret(config.dataDir, path);
      text = readSecret(path);
    }
    if (text === null) throw new ConfigError(`${path} could not be made.`);
  }
  const root = Buffer.from(text);
  return { derive: (purpose) => Buffer.from(hkdfSync('sha256', root, 'loam', purpose, 32)) };
}
