// A value for a column: distinguishable by world, accepted by the type, and near what its checks ask for.
import type { Catalog, Column, Table } from '../catalog/model.ts';
import type { Person, WorldName } from './model.ts';

const marks: Readonly<Record<WorldName, string>> = { a: 'quokka', b: 'wombat', staff: 'lemur' };
const prefixes: Readonly<Record<WorldName, string>> = { a: 'aaaa1111', b: 'bbbb2222', staff: 'cccc3333' };
const numbers: Readonly<Record<WorldName, number>> = { a: 771_000_000, b: 772_000_000, staff: 773_000_000 };

export const markOf = (world: WorldName, serial: number): string => `${marks[world]}${serial}`;
export const uuidOf = (world: WorldName, serial: number): string =>
  `${prefixes[world]}-0000-4000-8000-${serial.toString(16).padStart(12, '0')}`;
export const numberOf = (world: WorldName, serial: number): string => String(numbers[world] + serial);
/** What stands in every row of a world and nowhere else. */
export const tokensOf = (world: WorldName): RegExp =>
  new RegExp(`(?:${marks[world]}|${prefixes[world]}-|\\b${String(numbers[world]).slice(0, 4)}\\d{5}\\b)[\\w-]*`, 'gi');

/** Serial numbers below this are kept for people. */
export const firstSerial = 1000;

const literals = (text: string): readonly string[] =>
  [...text.matchAll(/'((?:[^']|'')*)'::/g)].map((found) => (found[1] ?? '').replaceAll("''", "'"));

/** The values that a check, an enum, a domain or a bucket list allows; null when anything goes. */
export function allowedValues(catalog: Catalog, table: Table, column: Column): readonly string[] | null {
  if (column.typeKind === 'enum')
    return (
      catalog.enums.find(({ schema, name }) => schema === column.typeSchema && name === column.typeName)?.values ?? null
    );
  const checks = table.constraints
    .filter(({ kind, columns }) => kind === 'check' && columns.length === 1 && columns[0] === column.name)
    .map(({ text }) => text);
  if (column.typeKind === 'domain')
    checks.push(
      ...(catalog.domains
        .find(({ schema, name }) => schema === column.typeSchema && name === column.typeName)
        ?.checks.map(({ text }) => text) ?? []),
    );
  if (
    table.schema === 'storage' &&
    table.name === 'objects' &&
    column.name === 'bucket_id' &&
    catalog.buckets.length > 0
  )
    return catalog.buckets.map(({ id }) => id);
  const itself = new RegExp(`^CHECK \\(*(?:"?${column.name}"?|VALUE)\\)*(?:::[\\w ]+)?\\)* = (?:ANY \\(|')`);
  for (const text of checks) if (itself.test(text) && !/ (AND|OR) /.test(text)) return literals(text);
  return null;
}

/** Literals that policies compare a column with: rows of each are worth having. */
export function comparedValues(catalog: Catalog, table: Table, column: Column): readonly string[] {
  if (!/^(text|varchar|bpchar)$/.test(column.typeName)) return [];
  const found = new Set<string>();
  for (const { schema, table: name, using, check } of catalog.policies) {
    if (schema !== table.schema || name !== table.name) continue;
    const pattern = new RegExp(`\\b${column.name}\\)*(?:::text)? = (?:'((?:[^']|'')*)'::|ANY \\((.*?)\\))`, 'g');
    for (const each of `${using ?? ''} ${check ?? ''}`.matchAll(pattern))
      for (const value of each[1] === undefined ? literals(each[2] ?? '') : [each[1]]) found.add(value);
  }
  return [...found];
}

/** Values that give their holder more than others have. */
export const powerful = /^(admin|administrator|super_?admin|superuser|owner|staff|root|moderator|manager)$/i;
export const mostPowerful = (allowed: readonly string[]): string | undefined =>
  ['superadmin', 'super_admin', 'owner', 'admin', 'administrator', 'staff'].find((value) => allowed.includes(value)) ??
  allowed.find((value) => powerful.test(value));
export const leastPowerful = (allowed: readonly string[], fallback: string | null): string | undefined => {
  const given = /^'((?:[^']|'')*)'/.exec(fallback ?? '')?.[1];
  return given !== undefined && allowed.includes(given)
    ? given
    : (allowed.find((value) => !powerful.test(value)) ?? allowed[0]);
};

export interface ValueContext {
  readonly world: WorldName;
  readonly person: Person;
  readonly serial: number;
  /** Also where the row would do without: `linked` rows have all their columns filled. */
  readonly all: boolean;
}

const vectorOf = (column: Column, serial: number): string => {
  const dimensions = column.typmod > 0 ? column.typmod : 3;
  return `[${Array.from({ length: dimensions }, (_, index) => (index === serial % dimensions ? 1 : 0)).join(',')}]`;
};

/** What PostgreSQL reads as a value of the type, by its name. */
export function plainValue(column: Column, { world, person, serial }: ValueContext): string | null {
  const mark = markOf(world, serial);
  if (column.array) return /^_(text|varchar)$/.test(column.typeName) ? `{${mark}}` : '{}';
  switch (column.typeName) {
    case 'text':
    case 'varchar':
    case 'citext':
    case 'bpchar':
    case 'name': {
      const text = /e?mail/i.test(column.name) ? (serial % 7 === 0 ? person.email : `${mark}@example.com`) : mark;
      return column.typmod > 4 ? text.slice(0, column.typmod - 4) : text;
    }
    case 'uuid':
      return uuidOf(world, serial);
    case 'int8':
      return numberOf(world, serial);
    case 'int4':
    case 'int2':
    case 'numeric':
    case 'float4':
    case 'float8':
    case 'money':
      return column.typeName === 'numeric' || column.typeName === 'float4' ? '1' : String(serial % 30_000);
    case 'bool':
      return 'false';
    case 'json':
    case 'jsonb':
      return `{"note": "${mark}"}`;
    case 'timestamptz':
    case 'timestamp':
      return `2026-01-01 00:00:00+00`;
    case 'date':
      return '2026-01-01';
    case 'time':
    case 'timetz':
      return '12:00';
    case 'interval':
      return '1 hour';
    case 'bytea':
      return `\\x${Buffer.from(mark).toString('hex')}`;
    case 'inet':
    case 'cidr':
      return '127.0.0.1';
    case 'macaddr':
      return '08:00:2b:01:02:03';
    case 'tsvector':
      return `'${mark}'`;
    case 'regconfig':
      return 'simple';
    case 'xml':
      return `<a>${mark}</a>`;
    case 'point':
      return '(0,0)';
    case 'ltree':
      return mark;
    case 'hstore':
      return `note=>${mark}`;
    case 'vector':
    case 'halfvec':
      return vectorOf(column, serial);
    case 'sparsevec':
      return `{1:1}/${column.typmod > 0 ? column.typmod : 3}`;
    default:
      if (/range$/.test(column.typeName)) return 'empty';
      return column.typeKind === 'domain' ? mark : null;
  }
}

/** Other values to try when a check refuses the first, in turn. */
export function otherValues(column: Column, context: ValueContext): readonly string[] {
  const { world, serial, person } = context;
  const mark = markOf(world, serial);
  if (column.array) return ['{}', `{${mark}}`, '{1}'];
  if (/^(vector|halfvec|sparsevec)$/.test(column.typeName)) return [plainValue(column, context) ?? ''];
  if (column.typeName === 'uuid') return [person.id, uuidOf(world, serial)];
  if (/^(int|numeric|float|money)/.test(column.typeName))
    return [String(serial % 30_000), String((serial % 30_000) + 1000), '0', '1', '3', '5', '50'];
  if (/^timestamp|^date/.test(column.typeName)) return ['2026-01-01', '2020-01-01', '2099-01-01'];
  if (column.typeName === 'json' || column.typeName === 'jsonb') return ['{}', '[]', `["${mark}"]`, '1', `"${mark}"`];
  if (column.typeName === 'bool') return ['true', 'false'];
  const digits = String(serial).padStart(4, '0').slice(-4);
  return [
    ...[mark, mark.toUpperCase(), `https://example.com/${mark}`, `${mark}@example.com`, `/${mark}`, person.id],
    ...[
      `${serial.toString(16).padStart(64, 'a')}`,
      `2026010100${digits}`,
      '#aabbcc',
      'en',
      'en-GB',
      'USD',
      '1.0.0',
      '+15555550001',
      '12:00',
      '1',
      'a',
    ],
    ...[`${person.id}/${mark}.txt`, `${mark}.pdf`, `sk-${mark}`],
  ];
}
