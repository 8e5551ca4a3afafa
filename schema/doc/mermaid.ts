// An entity diagram as Mermaid's erDiagram.
import { type Chapter, isKey, nameOf, referencesOf, typeName } from './chapters.ts';

export type Columns = 'all' | 'keys' | 'none';

/** Mermaid takes no blanks, commas or quotes in a type. */
const word = (text: string): string =>
  text
    .replace(/\s+/g, '_')
    .replace(/\((\d+),\d+\)/, '')
    .replace(/[^\w[\]()-]/g, '') || 'type';
/** A bare word: quotation marks are not for every Mermaid. */
const entity = (name: string): string => name.replace(/[^\w]/g, '_').replace(/^(?=\d)/, '_');
const attribute = (name: string): string => name.replace(/[^\w-]/g, '_').replace(/^(?=\d)/, '_');

/** Entities of the chapters with the columns that were asked for, then who refers to whom; others only by name. */
export function mermaid(chapters: readonly Chapter[], columns: Columns = 'keys'): string {
  const lines = ['erDiagram'];
  for (const { title, tables } of chapters) {
    if (chapters.length > 1) lines.push(`  %% ${title}`);
    for (const table of tables) {
      const shown = table.columns.filter(
        (column) => columns === 'all' || (columns === 'keys' && isKey(table, column) !== ''),
      );
      const rows = shown.map(
        (column) =>
          `    ${word(typeName(column))} ${attribute(column.name)}${isKey(table, column) === '' ? '' : ` ${isKey(table, column)}`}`,
      );
      const name = entity(nameOf(table));
      lines.push(...(rows.length === 0 ? [`  ${name}`] : [`  ${name} {`, ...rows, '  }']));
    }
  }
  for (const { tables } of chapters)
    for (const table of tables)
      for (const { to, columns: by, optional, single } of referencesOf(table))
        lines.push(
          `  ${entity(nameOf(to))} ${optional ? '|o' : '||'}--${single ? 'o|' : 'o{'} ${entity(nameOf(table))} : "${by.join(', ').replaceAll('"', '')}"`,
        );
  return `${lines.join('\n')}\n`;
}
