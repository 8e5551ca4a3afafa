// A schema's reference or diagram, of whatever a schema command can be given.
import type { Catalog } from '../catalog/model.ts';
import { readCatalog } from '../catalog/read.ts';
import { managed } from '../diff/managed.ts';
import { openSubject } from '../diff/subject.ts';
import { ToolError } from '../session.ts';
import { checkSchemas } from '../types/check-schemas.ts';
import { chaptersOf } from './chapters.ts';
import { markdown } from './markdown.ts';
import { type Columns, mermaid } from './mermaid.ts';
import { svg } from './svg.ts';

export const formats = ['markdown', 'mermaid', 'svg'] as const;
export type Format = (typeof formats)[number];

export interface DocumentOptions {
  /** Default: `public`, and where patterns are not named, every other that holds tables or views and no platform manages. */
  readonly schemas?: readonly string[];
  /** Of diagrams: all columns, those of keys (the default), or none. */
  readonly columns?: Columns;
  /** Default: what was named. */
  readonly title?: string;
}

function ownSchemas({ tables, views }: Catalog): readonly string[] {
  const found = [...tables, ...views]
    .map(({ schema }) => schema)
    .filter((name) => name !== 'public' && !managed.has(name));
  return ['public', ...new Set(found.toSorted())];
}

/** Throws ToolError: what openSubject throws, a schema that is not there, and one without tables. */
export async function documentSchema(subject: string, format: Format, options: DocumentOptions = {}): Promise<string> {
  const { session, kind, title: named } = await openSubject(subject);
  try {
    if (options.schemas !== undefined) await checkSchemas(session, options.schemas);
    const catalog = await readCatalog(session);
    const schemas = options.schemas ?? (kind === 'patterns' ? ['public'] : ownSchemas(catalog));
    const chapters = chaptersOf(catalog, schemas, kind === 'patterns');
    if (chapters.length === 0) throw new ToolError(`There is no table and no view in schema ${schemas.join(', ')}.`);
    if (format !== 'markdown' && chapters.every(({ tables }) => tables.length === 0))
      throw new ToolError(`There is no table to draw in schema ${schemas.join(', ')}.`);
    const title = options.title ?? `Schema of ${named.replace(/^pattern:/, '')}`;
    if (format === 'mermaid') return mermaid(chapters, options.columns);
    if (format === 'svg') return svg(chapters, title, options.columns);
    return markdown(catalog, chapters, title, schemas);
  } finally {
    await session.close();
  }
}
