// Values of the types that few columns have: addresses, ranges, bytes, arrays.
import type { ColumnPlan } from './plan-model.ts';
import { between, type Random } from './random.ts';

const pad = (value: number): string => String(value).padStart(2, '0');
export const otherTypes: Readonly<Record<string, (random: Random, row: number) => string>> = {
  bytea: (random) =>
    `\\x${Array.from({ length: 16 }, () => between(random, 0, 255).toString(16).padStart(2, '0')).join('')}`,
  inet: (random) => `192.0.2.${between(random, 1, 254)}`,
  cidr: (random) => `192.0.${between(random, 0, 255)}.0/24`,
  macaddr: (random) => Array.from({ length: 6 }, () => between(random, 0, 255).toString(16).padStart(2, '0')).join(':'),
  interval: (random) => `${between(random, 1, 72)} hours`,
  money: (random) => `${between(random, 1, 900)}.${pad(between(random, 0, 99))}`,
  bit: (random) => String(between(random, 0, 1)),
  varbit: (random) => String(between(random, 0, 1)),
  point: (random) => `(${between(random, -180, 180)},${between(random, -90, 90)})`,
  regconfig: () => 'english',
  regclass: () => 'pg_class',
  tsvector: () => `'seeded'`,
  tsquery: () => `'seeded'`,
  xml: () => '<seeded/>',
  ltree: (_, row) => `seeded.n${row + 1}`,
  hstore: () => '"seeded"=>"true"',
  oid: () => '0',
  char: () => 'a',
  int4range: (_, row) => `[${row * 10},${row * 10 + 10})`,
  int8range: (_, row) => `[${row * 10},${row * 10 + 10})`,
  numrange: (_, row) => `[${row * 10},${row * 10 + 10})`,
  tstzrange: (_, row) => rangeOf(row, 13),
  tsrange: (_, row) => rangeOf(row, 13),
  daterange: (_, row) => rangeOf(row * 24, 10),
};

/** An hour each, one after the other: exclusion constraints find no overlap. */
const rangeOf = (hour: number, length: number): string => {
  const at = (ms: number): string => `"${new Date(ms).toISOString().slice(0, length)}${length === 13 ? ':00' : ''}"`;
  const start = Date.UTC(2025, 0, 1) + hour * 3_600_000;
  return `[${at(start)},${at(start + (length === 10 ? 24 : 1) * 3_600_000)})`;
};

export function arrayFor({ column, rule, labels, type }: ColumnPlan): string {
  const items = rule.minItems ?? 0;
  const one =
    labels?.[0] ??
    (/^(int|float|numeric)/.test(type) ? '1' : type === 'uuid' ? '00000000-0000-8000-8000-000000000000' : 'general');
  if (items > 0) return `{${Array.from({ length: items }, () => `"${one}"`).join(',')}}`;
  return /tags?|topics?|categories|keywords/.test(column.name) && /^(text|varchar|citext)$/.test(type)
    ? '{seeded,general}'
    : '{}';
}
