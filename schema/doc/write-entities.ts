// Writes docs/reference/entities.md and its picture from the patterns as they are.
import { writeFileSync } from 'node:fs';
import { entitiesPage } from './entities-page.ts';

const { markdown, svg } = await entitiesPage();
const docs = new URL('../../docs/', import.meta.url);
writeFileSync(new URL('reference/entities.md', docs), markdown);
writeFileSync(new URL('images/entities.svg', docs), svg);
