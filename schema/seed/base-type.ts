// The type behind a column: of a domain what it is made of, with the checks of every domain on the way.
import type { Catalog, Column, Composite, Domain } from '../catalog/model.ts';

export interface BaseType {
  /** As pg_type names it, without the underscore of arrays. */
  readonly type: string;
  readonly array: boolean;
  /** CHECKs of domains; their column is called `value`. */
  readonly checks: readonly string[];
  readonly notNull: boolean;
  /** What fits into `varchar(n)` behind a domain. */
  readonly maxLength: number | null;
  readonly composite: Composite | null;
}

/** What format_type writes, by what pg_type calls it. */
const short: Readonly<Record<string, string>> = {
  integer: 'int4',
  bigint: 'int8',
  smallint: 'int2',
  boolean: 'bool',
  real: 'float4',
  'double precision': 'float8',
  'character varying': 'varchar',
  character: 'bpchar',
  'timestamp with time zone': 'timestamptz',
  'timestamp without time zone': 'timestamp',
  'time with time zone': 'timetz',
  'time without time zone': 'time',
  'bit varying': 'varbit',
};

/** `extensions.citext` is `citext`, `character varying(20)[]` is `varchar`. */
export function shortType(written: string): string {
  const bare = written
    .replace(/\(.*\)/, '')
    .replace(/\[\]$/, '')
    .replaceAll('"', '');
  return short[bare] ?? bare.replace(/^.*\./, '');
}

function findDomain({ domains }: Catalog, schema: string, name: string): Domain | undefined {
  return domains.find((each) => each.schema === schema && each.name === name);
}

function findComposite({ composites }: Catalog, schema: string, name: string): Composite | null {
  return composites.find((each) => each.schema === schema && each.name === name) ?? null;
}

/** Schema and name of a type as format_type writes it. */
function namesIn(type: string): readonly [string, string] {
  const parts = type.replaceAll('"', '').split('.');
  return [parts.length > 1 ? (parts[0] ?? '') : 'public', parts.at(-1) ?? ''];
}

export function baseTypeOf(catalog: Catalog, column: Column): BaseType {
  const { typeSchema, typeName, array } = column;
  const name = array ? typeName.replace(/^_/, '') : typeName;
  let domain = findDomain(catalog, typeSchema, name);
  if (domain === undefined) {
    const composite = findComposite(catalog, typeSchema, name);
    return { type: name, array, checks: [], notNull: false, maxLength: null, composite };
  }
  const checks: string[] = [];
  let last = domain;
  let notNull = false;
  while (domain !== undefined) {
    last = domain;
    checks.push(...domain.checks.map(({ text }) => text));
    notNull ||= domain.notNull;
    const [schema, inner] = namesIn(domain.type);
    domain = findDomain(catalog, schema, inner);
  }
  const length = /^character(?: varying)?\((\d+)\)/.exec(last.type)?.[1];
  return {
    type: shortType(last.type),
    array: array || last.type.endsWith('[]'),
    checks: array ? [] : checks,
    notNull: notNull && !array,
    maxLength: length === undefined ? null : Number(length),
    composite: findComposite(catalog, ...namesIn(last.type)),
  };
}
