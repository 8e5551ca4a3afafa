// The entity diagram as SVG: light or dark as the reader's system is, with a title and a description for those who listen.
import type { Chapter } from './chapters.ts';
import { nameOf } from './chapters.ts';
import { type Box, type Drawing, drawLayout, type Line, metrics, type Panel } from './layout.ts';
import type { Columns } from './mermaid.ts';

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
const round = (value: number): string => String(Math.round(value * 10) / 10);

const style = `
  .page { fill: #fbfaf7 } .panel { fill: #f3f1ec; stroke: #e2dfd7 } .box { fill: #ffffff; stroke: #c9c5ba }
  .head { fill: #e4efe6 } .line { fill: none; stroke: #6f6b60; stroke-width: 1.3 }
  text { font-family: ui-sans-serif, system-ui, "Segoe UI", sans-serif; fill: #23211c; font-size: 13px }
  .chapter { font-size: 18px; font-weight: 600 } .name { font-weight: 600; fill: #1d4a2f }
  .row, .type, .key, .leads { font-family: ui-monospace, Menlo, Consolas, monospace; font-size: 12px }
  .type, .more { fill: #5f5b51 } .key { fill: #7a4a00; font-size: 10px; font-weight: 600 } .leads { fill: #1f4f86 } .more { font-size: 12px }
  @media (prefers-color-scheme: dark) {
    .page { fill: #171613 } .panel { fill: #1e1d19; stroke: #34322c } .box { fill: #26241f; stroke: #4a473f }
    .head { fill: #213328 } .line { stroke: #a39f93 }
    text { fill: #ece9e1 } .name { fill: #a9dcb9 } .type, .more { fill: #b3afa4 } .key { fill: #e8b866 } .leads { fill: #9cc4f2 }
  }`;

function boxText({ name, rows, more, x, y, width, height }: Box): string {
  const left = x + metrics.pad;
  const right = x + width - metrics.pad;
  const lines = rows.map((row, index) => {
    const at = y + metrics.head + index * metrics.row + 15;
    const key =
      row.key === ''
        ? ''
        : `<text class="key" x="${round(right)}" y="${round(at)}" text-anchor="end">${row.key}</text>`;
    const type =
      row.leads === ''
        ? `<tspan class="type" dx="8">${escaped(row.type)}</tspan>`
        : `<tspan class="leads" dx="8">${escaped(row.leads)}</tspan>`;
    return `<text class="row" x="${round(left)}" y="${round(at)}">${escaped(row.name)}${type}</text>${key}`;
  });
  const rest =
    more === 0
      ? ''
      : `<text class="more" x="${round(left)}" y="${round(y + metrics.head + rows.length * metrics.row + 15)}">and ${more} more ${more === 1 ? 'column' : 'columns'}</text>`;
  return [
    `<g><rect class="box" x="${round(x)}" y="${round(y)}" width="${round(width)}" height="${round(height)}" rx="6"/>`,
    `<path class="head" d="M${round(x + 0.5)} ${round(y + metrics.head - 4)}v-${metrics.head - 10}a5.5 5.5 0 0 1 5.5-5.5h${round(width - 12)}a5.5 5.5 0 0 1 5.5 5.5v${metrics.head - 10}z"/>`,
    `<text class="name" x="${round(left)}" y="${round(y + 18)}">${escaped(name)}</text>`,
    ...lines,
    `${rest}</g>`,
  ].join('\n');
}

type Point = Line['points'][number];

/** A smooth line through its points; a ring where the far row may be missing, a bar where it is there, toes where there are many. */
function lineText({ points, reference }: Line): string {
  const [first, ...others] = points;
  const last = others.at(-1);
  if (first === undefined || last === undefined) return '';
  const middle = others.slice(0, -1);
  const bend = (a: Point, b: Point): string => {
    const half = (a.x + b.x) / 2;
    return `C${round(half)} ${round(a.y)} ${round(half)} ${round(b.y)} ${round(b.x)} ${round(b.y)}`;
  };
  // dagre's own points lead around other tables; without any, one bend will do.
  const around = middle.map((point, index) => {
    const next = middle[index + 1];
    const to = next === undefined ? last : { x: (point.x + next.x) / 2, y: (point.y + next.y) / 2 };
    return `Q${round(point.x)} ${round(point.y)} ${round(to.x)} ${round(to.y)}`;
  });
  const path = `M${round(first.x)} ${round(first.y)}${middle.length > 1 ? around.join('') : bend(first, last)}`;
  const start = reference.optional ? 'maybe' : 'one';
  return `<path class="line" d="${path}" marker-start="url(#${start})" marker-end="url(#${reference.single ? 'one-end' : 'many'})"><title>${escaped(`${nameOf(reference.from)}.${reference.columns.join(', ')} refers to ${nameOf(reference.to)}`)}</title></path>`;
}

const panelText = ({ title, x, y, width, height, boxes, lines }: Panel): string =>
  [
    `<g transform="translate(${round(x)} ${round(y)})">`,
    `<rect class="panel" width="${round(width)}" height="${round(height)}" rx="10"/>`,
    `<text class="chapter" x="${metrics.margin}" y="28">${escaped(title)}</text>`,
    ...lines.map(lineText),
    ...boxes.map(boxText),
    '</g>',
  ].join('\n');

const markers = `<defs>
<marker id="one" class="line" viewBox="0 0 12 12" refX="1" refY="6" markerWidth="11" markerHeight="11" orient="auto"><path class="line" d="M6 1v10"/></marker>
<marker id="maybe" class="line" viewBox="0 0 12 12" refX="1" refY="6" markerWidth="11" markerHeight="11" orient="auto"><circle class="line" cx="6" cy="6" r="3.5"/></marker>
<marker id="one-end" class="line" viewBox="0 0 12 12" refX="11" refY="6" markerWidth="11" markerHeight="11" orient="auto"><path class="line" d="M6 1v10"/></marker>
<marker id="many" class="line" viewBox="0 0 12 12" refX="11" refY="6" markerWidth="11" markerHeight="11" orient="auto"><path class="line" d="M2 6l9-5M2 6h9M2 6l9 5"/></marker>
</defs>`;

function describe(drawing: Drawing): string {
  const tables = drawing.panels.reduce((sum, { boxes }) => sum + boxes.length, 0);
  const lines = drawing.panels.reduce((sum, { lines: all }) => sum + all.length, 0);
  const groups = drawing.panels.map(({ title, boxes }) => `${title}: ${boxes.map(({ name }) => name).join(', ')}`);
  return `${tables} tables, ${lines} references drawn as lines. ${groups.join('. ')}.`;
}

/** A whole SVG document. */
export function svg(chapters: readonly Chapter[], title: string, columns: Columns = 'keys'): string {
  const drawing = drawLayout(chapters, columns);
  const [width, height] = [Math.ceil(drawing.width), Math.ceil(drawing.height)];
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-labelledby="title description">`,
    `<title id="title">${escaped(title)}</title>`,
    `<desc id="description">${escaped(describe(drawing))}</desc>`,
    `<style>${style}\n</style>`,
    markers,
    `<rect class="page" width="${width}" height="${height}"/>`,
    ...drawing.panels.map(panelText),
    '</svg>',
    '',
  ].join('\n');
}
