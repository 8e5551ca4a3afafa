// Values of the types that few columns have: addresses, ranges, bytes, shapes on a map, arrays, composite types.
import type { Column, Composite } from '../catalog/model.ts';
import { shortType } from './base-type.ts';
import type { ColumnPlan } from './plan-model.ts';
import { between, type Random, uuidFor } from './random.ts';
import type { Sizes } from './state.ts';
import { type Scene, textKind } from './text-values.ts';

const pad = (value: number): string => String(value).padStart(2, '0');
export const otherTypes: Readonly<Record<string, (random: Random, row: number, column: Column) => string>> = {
  bytea: (random) =>
    `\\x${Array.from({ length: 16 }, () => between(random, 0, 255).toString(16).padStart(2, '0')).join('')}`,
  inet: (random) => `192.0.2.${between(random, 1, 254)}`,
  cidr: (random) => `192.0.${between(random, 0, 255)}.0/24`,
  macaddr: (random) => Array.from({ length: 6 }, () => between(random, 0, 255).toString(16).padStart(2, '0')).join(':'),
  interval: (random) => `${between(random, 1, 72)} hours`,
  money: (random) => `${between(random, 1, 900)}.${pad(between(random, 0, 99))}`,
  bit: (random, _, { typmod }) => String(between(random, 0, 1)).padStart(Math.max(1, typmod), '0'),
  varbit: (random) => String(between(random, 0, 1)),
  point: (random) => `(${between(random, -180, 180)},${between(random, -90, 90)})`,
  regconfig: () => 'english',
  regclass: () => 'pg_class',
  tsvector: () => `'seeded'`,
  tsquery: () => `'seeded'`,
  geometry: shape,
  geography: shape,
  box2d: () => 'BOX(0 0,1 1)',
  macaddr8: (random) => `02:00:00:ff:fe:00:00:${between(random, 0, 255).toString(16).padStart(2, '0')}`,
  jsonpath: () => '$',
  pg_lsn: () => '0/0',
  lquery: () => '*',
  ltxtquery: () => 'seeded',
  cube: () => '(1, 2, 3)',
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

/** As PostGIS reads it, of the kind and the system that `geometry(Point,4326)` names. */
function shape(random: Random, _: number, { type, typeName }: Column): string {
  const [, kind = 'Point', srid] = /\((\w+)(?:,(\d+))?\)/.exec(type) ?? [];
  const [east, north] = [between(random, -170_000, 170_000) / 1000, between(random, -80_000, 80_000) / 1000];
  const at = (x: number, y: number): string => `${(east + x).toFixed(3)} ${(north + y).toFixed(3)}`;
  const ring = `((${[at(0, 0), at(0.1, 0), at(0.1, 0.1), at(0, 0.1), at(0, 0)].join(', ')}))`;
  const shapes: Readonly<Record<string, string>> = {
    linestring: `LINESTRING(${at(0, 0)}, ${at(0.1, 0.1)})`,
    polygon: `POLYGON${ring}`,
    multipoint: `MULTIPOINT(${at(0, 0)})`,
    multilinestring: `MULTILINESTRING((${at(0, 0)}, ${at(0.1, 0.1)}))`,
    multipolygon: `MULTIPOLYGON(${ring})`,
    geometrycollection: `GEOMETRYCOLLECTION(POINT(${at(0, 0)}))`,
  };
  const text = shapes[kind.toLowerCase()] ?? `POINT(${at(0, 0)})`;
  return srid === undefined || srid === '0' || typeName === 'geography' ? text : `SRID=${srid};${text}`;
}

function attributeText({ name, type }: Composite['attributes'][number], scene: Scene, sizes: Sizes): string | null {
  const base = shortType(type);
  if (type.endsWith('[]')) return '{}';
  if (/^(text|varchar|citext|bpchar|name)$/.test(base)) {
    const limit = Number(/\((\d+)\)/.exec(type)?.[1] ?? 1000);
    return (textKind(name).make(scene) ?? name).slice(0, limit);
  }
  if (/^(int[248]|float[48]|numeric|money)$/.test(base)) return String(between(scene.random, 1, 9));
  if (base === 'bool') return 'false';
  if (base === 'uuid') return uuidFor(sizes.seed, 0, scene.row);
  if (base === 'json' || base === 'jsonb') return '{}';
  const moment = new Date(scene.place.createdAt).toISOString();
  if (/^timestamp/.test(base)) return moment;
  if (base === 'date') return moment.slice(0, 10);
  return null;
}

/** `("a","b")`; attributes of other types stay empty. */
export function compositeText({ attributes }: Composite, scene: Scene, sizes: Sizes): string {
  const parts = attributes.map((attribute) => {
    const text = attributeText(attribute, scene, sizes);
    return text === null ? '' : `"${text.replaceAll('\\', '\\\\').replaceAll('"', '""')}"`;
  });
  return `(${parts.join(',')})`;
}
