// For tests of rules: tables of SQL that a rule finds or lets pass, each tried as it is written and with every name replaced,
// in a schema of its own. All cases of a file are applied to one scratch engine and its catalog is read once.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Catalog } from '../../catalog/model.ts';
import { readCatalog } from '../../catalog/read.ts';
import { openScratch } from '../../open-session.ts';
import type { Session } from '../../session.ts';
import type { Evidence, Level, Profile, Rule } from '../rule.ts';
import { readSource } from '../source.ts';
import { loadParser } from '../syntax.ts';

export interface Case {
  readonly rule: Rule;
  /** What is tried, in words. */
  readonly says: string;
  /** One file, or several in order. */
  readonly sql: string | readonly string[];
  /** Objects found, `@` for the schema; a function up to its bracket. None: it is a near miss. `some`: whichever. */
  readonly finds?: readonly string[] | 'some';
  /** Where it weighs less than the rule as a whole. */
  readonly level?: Level;
  /** The names that the second round replaces. */
  readonly names: readonly string[];
  /** Default greenfield. */
  readonly profile?: Profile;
  /** The SQL is not applied: it would fail, or says nothing to a catalog. */
  readonly unapplied?: boolean;
}

interface Tried {
  readonly of: Case;
  readonly schema: string;
  readonly files: readonly string[];
  readonly expected: readonly string[] | 'some';
}

const odd = (name: string): string => `Odd ${name}`;

/** The case with its names replaced by ones that need quotes. */
function disguised(of: Case, schema: string): Tried {
  const rename = (text: string, write: (name: string) => string): string =>
    of.names.reduce(
      (now, name) =>
        now.replaceAll(new RegExp(`"${name}"|(?<!\\w)${name}(?!\\w)`, 'g'), (found) =>
          found.startsWith('"') && write === odd ? `"${write(name)}"` : write(name),
        ),
      text,
    );
  const files = typeof of.sql === 'string' ? [of.sql] : of.sql;
  return {
    of,
    schema,
    files: files.map((text) =>
      place(
        rename(text, (name) => `"${odd(name)}"`),
        `"${schema}"`,
      ),
    ),
    expected:
      of.finds === 'some' ? 'some' : (of.finds ?? []).map((object) => rename(object, odd).replaceAll('@', schema)),
  };
}

function plain(of: Case, schema: string): Tried {
  const files = typeof of.sql === 'string' ? [of.sql] : of.sql;
  return {
    of,
    schema,
    files: files.map((text) => place(text, schema)),
    expected: of.finds === 'some' ? 'some' : (of.finds ?? []).map((object) => object.replaceAll('@', schema)),
  };
}

const place = (text: string, schema: string): string =>
  `set search_path to ${schema}, extensions;\n${text.replaceAll('public.', `${schema}.`)}`;

/** The catalog as if there were only this schema, besides the platform's. */
function only(catalog: Catalog, schema: string, all: ReadonlySet<string>): Catalog {
  const ours = (thing: { readonly schema: string }): boolean => thing.schema === schema || !all.has(thing.schema);
  return {
    ...catalog,
    tables: catalog.tables.filter(ours),
    views: catalog.views.filter(ours),
    functions: catalog.functions.filter(ours),
    policies: catalog.policies.filter(ours),
    triggers: catalog.triggers.filter(ours),
  };
}

const nothing: Catalog = {
  version: 180000,
  schemas: [],
  extensions: [],
  roles: [],
  tables: [],
  views: [],
  functions: [],
  policies: [],
  triggers: [],
  enums: [],
  domains: [],
  composites: [],
  sequences: [],
  publications: [],
  buckets: [],
  unreadable: [],
  ranges: [],
  operators: [],
  casts: [],
  statistics: [],
  eventTriggers: [],
  wrappers: [],
  servers: [],
  foreignTables: [],
  dictionaries: [],
  searchConfigurations: [],
  defaultRights: [],
};

const withoutArguments = (object: string): string => object.replace(/\(.*$/s, '');

/** Registers a test a case and round; the second round, with other names, only where a case has names. */
export function tryCases(cases: readonly Case[]): void {
  const tried = cases.flatMap((of, index) => [
    plain(of, `case_${index}`),
    ...(of.names.length === 0 ? [] : [disguised(of, `Odd ${index}`)]),
  ]);
  const schemas = new Set(tried.map(({ schema }) => schema));
  let session: Session | undefined;
  let catalog = nothing;
  before(async () => {
    await loadParser();
    if (cases.every(({ unapplied }) => unapplied === true)) return;
    session = await openScratch();
    await session.exec(`create extension if not exists vector with schema extensions;
      grant usage on schema extensions, auth to anon, authenticated;
      alter default privileges grant all on tables to anon, authenticated;
      alter default privileges grant all on functions to anon, authenticated;`);
    for (const { of, schema, files } of tried) {
      if (of.unapplied === true) continue;
      await session.exec(`create schema "${schema}"`);
      for (const text of files) {
        try {
          await session.exec(text);
        } catch (error) {
          throw new Error(`${of.rule.id}: ${of.says}: ${String(error)}\n${text}`, { cause: error });
        }
      }
    }
    catalog = await readCatalog(session);
  });
  after(async () => await session?.close());
  for (const { of, schema, files, expected } of tried)
    test(`${of.rule.id}: ${of.says}${schema.startsWith('Odd') ? ' (renamed)' : ''}`, () => {
      const evidence: Evidence = {
        catalog: of.unapplied === true ? nothing : only(catalog, schema, schemas),
        sources: files.map((text, index) => readSource(`${index + 1}.sql`, text)),
        notices: [],
        exposed: [schema],
        profile: of.profile ?? 'greenfield',
        live: null,
      };
      assert.deepEqual(
        evidence.sources.flatMap(({ problems }) => problems.map(({ message }) => message)),
        [],
      );
      const found = of.rule.check(evidence);
      if (expected === 'some') assert.notDeepEqual(found, []);
      else
        assert.deepEqual(
          found.map(({ object }) => withoutArguments(object)).sort(),
          [...expected].map(withoutArguments).sort(),
        );
      for (const { message, level } of found) {
        assert.match(message, /^\S.*[.)]$/s);
        if (of.level !== undefined) assert.equal(level, of.level);
      }
    });
}
