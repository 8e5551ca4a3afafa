// What is in the database before rows are made for it: how many, which keys are taken, where numbers begin.

import { quoteName, quoteText } from '../quote.ts';
import type { Session } from '../session.ts';
import type { Plan, TablePlan, UniqueKey } from './plan-model.ts';
import { cellOf, type Pool, type TableState, type World } from './state.ts';
import { quoteTable } from './write.ts';

export async function rowCounts(session: Session, { tables }: Plan): Promise<ReadonlyMap<string, number>> {
  const text = tables
    .map((plan) => `select ${quoteText(plan.key)}, count(*) from ${quoteTable(plan)}`)
    .join(' union all ');
  return new Map((await session.rows(text)).map(([key, count]) => [key ?? '', Number(count)]));
}

const poolSize = 5000;

/** Rows that references may point to, each with the number of its owner where that is one of ours. */
export async function readPool(session: Session, world: World, plan: TablePlan): Promise<Pool> {
  const primary = plan.table.constraints.find(({ kind }) => kind === 'primary key')?.columns ?? [];
  const owner = plan.references.find(({ role, columns }) => role === 'owner' && columns.length === 1);
  const names = plan.table.columns.map(({ name }) => name);
  const order = primary.length > 0 ? `order by ${primary.map(quoteName).join(', ')}` : '';
  const ours =
    owner?.columns[0] === undefined || plan.scope !== 'user'
      ? ''
      : `where ${quoteName(owner.columns[0])}::text like '5eed%'`;
  const found = await session.rows(
    `select ${names.map((name) => `${quoteName(name)}::text`).join(', ')} from ${quoteTable(plan)} ${ours} ${order} limit ${poolSize}`,
  );
  const rows = found.map((row) => Object.fromEntries(names.map((name, index) => [name, row[index] ?? null])));
  const [column] = owner?.columns ?? [];
  const target = owner === undefined ? undefined : world.states.get(owner.target);
  if (plan.scope !== 'user' || owner === undefined || column === undefined || target === undefined)
    return { rows, byOwner: null };
  const numbers = new Map(
    Array.from({ length: target.count }, (_, row) => [cellOf(target, row, owner.targetColumns[0] ?? ''), row]),
  );
  const byOwner = new Map<number, number[]>();
  for (const [index, row] of rows.entries()) {
    const number = numbers.get(row[column] ?? null);
    if (number !== undefined) byOwner.set(number, [...(byOwner.get(number) ?? []), index]);
  }
  return { rows, byOwner };
}

/** Values of a unique key that are taken already. */
export async function existingKeys(
  session: Session,
  plan: TablePlan,
  key: UniqueKey,
): Promise<readonly (readonly (string | null)[])[]> {
  const names = key.columns.map((name) => `${quoteName(name)}::text`).join(', ');
  const where = plan.table.indexes.find(({ name }) => name === key.name)?.predicate;
  return await session.rows(
    `select ${names} from ${quoteTable(plan)}${where == null ? '' : ` where ${where}`} limit 100000`,
  );
}

const numbered = (plan: TablePlan): readonly string[] =>
  plan.columns
    .filter(({ distinct, type }) => distinct && /^int[248]$|^numeric$/.test(type))
    .map(({ column }) => column.name);

/** The highest number in use in any numbered column; 0 in an empty table. */
export async function highestNumbers(session: Session, plan: TablePlan): Promise<number> {
  const names = numbered(plan);
  if (names.length === 0) return 0;
  const [row] = await session.rows(
    `select ${names.map((name) => `coalesce(max(${quoteName(name)}), 0)::bigint`).join(', ')} from ${quoteTable(plan)}`,
  );
  return Math.max(0, ...(row ?? []).map(Number));
}

/** Sequences go on behind the numbers that were given. */
export async function setSequences(session: Session, state: TableState, rows: number): Promise<void> {
  for (const name of numbered(state.plan)) {
    const table = quoteTable(state.plan);
    await session.rows(
      `select setval(sequence, greatest($1::bigint, (select coalesce(max(${quoteName(name)}), 1)::bigint from ${table})))
       from (select pg_get_serial_sequence(${quoteText(table)}, ${quoteText(name)}) as sequence) as found where sequence is not null`,
      [state.base + rows],
    );
  }
}
