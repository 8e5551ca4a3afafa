// The repository's own Markdown, for the tests that hold it to the code.
import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../scripts/checks/sources.ts';

export interface Page {
  /** Relative to the repository, with slashes. */
  readonly path: string;
  readonly text: string;
}

const skipped = /(^|\/)(node_modules|dist|\.loam|\.cache)\//;

export const readPages = (): readonly Page[] =>
  globSync(['*.md', '{docs,sql,bench,tests,infra}/**/*.md'], { cwd: root })
    .map((path) => path.replaceAll('\\', '/'))
    .filter((path) => !skipped.test(path))
    .sort()
    .map((path) => ({ path, text: readRepository(path) }));

export const readRepository = (path: string): string => readFileSync(join(root, path), 'utf8');
export const isThere = (path: string): boolean => existsSync(join(root, path));

/** Blocks of code are not prose: what looks like a link in them is none. */
export const withoutBlocks = (text: string): string => text.replace(/^```[\s\S]*?^```$/gm, '');

/** The rows of every table: cells without their white space. */
export const tableRows = (text: string): readonly (readonly string[])[] =>
  [...withoutBlocks(text).matchAll(/^\|(.*)\|$/gm)].map(([, row = '']) =>
    row.split(/(?<!\\)\|/).map((cell) => cell.trim()),
  );

/** The word between backticks that a cell begins with. */
export const codeOf = (cell: string | undefined): string | null => /^`([^`]+)`/.exec(cell ?? '')?.[1] ?? null;
