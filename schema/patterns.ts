// The patterns as files: which there are, what each needs, in which order they apply, and the text that applies them.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chooseParameters, type Parameters, renderSql, UsageError } from './parameters.ts';

const sqlFolder = fileURLToPath(new URL('../sql/', import.meta.url));
const parts = ['tables.sql', 'functions.sql', 'archive.sql', 'policies.sql', 'views.sql'] as const;
const platformParts = ['extensions.sql', 'roles.sql', 'auth.sql', 'storage.sql'] as const;
/** The pattern with organizations: where it is, the others' `tenancy.sql` is applied too. */
export const tenants = 'multi-tenant';

export interface Pattern {
  readonly name: string;
  readonly needs: readonly string[];
}

const readPart = (pattern: string, part: string): string | null => {
  try {
    return readFileSync(join(sqlFolder, 'patterns', pattern, part), 'utf8');
  } catch {
    return null;
  }
};

/** Every pattern, each after those that it needs. */
export function listPatterns(): readonly Pattern[] {
  const names = readdirSync(join(sqlFolder, 'patterns')).sort();
  const all = new Map<string, Pattern>();
  for (const name of names) {
    const needs = /^-- needs:(.*)$/m.exec(readPart(name, 'tables.sql') ?? '');
    if (needs !== null)
      all.set(name, {
        name,
        needs: (needs[1] ?? '')
          .split(',')
          .map((need) => need.trim())
          .filter(Boolean),
      });
  }
  const ordered: Pattern[] = [];
  const visit = (name: string, via: readonly string[]): void => {
    if (ordered.some((pattern) => pattern.name === name)) return;
    if (via.includes(name)) throw new Error(`patterns need each other: ${[...via, name].join(' -> ')}`);
    const pattern = all.get(name);
    if (pattern === undefined) throw new Error(`pattern ${via.at(-1) ?? ''} needs ${name}, which does not exist`);
    for (const need of pattern.needs) visit(need, [...via, name]);
    ordered.push(pattern);
  };
  for (const name of all.keys()) visit(name, []);
  return ordered;
}

export interface SqlFile {
  readonly path: string;
  readonly text: string;
}

/** What Supabase has and plain Postgres lacks. */
export function platformFiles(): readonly SqlFile[] {
  return platformParts.map((part) => ({
    path: `sql/platform/${part}`,
    text: readFileSync(join(sqlFolder, 'platform', part), 'utf8'),
  }));
}

/** Those that were asked for with those that they need, in order; `complete` is all of them. Throws UsageError on others. */
export function choosePatterns(names: readonly string[], tenancy = true): readonly Pattern[] {
  const all = listPatterns();
  const known = [...all.map(({ name }) => name), 'complete'];
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined) throw new UsageError(`There is no pattern ${unknown}. There are: ${known.join(', ')}.`);
  const wanted = new Set<string>();
  const add = (name: string): void => {
    wanted.add(name);
    for (const need of all.find((pattern) => pattern.name === name)?.needs ?? []) add(need);
  };
  for (const name of names.includes('complete') ? known : names)
    if (name !== 'complete' && (tenancy || name !== tenants || names.includes(tenants))) add(name);
  return all.filter(({ name }) => wanted.has(name));
}

/**
 * The current text of the patterns, in order; vector parts only where pgvector is. A `tenancy.sql`, what a pattern adds
 * where organizations are, comes after everything else, and only when multi-tenant is among the patterns.
 */
export function patternFiles(
  patterns: readonly Pattern[],
  options: { readonly vectors: boolean; readonly parameters?: Parameters },
): readonly SqlFile[] {
  const shared = patterns.some(({ name }) => name === tenants);
  const parameters: Parameters = { ...(options.parameters ?? chooseParameters()), tenancy: shared };
  const wanted = options.vectors ? [...parts, 'vectors.sql'] : parts;
  const read = (name: string, part: string): readonly SqlFile[] => {
    const text = readPart(name, part);
    return text === null ? [] : [{ path: `sql/patterns/${name}/${part}`, text: renderSql(text, parameters) }];
  };
  return [
    ...patterns.flatMap(({ name }) => wanted.flatMap((part) => read(name, part))),
    ...(shared ? patterns.flatMap(({ name }) => read(name, 'tenancy.sql')) : []),
  ];
}
