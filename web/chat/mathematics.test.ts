// The notations of mathematics that models use, brought to one; code keeps its dollars and brackets.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { normaliseMath } from './mathematics.ts';
import { tokenAt } from './token-at.ts';

test('displayed and inline mathematics', () => {
  assert.equal(normaliseMath('Then \\(x^2\\).'), 'Then $$x^2$$.');
  assert.equal(normaliseMath('\\[\nE = mc^2\n\\]'), '$$\nE = mc^2\n$$');
  assert.equal(normaliseMath('$$E = mc^2$$'), '$$\nE = mc^2\n$$');
});

test('single dollars hold formulas, not money', () => {
  assert.equal(
    normaliseMath('Energy is $E = mc^2$, with $c$ constant.'),
    'Energy is $$E = mc^2$$, with $$c$$ constant.',
  );
  assert.equal(normaliseMath('$x_1$ costs $5 and $6.'), '$$x_1$$ costs $5 and $6.');
  for (const money of ['It costs $5-$6.', 'From $5 to $a week.', '$1,200 (a = $7)', 'US$ 5 = $ 6'])
    assert.equal(normaliseMath(money), money);
});

test('code and money stay as they are', () => {
  assert.equal(normaliseMath('`\\(a\\)` costs $5 \\(b\\)'), '`\\(a\\)` costs $5 $$b$$');
  assert.equal(normaliseMath('```\n$$x$$\n```'), '```\n$$x$$\n```');
  assert.equal(normaliseMath('It costs $5 or $6.'), 'It costs $5 or $6.');
});

test('a word that asks for completion', () => {
  assert.deepEqual(tokenAt('ask #nov', 8), { sign: '#', text: 'nov', start: 4, end: 8 });
  assert.deepEqual(tokenAt('@', 1), { sign: '@', text: '', start: 0, end: 1 });
  assert.equal(tokenAt('mail me@example', 15), null);
  assert.equal(tokenAt('#done now', 9), null);
});
