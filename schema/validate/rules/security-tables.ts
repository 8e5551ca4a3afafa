// Tables that the API shows though nothing says to whom: row-level security off, without effect or without a policy.

import { quoteQualified } from '../../quote.ts';
import type { Rule } from '../rule.ts';
import { holders, isExposed, nameOf, ownTables, said } from './security-access.ts';
import { isSensitive } from './security-names.ts';

export const securityRlsDisabled: Rule = {
  id: 'security-rls-disabled',
  level: 'error',
  category: 'security',
  title: 'A table of the API without row-level security',
  why: 'Whoever holds the public key can read it through the API, and write it where it is granted: without row-level security a grant is all there is.',
  mend: 'alter table … enable row level security, then a policy for each command that people need.',
  profiles: ['greenfield', 'live'],
  reads: 'catalog',
  check: (evidence) =>
    ownTables(evidence.catalog).flatMap((table) => {
      if (table.rls || !isExposed(evidence, table.schema)) return [];
      const reading = holders(evidence.catalog, table.grants, 'SELECT');
      const writing = ['INSERT', 'UPDATE', 'DELETE'].flatMap((each) => holders(evidence.catalog, table.grants, each));
      const roles = [...new Set([...reading, ...writing])];
      if (roles.length === 0) return [];
      return [
        {
          object: nameOf(table),
          message: `${nameOf(table)} has no row-level security, and ${said(roles)} may ${writing.length > 0 ? 'write' : 'read'} it.`,
          hint: `alter table ${quoteQualified(table)} enable row level security;`,
        },
      ];
    }),
};

export const securityPolicyWithoutRls: Rule = {
  id: 'security-policy-without-rls',
  level: 'error',
  category: 'security',
  title: 'Policies on a table whose row-level security is off',
  why: 'The policies read as if they protected the table; PostgreSQL does not look at them.',
  mend: 'alter table … enable row level security.',
  profiles: ['greenfield', 'live'],
  reads: 'catalog',
  check: ({ catalog }) =>
    ownTables(catalog)
      .filter(({ rls }) => !rls)
      .flatMap((table) => {
        const policies = catalog.policies.filter(
          (policy) => policy.schema === table.schema && policy.table === table.name,
        );
        if (policies.length === 0) return [];
        return [
          {
            object: nameOf(table),
            message: `${nameOf(table)} has ${policies.length === 1 ? 'a policy' : `${policies.length} policies`} and its row-level security is off, so none is heeded.`,
            hint: `alter table ${quoteQualified(table)} enable row level security;`,
          },
        ];
      }),
};

export const securityRlsWithoutPolicy: Rule = {
  id: 'security-rls-without-policy',
  level: 'info',
  category: 'security',
  title: 'Row-level security without a policy',
  why: 'Nobody but the owner and roles that bypass row-level security sees a row. That is right for a table that only the server uses, and a surprise otherwise.',
  mend: 'Add a policy for each command that people need; where nobody should, revoke their grants too.',
  profiles: ['greenfield', 'live'],
  reads: 'catalog',
  check: ({ catalog }) =>
    ownTables(catalog)
      .filter(({ rls, partitionOf }) => rls && partitionOf === null)
      .filter(
        (table) => !catalog.policies.some(({ schema, table: name }) => schema === table.schema && name === table.name),
      )
      .map((table) => ({
        object: nameOf(table),
        message: `${nameOf(table)} has row-level security and no policy, so people see no row of it.`,
      })),
};

export const securitySensitiveColumns: Rule = {
  id: 'security-sensitive-columns',
  level: 'error',
  category: 'security',
  title: 'Secrets or personal data in a table without row-level security',
  why: 'The API hands out the whole table, and a column of it is named like a password, a key or a number that identifies a person.',
  mend: 'Enable row-level security, or move the column to a table in a schema that the API does not expose. Keep hashes, never keys.',
  profiles: ['greenfield', 'live'],
  reads: 'catalog',
  check: (evidence) =>
    ownTables(evidence.catalog).flatMap((table) => {
      if (table.rls || !isExposed(evidence, table.schema)) return [];
      if (holders(evidence.catalog, table.grants, 'SELECT').length === 0) return [];
      const columns = table.columns.filter(({ name }) => isSensitive(name)).map(({ name }) => name);
      if (columns.length === 0) return [];
      return [
        {
          object: nameOf(table),
          message: `${nameOf(table)} is readable by everybody and holds ${columns.join(', ')}.`,
          hint: `alter table ${quoteQualified(table)} enable row level security;`,
        },
      ];
    }),
};

export const securityForeignTable: Rule = {
  id: 'security-foreign-table',
  level: 'warning',
  category: 'security',
  title: 'A foreign table in the API',
  why: 'Foreign tables know no row-level security: whoever may select from one sees all of the other system that the server may see.',
  mend: 'Move it to a schema that the API does not expose, and offer a definer function that asks who is calling.',
  profiles: ['greenfield', 'live'],
  reads: 'catalog',
  check: (evidence) =>
    evidence.catalog.tables
      .filter((table) => table.kind === 'foreign' && isExposed(evidence, table.schema))
      .flatMap((table) => {
        const roles = holders(evidence.catalog, table.grants, 'SELECT');
        return roles.length === 0
          ? []
          : [{ object: nameOf(table), message: `The foreign table ${nameOf(table)} is readable by ${said(roles)}.` }];
      }),
};

export const securityQueueExposed: Rule = {
  id: 'security-queue-exposed',
  level: 'error',
  category: 'security',
  title: 'A message queue in the API without row-level security',
  why: 'With pgmq_public exposed, everybody can read and take the messages of this queue.',
  mend: 'alter table pgmq.q_… enable row level security, and give policies to those who may.',
  profiles: ['greenfield', 'live'],
  reads: 'catalog',
  check: (evidence) =>
    evidence.exposed.includes('pgmq_public')
      ? evidence.catalog.tables
          .filter(({ schema, name, rls }) => schema === 'pgmq' && name.startsWith('q_') && !rls)
          .filter(({ grants }) => holders(evidence.catalog, grants, 'SELECT').length > 0)
          .map((table) => ({
            object: nameOf(table),
            message: `The queue ${nameOf(table)} has no row-level security and pgmq_public is exposed.`,
          }))
      : [],
};
