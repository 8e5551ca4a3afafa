// The page docs/reference/entities.md and its picture: a diagram of each pattern in `complete`.
import { readCatalog } from '../catalog/read.ts';
import { openSubject } from '../diff/subject.ts';
import { chaptersOf } from './chapters.ts';
import { mermaid } from './mermaid.ts';
import { svg } from './svg.ts';

const head = `# Entities

Every table of the pattern \`complete\` with its keys, pattern by pattern; written by \`node schema/doc/write-entities.ts\`, held equal by a
test. What the tables are for: [schema](schema.md). The same of any schema: [\`loam schema doc\`](schema-types.md#doc).

![All tables by pattern; the text below says the same](../images/entities.svg)
`;

export async function entitiesPage(): Promise<{ readonly markdown: string; readonly svg: string }> {
  const { session } = await openSubject('pattern:complete');
  try {
    const chapters = chaptersOf(await readCatalog(session), ['public'], true).filter(({ tables }) => tables.length > 0);
    const parts = chapters.map((chapter) => `## ${chapter.title}\n\n\`\`\`mermaid\n${mermaid([chapter])}\`\`\`\n`);
    return { markdown: [head, ...parts].join('\n'), svg: svg(chapters, 'Entities of Loam, by pattern') };
  } finally {
    await session.close();
  }
}
