// Tries a table's checks on sample rows, by the database itself and without writing anything. What they refuse is solved
// (satisfy.ts) and holds for every row of the table; else the constraint is named.
import { DatabaseError } from '../../core/database.ts';
import type { Catalog } from '../catalog/model.ts';
import { quoteName, quoteText } from '../quote.ts';
import { type Answer, type Candidate, type Condition, checksOf, type Row, satisfy } from '../satisfy.ts';
import { type Session, ToolError } from '../session.ts';
import type { Making } from './choice-values.ts';
import { cellOf, type TableState } from './state.ts';
import { makersFor } from './values.ts';

/** How many rows are looked at, from the first; and the last. */
const sampleSize = 32;

export function samplesOf(state: TableState): readonly Row[] {
  const rows = new Set(Array.from({ length: Math.min(state.planned, sampleSize) }, (_, row) => row));
  if (state.planned > sampleSize) rows.add(state.planned - 1);
  return [...rows].map(
    (row) =>
      new Map(state.plan.columns.map(({ column }) => [column.name, state.makers.get(column.name)?.(row, 0) ?? null])),
  );
}

/** The first check that a sample fails. Columns that are not written count as NULL, which no check refuses. */
async function findFailing(
  session: Session,
  state: TableState,
  checks: readonly Condition[],
  samples: readonly Row[],
): Promise<Condition | undefined> {
  const { columns } = state.plan.table;
  const rows = samples.map((sample, index) => {
    const values = columns.map(({ name, type }) => {
      const value = sample.get(name) ?? null;
      return value === null ? `null::${type}` : `${quoteText(value)}::${type}`;
    });
    return `(${[index, ...values].join(', ')})`;
  });
  const found = await session.rows(
    `select ${checks.map(({ expression }) => `(${expression}) is not false`).join(', ')}
     from (values ${rows.join(',\n')}) as ${quoteName(state.plan.table.name)} (${['" sample"', ...columns.map(({ name }) => quoteName(name))].join(', ')})`,
  );
  return checks.find((_, index) => found.some((row) => row[index] === 'f'));
}

/** Foreign keys that may be empty, with the key of a row that there will be: that they are filled is then a change. */
function fillings({ world }: Making, { plan }: TableState): readonly Candidate[] {
  return plan.references.flatMap((reference): Candidate[] => {
    const { columns, target, targetColumns, soft, nullable, role } = reference;
    const state = world.states.get(target);
    if (soft || !nullable || role === 'later' || role === 'self' || state === undefined || state.count === 0) return [];
    const key = targetColumns.map((name) => cellOf(state, 0, name));
    return key.includes(null) ? [] : [{ columns, values: [key] }];
  });
}

/** Makes the answer hold for all rows; false where a value depends on the row in a way that is not known here. */
function take(making: Making, state: TableState, answer: Answer): boolean {
  const { plan } = state;
  const set = new Map(answer.values);
  for (const name of answer.expressions.keys()) {
    const values = new Set(answer.computed.map((row) => row.get(name) ?? null));
    const [only] = values;
    if (values.size !== 1 || only === undefined) return false;
    set.set(name, only);
  }
  const bound = new Set(plan.references.filter(({ soft }) => !soft).flatMap(({ columns }) => columns));
  for (const [name, value] of set) {
    if (value !== null && bound.has(name)) making.filled.add(`${plan.key}.${name}`);
    else making.fixed.set(`${plan.key}.${name}`, value);
  }
  state.makers = makersFor(making, state);
  return true;
}

async function adjust(
  session: Session,
  making: Making,
  state: TableState,
  catalog: Catalog,
  violated: string,
): Promise<boolean> {
  const { plan } = state;
  const own = plan.columns.filter(({ distinct, counts }) => distinct || counts).map(({ column }) => column.name);
  const said = plan.table.columns.filter(({ name }) => making.fixed.has(`${plan.key}.${name}`)).map(({ name }) => name);
  const question = {
    catalog,
    table: plan.table,
    rows: samplesOf(state),
    violated,
    fixed: new Set([...own, ...said]),
    bound: new Set(plan.references.filter(({ soft }) => !soft).flatMap(({ columns }) => columns)),
    candidates: fillings(making, state),
  };
  const answer = await satisfy(session, question);
  if (answer === null) return false;
  if (take(making, state, answer)) return true;
  const literal = await satisfy(session, { ...question, literal: true });
  return literal !== null && take(making, state, literal);
}

export const sayHow = (state: TableState, column: string): string =>
  `Say what to write with --set ${state.plan.key}.${column}=<value>.`;

/** A value that its column's type refuses is named with its column, and the constraint where a domain has refused it. */
async function findMisfit(
  session: Session,
  state: TableState,
): Promise<{ readonly constraint: string | undefined; readonly error: ToolError } | null> {
  for (const sample of samplesOf(state)) {
    for (const { column } of state.plan.columns) {
      const value = sample.get(column.name) ?? null;
      try {
        await session.rows(`select ${value === null ? 'null' : quoteText(value)}::${column.type}`);
      } catch (error) {
        if (!(error instanceof DatabaseError)) throw error;
        const text = `${state.plan.key}.${column.name} is of type ${column.type}, for which nothing fitting could be made up (${error.message}). ${sayHow(state, column.name)}`;
        return { constraint: error.constraint, error: new ToolError(text, { cause: error }) };
      }
    }
  }
  return null;
}

function refuseMissing(state: TableState): void {
  const [first] = samplesOf(state);
  for (const { column, nullable } of state.plan.columns) {
    const reference = state.plan.references.some(({ columns }) => columns.includes(column.name));
    if (nullable || reference || first === undefined || first.get(column.name) != null) continue;
    throw new ToolError(
      `${state.plan.key}.${column.name} may not be null, and nothing could be made up for it. ${sayHow(state, column.name)}`,
    );
  }
}

/** Throws ToolError that names the constraint or column that cannot be satisfied. Must not run inside a transaction. */
export async function probeChecks(
  session: Session,
  making: Making,
  state: TableState,
  catalog: Catalog,
): Promise<void> {
  refuseMissing(state);
  const checks = checksOf(state.plan.table);
  if (state.planned === 0) return;
  for (let round = 0; round <= checks.length + state.plan.columns.length; round++) {
    let refusal: { readonly constraint: string | undefined; readonly error: ToolError };
    try {
      const failing = await findFailing(session, state, checks, samplesOf(state));
      if (failing === undefined) return;
      const text = `The rows made up for ${state.plan.key} do not satisfy its constraint "${failing.name}": CHECK ${failing.expression}. ${sayHow(state, failing.columns[0] ?? 'column')}`;
      refusal = { constraint: failing.name, error: new ToolError(text) };
    } catch (error) {
      const misfit = error instanceof DatabaseError ? await findMisfit(session, state) : null;
      if (misfit === null && error instanceof DatabaseError)
        throw new ToolError(`The checks of ${state.plan.key} cannot be tried: ${error.message}.`, { cause: error });
      if (misfit === null) throw error;
      refusal = misfit;
    }
    if (refusal.constraint === undefined || !(await adjust(session, making, state, catalog, refusal.constraint)))
      throw refusal.error;
  }
}
