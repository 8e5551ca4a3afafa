// `loam schema repair`: makes the history say what is the case. Runs no migration.
import { repairProject } from '../../schema/migrations-project.ts';
import { projectFolder } from '../../schema/new.ts';
import { UsageError } from '../../schema/parameters.ts';
import { type DatabaseOption, onDatabase, type Say } from './target.ts';

export interface Options extends DatabaseOption {
  readonly folder?: string;
  readonly applied?: readonly string[];
  readonly reverted?: readonly string[];
  readonly accept?: readonly string[];
}

export async function run(options: Options, say: Say): Promise<number> {
  const { applied = [], reverted = [], accept = [] } = options;
  if (applied.length + reverted.length + accept.length === 0)
    throw new UsageError('Say what to repair: --applied, --reverted or --accept, each with versions.');
  await onDatabase(options, async ({ session }) => {
    await repairProject(session, projectFolder(options.folder), { applied, reverted, accept });
  });
  for (const version of reverted) say(`${version} counts as undone.`);
  for (const version of applied) say(`${version} counts as applied.`);
  for (const version of accept) say(`${version} is accepted as it stands.`);
  return 0;
}
