// `loam schema generate`: patterns as SQL, on standard output or as a file. With --diff the exit code is 1 when it differs.

import { type GenerateOptions, generate, readHeader } from '../../schema/generate.ts';
import { unifiedDiff } from '../../schema/generate-diff.ts';
import { readText, writeGenerated } from '../../schema/generate-file.ts';
import { migrationPath, projectFolder } from '../../schema/new.ts';
import { UsageError } from '../../schema/parameters.ts';
import { type ParameterOptions, parametersOf } from './parameters.ts';
import { note, type Say } from './target.ts';

export interface Options extends ParameterOptions {
  readonly output?: string;
  readonly supabase?: string | true;
  readonly name?: string;
  readonly from?: string;
  readonly diff?: string;
  readonly force?: boolean;
  readonly platform?: boolean;
}

/** What is to be generated: as the options say, or as the header of an existing file says. */
function choose(patterns: readonly string[], options: Options, version: string): GenerateOptions {
  const like = options.from ?? (patterns.length === 0 ? options.diff : undefined);
  if (like === undefined) {
    const target = options.target ?? (options.supabase === undefined ? 'postgres' : 'supabase');
    return {
      patterns,
      version,
      parameters: parametersOf({ ...options, target }),
      ...(options.platform === undefined ? {} : { platform: options.platform }),
    };
  }
  if (patterns.length > 0) throw new UsageError('--from takes the patterns from the file: name none.');
  const header = readHeader(readText(like));
  if (header === null) throw new UsageError(`${like} was not made by generate: it does not say what it consists of.`);
  return { patterns: header.patterns, parameters: header.parameters, platform: header.platform, version };
}

export async function run(patterns: readonly string[], options: Options, say: Say, version: string): Promise<number> {
  const chosen = choose(patterns, options, version);
  const { text, warnings } = await generate(chosen);
  for (const warning of warnings) note(warning);
  if (options.diff !== undefined) {
    const diff = unifiedDiff({ name: options.diff, text: readText(options.diff) }, { name: 'generated', text });
    if (diff !== '') say(diff.trimEnd());
    return diff === '' ? 0 : 1;
  }
  const folder =
    options.supabase === undefined
      ? undefined
      : projectFolder(options.supabase === true ? 'supabase' : options.supabase);
  const path =
    options.output ??
    (folder === undefined ? undefined : migrationPath(folder, options.name ?? chosen.patterns.join(' ')));
  if (path === undefined) {
    say(text.trimEnd());
    return 0;
  }
  writeGenerated(path, text, options);
  say(path);
  return 0;
}
