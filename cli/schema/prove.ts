// `loam schema prove`: nobody reaches what is not theirs, shown by trying. Exit code 0 proved, 1 findings, 2 no whole proof.
import { writeFileSync } from 'node:fs';
import { asJson, asSarif, asText } from '../../schema/prove/formats.ts';
import { proveSubject } from '../../schema/prove/run.ts';
import { exitCode } from '../../schema/prove/verdict.ts';
import { ToolError } from '../../schema/session.ts';

export interface Options {
  readonly format: string;
  readonly allow: readonly string[];
  readonly against?: string;
  readonly rights?: string;
  readonly anonymous?: string;
  readonly signedIn?: string;
}

export async function run(
  subjects: readonly string[],
  options: Options,
  say: (line: string) => void,
  version: string,
): Promise<number> {
  const { format, allow, against, rights, anonymous, signedIn } = options;
  if (!['human', 'json', 'sarif'].includes(format))
    throw new ToolError(`There is no format ${format}; there are human, json and sarif.`);
  const report = await proveSubject(subjects.join(','), {
    allow,
    ...(against === undefined ? {} : { against }),
    ...(anonymous === undefined ? {} : { anonymous }),
    ...(signedIn === undefined ? {} : { signedIn }),
  });
  if (rights !== undefined)
    writeFileSync(rights, `# Who can do what, as tried by loam schema prove.\n${report.rights.join('\n')}\n`);
  say(format === 'json' ? asJson(report) : format === 'sarif' ? asSarif(report, version) : asText(report));
  return exitCode(report);
}
