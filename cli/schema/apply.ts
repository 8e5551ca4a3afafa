// `loam schema apply <file> <name>`: a file becomes a migration and is run, once nothing is found wrong with it.
import { applyFile } from '../../schema/apply.ts';
import { projectFolder } from '../../schema/new.ts';
import { type DatabaseOption, note, onDatabase, type Say } from './target.ts';

export interface Options extends DatabaseOption {
  readonly folder?: string;
  readonly validate: boolean;
  readonly shadow: boolean;
}

export async function run(file: string, name: string, options: Options, say: Say): Promise<number> {
  return await onDatabase(options, async ({ session }) => {
    const { path, notes } = await applyFile(session, file, name, {
      folder: projectFolder(options.folder),
      validate: options.validate,
      shadow: options.shadow,
    });
    for (const line of notes) note(line);
    say(`Applied ${path}.`);
    return 0;
  });
}
