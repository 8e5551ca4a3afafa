// Run after changing dependencies: `npm ci` wants every platform's build of a package in the lock file, but npm writes
// only those that it could see while resolving. Adds the missing ones by name; --check only says what is missing.
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const path = fileURLToPath(new URL('../package-lock.json', import.meta.url));
const systems = ['aix', 'android', 'darwin', 'freebsd', 'linux', 'netbsd', 'openbsd', 'openharmony', 'sunos', 'win32'];
const processors = ['arm64', 'x64', 'ia32', 'arm', 'riscv64', 'ppc64', 's390x', 'loong64', 'mips64el', 'wasm32'];

/** What a platform package's name says of where it runs. */
function platformOf(/** @type {string} */ name) {
  const parts = name
    .split(/[-/]/)
    .map((part) => (part === 'armv7' || part === 'armeabi' ? 'arm' : part === 'win' ? 'win32' : part));
  const os = systems.filter((system) => parts.includes(system));
  const cpu = processors.filter((processor) => parts.includes(processor));
  const libc = parts.some((part) => part.startsWith('musl'))
    ? ['musl']
    : parts.some((part) => part.startsWith('gnu'))
      ? ['glibc']
      : [];
  return { ...(os.length > 0 ? { os } : {}), ...(cpu.length > 0 ? { cpu } : {}), ...(libc.length > 0 ? { libc } : {}) };
}

/** Entries that `npm ci` would miss, by their place in the lock file. */
export function missingEntries(/** @type {Record<string, any>} */ packages) {
  /** @type {Record<string, object>} */
  const missing = {};
  for (const [place, entry] of Object.entries(packages)) {
    for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
      if (
        place === '' ||
        packages[`node_modules/${name}`] !== undefined ||
        packages[`${place}/node_modules/${name}`] !== undefined
      )
        continue;
      const platform = platformOf(name);
      // Only builds for one platform are passed over where they do not fit; anything else must be resolved by npm.
      if (!('os' in platform) && !('cpu' in platform)) continue;
      const exact = String(version).replace(/^[\^~]/, '');
      missing[`node_modules/${name}`] = {
        version: exact,
        ...platform,
        ...(entry.dev ? { dev: true } : {}),
        optional: true,
      };
    }
  }
  return missing;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const lock = JSON.parse(readFileSync(path, 'utf8'));
  const missing = missingEntries(lock.packages);
  const names = Object.keys(missing);
  if (names.length > 0 && process.argv.includes('--check')) {
    console.error(`package-lock.json lacks ${names.join(', ')}. Run: node scripts/complete-lock.mjs`);
    process.exit(1);
  }
  const merged = { ...lock.packages, ...missing };
  lock.packages = Object.fromEntries(Object.entries(merged).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
  if (names.length > 0) writeFileSync(path, `${JSON.stringify(lock, null, 2)}\n`);
  console.log(`${names.length} entries added`);
}
