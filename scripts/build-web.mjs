// Builds the web application when its sources changed since the last build; otherwise does nothing.
// Plain JavaScript, so that it can run before anything else does.

import { createHash } from 'node:crypto';
import { cp, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';

const root = fileURLToPath(new URL('..', import.meta.url));
const web = join(root, 'web');
const dist = join(web, 'dist');
const stamp = '.hash';

/** @returns {AsyncGenerator<string>} every file below a folder, in a fixed order */
async function* walk(/** @type {string} */ folder) {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = join(folder, entry.name);
    if (path === dist || entry.name === '.vite') continue;
    if (entry.isDirectory()) yield* walk(path);
    else yield path;
  }
}

/** The hash of everything the build reads. */
async function hashSources() {
  const hash = createHash('sha256');
  const files = [join(root, 'package-lock.json'), fileURLToPath(import.meta.url)];
  for (const folder of [web, join(root, 'contract')]) for await (const file of walk(folder)) files.push(file);
  for (const file of files) {
    if (file.endsWith('.test.ts')) continue;
    hash.update(relative(root, file));
    hash.update(await readFile(file).catch(() => ''));
  }
  return hash.digest('hex');
}

/** Copies Swagger UI beside the application, so that the API can be browsed without a network. */
async function copyApiDocs(/** @type {string} */ folder) {
  const source = dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'));
  const target = join(folder, 'api-docs');
  for (const file of ['swagger-ui.css', 'swagger-ui-bundle.js']) await cp(join(source, file), join(target, file));
  await cp(join(web, 'styles', 'tokens.css'), join(target, 'tokens.css'));
}

/** Puts a gzipped copy beside every text file worth it; the server sends that one to browsers that take it. */
async function compress(/** @type {string} */ folder) {
  for await (const file of walk(folder)) {
    if (!/\.(js|css|svg|json)$/.test(file)) continue;
    const bytes = await readFile(file);
    if (bytes.length > 1000) await writeFile(`${file}.gz`, gzipSync(bytes, { level: 9 }));
  }
}

/**
 * Builds web/dist. Answers whether anything had to be done. What stands is replaced only once the new build is whole, so
 * that a server that is running, or a second build at the same time, never meets half of one.
 */
export async function buildWeb({ force = false } = {}) {
  const hash = await hashSources();
  const stands = async () => (await readFile(join(dist, stamp), 'utf8').catch(() => '')) === hash;
  if (!force && (await stands())) return false;
  const [{ build }, { config }] = await Promise.all([import('vite'), import('../web/vite.config.ts')]);
  const made = join(root, 'node_modules', '.cache', 'loam', `web-${process.pid}`);
  const old = `${made}-old`;
  await mkdir(dirname(made), { recursive: true });
  await build({ ...config, logLevel: 'warn', build: { ...config.build, outDir: made } });
  await copyApiDocs(made);
  await compress(made);
  await writeFile(join(made, stamp), hash);
  // A build of the same sources that was faster stays, since it may be in use already.
  if (force || !(await stands())) {
    await rename(dist, old).catch(() => {});
    await rename(made, dist).catch(() => {}); // Somebody else's build of the same sources stands there already.
  }
  for (const folder of [old, made]) await rm(folder, { recursive: true, force: true });
  return true;
}

/** The pages whose first load is measured, by the modules that their route loads. */
const firstLoads = {
  'sign-in': ['sign-in/page.tsx'],
  'new chat': ['frame/frame.tsx', 'chat/new-chat-page.tsx'],
  conversation: ['frame/frame.tsx', 'chat/conversation-page.tsx'],
};

/**
 * Gzipped bytes of JavaScript that a page needs before it shows: the entry, the page's own chunks and what they import.
 * @returns {Promise<Record<string, number>>}
 */
export async function measureFirstLoads() {
  /** @type {Record<string, { file: string, imports?: string[] }>} */
  const manifest = JSON.parse(await readFile(join(dist, '.vite', 'manifest.json'), 'utf8'));
  /** @type {Record<string, number>} */
  const sizes = {};
  for (const [page, entries] of Object.entries(firstLoads)) {
    /** @type {Set<string>} */
    const files = new Set();
    const visit = (/** @type {string} */ key) => {
      const chunk = manifest[key];
      if (chunk === undefined) throw new Error(`The build has no chunk named ${key}.`);
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

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const built = await buildWeb({ force: process.argv.includes('--force') });
  console.log(built ? 'Built the web application.' : 'The web application is up to date.');
  for (const [page, bytes] of Object.entries(await measureFirstLoads()))
    console.log(`${page}: ${(bytes / 1000).toFixed(1)} kB of JavaScript, gzipped`);
}
