// Where everything stands in the drawing: in each chapter tables that refer to each other are laid out by dagre, lone ones
// in rows below, and the chapters side by side. References that leave a chapter are written in the row of their column.
import { Graph, layout } from '@dagrejs/dagre';
import type { Table } from '../catalog/model.ts';
import { type Chapter, isKey, nameOf, type Reference, referencesOf, typeName } from './chapters.ts';
import type { Columns } from './mermaid.ts';

export interface Row {
  readonly name: string;
  readonly type: string;
  readonly key: string;
  /** Where it leads, when that is not drawn as a line. */
  readonly leads: string;
}
export interface Box {
  readonly name: string;
  readonly rows: readonly Row[];
  readonly more: number;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}
export interface Line {
  readonly points: readonly { readonly x: number; readonly y: number }[];
  readonly reference: Reference;
}
export interface Panel {
  readonly title: string;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly boxes: readonly Box[];
  readonly lines: readonly Line[];
}
export interface Drawing {
  readonly width: number;
  readonly height: number;
  readonly panels: readonly Panel[];
}

/** In CSS pixels. A character of the monospaced text of a row, and of a bold title. */
export const metrics = { row: 20, head: 30, letter: 7.3, title: 8, pad: 10, gap: 24, margin: 24, heading: 44 } as const;

type Size = Omit<Box, 'x' | 'y'>;

function sizeOf(table: Table, columns: Columns, inside: ReadonlySet<string>): Size {
  const shown = table.columns.filter(
    (column) => columns === 'all' || (columns === 'keys' && isKey(table, column) !== ''),
  );
  const references = referencesOf(table);
  const rows = shown.map((column): Row => {
    const away = references.find((each) => each.columns.includes(column.name) && !inside.has(nameOf(each.to)));
    return {
      name: column.name,
      type: typeName(column),
      key: isKey(table, column).replace('PK, FK', 'PK FK'),
      leads: away === undefined ? '' : `→ ${nameOf(away.to)}`,
    };
  });
  const more = table.columns.length - shown.length;
  const name = nameOf(table);
  const letters = Math.max(
    ...rows.map((row) => row.name.length + 2 + Math.max(row.type.length, row.leads.length) + 6),
    14,
  );
  const width = Math.ceil(Math.max(letters * metrics.letter, name.length * metrics.title, 130) + 2 * metrics.pad);
  return { name, rows, more, width, height: metrics.head + (rows.length + (more > 0 ? 1 : 0)) * metrics.row + 6 };
}

/** A line leaves on the right and arrives on the left, each in the middle of the side, unless it runs backwards. */
function fromSideToSide(points: Line['points'], from: Box | undefined, to: Box | undefined): Line['points'] {
  if (from === undefined || to === undefined || from.x + from.width > to.x) return points;
  const start = { x: from.x + from.width, y: from.y + from.height / 2 };
  const end = { x: to.x, y: to.y + to.height / 2 };
  return [start, ...points.slice(1, -1), end];
}

/** Tables joined by lines, by dagre; from left to right. */
function joined(
  sizes: readonly Size[],
  references: readonly Reference[],
): { boxes: Box[]; lines: Line[]; width: number; height: number } {
  const graph = new Graph({ multigraph: true });
  graph.setGraph({ rankdir: 'LR', nodesep: 22, ranksep: 60, edgesep: 12, marginx: 0, marginy: 0 });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const { name, width, height } of sizes) graph.setNode(name, { width, height });
  for (const [index, { from, to }] of references.entries())
    if (nameOf(from) !== nameOf(to)) graph.setEdge(nameOf(to), nameOf(from), {}, String(index));
  layout(graph);
  const boxes = sizes.map((size): Box => {
    const node = graph.node(size.name);
    return { ...size, x: (node.x ?? 0) - size.width / 2, y: (node.y ?? 0) - size.height / 2 };
  });
  const boxOf = (name: string): Box | undefined => boxes.find((box) => box.name === name);
  const lines = graph.edges().flatMap((edge: { v: string; w: string; name?: string }): Line[] => {
    const reference = references[Number(edge.name)];
    const { points } = graph.edge(edge);
    return reference === undefined || points === undefined
      ? []
      : [{ reference, points: fromSideToSide(points, boxOf(edge.v), boxOf(edge.w)) }];
  });
  const { width = 0, height = 0 } = graph.graph();
  return { boxes, lines, width, height };
}

/** Rows of boxes, none wider than `most`. */
function shelves<T extends { width: number; height: number }>(
  items: readonly T[],
  most: number,
  gap: number,
): { placed: (T & { x: number; y: number })[]; width: number; height: number } {
  let [x, y, tall, width] = [0, 0, 0, 0];
  const placed = items.map((item) => {
    if (x > 0 && x + item.width > most) [x, y, tall] = [0, y + tall + gap, 0];
    const at = { ...item, x, y };
    x += item.width + gap;
    tall = Math.max(tall, item.height);
    width = Math.max(width, at.x + item.width);
    return at;
  });
  return { placed, width, height: y + tall };
}

function panelOf({ title, tables }: Chapter, columns: Columns): Omit<Panel, 'x' | 'y'> {
  const inside = new Set(tables.map(nameOf));
  const sizes = tables.map((table) => sizeOf(table, columns, inside));
  const references = tables.flatMap(referencesOf).filter(({ to }) => inside.has(nameOf(to)));
  const linked = new Set(
    references
      .filter(({ from, to }) => nameOf(from) !== nameOf(to))
      .flatMap(({ from, to }) => [nameOf(from), nameOf(to)]),
  );
  const middle = joined(
    sizes.filter(({ name }) => linked.has(name)),
    references,
  );
  const lone = sizes.filter(({ name }) => !linked.has(name)).toSorted((a, b) => b.height - a.height);
  const below = shelves(lone, Math.max(middle.width, 620), metrics.gap);
  const top = metrics.heading;
  const gap = linked.size > 0 && lone.length > 0 ? metrics.gap : 0;
  const boxes = [
    ...middle.boxes.map((box) => ({ ...box, x: box.x + metrics.margin, y: box.y + top })),
    ...below.placed.map((box) => ({
      ...box,
      x: box.x + metrics.margin,
      y: box.y + top + (linked.size > 0 ? middle.height : 0) + gap,
    })),
  ];
  const lines = middle.lines.map(({ reference, points }) => ({
    reference,
    points: points.map(({ x, y }) => ({ x: x + metrics.margin, y: y + top })),
  }));
  const inner = linked.size > 0 ? Math.max(middle.width, below.width) : below.width;
  const height = top + (linked.size > 0 ? middle.height : 0) + gap + below.height + metrics.margin;
  return { title, boxes, lines, width: Math.ceil(inner + 2 * metrics.margin), height: Math.ceil(height) };
}

/** The whole drawing, near to the proportions of a screen. */
export function drawLayout(chapters: readonly Chapter[], columns: Columns): Drawing {
  const panels = chapters.filter(({ tables }) => tables.length > 0).map((chapter) => panelOf(chapter, columns));
  const area = panels.reduce((sum, { width, height }) => sum + (width + metrics.gap) * (height + metrics.gap), 0);
  const most = Math.max(900, ...panels.map(({ width }) => width), Math.sqrt(area * 1.35));
  const { placed, width, height } = shelves(panels, most, metrics.gap);
  const shift = metrics.gap;
  return {
    width: width + 2 * shift,
    height: height + 2 * shift,
    panels: placed.map((panel) => ({ ...panel, x: panel.x + shift, y: panel.y + shift })),
  };
}
