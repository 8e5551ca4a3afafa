// Kinds of objects that few schemas have. As in model.ts: names without quotes, types and expressions with an empty search path.
import type { Grant, Named } from './model.ts';

export interface Uncommon {
  readonly ranges: readonly Range[];
  readonly operators: readonly Operator[];
  readonly casts: readonly Cast[];
  readonly statistics: readonly Statistics[];
  readonly eventTriggers: readonly EventTrigger[];
  readonly wrappers: readonly Wrapper[];
  readonly servers: readonly Server[];
  /** What a foreign table has beyond the table of its name. */
  readonly foreignTables: readonly ForeignTable[];
  readonly dictionaries: readonly Dictionary[];
  readonly searchConfigurations: readonly SearchConfiguration[];
  readonly defaultRights: readonly DefaultRights[];
}

export interface Range extends Named {
  readonly owner: string;
  readonly subtype: string;
  /** Where they are not the subtype's own. */
  readonly opclass: string | null;
  readonly collation: string | null;
  readonly canonical: string | null;
  readonly difference: string | null;
  /** The name of the type of many of it. */
  readonly multirange: string;
  readonly comment: string | null;
}

export interface Operator extends Named {
  readonly owner: string;
  /** null before its only operand. */
  readonly left: string | null;
  readonly right: string;
  readonly function: string;
  /** As `operator(schema.name)` names them. */
  readonly commutator: string | null;
  readonly negator: string | null;
  readonly restrict: string | null;
  readonly join: string | null;
  readonly hashes: boolean;
  readonly merges: boolean;
  readonly comment: string | null;
}

export interface Cast {
  /** Of its function or, where it has none, of the types: the first that is not PostgreSQL's own. */
  readonly schema: string;
  readonly source: string;
  readonly target: string;
  /** With its arguments; null for `without function` and `with inout`. */
  readonly function: string | null;
  readonly inout: boolean;
  readonly context: 'explicit' | 'assignment' | 'implicit';
  readonly comment: string | null;
}

export interface Statistics extends Named {
  readonly owner: string;
  readonly table: Named;
  readonly columns: readonly string[];
  /** As pg_get_statisticsobjdef writes it. */
  readonly text: string;
  /** null: that of the database. */
  readonly target: number | null;
  readonly comment: string | null;
}

export interface EventTrigger {
  readonly name: string;
  readonly owner: string;
  readonly event: string;
  readonly tags: readonly string[];
  readonly function: Named;
  /** As of a trigger. */
  readonly enabled: string;
  readonly comment: string | null;
}

/** A foreign data wrapper. Options are `name=value`, here and below. */
export interface Wrapper {
  readonly name: string;
  readonly owner: string;
  readonly handler: string | null;
  readonly validator: string | null;
  readonly options: readonly string[];
  readonly comment: string | null;
  readonly grants: readonly Grant[];
}

export interface Server {
  readonly name: string;
  readonly owner: string;
  readonly wrapper: string;
  readonly type: string | null;
  readonly version: string | null;
  readonly options: readonly string[];
  readonly comment: string | null;
  readonly grants: readonly Grant[];
}

export interface ForeignTable extends Named {
  readonly server: string;
  readonly options: readonly string[];
  /** Only columns that have some. */
  readonly columns: readonly { readonly name: string; readonly options: readonly string[] }[];
}

export interface Dictionary extends Named {
  readonly owner: string;
  readonly template: string;
  /** `language = 'english', stopwords = 'english'`. */
  readonly options: string | null;
  readonly comment: string | null;
}

export interface SearchConfiguration extends Named {
  readonly owner: string;
  readonly parser: string;
  readonly mappings: readonly { readonly token: string; readonly dictionaries: readonly string[] }[];
  readonly comment: string | null;
}

/** What new objects of a role are granted beyond, or in place of, what PostgreSQL grants by itself. */
export interface DefaultRights {
  readonly role: string;
  /** null: in every schema, and in place of PostgreSQL's own. */
  readonly schema: string | null;
  /** As pg_default_acl has it: r relations, S sequences, f functions, T types, n schemas. */
  readonly object: 'r' | 'S' | 'f' | 'T' | 'n';
  /** Without the role's own. */
  readonly grants: readonly Grant[];
}
