// `npm run docs:errors`: brings the heads of docs/errors and their index up to contract/errors.ts; a new code gets a page
// to be written. What stands below a head is a person's and is left as it is.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { errorTable } from '../contract/errors.ts';
import { errorDocsFolder, headOf, indexRow, sections } from './checks/error-docs.ts';

mkdirSync(errorDocsFolder, { recursive: true });
for (const [code, entry] of Object.entries(errorTable)) {
  const path = join(errorDocsFolder, `${code}.md`);
  const old = existsSync(path) ? readFileSync(path, 'utf8') : '';
  const [first = ''] = sections;
  const body = old.includes(first)
    ? old.slice(old.indexOf(first))
    : sections.map((section) => `${section}\n\nTODO\n`).join('\n');
  writeFileSync(path, `${headOf(code, entry)}\n${body}`);
}
const rows = Object.entries(errorTable).map(([code, entry]) => indexRow(code, entry));
writeFileSync(
  join(errorDocsFolder, 'README.md'),
  `# Errors

Every error has a stable code, a status and a sentence. \`/api/v1\` answers
\`{ "error": { "code", "message", "hint", "details", "request_id" } }\`; \`/v1\` says the same in OpenAI's shape, \`/auth/v1\` in
Supabase Auth's, with its names for the codes. Programs should look at the code, people at the sentence. The table in
\`contract/errors.ts\` is the source of this list.

| Code | Status | Sentence |
| --- | --- | --- |
${rows.join('\n')}
`,
);
