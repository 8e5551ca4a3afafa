// Writes the rows of one table and says how they can be found again.
import { DatabaseError } from '../../core/database.ts';
import { type Session, ToolError } from '../session.ts';
import { asksWho, claimsFor, withoutClaims } from './acting.ts';
import type { Making } from './choice-values.ts';
import { existingKeys, setSequences } from './existing.ts';
import type { FoundBy, Seeded } from './ledger.ts';
import type { TablePlan } from './plan-model.ts';
import { type RowSource, rowsOf } from './rows.ts';
import type { TableState } from './state.ts';
import { changesFor } from './trigger-values.ts';
import { makersFor } from './values.ts';
import { quoteTable, writeActing, writeRows } from './write.ts';

export interface Loading {
  readonly making: Making;
  /** The text of the table's triggers; empty without any. */
  readonly body: string;
  see(state: TableState, row: number): void;
  onRows(rows: number): void;
}

/** How rows are written: all of them, or as many as show whether the triggers take them. */
interface Way {
  readonly acting: boolean;
  readonly most: number;
}

/** As many as look different to a trigger. */
const trial = 40;

/** Writes the rows. What triggers refuse is tried again: as a signed-in person, then with what the triggers themselves name. */
export async function load(session: Session, state: TableState, seeded: Seeded[], loading: Loading): Promise<number> {
  const { plan } = state;
  const { making, body } = loading;
  await session.exec('savepoint loam_table');
  const attempt = async (way: Way): Promise<number | DatabaseError> => {
    try {
      return await loadOnce(session, state, seeded, loading, way);
    } catch (error) {
      if (!(error instanceof DatabaseError)) throw error;
      await session.exec('rollback to savepoint loam_table');
      state.salts.clear();
      return error;
    }
  };
  const all = Number.MAX_SAFE_INTEGER;
  const first = await attempt({ acting: false, most: all });
  if (typeof first === 'number') return first;
  const isOfTriggers = body !== '' && /^(P0|22|23|42704)/.test(first.sqlState);
  const ways = asksWho(body) ? [true, false] : [false];
  if (isOfTriggers && ways.length > 1) {
    const acting = await attempt({ acting: true, most: all });
    if (typeof acting === 'number') return acting;
  }
  for (const change of isOfTriggers ? changesFor(plan, body) : []) {
    const names = [...change.keys()].map((name) => `${plan.key}.${name}`);
    if (names.some((name) => making.fixed.has(name))) continue;
    for (const [name, value] of change) making.fixed.set(`${plan.key}.${name}`, value);
    state.makers = makersFor(making, state);
    for (const acting of ways) {
      if (typeof (await attempt({ acting, most: trial })) !== 'number') continue;
      await session.exec('rollback to savepoint loam_table');
      state.salts.clear();
      const whole = await attempt({ acting, most: all });
      if (typeof whole === 'number') return whole;
    }
    for (const name of names) making.fixed.delete(name);
    state.makers = makersFor(making, state);
  }
  throw explain(first, plan);
}

async function loadOnce(
  session: Session,
  state: TableState,
  seeded: Seeded[],
  { making, see, onRows }: Loading,
  { acting, most }: Way,
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
      const values = row < most ? rows.next() : null;
      if (values === null) return null;
      if (most > trial) see(state, row);
      row += 1;
      if (primary !== null) listed.push(primary.map((index) => values[index] ?? null));
      return values;
    },
  };
  if (acting) {
    await writeActing(session, plan, source, onRows, () => claimsFor(making.world, state, row - 1));
    await session.rows(withoutClaims);
  } else await writeRows(session, plan, source, onRows);
  if (row === 0 || most <= trial) return row;
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
    ({ column, distinct, type }) =>
      distinct &&
      /^int[248]$/.test(type) &&
      primary.includes(column.name) &&
      // Numbers out of partitions are not in one piece.
      plan.leaves?.some((leaf) => leaf.has(column.name)) !== true,
  );
  if (number !== undefined) return { column: number.column.name, from: base + 1, to: base };
  return { columns: primary.length > 0 ? primary : plan.columns.map(({ column }) => column.name), values: listed };
}

/** With the table's name, and what to do. */
export function explain(error: DatabaseError, plan: TablePlan): ToolError {
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
