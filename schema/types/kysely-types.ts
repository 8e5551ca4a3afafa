// Kysely's interfaces of a database: an interface a table or view, a union an enum, and `DB` that names them all.
import type { Catalog, Column, Enum, Named, Table, View } from '../catalog/model.ts';
import { type ColumnTypes, columnTypes } from './kysely-columns.ts';

const header = `// Interfaces for Kysely, made from the database's catalog by \`loam schema types --kysely\`; do not edit.
// Values are as the driver pg gives them: bigint and numeric are text, times are Date.
import type { ColumnType } from "kysely";

export type Json = string | number | boolean | null | { [key: string]: Json | undefined } | Json[];
/** The database fills it when an insert does not say it. */
export type Generated<T> = T extends ColumnType<infer S, infer I, infer U>
  ? ColumnType<S, I | undefined, U>
  : ColumnType<T, T | undefined, T>;
/** The database alone writes it. */
export type GeneratedAlways<T> = T extends ColumnType<infer S, unknown, unknown>
  ? ColumnType<S, never, never>
  : ColumnType<T, never, never>;
export type Int8 = ColumnType<string, bigint | number | string, bigint | number | string>;
export type Numeric = ColumnType<string, number | string, number | string>;
export type Timestamp = ColumnType<Date, Date | string, Date | string>;
`;
const vectorType = `
/** Text such as "[1,2,3]" that the database has found to have this many numbers. */
export type Vector<Dimension extends number = number> = string & { readonly __dimension: Dimension };
export type VectorColumn<Dimension extends number = number> = ColumnType<
  Vector<Dimension>,
  Vector<Dimension> | string,
  Vector<Dimension> | string
>;
`;

/** `user_profiles` is UserProfiles, `Order "Items"` is OrderItems. */
function pascalCase(name: string): string {
  const words = name.split(/[^\p{L}\p{N}$]+/u).filter(Boolean);
  const joined = words.map((word) => word[0]?.toUpperCase() + word.slice(1)).join('') || 'Unnamed';
  return /^\p{N}/u.test(joined) ? `_${joined}` : joined;
}

/** A TypeScript name for each relation and enum, by `schema.name`; a schema or number before or after those that would collide. */
function chooseNames(objects: readonly Named[], defaultSchema: string): ReadonlyMap<string, string> {
  const reserved = new Set(
    'DB ColumnType Json Generated GeneratedAlways Int8 Numeric Timestamp Vector VectorColumn Date Uint8Array Array'.split(
      ' ',
    ),
  );
  const names = new Map<string, string>();
  for (const { schema, name } of objects) {
    const plain = schema === defaultSchema ? pascalCase(name) : pascalCase(`${schema} ${name}`);
    let chosen = plain;
    for (let count = 2; reserved.has(chosen); count++) chosen = `${plain}${count}`;
    reserved.add(chosen);
    names.set(keyOf({ schema, name }), chosen);
  }
  return names;
}
const keyOf = ({ schema, name }: Named): string => JSON.stringify([schema, name]);
const byName = (a: Named, b: Named): number =>
  a.schema === b.schema ? (a.name < b.name ? -1 : 1) : a.schema < b.schema ? -1 : 1;
export const property = (name: string): string => (/^[A-Za-z_$][\w$]*$/.test(name) ? name : JSON.stringify(name));
/** A comment of the database cannot end ours. */
const comment = (text: string, indent: string): string =>
  `${indent}/** ${text.replaceAll('*/', '* /').replace(/\s*\n\s*/g, ' ')} */\n`;

function columnLine(column: Column, types: ColumnTypes, isView: boolean): string {
  const type = types.typeOf(column);
  const nullable = isView || !types.isRequired(column) ? `${type} | null` : type;
  const written =
    column.generated !== null || column.identity === 'always'
      ? `GeneratedAlways<${nullable}>`
      : !isView && (column.default !== null || column.identity === 'by default' || types.hasDefault(column))
        ? `Generated<${nullable}>`
        : nullable;
  const note = column.comment === null ? '' : comment(column.comment, '  ');
  return `${note}  ${property(column.name)}: ${written};\n`;
}

const relationText = (relation: Table | View, name: string, types: ColumnTypes, isView: boolean): string =>
  `${relation.comment === null ? '' : comment(relation.comment, '')}export interface ${name} {\n${relation.columns
    .map((column) => columnLine(column, types, isView))
    .join('')}}\n`;

const enumText = ({ values }: Enum, name: string): string =>
  `export type ${name} = ${values.map((value) => JSON.stringify(value)).join(' | ') || 'never'};\n`;

/**
 * The text of a module for Kysely 0.29. Tables of `schemas[0]` are called by their bare names, as the search path does;
 * others `schema.table`. Partitions are left out: they are reached through their parents.
 */
export function kyselyTypes(catalog: Catalog, schemas: readonly string[]): string {
  const inside = ({ schema }: Named): boolean => schemas.includes(schema);
  const tables = catalog.tables.filter((table) => inside(table) && table.partitionOf === null).toSorted(byName);
  const views = catalog.views.filter(inside).toSorted(byName);
  const [defaultSchema = 'public'] = schemas;
  const used = new Set(
    [...tables, ...views].flatMap(({ columns }) =>
      columns.map(({ typeSchema, typeName }) => keyOf({ schema: typeSchema, name: typeName.replace(/^_/, '') })),
    ),
  );
  const enums = catalog.enums.filter((each) => inside(each) || used.has(keyOf(each))).toSorted(byName);
  const names = chooseNames([...tables, ...views, ...enums], defaultSchema);
  const nameOf = (object: Named): string => names.get(keyOf(object)) ?? pascalCase(object.name);
  const types = columnTypes(catalog, (object) => names.get(keyOf(object)) ?? null);
  const bodies = [
    ...enums.map((each) => enumText(each, nameOf(each))),
    ...tables.map((table) => relationText(table, nameOf(table), types, false)),
    ...views.map((view) => relationText(view, nameOf(view), types, true)),
  ];
  const lines = [...tables, ...views].map(
    (relation) =>
      `  ${property(relation.schema === defaultSchema ? relation.name : `${relation.schema}.${relation.name}`)}: ${nameOf(relation)};\n`,
  );
  const all = bodies.join('\n');
  return `${header}${/\bVectorColumn\b/.test(all) ? vectorType : ''}\n${all}\nexport interface DB {\n${lines.join('')}}\n`;
}
