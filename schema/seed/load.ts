// Writes the rows of one table and says how they can be found again.
import { DatabaseError } from '../../core/database.ts';
import { type Session, ToolError } from '../session.ts';
import { existingKeys, setSequences } from './existing.ts';
import type { FoundBy, Seeded } from './ledger.ts';
import type { TablePlan } from './plan-model.ts';
import { type RowSource, rowsOf } from './rows.ts';
import type { TableState } from './state.ts';
import { quoteTable, writeRows } from './write.ts';

export async function load(
  session: Session,
  state: TableState,
  see: (state: TableState, row: number) => void,
  seeded: Seeded[],
  onRows: (rows: number) => void,
): Promise<number> {
  const { plan } = state;
  const columns = plan.columns.filter(({ column }) => state.makers.has(column.name));
  const rows = rowsOf(state, columns);
  for (const key of plan.keys) rows.take(key, await existingKeys(session, plan, key));
  const listed: (readonly (string | null)[])[] = [];
  const found = foundBy(state, listed);
  const primary =
    'columns' in found ? found.columns.map((name) => columns.findIndex(({ column }) => column.name === name)) : null;
  let row = 0;
  const source: RowSource = {
    ...rows,
    next: () => {
      const values = rows.next();
      if (values === null) return null;
      see(state, row);
      row += 1;
      if (primary !== null) listed.push(primary.map((index) => values[index] ?? null));
      return values;
    },
  };
  try {
    await writeRows(session, plan, source, onRows);
  } catch (error) {
    throw explain(error, plan);
  }
  if (row > 0) {
    // At once: triggers of the tables that follow look things up here, and would read all of a table nobody knows.
    await session.exec(`analyze ${quoteTable(plan)}`);
    await setSequences(session, state, row);
    const noted: FoundBy = 'from' in found ? { ...found, to: state.base + row } : found;
    seeded.push({
      cascades: cascades(plan, seeded),
      schema: plan.table.schema,
      table: plan.table.name,
      rows: row,
      foundBy: noted,
    });
  }
  return row;
}

/** A uuid of ours where there is one, of the row itself or of what it belongs to; else numbers, else the keys themselves. */
function foundBy({ plan, base }: TableState, listed: readonly (readonly (string | null)[])[]): FoundBy {
  const primary = plan.table.constraints.find(({ kind }) => kind === 'primary key')?.columns ?? [];
  const bound = new Set(plan.references.flatMap(({ columns }) => columns));
  const own = plan.columns.find(
    ({ column, type, nullable }) => type === 'uuid' && !column.array && !nullable && !bound.has(column.name),
  );
  const hard = plan.columns.find(
    ({ column, type, nullable }) =>
      type === 'uuid' &&
      !nullable &&
      plan.references.some(({ columns, soft, role }) => !soft && role !== 'plain' && columns.includes(column.name)),
  );
  const uuid = own ?? hard;
  if (uuid !== undefined) return { column: uuid.column.name, uuids: true };
  const number = plan.columns.find(
    ({ column, distinct, type }) => distinct && /^int[248]$/.test(type) && primary.includes(column.name),
  );
  if (number !== undefined) return { column: number.column.name, from: base + 1, to: base };
  return { columns: primary.length > 0 ? primary : plan.columns.map(({ column }) => column.name), values: listed };
}

function explain(error: unknown, plan: TablePlan): unknown {
  if (!(error instanceof DatabaseError)) return error;
  const detail = typeof error.cause === 'string' ? ` (${error.cause})` : '';
  if (error.sqlState === '42501')
    return new ToolError(`This login may not write ${plan.key}: ${error.message}. Seed as the owner of the tables.`, {
      cause: error,
    });
  return new ToolError(
    `${plan.key} refuses the rows made up for it: ${error.message}${detail}. Nothing was written. Say what to write with --set ${plan.key}.<column>=<value>, or leave triggers out with --triggers skip.`,
    { cause: error },
  );
}

/** Whether every row goes when rows of a table that was seeded before it go. */
function cascades({ table }: TablePlan, seeded: readonly Seeded[]): boolean {
  return table.constraints.some(
    ({ kind, target, onDelete, columns }) =>
      kind === 'foreign key' &&
      onDelete === 'cascade' &&
      seeded.some((each) => each.schema === target?.schema && each.table === target.name) &&
      columns.every((name) =>
        table.columns.some((column) => column.name === name && (column.notNull || column.generated !== null)),
      ),
  );
}
