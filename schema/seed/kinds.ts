// Tables of several kinds of rows: where others point to a key together with a constant (`kind` generated as 'person'), rows of
// each kind are needed, and who points must meet its own.
import { keyOf, type Plan, type TablePlan } from './plan-model.ts';

/** `(true)`, `'person'::text`, `-1`; null for any other expression. */
export function constantIn(expression: string): string | null {
  const found = /^\(?(true|false|-?\d+|'([^']*)'(?:::[\w. ]+)?)\)?$/.exec(expression);
  return found === null ? null : (found[2] ?? found[1] ?? null);
}

export interface Kinds {
  readonly column: string;
  readonly values: readonly string[];
}

/** The column of `plan` that tells its kinds, when others ask for them; row n is of kind n % values.length. */
export function kindsOf(whole: Plan, plan: TablePlan): Kinds | null {
  const values = new Set<string>();
  let column: string | null = null;
  for (const { table, references } of whole.tables) {
    for (const { target, columns, targetColumns } of references) {
      if (target !== keyOf(plan.table)) continue;
      for (const [index, name] of columns.entries()) {
        const own = table.columns.find((each) => each.name === name && each.generated !== null);
        const value = own?.default == null ? null : constantIn(own.default);
        const pointed = targetColumns[index];
        if (value === null || pointed === undefined || (column !== null && column !== pointed)) continue;
        column = pointed;
        values.add(value);
      }
    }
  }
  return column === null ? null : { column, values: [...values].sort() };
}
