// Patterns as one SQL file: what they need before them, their parameters and a checksum at the top, so that the file can be
// made again and an edit by hand is seen. Where it is for Supabase it can be applied twice.
import { createHash } from 'node:crypto';
import { makeRepeatable } from './generate-idempotent.ts';
import { readMigrations } from './migrations-read.ts';
import { chooseParameters, type Parameters, UsageError, warnAbout, writeParameters } from './parameters.ts';
import { choosePatterns, type Pattern, patternFiles, platformFiles, type SqlFile, tenants } from './patterns.ts';
import { quoteText } from './quote.ts';
import { ToolError } from './session.ts';

export interface GenerateOptions {
  /** Names of patterns; what they need is added. `complete` is all. */
  readonly patterns: readonly string[];
  readonly parameters?: Parameters;
  /** What Supabase brings: roles, auth, storage, extensions. Default: for every target but supabase. */
  readonly platform?: boolean;
  /** The release that says so in the header. */
  readonly version: string;
}

export interface Generated {
  readonly text: string;
  /** Every pattern in it, in order. */
  readonly patterns: readonly string[];
  /** A sentence each for the person at the keyboard. */
  readonly warnings: readonly string[];
}

/** What the header of a generated file says. */
export interface Header {
  readonly patterns: readonly string[];
  readonly parameters: Parameters;
  readonly platform: boolean;
  /** Whether the text below the header is as it was generated. */
  readonly edited: boolean;
}

const sum = (text: string): string => createHash('sha256').update(text).digest('hex');
const mark = '-- made by: loam schema generate';

function command({ patterns, parameters, platform }: Omit<Header, 'edited'>): string {
  const usual = chooseParameters({ dimension: parameters.dimension });
  const options = [
    `--target ${parameters.target}`,
    `--dimension ${parameters.dimension}`,
    ...(parameters.type === usual.type ? [] : [`--type ${parameters.type}`]),
    ...(parameters.index === usual.index ? [] : [`--index ${parameters.index}`]),
    ...(parameters.model === usual.model ? [] : [`--model ${parameters.model}`]),
    ...(parameters.exact === usual.exact ? [] : [`--exact ${parameters.exact}`]),
    ...(parameters.tenancy ? [] : ['--no-tenancy']),
    ...(parameters.vectors ? [] : ['--no-vectors']),
    ...(platform === (parameters.target !== 'supabase') ? [] : [platform ? '--platform' : '--no-platform']),
  ];
  return `loam schema generate ${patterns.join(' ')} ${options.join(' ')}`;
}

/** So that a server that is started on the database finds it installed. */
function recordOf(patterns: readonly Pattern[], parameters: Parameters, version: string): string {
  const names = patterns.map(({ name }) => quoteText(name)).join(', ');
  const migrations = readMigrations().map(
    (each) =>
      `insert into loam.migrations (version, name, checksum)\nvalues (${quoteText(each.version)}, ${quoteText(each.name)}, ${quoteText(each.checksum)})\non conflict (version) do nothing;\n`,
  );
  return `-- What is installed: a server that is started here goes on from this.
insert into loam.installation (version, patterns, parameters)
values (
  ${quoteText(version)},
  array[${names}],
  ${quoteText(writeParameters({ ...parameters, tenancy: patterns.some(({ name }) => name === tenants) }))}
)
on conflict (id) do update
set version = excluded.version, patterns = excluded.patterns, parameters = excluded.parameters;
${migrations.join('')}`;
}

/**
 * One SQL text with the patterns that were asked for and those that they need. The same choice and release make the same
 * text, byte for byte. Throws UsageError on a pattern that there is not.
 */
export async function generate(options: GenerateOptions): Promise<Generated> {
  const parameters = options.parameters ?? chooseParameters();
  const platform = options.platform ?? parameters.target !== 'supabase';
  if (options.patterns.length === 0) throw new UsageError('Say which pattern; `complete` is all of them.');
  const patterns = choosePatterns(options.patterns, parameters.tenancy);
  const files: readonly SqlFile[] = [
    ...(platform ? platformFiles() : []),
    ...(parameters.vectors && patterns.some(({ name }) => ['rag', 'chat', 'ai-usage'].includes(name))
      ? [
          {
            path: 'pgvector',
            text: '-- Without pgvector on the server: loam schema generate … --no-vectors\ncreate extension if not exists vector with schema extensions;\n',
          },
        ]
      : []),
    ...patternFiles(patterns, { vectors: parameters.vectors, parameters }),
  ];
  const seen = new Set<string>();
  const parts: string[] = [];
  for (const { path, text } of files)
    parts.push(
      `-- ${'-'.repeat(Math.max(3, 116 - path.length))} ${path}\n\n${(
        await makeRepeatable(path, text, { supabase: parameters.target === 'supabase', seen })
      ).trim()}\n`,
    );
  parts.push(recordOf(patterns, parameters, options.version));
  const body = `\n${parts.join('\n')}`;
  const choice = { patterns: options.patterns, parameters, platform };
  const header = [
    `-- Database schema of Loam ${options.version}: ${patterns.map(({ name }) => name).join(', ')}`,
    `${mark}${command(choice).slice('loam schema generate'.length)}`,
    `-- parameters: ${writeParameters(parameters)}`,
    `-- checksum of what follows: ${sum(body)}`,
  ].join('\n');
  return { text: `${header}\n${body}`, patterns: patterns.map(({ name }) => name), warnings: warnAbout(parameters) };
}

/** What a file says about how it was made, or null where it was not made by `generate`. */
export function readHeader(text: string): Header | null {
  const [first = '', made = '', chosen = '', checksum = ''] = text.split('\n', 4);
  if (!made.startsWith(mark)) return null;
  const body = text.slice([first, made, chosen, checksum].join('\n').length + 1);
  const [, json] = /^-- parameters: (\{.*\})$/.exec(chosen) ?? [];
  if (json === undefined) throw new ToolError('The header of the file is damaged: its third line says no parameters.');
  const words = made.slice(mark.length).trim().split(' ');
  const options = words.findIndex((each) => each.startsWith('--'));
  const parameters = chooseParameters(JSON.parse(json));
  return {
    patterns: options < 0 ? words : words.slice(0, options),
    parameters,
    platform: words.includes('--platform') || (parameters.target !== 'supabase' && !words.includes('--no-platform')),
    edited: checksum !== `-- checksum of what follows: ${sum(body)}`,
  };
}
