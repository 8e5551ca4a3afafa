// The TypeScript type of a column as Kysely has it: what a select gives and what an insert takes, for the driver pg.
import type { Catalog, Column, Domain, Named } from '../catalog/model.ts';

export interface ColumnTypes {
  /** Without null and without Generated. */
  typeOf(column: Column): string;
  isRequired(column: Column): boolean;
  /** Whether its domain has a default. */
  hasDefault(column: Column): boolean;
}

interface Scalar {
  readonly select: string;
  readonly insert: string;
  /** The alias of the two together. */
  readonly name: string;
  /** What an array of it gives: the driver reads arrays of built-in types only, others stay text. */
  readonly elements: string | null;
}

const same = (type: string, elements: string | null = type): Scalar => ({
  select: type,
  insert: type,
  name: type,
  elements,
});
const text = same('string');
const time: Scalar = { select: 'Date', insert: 'Date | string', name: 'Timestamp', elements: 'Date' };
const interval: Scalar = {
  select: 'unknown',
  insert: 'string',
  name: 'ColumnType<unknown, string, string>',
  elements: 'unknown',
};
const builtIn: Readonly<Record<string, Scalar>> = {
  smallint: same('number'),
  integer: same('number'),
  oid: same('number'),
  real: same('number'),
  'double precision': same('number'),
  bigint: { select: 'string', insert: 'bigint | number | string', name: 'Int8', elements: 'string' },
  // The driver reads an array of numeric as floats.
  numeric: { select: 'string', insert: 'number | string', name: 'Numeric', elements: 'number' },
  boolean: same('boolean'),
  json: same('Json'),
  jsonb: same('Json'),
  bytea: same('Uint8Array'),
  'timestamp with time zone': time,
  'timestamp without time zone': time,
  date: time,
  interval,
};

/** `extensions.vector(1536)` is vector and 1536; `numeric(12,6)` is numeric; `timestamp(3) with time zone` loses its 3. */
function partsOf(type: string): { name: string; dimension: string | null } {
  const dimension = /\((\d+)\)/.exec(type)?.[1] ?? null;
  const name = type.replace(/\(\d+(?:,-?\d+)?\)/, '').replace(/^(?:"[^"]*"|\w+)\.(?=\w+$)/, '');
  return { name, dimension };
}

function baseScalar(type: string): Scalar {
  const { name, dimension } = partsOf(type);
  if (name === 'vector' || name === 'halfvec') {
    const of = dimension === null ? '' : `<${dimension}>`;
    return {
      select: `Vector${of}`,
      insert: `Vector${of} | string`,
      name: `VectorColumn${of}`,
      elements: null,
    };
  }
  if (name.startsWith('interval')) return interval;
  return Object.hasOwn(builtIn, name) ? (builtIn[name] ?? text) : text;
}

const several = (type: string): string => (type.includes('|') ? `(${type})[]` : `${type}[]`);

function arrayOf(scalar: Scalar): string {
  const insert = several(scalar.insert);
  if (scalar.elements === null)
    return `ColumnType<${several(scalar.select)} | string, ${insert} | string, ${insert} | string>`;
  const select = several(scalar.elements);
  return select === insert ? select : `ColumnType<${select}, ${insert}, ${insert}>`;
}

export function columnTypes(catalog: Catalog, nameOf: (object: Named) => string | null): ColumnTypes {
  const find = <T extends Named>(objects: readonly T[], { typeSchema, typeName, array }: Column): T | undefined =>
    objects.find(
      ({ schema, name }) => schema === typeSchema && name === (array ? typeName.replace(/^_/, '') : typeName),
    );
  const domainOf = (column: Column): Domain | undefined => find(catalog.domains, column);
  /** Domains of domains lead down to the base type. */
  const baseOf = (type: string, depth = 0): string => {
    const inner = catalog.domains.find(({ schema, name }) => type === `${schema}.${name}` || type === name);
    return inner === undefined || depth > 9 ? type : baseOf(inner.type, depth + 1);
  };
  const scalarOf = (column: Column): Scalar => {
    const union = find(catalog.enums, column);
    if (union !== undefined) return same(nameOf(union) ?? 'string', null);
    const domain = domainOf(column);
    const type = baseOf(domain?.type ?? column.type.replace(/(\[\])+$/, ''));
    const isOwn = domain !== undefined || column.typeKind === 'composite';
    return isOwn ? { ...baseScalar(type), elements: null } : baseScalar(type);
  };
  return {
    typeOf: (column) => {
      const domain = domainOf(column);
      if (!column.array && domain?.type.endsWith('[]') === true) return arrayOf(baseScalar(domain.type.slice(0, -2)));
      const scalar = scalarOf(column);
      return column.array ? arrayOf(scalar) : scalar.name;
    },
    isRequired: (column) => column.notNull || (!column.array && domainOf(column)?.notNull === true),
    hasDefault: (column) => !column.array && (domainOf(column)?.default ?? null) !== null,
  };
}
