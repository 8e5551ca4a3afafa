// Keys and indexes: what identifies a row, what points where, and what is kept twice.
import type { Index, Table } from '../../catalog/model.ts';
import { quoteName, quoteQualified } from '../../quote.ts';
import { isPlatform } from '../platform.ts';
import type { Evidence, Found, Rule } from '../rule.ts';
import { nameOf, ownTables } from './security-access.ts';
import { foreignKeys } from './tenancy-tables.ts';

export const generalPrimaryKey: Rule = {
  id: 'general-primary-key-missing',
  level: 'warning',
  category: 'correctness',
  title: 'A table without a primary key',
  why: 'Rows cannot be told apart: the API cannot address one, logical replication cannot update one, and doubles stay.',
  mend: 'Add `id uuid primary key default gen_random_uuid()`, or name the natural key.',
  profiles: ['greenfield', 'live'],
  reads: 'catalog',
  check: ({ catalog }) =>
    ownTables(catalog)
      .filter(({ constraints }) => !constraints.some(({ kind }) => kind === 'primary key'))
      .map((table) => ({ object: nameOf(table), message: `${nameOf(table)} has no primary key.` })),
};

const covers = (index: Index, columns: readonly string[]): boolean => {
  if (!index.valid || (index.method !== 'btree' && index.method !== 'hash')) return false;
  const leading = index.keys.slice(0, columns.length).map(({ column }) => column);
  return leading.length === columns.length && columns.every((column) => leading.includes(column));
};

export const generalForeignKeyUnindexed: Rule = {
  id: 'general-foreign-key-unindexed',
  level: 'warning',
  category: 'performance',
  title: 'A foreign key without an index',
  why: 'Each delete of a row that it points to reads this whole table, under a lock, and joins along it do too.',
  mend: 'Create an index that begins with the columns of the key.',
  profiles: ['greenfield', 'live'],
  reads: 'catalog',
  check: ({ catalog }) =>
    catalog.tables
      .filter(({ schema }) => !isPlatform(schema))
      .flatMap((table) =>
        foreignKeys(table)
          .filter(({ columns }) => !table.indexes.some((index) => covers(index, columns)))
          .map(({ name, columns }) => ({
            object: `${nameOf(table)} constraint "${name}"`,
            message: `The foreign key ${nameOf(table)} (${columns.join(', ')}) has no index.`,
            hint: `create index on ${quoteQualified(table)} (${columns.map(quoteName).join(', ')});`,
          })),
      ),
};

/** Whether the text of the files says NO ACTION of the key in so many words, which the catalog does not keep. */
function saysNoAction({ sources }: Evidence, table: Table, column: string): boolean {
  return sources.some(({ statements }) =>
    statements.some(
      ({ text, touches }) =>
        touches.some(({ object }) => object === nameOf(table)) &&
        new RegExp(`${column}[^,;]*on\\s+delete\\s+no\\s+action|on\\s+delete\\s+no\\s+action[^,;]*${column}`, 'i').test(
          text,
        ),
    ),
  );
}

export const generalForeignKeyOnDelete: Rule = {
  id: 'general-foreign-key-on-delete',
  level: 'warning',
  category: 'correctness',
  title: 'A foreign key that does not say what happens on delete',
  why: 'Without ON DELETE the row it points to cannot be deleted: an account that somebody wants gone stays, with an error.',
  mend: 'Say it: on delete cascade where the row is part of the other, set null where it outlives it, restrict or no action where deleting must be refused.',
  profiles: ['greenfield', 'live'],
  reads: 'both',
  check: (evidence) =>
    ownTables(evidence.catalog).flatMap((table) =>
      foreignKeys(table)
        .filter(({ onDelete }) => onDelete === 'no action')
        .filter(({ columns }) => !saysNoAction(evidence, table, columns[0] ?? ''))
        .map(({ name, columns, target }) => ({
          object: `${nameOf(table)} constraint "${name}"`,
          message: `The foreign key ${nameOf(table)} (${columns.join(', ')}) to ${target?.schema ?? ''}.${target?.name ?? ''} does not say ON DELETE.`,
        })),
    ),
};

/** Its definition without its own name. */
const shape = ({ text }: Index): string => text.replace(/^(CREATE (?:UNIQUE )?INDEX )(?:"(?:[^"]|"")*"|\S+)/, '$1');

export const generalDuplicateIndex: Rule = {
  id: 'general-duplicate-index',
  level: 'warning',
  category: 'performance',
  title: 'The same index twice',
  why: 'Every write keeps both; queries use one.',
  mend: 'Drop all but one; keep the one that a constraint made.',
  profiles: ['greenfield', 'live'],
  reads: 'catalog',
  check: ({ catalog }) =>
    [...catalog.tables.filter(({ kind }) => kind === 'table'), ...catalog.views]
      .filter(({ schema }) => !isPlatform(schema))
      .flatMap((relation): readonly Found[] => {
        const groups = Map.groupBy(relation.indexes, shape);
        return [...groups.values()]
          .filter((group) => group.length > 1)
          .map((group) => {
            const spare = group.find(({ constraint }) => constraint === null) ?? group[0];
            return {
              object: nameOf(relation),
              message: `${nameOf(relation)} has the same index ${group.length} times: ${group.map(({ name }) => name).join(', ')}.`,
              hint: `drop index ${quoteQualified({ schema: relation.schema, name: spare?.name ?? '' })};`,
            };
          });
      }),
};
