// Marks: known, unknown, in lists, in code, in links, and cut at every possible place.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { filterMarks } from './marks.ts';

/** Passages 1 to 3 exist; positions are given in order of appearance. */
function run(parts: readonly string[]): string {
  const positions = new Map<number, number>();
  const filter = filterMarks({
    cite: (number) => {
      if (number < 1 || number > 3) return null;
      const position = positions.get(number) ?? positions.size + 1;
      positions.set(number, position);
      return position;
    },
  });
  return parts.map((part) => filter.push(part)).join('') + filter.end();
}

const cases: [name: string, text: string, expected: string][] = [
  ['renumbers in order of appearance', 'A.[3] B [1].', 'A.[1] B [2].'],
  ['splits lists', 'A [1, 2].', 'A [1][2].'],
  ['removes unknown numbers and the space before them', 'A [9]. B [0].', 'A. B.'],
  ['keeps the known part of a list', 'A [9, 2].', 'A [1].'],
  ['says one mark once in a list', 'A [2,2].', 'A [1].'],
  ['leaves inline code alone', 'Use `a[1]` now [2].', 'Use `a[1]` now [1].'],
  ['leaves fenced code alone', '```js\nx[1] = y[2]\n```\nDone [3].', '```js\nx[1] = y[2]\n```\nDone [1].'],
  ['leaves links alone', 'See [1](https://example.org) and [2].', 'See [1](https://example.org) and [1].'],
  ['leaves other brackets alone', 'An [aside] and [12 apples] and [', 'An [aside] and [12 apples] and ['],
  ['leaves long numbers alone', 'Year [2024].', 'Year [2024].'],
];

for (const [name, text, expected] of cases) {
  test(name, () => {
    assert.equal(run([text]), expected);
  });
  test(`${name}, cut anywhere`, () => {
    for (let cut = 1; cut < text.length; cut++)
      assert.equal(run([text.slice(0, cut), text.slice(cut)]), expected, `cut at ${cut}`);
    assert.equal(run([...text]), expected, 'character by character');
  });
}

test('holds back no more than a mark could be long', () => {
  const filter = filterMarks({ cite: () => null });
  assert.equal(filter.push('plain text'), 'plain text');
  assert.equal(filter.push('[1'), '');
  assert.notEqual(filter.push(', 1'.repeat(30)), '');
});
