// What `npm pack` ships: the command line and the toolkit as plain JavaScript, because Node runs no TypeScript below
// node_modules. `prepack` bundles and writes the package's own manifest; `--restore` (postpack) puts ours back.
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const dist = join(root, 'dist');
const manifest = join(root, 'package.json');
const cache = join(root, 'node_modules', '.cache', 'loam');
const kept = join(cache, 'package.json');

/** What can be imported, by its name below `loam/`. All files lie side by side: they find `../sql` from where they are. */
const library = {
  'schema/apply': 'schema/apply.ts',
  'schema/catalog': 'schema/catalog/read.ts',
  'schema/diff': 'schema/diff/diff.ts',
  'schema/doc': 'schema/doc/document-schema.ts',
  'schema/generate': 'schema/generate.ts',
  'schema/migrate': 'schema/migrations-project.ts',
  'schema/prove': 'schema/prove/run.ts',
  'schema/parameters': 'schema/parameters.ts',
  'schema/seed': 'schema/seed/seed.ts',
  'schema/session': 'schema/open-session.ts',
  'schema/types': 'schema/types/generate-types.ts',
  'schema/validate': 'schema/validate/validate.ts',
};
const flat = (/** @type {string} */ name) => name.replaceAll('/', '-');

/** Bundles into a folder; packages stay packages. Answers the names of those that are imported. */
export async function bundle(folder = dist) {
  const { build } = await import('rolldown');
  rmSync(folder, { recursive: true, force: true });
  const { output } = await build({
    cwd: root,
    input: {
      main: 'cli/main.ts',
      'pglite-worker': 'core/pglite-worker.ts',
      ...Object.fromEntries(Object.entries(library).map(([name, file]) => [flat(name), file])),
    },
    platform: 'node',
    external: (id) => !id.startsWith('.') && !id.startsWith('/'),
    logLevel: 'warn',
    output: { dir: folder, format: 'esm', entryFileNames: '[name].js', chunkFileNames: 'part-[hash].js' },
  });
  writeFileSync(join(folder, 'loam.js'), "#!/usr/bin/env node\nawait import('./main.js');\n");
  const imported = output.flatMap((chunk) => ('imports' in chunk ? [...chunk.imports, ...chunk.dynamicImports] : []));
  const packages = imported
    .filter((name) => !/^[./]/.test(name) && !name.startsWith('node:') && !/^part-|\.js$/.test(name))
    .map((name) =>
      name
        .split('/')
        .slice(0, name.startsWith('@') ? 2 : 1)
        .join('/'),
    );
  return new Set(packages.filter((name) => !builtinModules.includes(name)));
}

/** The manifest of what is shipped: only what the bundle imports is a dependency. */
export function shippedManifest(/** @type {Record<string, any>} */ ours, /** @type {Set<string>} */ packages) {
  const missing = [...packages].filter((name) => ours.dependencies[name] === undefined);
  if (missing.length > 0) throw new Error(`imported, but no dependency: ${missing.join(', ')}`);
  const { name, version, type, license, description } = ours;
  return {
    name,
    version,
    type,
    license,
    description,
    engines: { node: '>=22' },
    bin: { loam: 'dist/loam.js' },
    exports: Object.fromEntries(Object.keys(library).map((path) => [`./${path}`, `./dist/${flat(path)}.js`])),
    files: ['dist', 'sql', 'docs'],
    scripts: { postpack: ours.scripts.postpack },
    dependencies: Object.fromEntries(Object.entries(ours.dependencies).filter(([each]) => packages.has(each))),
  };
}

async function prepare() {
  const ours = JSON.parse(readFileSync(manifest, 'utf8'));
  const packages = await bundle();
  const { makeTemplate } = await import('../schema/session-pglite.ts');
  writeFileSync(join(dist, 'scratch.tar.gz'), await makeTemplate());
  const shipped = shippedManifest(ours, packages);
  mkdirSync(cache, { recursive: true });
  writeFileSync(kept, readFileSync(manifest));
  writeFileSync(manifest, `${JSON.stringify(shipped, null, 2)}\n`);
  console.error(
    `${readdirSync(dist).length} files bundled; dependencies: ${Object.keys(shipped.dependencies).join(', ')}`,
  );
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  if (!process.argv.includes('--restore')) await prepare();
  else if (existsSync(kept)) renameSync(kept, manifest);
}
