// Numbers in brackets become marks where they are citations, and stay text elsewhere.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { citationMarks } from './citation-marks.ts';

const paragraph = (text: string) => ({
  type: 'root',
  children: [{ type: 'paragraph', children: [{ type: 'text', value: text }] }],
});

function marked(text: string, known: string): string {
  const tree = paragraph(text);
  citationMarks({ known })(tree);
  const children = tree.children[0]?.children ?? [];
  return children
    .map((node) => (node.type === 'text' ? node.value : `<${JSON.stringify(node).match(/"n":"(\d+)"/)?.[1]}>`))
    .join('');
}

test('known numbers become marks close to their word', () => {
  assert.equal(marked('Seven years. [1] Void if missed [2].', '1,2'), 'Seven years.<1> Void if missed<2>.');
  assert.equal(marked('[1][2]', '1,2'), '<1><2>');
});

test('unknown numbers, and brackets around words, stay as they are', () => {
  assert.equal(marked('See [3] and [a] and [1', '1'), 'See [3] and [a] and [1');
  assert.equal(marked('No citations [1]', ''), 'No citations [1]');
});

test('code is left alone', () => {
  const tree = { type: 'root', children: [{ type: 'inlineCode', value: 'list[1]' }] };
  citationMarks({ known: '1' })(tree);
  assert.deepEqual(tree.children, [{ type: 'inlineCode', value: 'list[1]' }]);
});
