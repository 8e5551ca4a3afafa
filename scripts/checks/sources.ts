// The repository's own files, as the checks see them.
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../../', import.meta.url));

export interface Source {
  /** Relative to the repository, with slashes. */
  readonly path: string;
  readonly text: string;
}

const skipped = new Set(['node_modules', 'dist', '.git', '.loam', '.cache']);
const code = /\.(ts|tsx|mts|mjs|js|css|sql)$/;

function below(folder: string): string[] {
  return readdirSync(join(root, folder))
    .filter((name) => !skipped.has(name))
    .sort()
    .flatMap((name) => {
      const path = folder === '' ? name : `${folder}/${name}`;
      return statSync(join(root, path)).isDirectory() ? below(path) : [path];
    });
}

/** Every file that people write code in. */
export const readSources = (): readonly Source[] =>
  below('')
    .filter((path) => code.test(path))
    .map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }));
