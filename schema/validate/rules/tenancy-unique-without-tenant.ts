// A name that is unique over all tenants: the second tenant cannot use it, and learns that the first does.
import type { Table } from '../../catalog/model.ts';
import { parseExpression } from '../queries/parse.ts';
import { all, namesOf } from '../queries/tree.ts';
import type { Rule } from '../rule.ts';
import { appTables, foreignKeys, ownersOf, tenantsOf, uniqueKeys } from './tenancy-tables.ts';

/** Meant to be unique everywhere: ids of others, secrets, addresses on the internet. */
export const uniqueEverywhere =
  /(^|_)(id|ids|uid|uuid|guid|token|tokens|hash|secret|checksum|sha\d*|digest|domain|subdomain|host|hostname|url|uri|path|external|code|nonce|fingerprint|address|signature|ref|reference|username|user_name|stripe\w*)$/i;

/** Any other condition says that the key is about some rows only: those of no tenant, the open ones. */
const forLiving =
  /^\(?\(?"?(deleted_at|is_deleted|deleted|removed_at)"? (IS NULL|= false)\)*$|^\(?NOT "?(is_)?deleted"?\)?$/i;

/** `api_keys.key` is a secret, `settings.key` is a name. */
const isSecret = (table: Table, column: string): boolean =>
  /(^|_)key$/i.test(column) && /key|token|secret/i.test(table.name);

/** An address is one person's everywhere, in a table with one row a person. */
const isAddress = (table: Table, column: string): boolean =>
  /(^|_)(email|phone)$/i.test(column) &&
  foreignKeys(table).some(
    ({ columns, target }) =>
      target?.schema === 'auth' && uniqueKeys(table).some((key) => key.length === 1 && key[0] === columns[0]),
  );

function columnsOf(index: Table['indexes'][number]): readonly string[] {
  return index.keys.flatMap(({ column, expression }) =>
    column !== null
      ? [column]
      : all(parseExpression(expression), 'ColumnRef').flatMap((ref) => namesOf(ref).at(-1) ?? []),
  );
}

/** As the constraint that made it, where one did: that is what stands in the file. */
export const keyName = ({ schema, name }: Table, { constraint, name: index }: Table['indexes'][number]): string =>
  constraint === null ? `index ${schema}.${index}` : `${schema}.${name} constraint "${constraint}"`;

export const tenancyUniqueWithoutTenant: Rule = {
  id: 'tenancy-unique-without-tenant',
  level: 'warning',
  category: 'correctness',
  title: 'A unique key of a tenant table leaves the tenant out',
  why: 'Two tenants cannot both have a folder called "Invoices". The second gets an error that it cannot explain, and which tells it what the first has.',
  mend: 'Put the tenant first: unique (organization_id, name).',
  profiles: ['greenfield', 'live'],
  reads: 'catalog',
  check: ({ catalog }) =>
    appTables(catalog).flatMap((table) => {
      const tenants = tenantsOf(table, catalog).map(({ column }) => column);
      if (tenants.length === 0) return [];
      const scoped = new Set([
        ...tenants,
        ...foreignKeys(table).flatMap(({ columns }) => columns),
        ...ownersOf(table, catalog).map(({ name }) => name),
      ]);
      return table.indexes
        .filter(
          ({ unique, primary, predicate }) => unique && !primary && (predicate === null || forLiving.test(predicate)),
        )
        .flatMap((index) => {
          const columns = columnsOf(index);
          const named = columns.filter(
            (name) => !uniqueEverywhere.test(name) && !isSecret(table, name) && !isAddress(table, name),
          );
          const types = columns.map((name) => table.columns.find((each) => each.name === name)?.typeName);
          if (columns.length === 0 || columns.some((name) => scoped.has(name)) || types.includes('uuid')) return [];
          if (named.length !== columns.length || index.keys.some(({ opclass }) => opclass === '')) return [];
          return [
            {
              object: keyName(table, index),
              message: `${index.constraint ?? index.name} makes ${columns.join(', ')} of ${table.schema}.${table.name} unique over all tenants.`,
              hint: `unique (${[tenants[0], ...columns].join(', ')})`,
            },
          ];
        });
    }),
};
