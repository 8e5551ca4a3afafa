// What is to be validated: one file, or the SQL files of a folder in the order in which they are applied.
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join, relative, sep } from 'node:path';
import { ToolError } from '../session.ts';

export interface InputFile {
  /** As it is shown: relative to where the command runs. */
  readonly file: string;
  readonly text: string;
}

export interface Input {
  readonly files: readonly InputFile[];
  /** Files that were found and left out, with the reason. */
  readonly left: readonly { readonly file: string; readonly reason: string }[];
  /** The names give an order. Otherwise a statement that fails is tried again after the others. */
  readonly ordered: boolean;
}

const leftOut: readonly { readonly test: (path: string) => boolean; readonly reason: string }[] = [
  {
    test: (path) => /(?:[._-]down|^down|[._-](?:rollback|revert)|^rollback)\.sql$/i.test(basename(path)),
    reason: 'undoes a migration',
  },
  { test: (path) => /(?:^|\/)(?:down|rollback|rollbacks|revert|undo)\//i.test(path), reason: 'undoes a migration' },
  {
    test: (path) => /(?:^|\/)seeds?\//i.test(path) || /^(?:seed|seeds)(?:[._-].*)?\.sql$/i.test(basename(path)),
    reason: 'holds data for trying out',
  },
  {
    test: (path) => /(?:^|\/)(?:tests?|snippets|node_modules|archived?|backups?|\.[^/]+)\//i.test(path),
    reason: 'is not part of the migrations',
  },
  { test: (path) => /\.(?:test|spec)\.sql$/i.test(path), reason: 'is a test' },
];

/** As migration runners order: by text, except that short numbers without leading zeros count. Dates are text. */
function byOrder(a: string, b: string): number {
  const [first, second] = [/^\d{1,7}(?!\d)/.exec(basename(a))?.[0], /^\d{1,7}(?!\d)/.exec(basename(b))?.[0]];
  const numbers = first === undefined || second === undefined ? 0 : Number(first) - Number(second);
  return numbers !== 0 ? numbers : a < b ? -1 : a > b ? 1 : 0;
}

const shown = (path: string): string => {
  const from = relative(process.cwd(), path).split(sep).join('/');
  return from.startsWith('../../') ? path : from;
};

function sqlFiles(folder: string): readonly string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return entry.name === 'node_modules' || entry.name.startsWith('.') ? [] : sqlFiles(path);
    return entry.name.toLowerCase().endsWith('.sql') ? [path] : [];
  });
}

/** Where a project keeps its migrations, when the folder given is the project. */
function migrationsOf(folder: string): string {
  for (const place of ['supabase/migrations', 'migrations']) {
    const path = join(folder, place);
    if (statSync(path, { throwIfNoEntry: false })?.isDirectory() === true && sqlFiles(path).length > 0) return path;
  }
  return folder;
}

/** Up-migrations only, of tools that keep both ways in one file (dbmate, goose); positions stay. */
function upOnly(text: string): string {
  const down = /^--\s*(?:migrate:down|\+goose\s+down|\+migrate\s+down|rollback|down\s+migration)\b.*$/im.exec(text);
  const marked = /^--\s*(?:migrate:up|\+goose\s+up|\+migrate\s+up|up\s+migration)\b/im.test(text);
  return down === null || !marked ? text : text.slice(0, down.index) + text.slice(down.index).replace(/[^\n]/g, ' ');
}

const readText = (path: string): InputFile => ({
  file: shown(path),
  text: upOnly(
    readFileSync(path, 'utf8')
      .replace(/^\uFEFF/, '')
      .replaceAll('\r\n', '\n'),
  ),
});

/** Throws ToolError when there is nothing there, or no SQL in it. */
export function readInput(path: string): Input {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined) throw new ToolError(`There is no file or folder ${path}.`);
  if (found.isFile()) return { files: [readText(path)], left: [], ordered: true };
  const folder = migrationsOf(path);
  const left: { file: string; reason: string }[] = [];
  const files = sqlFiles(folder)
    .map((file) => ({ file, inside: relative(folder, file).split(sep).join('/') }))
    .sort((a, b) => byOrder(a.inside, b.inside))
    .filter(({ file, inside }) => {
      const reason = leftOut.find(({ test }) => test(inside))?.reason;
      if (reason !== undefined) left.push({ file: shown(file), reason });
      return reason === undefined;
    });
  if (files.length === 0) throw new ToolError(`There is no SQL file to validate in ${path}.`);
  return {
    files: files.map(({ file }) => readText(file)),
    left,
    ordered: files.every(({ inside }) => /(?:^|\/)v?\d/i.test(inside)),
  };
}
