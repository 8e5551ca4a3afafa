// `loam schema types`: TypeScript of a schema to standard output or a file; `--check` is for a pipeline.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { ToolError } from '../../schema/session.ts';
import { type GenerateTypesOptions, generateTypes } from '../../schema/types/generate-types.ts';

export interface TypesFlags {
  readonly schemas?: string;
  readonly output?: string;
  readonly check?: string;
  readonly kysely?: boolean;
  readonly postgrestV9Compat?: boolean;
  readonly postgrestVersion?: string;
}

export const listOf = (text: string): readonly string[] =>
  text
    .split(',')
    .map((name) => name.trim())
    .filter(Boolean);

function readOptions(flags: TypesFlags): GenerateTypesOptions {
  if (flags.kysely === true && (flags.postgrestV9Compat === true || flags.postgrestVersion !== undefined))
    throw new ToolError(
      '--kysely has no relationships and no version: leave out --postgrest-v9-compat and --postgrest-version.',
    );
  if (flags.check !== undefined && flags.output !== undefined)
    throw new ToolError('--check compares and -o writes: give one of them.');
  return {
    kysely: flags.kysely === true,
    postgrestV9: flags.postgrestV9Compat === true,
    ...(flags.postgrestVersion === undefined ? {} : { postgrestVersion: flags.postgrestVersion }),
    ...(flags.schemas === undefined
      ? {}
      : {
          schemas: listOf(flags.schemas),
        }),
  };
}

/** 0 when written or equal, 1 when `--check` finds another text. Throws ToolError. */
export async function types(subject: string, flags: TypesFlags, say: (line: string) => void): Promise<number> {
  const text = await generateTypes(subject, readOptions(flags));
  if (flags.check !== undefined) {
    if (existsSync(flags.check) && readFileSync(flags.check, 'utf8') === text) return 0;
    const what = existsSync(flags.check) ? 'is not what the schema says' : 'is not there';
    say(`${flags.check} ${what}. Write it with: loam schema types ${subject} -o ${flags.check}`);
    return 1;
  }
  if (flags.output === undefined) say(text.replace(/\n$/, ''));
  else writeFileSync(flags.output, text);
  return 0;
}
