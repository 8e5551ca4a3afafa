// Paragraphs of a page and the stretch of them that is lit, counted in code points as the server counts.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Paragraph, paragraphsOf } from './paragraphs.ts';

const lit = (paragraphs: Paragraph[]): string[] =>
  paragraphs.flatMap((each) => each.pieces.filter((piece) => piece.lit).map((piece) => piece.text));
const whole = (paragraphs: Paragraph[]): string[] =>
  paragraphs.map((each) => each.pieces.map((piece) => piece.text).join(''));

test('what is lit is the passage, also behind characters of two units', () => {
  const content = '🌱🌱 Heading\n\nOne 🌱 two three.\n\nFour.';
  const from = Array.from(content.slice(0, content.indexOf('two'))).length;
  const paragraphs = paragraphsOf(content, '🌱🌱 Heading', { from, to: from + 'two three'.length });
  assert.deepEqual(lit(paragraphs), ['two three']);
  assert.deepEqual(whole(paragraphs), ['🌱🌱 Heading', 'One 🌱 two three.', 'Four.']);
  assert.deepEqual(
    paragraphs.map((each) => each.heading),
    [true, false, false],
  );
});

test('a passage over two paragraphs is lit in both; one outside the page lights nothing', () => {
  const content = 'First one.\n\nSecond one.';
  assert.deepEqual(lit(paragraphsOf(content, null, { from: 6, to: 18 })), ['one.', 'Second']);
  assert.deepEqual(lit(paragraphsOf(content, null, { from: 400, to: 500 })), []);
  assert.deepEqual(lit(paragraphsOf(content, null, null)), []);
});
