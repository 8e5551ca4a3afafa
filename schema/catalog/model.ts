// The catalog of a database as plain values: the one model that validating, diffing, seeding, proving and documenting share.
// Every name is as pg_catalog has it, without quotes; every type and expression is written with an empty search path, so all
// but pg_catalog's own names are qualified. Objects that belong to an extension are left out.
import type { Uncommon } from './model-uncommon.ts';

export interface Catalog extends Uncommon {
  /** As `server_version_num`: 150004, 180000. */
  readonly version: number;
  readonly schemas: readonly Schema[];
  readonly extensions: readonly Extension[];
  readonly roles: readonly Role[];
  readonly tables: readonly Table[];
  readonly views: readonly View[];
  readonly functions: readonly Routine[];
  readonly policies: readonly Policy[];
  readonly triggers: readonly Trigger[];
  readonly enums: readonly Enum[];
  readonly domains: readonly Domain[];
  readonly composites: readonly Composite[];
  readonly sequences: readonly Sequence[];
  readonly publications: readonly Publication[];
  /** Rows of storage.buckets; empty where there is no such table. */
  readonly buckets: readonly Bucket[];
  /** What this login may not read, in words; empty for an owner or superuser. */
  readonly unreadable: readonly string[];
}

/** A relation, function or type by its schema and name. */
export interface Named {
  readonly schema: string;
  readonly name: string;
}

/** One privilege of one grantee; `public` is everybody. The owner's own are among them, defaults spelled out. */
export interface Grant {
  readonly grantee: string;
  /** SELECT, INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER, MAINTAIN, USAGE, CREATE, EXECUTE. */
  readonly privilege: string;
  readonly grantable: boolean;
}

export interface Schema {
  readonly name: string;
  readonly owner: string;
  readonly comment: string | null;
  readonly grants: readonly Grant[];
}

export interface Extension {
  readonly name: string;
  readonly schema: string;
  readonly version: string;
}

export interface Role {
  readonly name: string;
  readonly login: boolean;
  readonly superuser: boolean;
  readonly bypassRls: boolean;
  readonly inherit: boolean;
  readonly memberOf: readonly string[];
}

export interface Table extends Named {
  readonly oid: number;
  readonly kind: 'table' | 'partitioned' | 'foreign';
  readonly owner: string;
  readonly comment: string | null;
  readonly unlogged: boolean;
  readonly rls: boolean;
  readonly forceRls: boolean;
  readonly options: readonly string[];
  /** `RANGE (created_at)` of a partitioned table. */
  readonly partitionKey: string | null;
  /** The table that this is a partition of, and its `FOR VALUES …`. */
  readonly partitionOf: Named | null;
  readonly partitionBound: string | null;
  readonly inherits: readonly Named[];
  /** The planner's estimate; -1 when never analysed. */
  readonly estimatedRows: number;
  /** In their order, dropped ones left out. */
  readonly columns: readonly Column[];
  readonly constraints: readonly Constraint[];
  readonly indexes: readonly Index[];
  /** Of the whole table; those of single columns are with the columns. */
  readonly grants: readonly Grant[];
}

export interface Column {
  readonly name: string;
  /** attnum: counts from 1, with gaps where columns were dropped. */
  readonly position: number;
  /** As format_type writes it: `character varying(255)`, `extensions.vector(1536)`, `text[]`. */
  readonly type: string;
  /** Schema and name in pg_type: `pg_catalog` `varchar`, `extensions` `vector`, `pg_catalog` `_text`. */
  readonly typeSchema: string;
  readonly typeName: string;
  readonly typeKind: 'base' | 'enum' | 'domain' | 'composite' | 'range' | 'other';
  readonly array: boolean;
  /** atttypmod: the dimension of a vector or halfvec; -1 when none was given. */
  readonly typmod: number;
  readonly notNull: boolean;
  /** Its expression, or that of a generated column. */
  readonly default: string | null;
  readonly generated: 'stored' | 'virtual' | null;
  readonly identity: 'always' | 'by default' | null;
  /** Where it is not the type's own. */
  readonly collation: string | null;
  readonly comment: string | null;
  readonly grants: readonly Grant[];
}

export type ForeignAction = 'no action' | 'restrict' | 'cascade' | 'set null' | 'set default';

export interface Constraint {
  readonly name: string;
  readonly kind: 'primary key' | 'unique' | 'foreign key' | 'check' | 'exclusion';
  readonly columns: readonly string[];
  /** The table and columns that a foreign key points to, column by column. */
  readonly target: (Named & { readonly columns: readonly string[] }) | null;
  readonly onDelete: ForeignAction | null;
  readonly onUpdate: ForeignAction | null;
  readonly deferrable: boolean;
  readonly deferred: boolean;
  readonly validated: boolean;
  /** Came from the parent of a partition or an inheriting table. */
  readonly inherited: boolean;
  /** Its index, for primary key, unique and exclusion; for a foreign key the target's. */
  readonly index: string | null;
  /** As pg_get_constraintdef writes it. */
  readonly text: string;
  readonly comment: string | null;
}

export interface Index {
  readonly name: string;
  /** btree, gin, gist, hash, brin, hnsw, ivfflat. */
  readonly method: string;
  readonly unique: boolean;
  readonly primary: boolean;
  readonly nullsNotDistinct: boolean;
  readonly valid: boolean;
  readonly keys: readonly IndexKey[];
  readonly included: readonly string[];
  /** The WHERE of a partial index. */
  readonly predicate: string | null;
  /** `lists=100`, `m=16`, `ef_construction=64`. */
  readonly options: readonly string[];
  /** The constraint that made it. */
  readonly constraint: string | null;
  /** The index of the partitioned table that this one belongs to. */
  readonly partitionOf: string | null;
  /** As pg_get_indexdef writes it. */
  readonly text: string;
  readonly comment: string | null;
}

export interface IndexKey {
  /** null for an expression. */
  readonly column: string | null;
  /** The column's name in quotes where needed, or the expression. */
  readonly expression: string;
  /** `vector_cosine_ops`, `uuid_ops`. */
  readonly opclass: string;
  readonly descending: boolean;
  readonly nullsFirst: boolean;
}

export interface View extends Named {
  readonly oid: number;
  readonly kind: 'view' | 'materialized';
  readonly owner: string;
  readonly comment: string | null;
  /** `security_invoker=true`, `security_barrier=true`. */
  readonly options: readonly string[];
  readonly text: string;
  readonly columns: readonly Column[];
  readonly indexes: readonly Index[];
  /** Tables, views and functions that its query names. */
  readonly relations: readonly Named[];
  readonly functions: readonly Named[];
  readonly grants: readonly Grant[];
}

export interface Argument {
  /** Empty when it has none. */
  readonly name: string;
  readonly mode: 'in' | 'out' | 'inout' | 'variadic' | 'table';
  /** Without typmod: the catalog does not keep it (`vector(768)` is `vector`). */
  readonly type: string;
  readonly hasDefault: boolean;
}

export interface Routine extends Named {
  readonly oid: number;
  readonly kind: 'function' | 'procedure' | 'aggregate' | 'window';
  /** The types that identify it, as in `drop function f(…)`: `uuid, text`. */
  readonly identity: string;
  readonly arguments: readonly Argument[];
  /** As pg_get_function_result writes it; null for a procedure. */
  readonly result: string | null;
  readonly returnsSet: boolean;
  readonly returnsTrigger: boolean;
  readonly language: string;
  /** The text between the quotes, or the SQL-standard body. */
  readonly body: string;
  readonly definer: boolean;
  readonly volatility: 'immutable' | 'stable' | 'volatile';
  readonly strict: boolean;
  readonly leakproof: boolean;
  /** `search_path=""`, as pg_proc.proconfig has them. */
  readonly settings: readonly string[];
  readonly owner: string;
  readonly comment: string | null;
  /** The whole `CREATE OR REPLACE …`. */
  readonly text: string;
  readonly grants: readonly Grant[];
}

export interface Policy {
  readonly schema: string;
  readonly table: string;
  readonly name: string;
  readonly command: 'all' | 'select' | 'insert' | 'update' | 'delete';
  readonly permissive: boolean;
  /** `public` when it names none. */
  readonly roles: readonly string[];
  readonly using: string | null;
  readonly check: string | null;
  /** Tables and views that its expressions read, with their columns; its own table's columns too. */
  readonly relations: readonly (Named & { readonly columns: readonly string[] })[];
  readonly functions: readonly Named[];
  readonly comment: string | null;
}

export interface Trigger {
  readonly schema: string;
  readonly table: string;
  readonly name: string;
  readonly function: Named;
  readonly timing: 'before' | 'after' | 'instead of';
  readonly events: readonly ('insert' | 'update' | 'delete' | 'truncate')[];
  readonly eachRow: boolean;
  /** O enabled, D disabled, R replica, A always. */
  readonly enabled: string;
  readonly text: string;
  readonly comment: string | null;
}

export interface Enum extends Named {
  readonly owner: string;
  readonly values: readonly string[];
  readonly comment: string | null;
}

export interface Domain extends Named {
  readonly owner: string;
  readonly type: string;
  readonly default: string | null;
  readonly notNull: boolean;
  readonly checks: readonly { readonly name: string; readonly text: string }[];
  readonly comment: string | null;
}

export interface Composite extends Named {
  readonly owner: string;
  readonly attributes: readonly { readonly name: string; readonly type: string }[];
  readonly comment: string | null;
}

/** Numbers are text: they may be beyond what a JavaScript number holds. */
export interface Sequence extends Named {
  readonly owner: string;
  readonly type: string;
  readonly start: string;
  readonly increment: string;
  readonly minimum: string;
  readonly maximum: string;
  readonly cache: string;
  readonly cycle: boolean;
  /** The column that owns it; `identity` where it is that column's own. */
  readonly ownedBy: (Named & { readonly column: string; readonly identity: boolean }) | null;
  readonly comment: string | null;
  readonly grants: readonly Grant[];
}

export interface Publication {
  readonly name: string;
  readonly allTables: boolean;
  readonly operations: readonly ('insert' | 'update' | 'delete' | 'truncate')[];
  readonly tables: readonly Named[];
}

export interface Bucket {
  readonly id: string;
  readonly name: string;
  readonly public: boolean;
  readonly fileSizeLimit: number | null;
  readonly allowedMimeTypes: readonly string[] | null;
}
