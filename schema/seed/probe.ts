// Tries a table's checks on sample rows, by the database itself and without writing anything. What they refuse is adjusted:
// the constants that stand in the check are tried, and NULL, until all samples pass; else the constraint is named.
import { DatabaseError } from '../../core/database.ts';
import { quoteName, quoteText } from '../quote.ts';
import { type Session, ToolError } from '../session.ts';
import type { Making } from './choice-values.ts';
import type { ColumnPlan } from './plan-model.ts';
import { constantsIn } from './rules.ts';
import type { TableState } from './state.ts';
import { makersFor } from './values.ts';

interface Check {
  readonly name: string;
  readonly text: string;
  /** The expression alone. */
  readonly expression: string;
  readonly columns: readonly string[];
}

type Sample = ReadonlyMap<string, string | null>;
const documents = ['{}', '[]', '{"seeded":true}', '["seeded"]', '[{}]', '"seeded"', '1', 'true'];
const maxCombinations = 300;

const checksOf = ({ plan }: TableState): readonly Check[] =>
  plan.table.constraints
    .filter(({ kind }) => kind === 'check')
    .map(({ name, text, columns }) => ({
      name,
      text,
      columns,
      expression: text.replace(/^CHECK /, '').replace(/( NO INHERIT)?( NOT VALID)?$/, ''),
    }));

function samplesOf(state: TableState): readonly Sample[] {
  const rows = new Set(Array.from({ length: Math.min(state.planned, 32) }, (_, row) => row));
  if (state.planned > 32) rows.add(state.planned - 1);
  return [...rows].map(
    (row) =>
      new Map(state.plan.columns.map(({ column }) => [column.name, state.makers.get(column.name)?.(row, 0) ?? null])),
  );
}

/** Which checks each sample passes. Columns that are not written count as NULL, which no check refuses. */
async function evaluate(
  session: Session,
  state: TableState,
  checks: readonly Check[],
  samples: readonly Sample[],
): Promise<boolean[][]> {
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
     from (values ${rows.join(',\n')}) as sample (${['" sample"', ...columns.map(({ name }) => quoteName(name))].join(', ')})
     order by " sample"`,
  );
  return found.map((row) => row.map((value) => value === 't'));
}

/** What else a column might hold. The first is what it holds now. */
function candidates(
  columnPlan: ColumnPlan | undefined,
  bound: boolean,
  constants: readonly string[],
): readonly (string | null | undefined)[] {
  if (columnPlan === undefined) return [undefined];
  const empty = columnPlan.nullable ? [null] : [];
  if (bound || columnPlan.distinct || columnPlan.counts) return [undefined, ...empty];
  const { type } = columnPlan;
  const usual: Readonly<Record<string, readonly string[]>> = {
    bool: ['true', 'false'],
    jsonb: documents,
    json: documents,
  };
  const numbers = /^(int|float|numeric)/.test(type) ? ['0', '1', '10', '100'] : [];
  return [undefined, ...empty, ...constants, ...(usual[type] ?? []), ...numbers];
}

function combinations(lists: readonly (readonly (string | null | undefined)[])[]): (string | null | undefined)[][] {
  let found: (string | null | undefined)[][] = [[]];
  for (const list of lists) {
    found = found.flatMap((head) => list.map((value) => [...head, value])).slice(0, maxCombinations * 4);
  }
  const changes = (each: readonly unknown[]): number => each.filter((value) => value !== undefined).length;
  return found.sort((a, b) => changes(a) - changes(b)).slice(1, maxCombinations);
}

/** Sets columns of the constraint to values that satisfy it for all samples; false when none of those tried does. */
async function adjust(
  session: Session,
  making: Making,
  state: TableState,
  check: Check,
  checks: readonly Check[],
): Promise<boolean> {
  const { plan } = state;
  const bound = new Set(plan.references.filter(({ soft }) => !soft).flatMap(({ columns }) => columns));
  const constants = constantsIn(check.text);
  const lists = check.columns.map((name) =>
    candidates(
      plan.columns.find(({ column }) => column.name === name),
      bound.has(name),
      constants,
    ),
  );
  const samples = samplesOf(state);
  for (const values of combinations(lists)) {
    const changed = samples.map((sample) => {
      const copy = new Map(sample);
      for (const [index, name] of check.columns.entries()) {
        const value = values[index];
        if (value !== undefined) copy.set(name, value);
      }
      return copy;
    });
    try {
      const results = await evaluate(session, state, checks, changed);
      if (!results.every((row) => row.every(Boolean))) continue;
    } catch (error) {
      if (error instanceof DatabaseError) continue; // A constant of another type.
      throw error;
    }
    for (const [index, name] of check.columns.entries()) {
      const value = values[index];
      if (value !== undefined) making.fixed.set(`${plan.key}.${name}`, value);
    }
    state.makers = makersFor(making, state);
    return true;
  }
  return false;
}

const say = (state: TableState, column: string): string =>
  `Say what to write with --set ${state.plan.key}.${column}=<value>.`;

/** A value that its column's type refuses is named with its column. */
async function findMisfit(session: Session, state: TableState): Promise<ToolError | null> {
  for (const sample of samplesOf(state).slice(0, 4)) {
    for (const { column } of state.plan.columns) {
      const value = sample.get(column.name) ?? null;
      if (value === null) continue;
      try {
        await session.rows(`select ${quoteText(value)}::${column.type}`);
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        return new ToolError(
          `${state.plan.key}.${column.name} is of type ${column.type}, for which nothing fitting could be made up (${reason}). ${say(state, column.name)}`,
        );
      }
    }
  }
  return null;
}

/** Throws ToolError that names the constraint or column that cannot be satisfied. Must not run inside a transaction. */
export async function probeChecks(session: Session, making: Making, state: TableState): Promise<void> {
  for (const { column, nullable } of state.plan.columns) {
    const reference = state.plan.references.some(({ columns }) => columns.includes(column.name));
    const [first] = samplesOf(state);
    if (nullable || reference || first === undefined || first.get(column.name) != null) continue;
    throw new ToolError(
      `${state.plan.key}.${column.name} may not be null, and nothing could be made up for it. ${say(state, column.name)}`,
    );
  }
  const checks = checksOf(state);
  if (state.planned === 0) return;
  for (let round = 0; round <= checks.length; round++) {
    const samples = samplesOf(state);
    let results: boolean[][];
    try {
      results = await evaluate(session, state, checks.length === 0 ? [] : checks, samples);
    } catch (error) {
      const misfit = error instanceof DatabaseError ? await findMisfit(session, state) : null;
      throw misfit ?? error;
    }
    const failing = checks.find((_, index) => results.some((row) => row[index] === false));
    if (failing === undefined) return;
    if (await adjust(session, making, state, failing, checks)) continue;
    throw new ToolError(
      `The rows made up for ${state.plan.key} do not satisfy its constraint "${failing.name}": ${failing.text}. ${say(state, failing.columns[0] ?? 'column')}`,
    );
  }
}
