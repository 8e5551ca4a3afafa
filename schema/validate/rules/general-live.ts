// What only a running database shows: indexes that nobody reads, tables full of dead rows, extensions left behind.

import { isPlatform } from '../platform.ts';
import type { Rule } from '../rule.ts';

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
