// A request that is tried again must not be counted, or charged, twice.
import type { Catalog, Table } from '../../catalog/model.ts';
import type { Rule } from '../rule.ts';
import { appTables, foreignKeys, targetOf } from './tenancy-tables.ts';

const ofUsage =
  /(^|_)(usages?|consumption|metering|meter_events|ledger|credit_(transactions|logs?|history|usage)|token_(usage|logs?)|billing_(events|records)|charges)(_|$)/i;
const amount = /(^|_)(tokens?|credits?|cost|amount|price|quantity|units|usd|cents)(_|$)/i;
const key =
  /idempoten|request_?id|event_?id|external|message_?id|completion_?id|generation_?id|transaction_?id|payment_?intent|invoice|dedup|trace_?id|job_?id|run_?id|response_?id|call_?id/i;

/** Some column set is unique that a second try would hit: not a random or counted primary key. */
function refusesRepeats(table: Table): boolean {
  return table.indexes.some(({ unique, keys }) => {
    const columns = keys.map(({ column }) => table.columns.find(({ name }) => name === column));
    return (
      unique &&
      columns.some((column) => column !== undefined && !/(^|_)(at|time|date)$/.test(column.name)) &&
      columns.every(
        (column) =>
          column === undefined || (column.identity === null && !/random|uuid|nextval/i.test(column.default ?? '')),
      )
    );
  });
}

/** Keys stand in a table of their own, as partitioned tables need it: one that names this table, or that this table names. */
function keptElsewhere(table: Table, catalog: Catalog): boolean {
  return (
    foreignKeys(table).some((each) => key.test(each.columns.join()) && targetOf(each, catalog) !== undefined) ||
    appTables(catalog).some(
      (other) =>
        other !== table &&
        other.schema === table.schema &&
        /idempoten|dedup|request_keys|_keys$/i.test(other.name) &&
        refusesRepeats(other),
    )
  );
}

export const tenancyUsageIdempotency: Rule = {
  id: 'tenancy-usage-idempotency',
  level: 'warning',
  category: 'correctness',
  title: 'The usage table has no idempotency key',
  why: 'Calls to models are retried: by clients, by queues, by people who reload. Without a key that the second try runs into, the same tokens are counted and charged twice, and nobody can tell afterwards.',
  mend: 'Add the id of the request: `request_id text not null unique`, and insert with `on conflict do nothing`.',
  profiles: ['greenfield', 'live'],
  reads: 'catalog',
  check: ({ catalog }) =>
    appTables(catalog).flatMap((table) => {
      const counted = table.columns.find(
        ({ name, type }) => amount.test(name) && /^(smallint|integer|bigint|numeric|real|double precision)/.test(type),
      );
      if (!ofUsage.test(table.name) || counted === undefined) return [];
      if (refusesRepeats(table) || keptElsewhere(table, catalog)) return [];
      return [
        {
          object: `${table.schema}.${table.name}`,
          message: `${table.schema}.${table.name} adds up ${counted.name}, and nothing in it stops the same call from being written twice.`,
        },
      ];
    }),
};
