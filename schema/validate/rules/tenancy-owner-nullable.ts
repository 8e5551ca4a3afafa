// A row without an owner belongs to nobody: the policies that compare its owner show it to nobody.
import type { Catalog, Table } from '../../catalog/model.ts';
import type { Rule } from '../rule.ts';
import { branchesOf, isForPeople, peopleMay, policiesOn } from './tenancy-conditions.ts';
import { appTables, foreignKeys, ownersOf } from './tenancy-tables.ts';

/** People write rows themselves; what only the server writes may well be nobody's. */
const mayInsert = (table: Table, catalog: Catalog): boolean =>
  peopleMay(table, 'INSERT') &&
  policiesOn(catalog, table, 'insert').some((policy) => policy.permissive && isForPeople(policy));

/** No other way leads to a row: a shared one, a public one. */
const onlyWay = (table: Table, name: string, catalog: Catalog): boolean =>
  policiesOn(catalog, table, 'select')
    .filter((policy) => policy.permissive && isForPeople(policy))
    .every(({ using }) => branchesOf(using, table, catalog).every(({ own }) => own.has(name)));

export const tenancyOwnerNullable: Rule = {
  id: 'tenancy-owner-nullable',
  level: 'info',
  category: 'correctness',
  title: 'The column that policies compare with the caller may be null',
  why: 'null equals nobody, so a row without an owner is invisible to everyone but the server, stays for ever, and no cascade removes it.',
  mend: 'alter column … set not null, with default auth.uid() where people insert; or say in the policy what a row without an owner means.',
  profiles: ['greenfield', 'live'],
  reads: 'catalog',
  check: ({ catalog }) =>
    appTables(catalog)
      .filter((table) => table.rls && mayInsert(table, catalog))
      .flatMap((table) =>
        ownersOf(table, catalog)
          .filter(({ notNull, generated }) => !notNull && generated === null)
          .flatMap(({ name }) => {
            const meant = foreignKeys(table).some(
              ({ columns, onDelete }) => columns.includes(name) && onDelete === 'set null',
            );
            const said = policiesOn(catalog, table, 'all')
              .concat(
                catalog.policies.filter((policy) => policy.schema === table.schema && policy.table === table.name),
              )
              .some(({ using, check }) =>
                [using, check].some(
                  (text) => text !== null && new RegExp(`\\b${name}"? IS (NOT )?NULL`, 'i').test(text),
                ),
              );
            const required = table.constraints.some(
              ({ kind, text }) => kind === 'check' && text.includes(name) && /IS NOT NULL/i.test(text),
            );
            if (meant || said || required || !onlyWay(table, name, catalog)) return [];
            return [
              {
                object: `${table.schema}.${table.name}.${name}`,
                message: `${table.schema}.${table.name}.${name} may be null, and policies compare it with the caller: such a row is nobody's.`,
                hint: `alter table ${table.schema}.${table.name} alter column ${name} set not null;`,
              },
            ];
          }),
      ),
};
