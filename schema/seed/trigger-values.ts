// What else the columns might hold that a table's triggers look at, after these have refused a row: what the checks, the type
// and the triggers' own text name.
import type { ColumnPlan, TablePlan } from './plan-model.ts';

type Change = ReadonlyMap<string, string | null>;

const most = 120;

function valuesOf({ rule, labels, type, nullable }: ColumnPlan, words: readonly string[]): readonly (string | null)[] {
  const some =
    rule.allowed ??
    labels ??
    (type === 'bool'
      ? ['true', 'false']
      : /^(text|varchar|citext)$/.test(type)
        ? words
        : /^(int[248]|numeric|float[48])$/.test(type)
          ? ['1', '0', '100']
          : []);
  return [...some, ...(nullable ? [null] : [])];
}

/** Changes that hold for all rows, of one column first, then of two. */
export function changesFor(plan: TablePlan, body: string): readonly Change[] {
  const words = [...new Set([...body.matchAll(/'([\w.-]{1,40})'/g)].map(([, word]) => word ?? ''))];
  const bound = new Set(plan.references.filter(({ soft }) => !soft).flatMap(({ columns }) => columns));
  const asked = plan.columns.filter(({ column, distinct, counts, nullable }) => {
    if (distinct || counts || (bound.has(column.name) && !nullable)) return false;
    return new RegExp(`\\bnew\\."?${column.name}\\b`, 'i').test(body);
  });
  const single = asked.flatMap((columnPlan) => {
    const { name } = columnPlan.column;
    const values = bound.has(name) ? [null] : valuesOf(columnPlan, words);
    return values.map((value): Change => new Map([[name, value]]));
  });
  const pairs = single.flatMap((one, index) =>
    single
      .slice(index + 1)
      .filter((two) => [...two.keys()].every((name) => !one.has(name)))
      .map((two): Change => new Map([...one, ...two])),
  );
  return [...single, ...pairs].slice(0, most);
}
