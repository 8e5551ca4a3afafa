// The rows of a table, one after the other, in the order of its columns. What a unique key would refuse is tried again with
// another salt; where nothing is left that is different, the table ends earlier than asked.
import type { ColumnPlan, UniqueKey } from './plan-model.ts';
import type { Maker, TableState } from './state.ts';

const attempts = 24;

interface Watch {
  readonly key: UniqueKey;
  readonly columns: readonly (readonly [number, Maker | null])[];
  readonly seen: Set<string>;
}

export interface RowSource {
  readonly columns: readonly ColumnPlan[];
  /** The next row, or null at the end. */
  next(): readonly (string | null)[] | null;
  /** Keys that are taken already, column by column in the key's order. */
  take(key: UniqueKey, values: readonly (readonly (string | null)[])[]): void;
}

function holds(key: UniqueKey, cellFor: (name: string) => string | null): boolean {
  if (key.when === null) return true;
  return key.when.every(({ column, is }) => {
    const value = cellFor(column);
    if (is === 'null') return value === null;
    if (is === 'not null') return value !== null;
    return value === is.value;
  });
}

/** `state.count` is set to the number of rows that there were, once `next` has answered null. */
export function rowsOf(state: TableState, columns: readonly ColumnPlan[]): RowSource {
  const makers = columns.map(({ column }) => {
    const maker = state.makers.get(column.name);
    if (maker === undefined) throw new Error(`${state.plan.key}.${column.name} has no maker`);
    return maker;
  });
  const indexOf = new Map(columns.map(({ column }, index) => [column.name, index]));
  const watches = state.plan.keys
    .filter((key) => key.columns.every((name) => indexOf.has(name)))
    .map(
      (key): Watch => ({ key, columns: key.columns.map((name) => [indexOf.get(name) ?? 0, null]), seen: new Set() }),
    );
  let row = 0;
  const { planned } = state;
  const required = columns.map(({ nullable }) => !nullable);

  const joined = (watch: Watch, values: readonly (string | null)[]): string | null => {
    if (!holds(watch.key, (name) => values[indexOf.get(name) ?? -1] ?? null)) return null;
    let text = '';
    for (const [index] of watch.columns) {
      const value = values[index] ?? null;
      if (value === null && !watch.key.nullsNotDistinct) return null;
      text += `${value ?? '\u0001'}\u0000`;
    }
    return text.toLowerCase();
  };

  function attempt(salt: number): readonly (string | null)[] | 'taken' | 'impossible' {
    if (salt > 0) state.salts.set(row, salt);
    const values = makers.map((make) => make(row, salt));
    for (let index = 0; index < values.length; index++)
      if (values[index] === null && required[index] === true) return 'impossible';
    const texts = watches.map((watch) => joined(watch, values));
    if (texts.some((text, index) => text !== null && watches[index]?.seen.has(text) === true)) return 'taken';
    for (const [index, text] of texts.entries()) if (text !== null) watches[index]?.seen.add(text);
    return values;
  }

  return {
    columns,
    next: () => {
      if (row < planned) {
        for (let salt = 0; salt < (watches.length === 0 ? 1 : attempts); salt++) {
          const made = attempt(salt);
          if (made === 'impossible') break;
          if (made === 'taken') continue;
          row += 1;
          return made;
        }
        state.salts.delete(row);
      }
      state.count = row;
      return null;
    },
    take: (key, rows) => {
      const watch = watches.find((each) => each.key === key);
      for (const values of rows) {
        const whole: (string | null)[] = [];
        for (const [position, [index]] of (watch?.columns ?? []).entries()) whole[index] = values[position] ?? null;
        const text = watch === undefined ? null : joined({ ...watch, key: { ...key, when: [] } }, whole);
        if (text !== null) watch?.seen.add(text);
      }
    },
  };
}
