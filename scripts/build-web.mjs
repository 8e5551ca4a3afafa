// Builds the web application when its sources changed since the last build; otherwise does nothing.
// Plain JavaScript, so that it can run before anything else does.

import { createHash } from 'node:crypto';
import { cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';

const root = fileURLToPath(new URL('..', import.meta.url));
const web = join(root, 'web');
const dist = join(web, 'dist');
const stamp = join(dist, '.hash');

async function* walk(folder, inDist = false) {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = join(folder, entry.name);
    if ((path === dist && !inDist) || entry.name === 'node_modules' || entry.name === '.vite') continue;
    if (entry.isDirectory()) yield* walk(path, inDist);
    else yield path;
  }
}

/** The hash of everything the build reads. */
export async function hashSources() {
  const hash = createHash('sha256');
  const files = [join(root, 'package-lock.json'), fileURLToPath(import.meta.url)];
  for (const folder of [web, join(root, 'contract')]) for await (const file of walk(folder)) files.push(file);
  for (const file of files) {
    hash.update(relative(root, file));
    hash.update(await readFile(file).catch(() => ''));
  }
  return hash.digest('hex');
}

/** Copies Swagger UI beside the application, so that the API can be browsed without a network. */
async function copyApiDocs() {
  const source = dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'));
  const target = join(dist, 'api-docs');
  await mkdir(target, { recursive: true });
  for (const file of ['swagger-ui.css', 'swagger-ui-bundle.js']) await cp(join(source, file), join(target, file));
  await cp(join(web, 'styles', 'tokens.css'), join(target, 'tokens.css'));
}

/** Puts a gzipped copy beside every text file worth it; the server sends that one to browsers that take it. */
async function compress() {
  for await (const file of walk(dist, true)) {
    if (!/\.(js|css|svg|json)$/.test(file)) continue;
    const bytes = await readFile(file);
    if (bytes.length > 1000) await writeFile(`${file}.gz`, gzipSync(bytes, { level: 9 }));
  }
}

/** Builds web/dist. Answers whether anything had to be done. */
export async function buildWeb({ force = false } = {}) {
  const hash = await hashSources();
  if (!force && (await readFile(stamp, 'utf8').catch(() => '')) === hash) return false;
  const [{ build }, { config }] = await Promise.all([import('vite'), import('../web/vite.config.ts')]);
  await build({ ...config, logLevel: 'warn' });
  await copyApiDocs();
  await compress();
  await writeFile(stamp, hash);
  return true;
}

/** Gzipped bytes of JavaScript that a page needs before it shows: the entry, the page's chunk and what both import. */
export async function measureFirstLoad(pages) {
  const manifest = JSON.parse(await readFile(join(dist, '.vite', 'manifest.json'), 'utf8'));
  const sizes = {};
  for (const [page, entries] of Object.entries(pages)) {
    const files = new Set();
    const visit = (key) => {
      const chunk = manifest[key];
      if (!chunk) throw new Error(`The build has no chunk named ${key}.`);
      if (files.has(chunk.file)) return;
      files.add(chunk.file);
      for (const next of chunk.imports ?? []) visit(next);
    };
    for (const entry of ['index.html', ...entries]) visit(entry);
    let bytes = 0;
    for (const file of files) if (file.endsWith('.js')) bytes += gzipSync(await readFile(join(dist, file))).length;
    sizes[page] = bytes;
  }
  return sizes;
}

/** The pages whose first load is measured, by the modules that their route loads. */
export const firstLoads = {
  'sign-in': ['sign-in/page.tsx'],
  'new chat': ['frame/frame.tsx', 'chat/new-chat-page.tsx'],
  conversation: ['frame/frame.tsx', 'chat/conversation-page.tsx'],
};

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const built = await buildWeb({ force: process.argv.includes('--force') });
  console.log(built ? 'Built the web application.' : 'The web application is up to date.');
  for (const [page, bytes] of Object.entries(await measureFirstLoad(firstLoads)))
    console.log(`${page}: ${(bytes / 1000).toFixed(1)} kB of JavaScript, gzipped`);
}
