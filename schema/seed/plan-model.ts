// What a plan says: tables in their order, what each row belongs to, and which column makes keys different.
import type { Column, Composite, Named, Table } from '../catalog/model.ts';
import type { Leaf } from './partitions.ts';
import type { ColumnRule, Condition } from './rules.ts';

export const keyOf = ({ schema, name }: Named): string => `${schema}.${name}`;

/** Whose rows a table holds: one person's each, one tenant's each, or nobody's. */
export type Scope = 'user' | 'tenant' | 'shared';

export interface Reference {
  readonly columns: readonly string[];
  readonly target: string;
  readonly targetColumns: readonly string[];
  readonly nullable: boolean;
  /** By the column's name alone: nothing in the database asks for it. */
  readonly soft: boolean;
  readonly role: 'owner' | 'other user' | 'tenant' | 'main' | 'one to one' | 'self' | 'plain' | 'later';
}

export interface UniqueKey {
  readonly name: string;
  readonly columns: readonly string[];
  /** When it holds at all; null when that is not understood. */
  readonly when: readonly Condition[] | null;
  readonly nullsNotDistinct: boolean;
}

export interface ColumnPlan {
  readonly column: Column;
  /** The type behind a domain, as pg_type names it, and of an array its element's. */
  readonly type: string;
  readonly array: boolean;
  readonly composite: Composite | null;
  readonly rule: ColumnRule;
  /** Labels of an enum. */
  readonly labels: readonly string[] | null;
  /** No two rows alike. */
  readonly distinct: boolean;
  /** Counts the rows of the main parent. */
  readonly counts: boolean;
  readonly nullable: boolean;
}

export interface TablePlan {
  readonly key: string;
  readonly table: Table;
  readonly scope: Scope;
  readonly columns: readonly ColumnPlan[];
  readonly references: readonly Reference[];
  readonly main: Reference | null;
  /** Those that generated values do not make sure of. */
  readonly keys: readonly UniqueKey[];
  /** Rows come from triggers of other tables. */
  readonly derived: boolean;
  /** All of its key are references to other tables. */
  readonly link: boolean;
  /** What its partitions take: null for anything, empty where there is none. */
  readonly leaves: readonly Leaf[] | null;
}

export interface Plan {
  readonly tables: readonly TablePlan[];
  /** Where accounts are: `auth.users`, or the table that plays its part. */
  readonly users: string | null;
  readonly tenants: string | null;
}

export interface Draft {
  readonly key: string;
  readonly table: Table;
  readonly references: Reference[];
  readonly uniques: readonly UniqueKey[];
}

export const primaryOf = (table: Table): readonly string[] =>
  table.constraints.find(({ kind }) => kind === 'primary key')?.columns ?? [];

export const covers = (columns: readonly string[], key: readonly string[]): boolean =>
  key.length > 0 && key.every((name) => columns.includes(name));
