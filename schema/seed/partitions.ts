// Which values the partitions of a table take, out of their bounds: a row that fits none of them is put into one.
import type { Catalog, Table } from '../catalog/model.ts';
import type { ColumnPlan } from './plan-model.ts';
import { hashText, mix } from './random.ts';
import type { Maker, TableState } from './state.ts';

/** `in`: one of these. `from` inclusive, `to` exclusive, null without an end. */
export type Bound =
  | { readonly in: readonly (string | null)[] }
  | { readonly from: string | null; readonly to: string | null };

/** What a partition asks of each column of the key. */
export type Leaf = ReadonlyMap<string, Bound>;

const isOf =
  (table: Table) =>
  ({ partitionOf }: Table): boolean =>
    partitionOf?.schema === table.schema && partitionOf.name === table.name;

const literal = /'((?:[^']|'')*)'|(-?[\d.]+|MINVALUE|MAXVALUE|NULL|true|false)/g;
const literalsOf = (list: string): readonly (string | null)[] =>
  [...list.matchAll(literal)].map(([, text, word = '']) =>
    text !== undefined ? text.replaceAll("''", "'") : /^(MINVALUE|MAXVALUE|NULL)$/.test(word) ? null : word,
  );

/** The column of the key, or the one that its only expression reads; of several the first, which is what bounds order by. */
function keyColumn(table: Table): string | null {
  const inner = /^\w+ \((.*)\)$/s.exec(table.partitionKey ?? '')?.[1] ?? '';
  const places = table.columns
    .map(({ name }) => ({ name, at: inner.search(new RegExp(`(?<![\\w'])"?${name}"?(?![\\w'])`)) }))
    .filter(({ at }) => at >= 0);
  return places.sort((a, b) => a.at - b.at)[0]?.name ?? null;
}

function boundOf(text: string): Bound | null {
  const list = /^FOR VALUES IN \((.*)\)$/s.exec(text)?.[1];
  if (list !== undefined) return { in: literalsOf(list) };
  const [, from, to] = /^FOR VALUES FROM \((.*)\) TO \((.*)\)$/s.exec(text) ?? [];
  if (from === undefined || to === undefined) return null;
  return { from: literalsOf(from)[0] ?? null, to: literalsOf(to)[0] ?? null };
}

/** Null where every value has a place; empty where no row has one. */
export function leavesOf(catalog: Catalog, table: Table): readonly Leaf[] | null {
  if (table.kind !== 'partitioned') return null;
  const column = keyColumn(table);
  const leaves: Leaf[] = [];
  for (const partition of catalog.tables.filter(isOf(table))) {
    const bound = boundOf(partition.partitionBound ?? '');
    const below = leavesOf(catalog, partition);
    if (bound === null && below === null) return null;
    for (const leaf of below ?? [new Map<string, Bound>()])
      leaves.push(bound === null || column === null ? leaf : new Map([[column, bound], ...leaf]));
  }
  return leaves;
}

const isTime = (type: string): boolean => /^(timestamptz?|date)$/.test(type);
const numberOf = (type: string, value: string): number =>
  isTime(type)
    ? Date.parse(/\d\d:\d\d/.test(value) && !/[+Z]/.test(value) ? `${value}Z` : value.replace(/([+-]\d\d)$/, '$1:00'))
    : Number(value);

function fits(bound: Bound, type: string, value: string | null): boolean {
  if ('in' in bound) return bound.in.includes(value);
  if (value === null) return false;
  const ordered = isTime(type) || /^(int[248]|numeric|float[48])$/.test(type);
  const [at, low, high] = [value, bound.from, bound.to].map((each) =>
    each === null ? null : ordered ? numberOf(type, each) : each,
  );
  return at != null && (low == null || at >= low) && (high == null || at < high);
}

const day = 86_400_000;

/** A value inside of the bound; `part` in [0, 1) says where. */
function valueIn(bound: Bound, type: string, row: number, part: number): string | null {
  if ('in' in bound) {
    const some = bound.in.filter((value) => value !== null);
    return some[row % Math.max(1, some.length)] ?? null;
  }
  const width = isTime(type) ? 30 * day : 1000;
  const given = [bound.from, bound.to].map((each) => (each === null ? null : numberOf(type, each)));
  const from = given[0] ?? (given[1] ?? 0) - width;
  const to = given[1] ?? from + width;
  if (Number.isNaN(from) || Number.isNaN(to)) return bound.from;
  const at = from + part * (to - from);
  if (!isTime(type)) return /^int/.test(type) ? String(Math.floor(at)) : String(at);
  const text = new Date(Math.floor(at)).toISOString();
  return type === 'date' ? text.slice(0, 10) : type === 'timestamp' ? text.slice(0, 23) : text;
}

/** The nth number above `base` that a partition takes, from the lowest partition on; null when they are full. */
function nthNumber(bounds: readonly Bound[], base: number, row: number): string | null {
  const spans = bounds
    .flatMap((bound) => ('from' in bound ? [bound] : []))
    .map(({ from, to }) => ({ from: Math.max(Number(from ?? base + 1), base + 1), to: Number(to ?? Infinity) }))
    .sort((a, b) => a.from - b.from);
  let rest = row;
  for (const { from, to } of spans) {
    if (rest < to - from) return String(from + rest);
    rest -= Math.max(0, to - from);
  }
  return null;
}

/** What `make` makes, moved into a partition where it would fall between them. */
export function within({ column, type, distinct }: ColumnPlan, state: TableState, make: Maker): Maker {
  const leaves = state.plan.leaves ?? [];
  const single = leaves.every(({ size }) => size < 2);
  const { name } = column;
  const seed = hashText('partition');
  const bounds = leaves.map((leaf) => leaf.get(name)).filter((bound) => bound !== undefined);
  if (distinct && single && /^(int[248]|numeric)$/.test(type))
    return (row, salt) => nthNumber(bounds, state.base, row) ?? make(row, salt);
  return (row, salt) => {
    const value = make(row, salt);
    const leaf = leaves[mix(seed, row) % leaves.length];
    const holds = (each: Leaf | undefined): boolean => {
      const bound = each?.get(name);
      return bound === undefined || fits(bound, type, value);
    };
    if (single ? leaves.some(holds) : holds(leaf)) return value;
    const bound = leaf?.get(name);
    return bound === undefined ? value : valueIn(bound, type, row, (row * 0.618034) % 1);
  };
}
