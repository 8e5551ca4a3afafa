// A schema's reference or diagram, of whatever a schema command can be given.
import { readCatalog } from '../catalog/read.ts';
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
  /** Default `public`. */
  readonly schemas?: readonly string[];
  /** Of diagrams: all columns, those of keys (the default), or none. */
  readonly columns?: Columns;
  /** Default: what was named. */
  readonly title?: string;
}

/** Throws ToolError: what openSubject throws, a schema that is not there, and one without tables. */
export async function documentSchema(subject: string, format: Format, options: DocumentOptions = {}): Promise<string> {
  const { session, kind, title: named } = await openSubject(subject);
  try {
    const schemas = options.schemas ?? ['public'];
    await checkSchemas(session, schemas);
    const catalog = await readCatalog(session);
    const chapters = chaptersOf(catalog, schemas, kind === 'patterns');
    if (chapters.length === 0) throw new ToolError(`There is no table and no view in schema ${schemas.join(', ')}.`);
    const title = options.title ?? `Schema of ${named.replace(/^pattern:/, '')}`;
    if (format === 'mermaid') return mermaid(chapters, options.columns);
    if (format === 'svg') return svg(chapters, title, options.columns);
    return markdown(catalog, chapters, title, schemas);
  } finally {
    await session.close();
  }
}
