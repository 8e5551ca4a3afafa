// Every error code has a page in docs/errors, and every page a code; status and sentence are those of the code.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { errorTable } from '../../contract/errors.ts';
import { root, type Source } from './sources.ts';

export const errorDocsFolder = join(root, 'docs/errors');

/** The lines that a page begins with. What follows is written by hand. */
export function headOf(code: string, entry: { status: number; message: string; hint?: string }): string {
  const hint = entry.hint === undefined ? '' : `\n\nNext step, as the answer says it: ${entry.hint}`;
  return `# ${code}\n\n**${entry.status}** · ${entry.message}${hint}\n`;
}

export const indexRow = (code: string, entry: { status: number; message: string }): string =>
  `| [${code}](${code}.md) | ${entry.status} | ${entry.message} |`;

export const sections = ['## What it means', '## Why it happens', '## What to do'];

export function checkErrorDocs(folder: string = errorDocsFolder): readonly string[] {
  const pages = existsSync(folder)
    ? readdirSync(folder).filter((name) => name.endsWith('.md') && name !== 'README.md')
    : [];
  const index = existsSync(join(folder, 'README.md')) ? readFileSync(join(folder, 'README.md'), 'utf8') : '';
  const codes = Object.entries(errorTable);
  const extra = pages
    .filter((page) => !(page.replace(/\.md$/, '') in errorTable))
    .map((page) => `docs/errors/${page}: there is no such code`);
  const problems = codes.flatMap(([code, entry]) => {
    const row = indexRow(code, entry);
    const listed = index.includes(row) ? [] : [`docs/errors/README.md: lacks the line ${row}`];
    if (!pages.includes(`${code}.md`)) return [`docs/errors/${code}.md: is missing`, ...listed];
    const text = readFileSync(join(folder, `${code}.md`), 'utf8');
    const head = text.startsWith(headOf(code, entry))
      ? []
      : [`docs/errors/${code}.md: does not begin with status, sentence and hint of the code`];
    const lacking = sections
      .filter((section) => !text.includes(`\n${section}\n\n`))
      .map((section) => `docs/errors/${code}.md: has no "${section}"`);
    const empty =
      /TODO|\bTBD\b/.test(text) || text.length < headOf(code, entry).length + 200
        ? [`docs/errors/${code}.md: says too little`]
        : [];
    return [...head, ...lacking, ...empty, ...listed];
  });
  return [...problems, ...extra];
}

/** A code that nothing says is a promise that nobody keeps. */
export function checkErrorUse(sources: readonly Source[]): readonly string[] {
  const program = sources.filter(
    ({ path }) => /^(core|server|schema|sql\/patterns)\//.test(path) && !path.endsWith('.test.ts'),
  );
  return Object.keys(errorTable)
    .filter((code) => !program.some(({ text }) => text.includes(`'${code}'`)))
    .map((code) => `contract/errors.ts: nothing says ${code}`);
}
