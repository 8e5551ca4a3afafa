// What a schema command is given: a database by its address, a file or folder of SQL, or patterns by name; opened as a session.
import { existsSync } from 'node:fs';
import { DatabaseError } from '../../core/database.ts';
import { openAddress, openScratch } from '../open-session.ts';
import { isAddress, type Session, ToolError } from '../session.ts';
import { readInput } from '../validate/input.ts';
import { applySources } from '../validate/scratch.ts';
import { readSource } from '../validate/source.ts';
import { loadParser } from '../validate/syntax.ts';
import { type PatternChoice, patternSql, readPatternChoice } from './pattern-choice.ts';

export interface Subject {
  readonly kind: 'database' | 'files' | 'patterns';
  /** What the reader called it; an address without its login. */
  readonly title: string;
  readonly session: Session;
}

async function openFiles(path: string): Promise<Subject> {
  const input = readInput(path);
  await loadParser();
  const sources = input.files.map(({ file, text }) => readSource(file, text));
  const { session, failures } = await applySources(sources, input.ordered);
  // Rows and calls that failed leave the schema whole.
  const fatal = failures.filter(({ kind }) => kind !== 'data');
  const [first] = fatal;
  if (first === undefined) return { kind: 'files', title: path, session };
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
  return { kind: 'patterns', title: text, session };
}

/**
 * What was named, checked as far as can be without opening anything: `postgres://…`, a path,
 * `pattern:chat,rag?dimension=768&tenancy=off`, or patterns' bare names where no such path is. Throws ToolError.
 */
export function findSubject(text: string): () => Promise<Subject> {
  if (isAddress(text)) {
    if (!URL.canParse(text)) throw new ToolError('The address of the database cannot be read as a URL.');
    const { host, pathname } = new URL(text);
    return async () => ({ kind: 'database', title: `${host}${pathname}`, session: await openAddress(text) });
  }
  if (!text.startsWith('pattern:') && existsSync(text)) return () => openFiles(text);
  if (!text.startsWith('pattern:') && /[/\\.]/.test(text.split('?')[0] ?? ''))
    throw new ToolError(`There is no file or folder ${text}.`);
  const choice = readPatternChoice(text);
  return () => openPatterns(text, choice);
}

/**
 * Opens what was named, as findSubject takes it. Throws ToolError: nothing answers, nothing of that name is there, or the
 * SQL does not parse or apply (file, line, column and the line itself). Whoever opens closes the session.
 */
export const openSubject = async (text: string): Promise<Subject> => await findSubject(text)();
