// The isolation proof of what somebody names: a database, a folder of SQL, patterns. As a function, for programs.
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { readPatternChoice } from '../diff/pattern-choice.ts';
import { openSubject } from '../diff/subject.ts';
import { ToolError } from '../session.ts';
import { type Allowance, parseAllowances } from './allow.ts';
import { type ProofReport, type ProveOptions, prove } from './prove.ts';

export interface ProveSubjectOptions extends Omit<ProveOptions, 'allow' | 'against' | 'live'> {
  /** Files with what is meant to be so. */
  readonly allow?: readonly string[];
  /** A file that an earlier run wrote with its rights. */
  readonly against?: string;
}

export interface SubjectProof extends ProofReport {
  readonly subject: string;
}

function read(path: string): string {
  if (!existsSync(path)) throw new ToolError(`There is no file ${path}.`);
  return readFileSync(path, 'utf8');
}

/** What the patterns themselves mean to be so stands beside them. */
function ofPatterns(text: string): readonly Allowance[] {
  return readPatternChoice(text).patterns.flatMap(({ name }) => {
    const path = fileURLToPath(new URL(`../../sql/patterns/${name}/prove.allow`, import.meta.url));
    return existsSync(path) ? parseAllowances(readFileSync(path, 'utf8'), `sql/patterns/${name}/prove.allow`) : [];
  });
}

/**
 * Proves `postgres://…`, a file or folder of SQL, or patterns by name (`complete`, `chat,rag`). Files and patterns are
 * applied to a scratch database; in a database everything happens in one transaction that is rolled back. Throws ToolError.
 */
export async function proveSubject(text: string, options: ProveSubjectOptions = {}): Promise<SubjectProof> {
  const { allow = [], against, ...roles } = options;
  const given = allow.flatMap((path) => parseAllowances(read(path), path));
  const before =
    against === undefined
      ? undefined
      : read(against)
          .split('\n')
          .filter((line) => line !== '' && !line.startsWith('#'));
  const { kind, title, session } = await openSubject(text);
  try {
    const report = await prove(session, {
      ...roles,
      ...(before === undefined ? {} : { against: before }),
      allow: [...given, ...(kind === 'patterns' ? ofPatterns(text) : [])],
      live: kind === 'database',
    });
    return { subject: title, ...report };
  } finally {
    await session.close();
  }
}
