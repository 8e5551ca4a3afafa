// `loam schema validate`: what is wrong with SQL files or a database, for people or for machines.

import { ToolError } from '../../schema/session.ts';
import type { Level, Profile } from '../../schema/validate/rule.ts';

export interface Options {
  readonly profile?: string;
  readonly format: string;
  readonly failOn: string;
  readonly only?: string;
  readonly skip?: string;
  readonly schemas?: string;
}

const list = (text: string | undefined): readonly string[] =>
  (text ?? '').split(',').flatMap((each) => (each.trim() === '' ? [] : [each.trim()]));

const formats = ['human', 'json', 'sarif', 'github'] as const;
const levels: readonly Level[] = ['error', 'warning', 'info'];
const profiles: readonly Profile[] = ['greenfield', 'live'];

function pick<T extends string>(option: string, value: string, among: readonly T[]): T {
  const found = among.find((each) => each === value);
  if (found === undefined) throw new ToolError(`--${option} is one of ${among.join(', ')}, not ${value}.`);
  return found;
}

/** 0 fine, 1 findings, 2 something could not be judged, or bad usage. */
export async function validateCommand(
  input: string,
  options: Options,
  say: (line: string) => void,
  version: string,
): Promise<number> {
  try {
    const format = pick('format', options.format, formats);
    const failOn = pick('fail-on', options.failOn, levels);
    const { validate } = await import('../../schema/validate/validate.ts');
    const { exitCode } = await import('../../schema/validate/report.ts');
    const schemas = list(options.schemas);
    const report = await validate(input, {
      only: list(options.only),
      skip: list(options.skip),
      ...(options.profile === undefined ? {} : { profile: pick('profile', options.profile, profiles) }),
      ...(schemas.length === 0 ? {} : { schemas }),
    });
    if (format === 'human') say((await import('../../schema/validate/human.ts')).asText(report));
    else {
      const { asAnnotations, asJson, asSarif } = await import('../../schema/validate/formats.ts');
      say(format === 'json' ? asJson(report) : format === 'sarif' ? asSarif(report, version) : asAnnotations(report));
    }
    return exitCode(report, failOn);
  } catch (error) {
    if (!(error instanceof ToolError)) throw error;
    process.stderr.write(`${error.message}\n`);
    return 2;
  }
}
