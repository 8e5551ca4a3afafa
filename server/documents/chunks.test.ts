// Chunks: sizes, overlap, headings, and offsets that lead back to the very text.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { chunkOverlap, chunkSize, createChunker, splitText } from './chunks.ts';
import type { PageText } from './formats/blocks.ts';

const page = (text: string, headings: PageText['headings'] = []): PageText => ({ number: 1, text, headings });
const sentences = (count: number): string =>
  Array.from({ length: count }, (_, index) => `Sentence number ${index} says a little about pumps.`).join(' ');

describe('cutting text into passages', () => {
  it('yields nothing for nothing', () => {
    assert.deepEqual(splitText(''), []);
    assert.deepEqual(splitText(' \n\t '), []);
  });

  it('keeps a short text whole, without the white space around it', () => {
    const [span, ...rest] = splitText('  One line.\n\n');
    assert.deepEqual(span, { start: 2, end: 11 });
    assert.equal(rest.length, 0);
  });

  it('covers every character, overlaps neighbours, and never exceeds the size', () => {
    const text = Array.from({ length: 40 }, (_, index) => `Paragraph ${index}. ${sentences(1 + (index % 5) * 3)}`).join(
      '\n\n',
    );
    const spans = splitText(text);
    let reached = 0;
    for (const [index, span] of spans.entries()) {
      assert.ok(span.end - span.start <= chunkSize);
      assert.equal(text.slice(reached, span.start).trim(), '', 'nothing is left out');
      const before = spans[index - 1];
      if (before !== undefined)
        assert.ok(before.end - span.start <= chunkOverlap && span.start > before.start && span.end > before.end);
      reached = Math.max(reached, span.end);
    }
    assert.equal(reached, text.length);
    assert.ok(
      spans.some((span, index) => span.start < (spans[index - 1]?.end ?? 0)),
      'some overlap',
    );
  });

  it('ends at paragraphs where it can, at sentences where it must', () => {
    const text = `${sentences(10)}\n\n${sentences(10)}`;
    const [first] = splitText(text);
    assert.equal(text.slice(first?.start, first?.end), sentences(10));
    const long = sentences(60);
    for (const { start, end } of splitText(long)) assert.match(long.slice(start, end), /^Sentence .*\.$/);
  });

  it('cuts what has no borders, but never through a surrogate pair', () => {
    const text = '😀'.repeat(1501);
    const spans = splitText(text);
    assert.ok(spans.length >= 4);
    for (const { start, end } of spans) assert.ok(text.slice(start, end).isWellFormed());
  });

  it('is quick on a long run of one letter and on a megabyte of words', () => {
    assert.equal(splitText('a'.repeat(1_000_000)).length, 1250);
    assert.ok(splitText('word '.repeat(200_000)).length > 1250);
  });
});

describe('passages of pages', () => {
  it('counts offsets in code points', () => {
    const text = `${'😀'.repeat(10)} ${sentences(40)}`;
    for (const chunk of createChunker()(page(text), 0)) {
      assert.equal([...text].slice(chunk.start_offset, chunk.end_offset).join(''), chunk.content);
    }
  });

  it('keeps the headings above, over page borders, and drops deeper ones under a new one', () => {
    const chunk = createChunker();
    const first = chunk(
      page('Pumps\n\nQuiet\n\nAt night.', [
        { at: 0, level: 1, text: 'Pumps' },
        { at: 7, level: 2, text: 'Quiet' },
      ]),
      0,
    );
    assert.equal(first[0]?.heading, 'Pumps');
    assert.equal(chunk(page('More about noise.'), 1)[0]?.heading, 'Pumps › Quiet');
    const third = chunk(page('Boilers\n\nOld ones.', [{ at: 0, level: 1, text: 'Boilers' }]), 2);
    assert.equal(third[0]?.heading, 'Boilers');
    assert.equal(third[0]?.page_index, 2);
  });
});
