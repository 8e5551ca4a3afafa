// `loam schema doc`: a schema's reference or diagram to standard output or a file.
import { writeFileSync } from 'node:fs';
import { documentSchema, formats } from '../../schema/doc/document-schema.ts';
import { ToolError } from '../../schema/session.ts';
import { listOf } from './types.ts';

export interface DocFlags {
  readonly schemas?: string;
  readonly format?: string;
  readonly output?: string;
}

/** Throws ToolError. */
export async function doc(subject: string, flags: DocFlags, say: (line: string) => void): Promise<number> {
  const format = formats.find((each) => each === (flags.format ?? 'markdown'));
  if (format === undefined) throw new ToolError(`The format is one of ${formats.join(', ')}; not ${flags.format}.`);
  const scope = flags.schemas === undefined ? {} : { schemas: listOf(flags.schemas) };
  const text = await documentSchema(subject, format, scope);
  if (flags.output === undefined) say(text.replace(/\n$/, ''));
  else writeFileSync(flags.output, text);
  return 0;
}
