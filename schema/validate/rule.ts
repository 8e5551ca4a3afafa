// What a rule of the validator is: a pure function over what was parsed and what the catalog says.
import type { Catalog } from '../catalog/model.ts';
import type { Notice } from '../session.ts';
import type { Source } from './source.ts';

/** error: a hole or a certain failure. warning: will hurt. info: worth knowing; never fails a run by default. */
export type Level = 'error' | 'warning' | 'info';
/** greenfield: tables are made empty. live: they hold rows, so locks and rewrites count. */
export type Profile = 'greenfield' | 'live';
export type Category = 'security' | 'vectors' | 'performance' | 'correctness' | 'naming' | 'migration';

export interface Rule {
  /** kebab-case; the name of its page in docs/reference/rules/. */
  readonly id: string;
  readonly level: Level;
  readonly category: Category;
  readonly title: string;
  readonly why: string;
  readonly mend: string;
  /** In which profiles it speaks. */
  readonly profiles: readonly Profile[];
  /** What it reads: without an applied catalog, rules of `catalog` are reported as not evaluated. */
  readonly reads: 'catalog' | 'syntax' | 'both';
  /** It reads storage.buckets, which a login may be without the right to. */
  readonly needsBuckets?: boolean;
  check(evidence: Evidence): readonly Found[];
}

export interface Evidence {
  /** What the catalog says after everything was applied; empty when `reads` is syntax and nothing could be applied. */
  readonly catalog: Catalog;
  /** The parsed files in order of application; none when a live database is validated. */
  readonly sources: readonly Source[];
  /** Notices of PostgreSQL while applying, with the statement that raised them. */
  readonly notices: readonly (Notice & { readonly file: string; readonly line: number })[];
  /** Schemas that the API exposes; `public` unless told. */
  readonly exposed: readonly string[];
  readonly profile: Profile;
  /** What only a running database knows; null for files. */
  readonly live?: LiveFacts | null;
}

export interface LiveFacts {
  /** Search functions that fail over the dimension of their vectors when they are called. */
  readonly failedSearches: readonly { readonly object: string; readonly message: string }[];
  /** Indexes that were never read since statistics began. */
  readonly unusedIndexes: readonly { readonly schema: string; readonly table: string; readonly index: string }[];
  /** Tables with more dead rows than live ones. */
  readonly bloated: readonly {
    readonly schema: string;
    readonly table: string;
    readonly dead: number;
    readonly rows: number;
  }[];
  readonly outdatedExtensions: readonly {
    readonly name: string;
    readonly installed: string;
    readonly available: string;
  }[];
}

/** One thing found. The runner joins it to its file and line by the object, unless the rule knows the place itself. */
export interface Found {
  /** Identity: `public.messages`, `public.messages.user_id`, `public.messages policy "own rows"`, `public.f(uuid)`, `index public.i`. */
  readonly object: string;
  /** One sentence that names the object and the fault. */
  readonly message: string;
  /** How to mend this one, with its own names; the rule's own `mend` otherwise. */
  readonly hint?: string;
  /** Where it weighs less than the rule as a whole. */
  readonly level?: Level;
  readonly place?: { readonly file: string; readonly line: number; readonly column: number };
}
