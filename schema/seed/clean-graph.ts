// Tables and foreign keys as taking out needs them: how a row is named, what points to what, and who goes first.
import type { Catalog, ForeignAction, Table } from '../catalog/model.ts';
import { quoteName, quoteQualified } from '../quote.ts';
import { keyOf, primaryOf } from './plan-model.ts';

export interface Node {
  readonly oid: number;
  /** Quoted, as all names here. */
  readonly name: string;
  /** What tells a row of `alias` from all others: an array of texts. */
  keyOf(alias: string): string;
  readonly uuids: readonly string[];
  readonly schema: string;
  /** The columns of each index that covers every row. */
  readonly indexed: readonly (readonly string[])[];
}

export interface Link {
  readonly source: string;
  readonly columns: readonly string[];
  readonly target: string;
  readonly targetColumns: readonly string[];
  readonly action: ForeignAction;
  /** All of its columns that may be NULL; emptying one empties the reference. */
  readonly free: readonly string[];
  readonly nullable: boolean;
}

export interface Graph {
  readonly nodes: ReadonlyMap<string, Node>;
  readonly links: readonly Link[];
  /** Tables that triggers write into. */
  readonly derived: ReadonlySet<string>;
}

function nodeOf(table: Table): Node {
  const primary = primaryOf(table).map(quoteName);
  const parts = primary.length > 0 ? primary : ['tableoid', 'ctid'];
  return {
    oid: table.oid,
    name: quoteQualified(table),
    keyOf: (alias) => `array[${parts.map((name) => `${alias}.${name}::text`).join(', ')}]`,
    schema: quoteName(table.schema),
    indexed: table.indexes
      .filter(({ predicate, method, valid }) => predicate === null && method === 'btree' && valid)
      .map(({ keys }) => keys.map(({ column }) => (column === null ? '' : quoteName(column)))),
    uuids: table.columns.filter(({ typeName }) => typeName === 'uuid').map(({ name }) => quoteName(name)),
  };
}

function linksOf(table: Table): readonly Link[] {
  const mayBeNull = (name: string): boolean =>
    table.columns.some((column) => column.name === name && !column.notNull && column.generated === null);
  return table.constraints.flatMap(({ kind, columns, target, onDelete, inherited }): Link[] => {
    if (kind !== 'foreign key' || target === null || inherited) return [];
    const free = columns.filter(mayBeNull).map(quoteName);
    return [
      {
        source: keyOf(table),
        columns: columns.map(quoteName),
        target: keyOf(target),
        targetColumns: target.columns.map(quoteName),
        action: onDelete ?? 'no action',
        free,
        nullable: free.length > 0,
      },
    ];
  });
}

export function graphOf(catalog: Catalog, written: ReadonlyMap<string, ReadonlySet<string>>): Graph {
  const tables = catalog.tables.filter(({ kind, partitionOf }) => kind !== 'foreign' && partitionOf === null);
  return {
    nodes: new Map(tables.map((table) => [keyOf(table), nodeOf(table)])),
    links: tables.flatMap(linksOf),
    derived: new Set(written.keys()),
  };
}

/** Children before parents. Where tables point to each other, `circles` are the references to be emptied first. */
export function deleteOrder(
  { links }: Graph,
  keys: readonly string[],
): { readonly order: readonly string[]; readonly circles: readonly Link[] } {
  const among = links.filter(
    ({ source, target }) => source !== target && keys.includes(source) && keys.includes(target),
  );
  const circles: Link[] = [];
  const state = new Map<string, 'open' | 'done'>();
  const order: string[] = [];
  const visit = (key: string): void => {
    state.set(key, 'open');
    for (const link of among) {
      if (link.target !== key) continue;
      if (state.get(link.source) === 'open') circles.push(...breakAt(link, among));
      else if (state.get(link.source) === undefined) visit(link.source);
    }
    state.set(key, 'done');
    order.push(key);
  };
  for (const key of keys) if (state.get(key) === undefined) visit(key);
  return { order, circles: [...new Set(circles)] };
}

/** The reference that closes a circle if it may be empty, else those that may among all that lead away from its target. */
function breakAt(link: Link, among: readonly Link[]): readonly Link[] {
  if (link.nullable) return [link];
  return among.filter(({ source, nullable }) => source === link.target && nullable);
}
