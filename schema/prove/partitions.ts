// Where the rows of a partitioned table may lie: in one of the partitions that there are. The catalog says the bounds.
import type { Catalog } from '../catalog/model.ts';
import { quoteName, quoteQualified } from '../quote.ts';
import type { Condition } from '../satisfy.ts';
import type { Session } from '../session.ts';
import { keyOf } from './model.ts';

/** By table, that some partition takes the row: the bounds of all of them, as one condition. */
export async function partitionConditions(
  session: Session,
  { tables }: Catalog,
): Promise<ReadonlyMap<string, Condition>> {
  const found = new Map<string, Condition>();
  for (const table of tables.filter(({ kind, partitionOf }) => kind === 'partitioned' && partitionOf === null)) {
    const [row] = await session.rows(
      `select string_agg('(' || coalesce(pg_get_partition_constraintdef(relid), 'true') || ')', ' or ')
       from pg_partition_tree($1::oid) where isleaf`,
      [String(table.oid)],
    );
    const expression = row?.[0] ?? null;
    if (expression === null) continue;
    const words = new Set(`${table.partitionKey ?? ''} ${expression}`.match(/[\w$]+/g));
    const columns = table.columns.map(({ name }) => name).filter((name) => words.has(name));
    found.set(keyOf(table), { name: 'partition', columns, expression });
  }
  return found;
}

/** A table without any partition holds no row: it gets one for everything. Not where others are at work: it locks the table. Whether there was such. */
export async function addPartitions(session: Session, { tables }: Catalog): Promise<boolean> {
  let added = false;
  for (const table of tables.filter(({ kind }) => kind === 'partitioned')) {
    if (tables.some(({ partitionOf }) => partitionOf !== null && keyOf(partitionOf) === keyOf(table))) continue;
    added = true;
    const name = `${quoteName(table.schema)}.${quoteName(`${table.name.slice(0, 40)}_loam_prove`)}`;
    await session.exec(
      /^HASH/.test(table.partitionKey ?? '')
        ? `create table ${name} partition of ${quoteQualified(table)} for values with (modulus 1, remainder 0)`
        : `create table ${name} partition of ${quoteQualified(table)} default`,
    );
  }
  return added;
}
