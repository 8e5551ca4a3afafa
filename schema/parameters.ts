// What can be chosen when patterns are installed or generated, what goes with what, and how a choice gets into the SQL:
// the files of sql/patterns are valid SQL with default values, in which comments mark what may be another.

import { quoteText } from './quote.ts';
import { ToolError } from './session.ts';

const dimensions = [384, 768, 1536, 3072] as const;
const types = ['vector', 'halfvec'] as const;
const indexes = ['none', 'ivfflat', 'hnsw'] as const;
const targets = ['supabase', 'postgres', 'pglite'] as const;

/** What was asked for cannot be: exit code 2. */
export class UsageError extends ToolError {}

export interface Parameters {
  /** How many numbers an embedding has. */
  readonly dimension: (typeof dimensions)[number];
  /** What an embedding is kept in: 4 or 2 bytes a number. */
  readonly type: (typeof types)[number];
  /** Of embeddings. `none` searches exactly. */
  readonly index: (typeof indexes)[number];
  /** Whether organizations are part of `complete`. */
  readonly tenancy: boolean;
  readonly target: (typeof targets)[number];
  /** Without the parts that need pgvector. */
  readonly vectors: boolean;
  /** The embedding model in use, as <provider>/<name>. */
  readonly model: string;
  /** A tenant with at most so many embeddings is searched exactly though there is an index. */
  readonly exact: number;
}

export type Choice = { readonly [Name in keyof Parameters]?: Parameters[Name] | undefined };

const models: Readonly<Record<Parameters['dimension'], string>> = {
  384: 'local/all-minilm-l6-v2',
  768: 'ollama/nomic-embed-text',
  1536: 'openai/text-embedding-3-small',
  3072: 'openai/text-embedding-3-large',
};

/** What an index of pgvector can hold. */
const mostIndexed: Readonly<Record<Parameters['type'], number>> = { vector: 2000, halfvec: 4000 };

function oneOf<T extends string | number>(name: string, value: unknown, allowed: readonly T[]): T {
  const found = allowed.find((each) => each === value || String(each) === value);
  if (found === undefined) throw new UsageError(`${name} is one of ${allowed.join(', ')}; not ${String(value)}.`);
  return found;
}

function flag(name: string, value: unknown): boolean {
  if (typeof value !== 'boolean') throw new UsageError(`${name} is true or false; not ${String(value)}.`);
  return value;
}

/**
 * A whole set of parameters from what was chosen: options of a command, or the header of a generated file. Throws
 * UsageError on a value that is none, on a name that is none, and on an index that pgvector could not build.
 */
export function chooseParameters(choice: { readonly [name: string]: unknown } = {}): Parameters {
  const given = (name: keyof Parameters, otherwise: unknown): unknown => choice[name] ?? otherwise;
  const dimension = oneOf('The dimension', given('dimension', 1536), dimensions);
  const parameters: Parameters = {
    dimension,
    type: oneOf('The type', given('type', 'vector'), types),
    index: oneOf('The index', given('index', 'none'), indexes),
    tenancy: flag('Tenancy', given('tenancy', true)),
    target: oneOf('The target', given('target', 'postgres'), targets),
    vectors: flag('Vectors', given('vectors', true)),
    model: String(given('model', models[dimension])),
    exact: Number(given('exact', 20_000)),
  };
  for (const name of Object.keys(choice))
    if (!(name in parameters)) throw new UsageError(`There is no parameter ${name}.`);
  if (!/^[\w./:@-]{1,200}$/.test(parameters.model))
    throw new UsageError(`The model is written <provider>/<name>; not ${parameters.model}.`);
  if (!Number.isInteger(parameters.exact) || parameters.exact < 0)
    throw new UsageError(
      `The number of rows that are searched exactly is a whole number; not ${String(choice['exact'])}.`,
    );
  const { type, index } = parameters;
  if (index !== 'none' && dimension > mostIndexed[type])
    throw new UsageError(
      `${index} indexes hold at most ${mostIndexed[type]} dimensions of ${type}, and ${dimension} were asked for. Take --type halfvec, which they hold up to ${mostIndexed.halfvec}, or --index none, which searches exactly.`,
    );
  return parameters;
}

/** What is allowed but will not please, a sentence each. */
export function warnAbout({ target, type, index }: Parameters): readonly string[] {
  if (target === 'pglite' && type === 'halfvec')
    return [
      `PGlite computes with half-precision very slowly${index === 'none' ? '' : ', and builds such an index for minutes'}: take --type vector there.`,
    ];
  return [];
}

/** The parameters of another choice of patterns: kept in `loam.installation` and in the header of a generated file. */
export const writeParameters = (parameters: Parameters): string => JSON.stringify(parameters);

/** What stands in the SQL for each name that a file may mark. */
function valuesOf(parameters: Parameters): ReadonlyMap<string, string> {
  return new Map([
    ['dimension', String(parameters.dimension)],
    ['type', `extensions.${parameters.type}`],
    ['operators', `extensions.${parameters.type}_cosine_ops`],
    ['index', parameters.index],
    ['tenancy', parameters.tenancy ? 'on' : 'off'],
    ['target', parameters.target],
    ['model', quoteText(parameters.model)],
    ['exact', String(parameters.exact)],
  ]);
}

const marked = /\/\*=(\w+)\*\/ ?('(?:[^']|'')*'|[\w.]+)/g;
const opening = /^\s*-- if (\w+) = (\w+(?:, \w+)*)\s*$/;
const closing = /^\s*-- end if\s*$/;

/**
 * The SQL of a file for one choice. A comment with `=` and a name says that what follows it is the default of that
 * parameter. What stands between `-- if <name> = <value>, <value>` and `-- end if` is kept for those values only; where
 * they are not the default, its lines begin with `--|`, so that the file as it stands is what the defaults make of it.
 */
export function renderSql(text: string, parameters: Parameters): string {
  const values = valuesOf(parameters);
  const written = (name: string): string => {
    const value = values.get(name);
    if (value === undefined) throw new Error(`a file of sql/ names the parameter ${name}, which there is not`);
    return value;
  };
  let keep: boolean | null = null;
  const lines: string[] = [];
  for (const line of text.split('\n')) {
    const [, name, wanted] = opening.exec(line) ?? [];
    if (name !== undefined && wanted !== undefined) keep = wanted.split(', ').includes(written(name));
    else if (closing.test(line)) keep = null;
    else if (keep !== false) lines.push(keep ? line.replace(/^(\s*)--\| ?/, '$1') : line);
  }
  if (keep !== null) throw new Error('a file of sql/ has an if without its end');
  return lines.join('\n').replace(marked, (_, name: string) => written(name));
}
