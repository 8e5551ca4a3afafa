// Which way arrows point: who may import whom. The rules are those of docs/architecture; each finding is one line.
import { posix } from 'node:path';
import type { Source } from './sources.ts';

/** Rooms import only what stands before them, and of that only the public face. A new room is added here. */
export const roomOrder: readonly string[] = [
  'http',
  'auth',
  'profiles',
  'tenancy',
  'storage',
  'realtime',
  'gateway',
  'usage',
  'documents',
  'search',
  'prompts',
  'images',
  'chat',
  'data',
];

const drivers = ['pg', '@electric-sql/pglite', '@electric-sql/pglite-pgvector'];
/** Stand outside of the program: tests, what they are made with, benchmarks, scripts. */
const anything = /^(tests|bench|scripts|infra)\/|^server\/testing\/|^server\/[a-z]+\/testing\.ts$|\.test\.tsx?$/;
const testing = /^(tests|bench)\/|^server\/testing\/|^server\/[a-z]+\/testing\.ts$|\.test\.tsx?$/;
const mayOpenDrivers = /^(core\/(database[a-z-]*|pglite-worker)|schema\/(session|copy)-[a-z]+)\.ts$/;
const privateFiles = /^(queries|routes|[a-z-]+-(queries|routes))\.ts$/;

/** Folders at the root, and what they may import of each other. */
const arrows: Readonly<Record<string, readonly string[]>> = {
  contract: ['contract'],
  core: ['core', 'contract'],
  schema: ['schema', 'core', 'contract'],
  cli: ['cli', 'schema', 'core', 'contract'],
  web: ['web', 'contract'],
  server: ['server', 'core', 'contract'],
};

interface Import {
  readonly specifier: string;
  readonly line: number;
}

const pattern =
  /^\s*(?:import|export)\s(?:[^'"`;]*?\sfrom\s)?\s*['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]|\bnew URL\(\s*['"](\.[^'"]+\.ts)['"]/gm;

export function importsOf(text: string): readonly Import[] {
  return [...text.matchAll(pattern)].map((match) => ({
    specifier: match[1] ?? match[2] ?? match[3] ?? '',
    line: text.slice(0, (match.index ?? 0) + match[0].length).split('\n').length,
  }));
}

const packageOf = (specifier: string): string =>
  specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');

function packageProblem(from: string, specifier: string): string | null {
  const name = packageOf(specifier);
  if (from.startsWith('contract/') && name !== 'zod') return 'contract knows nothing but zod';
  if (testing.test(from)) return null;
  if (drivers.includes(name) && !mayOpenDrivers.test(from))
    return 'drivers are known only to core/database and schema/session';
  if (name === 'pg-boss' && !['core/jobs.ts', 'schema/install.ts'].includes(from)) return 'jobs go through core/jobs';
  if (name === 'undici' && from.startsWith('server/') && !from.startsWith('server/gateway/'))
    return 'models are called only from the gateway';
  if (from.startsWith('web/') && specifier.startsWith('node:') && from !== 'web/vite.config.ts')
    return 'the web application runs in a browser';
  return null;
}

function roomProblem(from: string, to: string): string | null {
  const [, room = '', ...fromRest] = from.split('/');
  const [, other = '', ...toRest] = to.split('/');
  if (toRest.length === 0) return fromRest.length === 0 ? null : 'a room does not know the application that mounts it';
  if (testing.test(to)) return 'only tests use what is made for them';
  if (fromRest.length === 0 || room === other) return null;
  const mine = roomOrder.indexOf(room);
  const theirs = roomOrder.indexOf(other);
  if (mine < 0) return `the room ${room} has no place in roomOrder (scripts/checks/borders.ts)`;
  if (theirs < 0 || theirs > mine) return `${other} does not stand before ${room}`;
  if (toRest.length > 1 || privateFiles.test(toRest[0] ?? ''))
    return `of ${other}, only its public face may be imported`;
  return null;
}

function fileProblem(from: string, to: string): string | null {
  const [here = ''] = from.split('/');
  const [there = ''] = to.split('/');
  if (/\.test\.tsx?$/.test(to)) return 'nothing imports a test';
  if (to === 'package.json' || (from === 'server/main.ts' && there === 'schema')) return null;
  const allowed = arrows[here];
  if (allowed === undefined) return null;
  if (!allowed.includes(there)) return `${here} does not import ${there}`;
  return here === 'server' && there === 'server' ? roomProblem(from, to) : null;
}

/** The environment is read in one place; scripts and tests stand outside of the program. */
function environmentProblems({ path, text }: Source): string[] {
  if (path === 'core/config.ts' || anything.test(path) || !/\.(ts|tsx)$/.test(path)) return [];
  return text
    .split('\n')
    .flatMap((line, index) =>
      /\bprocess\.env\b|\bimport\.meta\.env\b/.test(line)
        ? [`${path}:${index + 1}: the environment is read only in core/config.ts`]
        : [],
    );
}

/** One line for each import that points the wrong way. */
export function checkBorders(sources: readonly Source[]): readonly string[] {
  return sources.flatMap((source) => {
    if (!/\.(ts|tsx|mjs)$/.test(source.path)) return [];
    const found = importsOf(source.text).flatMap(({ specifier, line }) => {
      const problem = specifier.startsWith('.')
        ? anything.test(source.path)
          ? null
          : fileProblem(source.path, posix.normalize(posix.join(posix.dirname(source.path), specifier)))
        : packageProblem(source.path, specifier);
      return problem === null ? [] : [`${source.path}:${line}: ${problem} (${specifier})`];
    });
    return [...found, ...environmentProblems(source)];
  });
}
