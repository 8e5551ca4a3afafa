// A deleted row that is only marked still holds its unique values.
import type { Rule } from '../rule.ts';
import { appTables } from './tenancy-tables.ts';
import { keyName, uniqueEverywhere } from './tenancy-unique-without-tenant.ts';

const deletedMark = /^(is_)?(soft_)?(deleted|removed|trashed)(_at|_on|_time)?$|^(deletedAt|isDeleted|removedAt)$/;
/** May be used again by somebody once the row is gone, although it is unique everywhere. */
const reusable = /(^|_)(domain|subdomain|username|user_name|url|code)$/i;

export const tenancySoftDeleteUnique: Rule = {
  id: 'tenancy-soft-delete-unique',
  level: 'warning',
  category: 'correctness',
  title: 'A soft-deleted row keeps its unique values',
  why: 'The row is only marked as deleted, so a plain UNIQUE still counts it: the same name, slug or address can never be used again, and people cannot see why.',
  mend: 'Replace the constraint with a partial index: `create unique index on projects (owner_id, name) where deleted_at is null`.',
  profiles: ['greenfield', 'live'],
  reads: 'catalog',
  check: ({ catalog }) =>
    appTables(catalog).flatMap((table) => {
      const mark = table.columns.find(({ name }) => deletedMark.test(name));
      if (mark === undefined) return [];
      const primary = table.indexes.find((index) => index.primary)?.keys.map(({ column }) => column) ?? [];
      const referenced = new Set(
        catalog.tables.flatMap(({ constraints }) =>
          constraints.flatMap(({ kind, target, index }) =>
            kind === 'foreign key' && target?.schema === table.schema && target.name === table.name && index !== null
              ? [index]
              : [],
          ),
        ),
      );
      return table.indexes
        .filter(
          ({ unique, primary: isPrimary, predicate, name }) =>
            unique && !isPrimary && predicate === null && !referenced.has(name),
        )
        .flatMap((index) => {
          const columns = index.keys.map(({ column, expression }) => column ?? expression);
          if (
            columns.includes(mark.name) ||
            index.keys.some(({ column, expression }) => column === null && expression.includes(mark.name))
          )
            return [];
          if (primary.length > 0 && primary.every((name) => name !== null && columns.includes(name))) return [];
          const random = columns.some((name) => {
            const column = table.columns.find((each) => each.name === name);
            return (
              (uniqueEverywhere.test(name) && !reusable.test(name) && columns.length === 1 && !isForeign(name)) ||
              /random|uuid_generate|nextval/.test(column?.default ?? '') ||
              column?.identity != null
            );
          });
          function isForeign(name: string): boolean {
            return table.constraints.some(({ kind, columns: own }) => kind === 'foreign key' && own.includes(name));
          }
          if (random) return [];
          return [
            {
              object: keyName(table, index),
              message: `${index.constraint ?? index.name} of ${table.schema}.${table.name} also counts rows with ${mark.name}: ${columns.join(', ')} of a deleted row cannot be used again.`,
              hint: `create unique index on ${table.schema}.${table.name} (${columns.join(', ')}) where ${mark.typeName === 'bool' ? `not ${mark.name}` : `${mark.name} is null`};`,
            },
          ];
        });
    }),
};
