// What a schema command is given: a database by its address, a file or folder of SQL, or patterns by name; opened as a session.
import { existsSync, readdirSync, statSync } from 'node:fs';
import { DatabaseError } from '../../core/database.ts';
import type { Extension } from '../catalog/model.ts';
import { openAddress, openScratch } from '../open-session.ts';
import { isAddress, type Session, ToolError } from '../session.ts';
import { type Input, readInput } from '../validate/input.ts';
import { standIns } from '../validate/platform-stand-ins.ts';
import { applySources } from '../validate/scratch.ts';
import { readSource } from '../validate/source.ts';
import { loadParser } from '../validate/syntax.ts';
import { type PatternChoice, patternSql, readPatternChoice } from './pattern-choice.ts';

export interface Subject {
  readonly kind: 'database' | 'files' | 'patterns';
  /** What the reader called it; an address without its login. */
  readonly title: string;
  readonly session: Session;
  /** Extensions that its text makes and that something stands in for, since the scratch engine has them not. */
  readonly standIns: readonly Omit<Extension, 'version'>[];
}

/** What was named, not opened yet. */
export interface Found {
  /** Its SQL, where it is files. */
  text(): string;
  /** `beside` is the text of another subject, whose extensions are to be at hand here too. */
  open(beside?: string): Promise<Subject>;
}

/** A folder without any SQL is a project that has not begun. */
const isBare = (path: string): boolean =>
  statSync(path).isDirectory() && !readdirSync(path, { recursive: true }).some((name) => /\.sql$/i.test(String(name)));

const readFiles = (path: string, mayBeBare: boolean): Input =>
  mayBeBare && isBare(path) ? { files: [], left: [], ordered: true } : readInput(path);

async function openFiles(path: string, input: Input, beside: string): Promise<Subject> {
  await loadParser();
  const sources = input.files.map(({ file, text }) => readSource(file, text));
  const { session, failures, stoodIn } = await applySources(sources, input.ordered, beside);
  const made = sources.flatMap(({ statements }) =>
    statements.flatMap(({ node }) => ('CreateExtensionStmt' in node ? (node.CreateExtensionStmt.extname ?? []) : [])),
  );
  const standing = standIns.filter(({ extension }) => stoodIn.includes(extension) && made.includes(extension));
  // Rows and calls that failed leave the schema whole.
  const fatal = failures.filter(({ kind }) => kind !== 'data');
  const [first] = fatal;
  if (first === undefined)
    return {
      kind: 'files',
      title: path,
      session,
      standIns: standing.map(({ extension: name, schema }) => ({ name, schema })),
    };
  await session.close();
  const line = sources.find(({ file }) => file === first.file)?.line(first.line) ?? '';
  const more = fatal.length === 1 ? '' : ` (and ${fatal.length - 1} more; loam schema validate lists them)`;
  throw new ToolError(
    `${first.file}:${first.line}:${first.column}: ${first.message}${more}\n    ${line.trim().slice(0, 160)}`,
  );
}

async function openPatterns(text: string, choice: PatternChoice): Promise<Subject> {
  const files = patternSql(choice);
  const session = await openScratch();
  try {
    for (const { path, text: sql } of files)
      await session.exec(sql).catch((error: unknown) => {
        const position = error instanceof DatabaseError ? error.position : undefined;
        const line = position === undefined ? '' : `:${sql.slice(0, Number(position) - 1).split('\n').length}`;
        throw new ToolError(`${path}${line}: ${error instanceof Error ? error.message : String(error)}`, {
          cause: error,
        });
      });
  } catch (error) {
    await session.close();
    throw error;
  }
  return { kind: 'patterns', title: text, session, standIns: [] };
}

/**
 * What was named, checked as far as can be without opening anything: `postgres://…`, a path,
 * `pattern:chat,rag?dimension=768&tenancy=off`, or patterns' bare names where no such path is. A folder without SQL is
 * refused unless it may be bare. Throws ToolError.
 */
export function findSubject(text: string, mayBeBare = false): Found {
  const nothing = (): string => '';
  if (isAddress(text)) {
    if (!URL.canParse(text)) throw new ToolError('The address of the database cannot be read as a URL.');
    const { host, pathname } = new URL(text);
    return {
      text: nothing,
      open: async () => ({
        kind: 'database',
        title: `${host}${pathname}`,
        session: await openAddress(text),
        standIns: [],
      }),
    };
  }
  if (!text.startsWith('pattern:') && existsSync(text))
    return {
      text: () =>
        readFiles(text, mayBeBare)
          .files.map((file) => file.text)
          .join('\n'),
      open: (beside = '') => openFiles(text, readFiles(text, mayBeBare), beside),
    };
  if (!text.startsWith('pattern:') && /[/\\.]/.test(text.split('?')[0] ?? ''))
    throw new ToolError(`There is no file or folder ${text}.`);
  const choice = readPatternChoice(text);
  return { text: nothing, open: () => openPatterns(text, choice) };
}

/**
 * Opens what was named, as findSubject takes it. Throws ToolError: nothing answers, nothing of that name is there, or the
 * SQL does not parse or apply (file, line, column and the line itself). Whoever opens closes the session.
 */
export const openSubject = async (text: string): Promise<Subject> => await findSubject(text).open();
