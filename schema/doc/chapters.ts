// What a document or a diagram is about: relations in chapters, by pattern where patterns were named, else by schema, and
// the foreign keys between them.
import type { Catalog, Column, Constraint, Named, Table, View } from '../catalog/model.ts';
import { listPatterns, type Pattern, patternFiles } from '../patterns.ts';

export interface Chapter {
  readonly title: string;
  readonly tables: readonly Table[];
  readonly views: readonly View[];
}

export interface Reference {
  readonly from: Table;
  readonly to: Named;
  readonly columns: readonly string[];
  /** The far side may be missing. */
  readonly optional: boolean;
  /** At most one row on the near side. */
  readonly single: boolean;
  readonly constraint: Constraint;
}

export const nameOf = ({ schema, name }: Named): string => (schema === 'public' ? name : `${schema}.${name}`);

/** The pattern in whose files each relation is made. */
function patternsByName(patterns: readonly Pattern[]): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  const made = /^\s*create (?:or replace )?(?:table|view) (?:if not exists )?([\w.]+)/gim;
  for (const pattern of patterns)
    for (const { text } of patternFiles([pattern], { vectors: true }))
      for (const [, name = ''] of text.matchAll(made)) {
        const full = name.includes('.') ? name : `public.${name}`;
        if (!found.has(full)) found.set(full, pattern.name);
      }
  return found;
}

/** Partitions are left out: they are their parents. */
export function chaptersOf(catalog: Catalog, schemas: readonly string[], byPattern: boolean): readonly Chapter[] {
  const patterns = byPattern ? patternsByName(listPatterns()) : new Map<string, string>();
  const chapterOf = ({ schema, name }: Named): string => patterns.get(`${schema}.${name}`) ?? schema;
  const tables = catalog.tables.filter((table) => schemas.includes(table.schema) && table.partitionOf === null);
  const views = catalog.views.filter(({ schema }) => schemas.includes(schema));
  const order = byPattern ? listPatterns().map(({ name }) => name) : [];
  const place = (title: string): number =>
    order.includes(title) ? order.indexOf(title) : order.length + schemas.indexOf(title);
  const titles = [...new Set([...tables, ...views].map(chapterOf))].toSorted((a, b) => place(a) - place(b));
  return titles.map((title) => ({
    title,
    tables: tables.filter((table) => chapterOf(table) === title),
    views: views.filter((view) => chapterOf(view) === title),
  }));
}

const sameColumns = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((name) => b.includes(name));

export function referencesOf(table: Table): readonly Reference[] {
  return table.constraints.flatMap((constraint) => {
    const { target, columns } = constraint;
    if (constraint.kind !== 'foreign key' || target === null) return [];
    const nullable = (name: string): boolean => table.columns.find((column) => column.name === name)?.notNull === false;
    const single =
      table.constraints.some(
        (each) => ['primary key', 'unique'].includes(each.kind) && sameColumns(each.columns, columns),
      ) ||
      table.indexes.some(
        ({ unique, predicate, keys }) =>
          unique &&
          predicate === null &&
          sameColumns(
            keys.flatMap(({ column }) => column ?? [' ']),
            columns,
          ),
      );
    return [{ from: table, to: target, columns, optional: columns.some(nullable), single, constraint }];
  });
}

export const isKey = (table: Table, { name }: Column): 'PK' | 'FK' | 'PK, FK' | '' => {
  const within = (kind: string): boolean =>
    table.constraints.some((each) => each.kind === kind && each.columns.includes(name));
  const [primary, foreign] = [within('primary key'), within('foreign key')];
  return primary && foreign ? 'PK, FK' : primary ? 'PK' : foreign ? 'FK' : '';
};

/** `timestamp with time zone` is timestamptz; extensions' types lose their schema. */
export const typeName = ({ type }: Column): string =>
  type
    .replace('timestamp with time zone', 'timestamptz')
    .replace('timestamp without time zone', 'timestamp')
    .replace('character varying', 'varchar')
    .replace(/^(?:extensions|public|pg_catalog)\./, '');
