// Values of types that are made of others: rows of composite types, domains over whatever.
import type { Catalog, Column } from '../catalog/model.ts';
import { plainValue, type ValueContext } from './values.ts';

const short: Readonly<Record<string, string>> = {
  'character varying': 'varchar',
  character: 'bpchar',
  bigint: 'int8',
  integer: 'int4',
  smallint: 'int2',
  boolean: 'bool',
  real: 'float4',
  'double precision': 'float8',
  'timestamp with time zone': 'timestamptz',
  'timestamp without time zone': 'timestamp',
  'time without time zone': 'time',
};

/** A column as if it had this type, as format_type writes it. */
function ofType(catalog: Catalog, name: string, written: string): Column {
  const [, length] = /\((\d+)\)/.exec(written) ?? [];
  const array = written.endsWith('[]');
  const bare = written.replace(/\(.*?\)|\[\]$/g, '');
  const dot = bare.lastIndexOf('.');
  const [typeSchema, last] = dot < 0 ? ['pg_catalog', bare] : [bare.slice(0, dot), bare.slice(dot + 1)];
  const is = (each: { readonly schema: string; readonly name: string }): boolean =>
    each.schema === typeSchema && each.name === last;
  const typeKind = catalog.enums.some(is)
    ? 'enum'
    : catalog.domains.some(is)
      ? 'domain'
      : catalog.composites.some(is)
        ? 'composite'
        : 'base';
  return {
    ...{ name, position: 0, type: written, typeSchema, typeKind, array },
    typeName: `${array ? '_' : ''}${short[last] ?? last}`,
    typmod: length === undefined ? -1 : Number(length) + (/char/.test(bare) ? 4 : 0),
    ...{ notNull: true, default: null, generated: null, identity: null, collation: null, comment: null, grants: [] },
  };
}

/** What a domain is made of, however many domains lie between; any other column as it is. */
export function resolveDomain(catalog: Catalog, column: Column): Column {
  if (column.typeKind !== 'domain') return column;
  const domain = catalog.domains.find(({ schema, name }) => schema === column.typeSchema && name === column.typeName);
  return domain === undefined ? column : resolveDomain(catalog, ofType(catalog, column.name, domain.type));
}

/** A value for a column of any type; null when nothing is known about its type. */
export function valueFor(catalog: Catalog, column: Column, context: ValueContext): string | null {
  const base = resolveDomain(catalog, column);
  if (base.array) return plainValue(base, context);
  const is = (each: { readonly schema: string; readonly name: string }): boolean =>
    each.schema === base.typeSchema && each.name === base.typeName;
  if (base.typeKind === 'enum') return catalog.enums.find(is)?.values[0] ?? null;
  const composite = catalog.composites.find(is);
  if (composite === undefined) return plainValue(base, context);
  const fields = composite.attributes.map(({ name, type }) => valueFor(catalog, ofType(catalog, name, type), context));
  return `(${fields.map((field) => (field === null ? '' : `"${field.replaceAll(/["\\]/g, (char) => char + char)}"`)).join(',')})`;
}
