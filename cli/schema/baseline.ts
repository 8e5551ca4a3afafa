// `loam schema baseline`: a database that was made otherwise has what the migrations make. Runs none.
import { baselineProject } from '../../schema/migrations-project.ts';
import { projectFolder } from '../../schema/new.ts';
import { type DatabaseOption, onDatabase, type Say } from './target.ts';

export interface Options extends DatabaseOption {
  readonly folder?: string;
}

export async function run(version: string | undefined, options: Options, say: Say): Promise<number> {
  const folder = projectFolder(options.folder);
  const taken = await onDatabase(options, ({ session }) => baselineProject(session, folder, version));
  say(`${taken.length} migrations up to ${taken.at(-1)?.version ?? 'none'} count as applied.`);
  return 0;
}
