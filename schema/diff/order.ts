// Puts steps into an order in which each finds what it stands on, as near as can be to the order in which people write.

export interface Step {
  readonly key: string;
  /** Compared item by item; the lowest that is ready comes next. */
  readonly rank: readonly (number | string)[];
}

const compare = (a: Step, b: Step): number => {
  for (const [index, left] of a.rank.entries()) {
    const right = b.rank[index] ?? '';
    if (left === right) continue;
    return typeof left === 'number' && typeof right === 'number' ? left - right : String(left) < String(right) ? -1 : 1;
  }
  return a.key < b.key ? -1 : 1;
};

export interface Order {
  /** Called as each step is reached; answers the keys of further steps that were done with it. */
  visit(key: string, isDone: (key: string) => boolean): readonly string[];
}

/**
 * Visits every step after those in `before`. `wishes` are given up where they make a circle; so, at last, is a circle of
 * `before` itself. Returns whether a wish was given up.
 */
export function inOrder(
  steps: readonly Step[],
  before: ReadonlyMap<string, ReadonlySet<string>>,
  wishes: ReadonlyMap<string, ReadonlySet<string>>,
  { visit }: Order,
): boolean {
  const waiting = steps.toSorted(compare);
  const done = new Set<string>();
  const keys = new Set(steps.map(({ key }) => key));
  const isFree = (key: string, of: ReadonlyMap<string, ReadonlySet<string>>): boolean =>
    [...(of.get(key) ?? [])].every((other) => done.has(other) || !keys.has(other) || other === key);
  let gaveUp = false;
  const take = (index: number): void => {
    const [step] = waiting.splice(index, 1);
    if (step === undefined) return;
    done.add(step.key);
    for (const key of visit(step.key, (other) => done.has(other) || !keys.has(other))) done.add(key);
  };
  while (waiting.length > 0) {
    const index = waiting.findIndex(({ key }) => done.has(key) || (isFree(key, before) && isFree(key, wishes)));
    const step = waiting[index];
    if (step !== undefined && done.has(step.key)) {
      waiting.splice(index, 1);
      continue;
    }
    if (index >= 0) {
      take(index);
      continue;
    }
    gaveUp = true;
    take(
      Math.max(
        0,
        waiting.findIndex(({ key }) => isFree(key, before)),
      ),
    );
  }
  return gaveUp;
}
