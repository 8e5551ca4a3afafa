// Where tests keep what is slow to make, and the name under which it is still good.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));
export const cacheFolder = join(root, 'node_modules/.cache/loam');

function filesBelow(folder: string): string[] {
  return readdirSync(folder)
    .sort()
    .flatMap((name) => {
      const path = join(folder, name);
      return statSync(path).isDirectory() ? filesBelow(path) : [path];
    });
}

/** Changes when anything that makes the schema changes. */
export function schemaHash(): string {
  const hash = createHash('sha256');
  for (const folder of ['sql', 'schema']) {
    for (const path of filesBelow(join(root, folder))) {
      if (/\.(sql|ts)$/.test(path) && !path.endsWith('.test.ts') && !path.endsWith('sql/schema.sql'))
        hash.update(path.slice(root.length)).update(readFileSync(path));
    }
  }
  hash.update(readFileSync(join(root, 'package-lock.json')));
  return hash.digest('hex').slice(0, 16);
}
