// Two texts as a unified diff, the way patch(1) reads it. After Myers, "An O(ND) Difference Algorithm", 1986.

interface Edit {
  readonly kind: ' ' | '-' | '+';
  readonly line: string;
}

/** For each number of edits, the furthest place on each diagonal before it. */
function trace(a: readonly string[], b: readonly string[]): readonly ReadonlyMap<number, number>[] {
  const furthest = new Map<number, number>([[1, 0]]);
  const steps: ReadonlyMap<number, number>[] = [];
  for (let edits = 0; edits <= a.length + b.length; edits++) {
    steps.push(new Map(furthest));
    for (let diagonal = -edits; diagonal <= edits; diagonal += 2) {
      const [below, above] = [furthest.get(diagonal - 1) ?? -1, furthest.get(diagonal + 1) ?? -1];
      let x = diagonal === -edits || (diagonal !== edits && below < above) ? above : below + 1;
      while (x < a.length && x - diagonal < b.length && a[x] === b[x - diagonal]) x++;
      furthest.set(diagonal, x);
      if (x >= a.length && x - diagonal >= b.length) return steps;
    }
  }
  return steps;
}

function editsBetween(a: readonly string[], b: readonly string[]): readonly Edit[] {
  const edits: Edit[] = [];
  let [x, y] = [a.length, b.length];
  const steps = trace(a, b);
  for (let count = steps.length - 1; count >= 0; count--) {
    const furthest = steps[count] ?? new Map<number, number>();
    const diagonal = x - y;
    const [below, above] = [furthest.get(diagonal - 1) ?? -1, furthest.get(diagonal + 1) ?? -1];
    const from = diagonal === -count || (diagonal !== count && below < above) ? diagonal + 1 : diagonal - 1;
    const before = count === 0 ? 0 : (furthest.get(from) ?? 0);
    while (x > before && y > before - from && x > 0 && y > 0 && (count === 0 || x - 1 >= 0) && a[x - 1] === b[y - 1]) {
      edits.push({ kind: ' ', line: a[--x] ?? '' });
      y--;
    }
    if (count === 0) break;
    if (x === before) edits.push({ kind: '+', line: b[--y] ?? '' });
    else edits.push({ kind: '-', line: a[--x] ?? '' });
  }
  return edits.reverse();
}

const range = (start: number, count: number): string =>
  count === 1 ? String(start) : `${count === 0 ? start - 1 : start},${count}`;

/** '' where both are the same. `context` is how many unchanged lines stand around a change. */
export function unifiedDiff(
  before: { readonly name: string; readonly text: string },
  after: { readonly name: string; readonly text: string },
  context = 3,
): string {
  if (before.text === after.text) return '';
  const split = (text: string): string[] => (text === '' ? [] : text.replace(/\n$/, '').split('\n'));
  const edits = editsBetween(split(before.text), split(after.text));
  const near = edits.map((_, index) =>
    edits.slice(Math.max(0, index - context), index + context + 1).some(({ kind }) => kind !== ' '),
  );
  const output = [`--- ${before.name}`, `+++ ${after.name}`];
  let [line, other] = [1, 1];
  for (let index = 0; index < edits.length; ) {
    if (near[index] !== true) {
      index++;
      line++;
      other++;
      continue;
    }
    let end = index;
    while (near[end] === true) end++;
    const hunk = edits.slice(index, end);
    const [removed, added] = ['+', '-'].map((kind) => hunk.filter((edit) => edit.kind !== kind).length);
    output.push(`@@ -${range(line, removed ?? 0)} +${range(other, added ?? 0)} @@`);
    output.push(...hunk.map(({ kind, line: text }) => `${kind}${text}`));
    line += removed ?? 0;
    other += added ?? 0;
    index = end;
  }
  return `${output.join('\n')}\n`;
}
