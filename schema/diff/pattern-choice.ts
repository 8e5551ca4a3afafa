// Patterns as one word of a command: `pattern:chat,rag?dimension=768&tenancy=off`.
import { chooseParameters, type Parameters } from '../parameters.ts';
import { choosePatterns, type Pattern, patternFiles, type SqlFile } from '../patterns.ts';
import { ToolError } from '../session.ts';

export interface PatternChoice {
  readonly patterns: readonly Pattern[];
  readonly parameters: Parameters;
}

const flags: Readonly<Record<string, boolean>> = { on: true, true: true, off: false, false: false };

function readValue(name: string, text: string): string | number | boolean {
  if (name !== 'tenancy' && name !== 'vectors') return name === 'exact' ? Number(text) : text;
  const flag = flags[text];
  if (flag === undefined) throw new ToolError(`The parameter ${name} is on or off; not ${text}.`);
  return flag;
}

/** Throws ToolError on a pattern, a parameter or a value that there is not. */
export function readPatternChoice(text: string): PatternChoice {
  const [names = '', query = ''] = text.replace(/^pattern:/, '').split('?');
  const given = Object.fromEntries(
    [...new URLSearchParams(query)].map(([name, value]) => [name, readValue(name, value)]),
  );
  const parameters = chooseParameters(given);
  const wanted = names.split(',').map((name) => name.trim());
  return { patterns: choosePatterns(wanted, parameters.tenancy), parameters };
}

/** The SQL of the chosen patterns and of what they need, on top of the platform. */
export const patternSql = ({ patterns, parameters }: PatternChoice): readonly SqlFile[] => [
  ...(parameters.vectors
    ? [{ path: 'pgvector', text: 'create extension if not exists vector with schema extensions' }]
    : []),
  ...patternFiles(patterns, { vectors: parameters.vectors, parameters }),
];
