// What only a running database shows, or what only hurts there: indexes that nobody reads or that are broken, tables full
// of dead rows, extensions left behind.
import { quoteQualified } from '../../quote.ts';
import { isPlatform } from '../platform.ts';
import type { Rule } from '../rule.ts';
import { nameOf, ownTables } from './security-access.ts';

export const generalIndexUnused: Rule = {
  id: 'general-index-unused',
  level: 'info',
  category: 'performance',
  title: 'An index that was never read',
  why: 'Since statistics began no query used it, and every write keeps it. On a new or idle database this says nothing yet.',
  mend: 'Watch it over a full cycle of use on every replica, then drop it concurrently.',
  profiles: ['live'],
  reads: 'catalog',
  check: ({ live }) =>
    (live?.unusedIndexes ?? [])
      .filter(({ schema }) => !isPlatform(schema))
      .map(({ schema, table, index }) => ({
        object: `index ${schema}.${index}`,
        message: `The index ${index} on ${schema}.${table} was never read.`,
      })),
};

export const generalTableBloat: Rule = {
  id: 'general-table-bloat',
  level: 'info',
  category: 'performance',
  title: 'More dead rows than live ones',
  why: 'Queries read past them; autovacuum does not keep up, or a transaction that stays open holds it back.',
  mend: 'Find transactions that stay open; vacuum the table; lower its autovacuum_vacuum_scale_factor.',
  profiles: ['live'],
  reads: 'catalog',
  check: ({ live }) =>
    (live?.bloated ?? [])
      .filter(({ schema }) => !isPlatform(schema))
      .map(({ schema, table, dead, rows }) => ({
        object: `${schema}.${table}`,
        message: `${schema}.${table} holds ${dead} dead rows and ${rows} live ones.`,
      })),
};

export const generalExtensionOutdated: Rule = {
  id: 'general-extension-outdated',
  level: 'info',
  category: 'migration',
  title: 'An extension older than what the server brings',
  why: 'The server’s files are newer than the extension’s objects in this database: repaired faults stay unrepaired here.',
  mend: 'alter extension … update.',
  profiles: ['live'],
  reads: 'catalog',
  check: ({ live }) =>
    (live?.outdatedExtensions ?? []).map(({ name, installed, available }) => ({
      object: `extension ${name}`,
      message: `The extension ${name} is at ${installed}; the server has ${available}.`,
      hint: `alter extension "${name}" update;`,
    })),
};

export const generalIndexInvalid: Rule = {
  id: 'general-index-invalid',
  level: 'warning',
  category: 'performance',
  title: 'An index that is not valid',
  why: 'CREATE INDEX CONCURRENTLY or REINDEX CONCURRENTLY failed half-way: no query uses it, every write keeps it, and a unique one promises nothing.',
  mend: 'Drop it concurrently and create it again, or reindex it concurrently. An index of a partitioned table is valid once each partition has its own attached.',
  profiles: ['greenfield', 'live'],
  reads: 'catalog',
  check: ({ catalog }) =>
    [...ownTables(catalog), ...catalog.views.filter(({ schema }) => !isPlatform(schema))].flatMap((relation) =>
      relation.indexes
        .filter(({ valid }) => !valid)
        .map(({ name }) => ({
          object: `index ${relation.schema}.${name}`,
          message: `The index ${name} on ${nameOf(relation)} is not valid.`,
          hint: `reindex index concurrently ${quoteQualified({ schema: relation.schema, name })};`,
        })),
    ),
};

export const generalAutovacuumDisabled: Rule = {
  id: 'general-autovacuum-disabled',
  level: 'info',
  category: 'performance',
  title: 'A table that autovacuum leaves alone',
  why: 'Dead rows stay, statistics grow old, and plans get worse without anybody having changed anything.',
  mend: 'alter table … reset (autovacuum_enabled); where too much is done at once, lower its scale factors instead.',
  profiles: ['greenfield', 'live'],
  reads: 'catalog',
  check: ({ catalog }) =>
    ownTables(catalog)
      .filter(({ options }) => options.some((each) => /^autovacuum_enabled=(?:false|off|no|0)$/i.test(each)))
      .map((table) => ({
        object: nameOf(table),
        message: `Autovacuum is off for ${nameOf(table)}.`,
        hint: `alter table ${quoteQualified(table)} reset (autovacuum_enabled);`,
      })),
};
