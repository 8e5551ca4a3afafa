// A remark plugin: `[1]` in running text becomes a citation mark where the answer has a citation of that number.
// Code is left alone, because there the brackets are not text nodes.

type Node = {
  type: string;
  value?: string;
  children?: Node[];
  data?: { hName: string; hProperties: Record<string, string> };
};

const marker = /\[(\d{1,3})\]/g;

function mark(position: string): Node {
  return { type: 'citeMark', children: [], data: { hName: 'cite-mark', hProperties: { n: position } } };
}

function split(text: string, known: ReadonlySet<string>): Node[] {
  const nodes: Node[] = [];
  let from = 0;
  for (const match of text.matchAll(marker)) {
    const position = match[1] ?? '';
    if (!known.has(position)) continue;
    // The mark stands close to its word: the space before it goes.
    const before = text.slice(from, match.index).replace(/[ \u00a0]$/, '');
    if (before !== '') nodes.push({ type: 'text', value: before });
    nodes.push(mark(position));
    from = match.index + match[0].length;
  }
  if (from < text.length) nodes.push({ type: 'text', value: text.slice(from) });
  return nodes;
}

function walk(node: Node, known: ReadonlySet<string>): void {
  if (!node.children) return;
  node.children = node.children.flatMap((child) => {
    if (child.type === 'text' && child.value?.includes('[')) return split(child.value, known);
    walk(child, known);
    return [child];
  });
}

/** `known` is a list such as "1,2,3". Used with its options beside it, by which the renderer tells one set from another. */
export function citationMarks({ known }: { known: string }): (tree: Node) => void {
  const positions = new Set(known.split(','));
  return (tree) => walk(tree, positions);
}
