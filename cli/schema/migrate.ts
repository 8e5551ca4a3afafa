// `loam schema migrate`: Loam's own schema where the settings name the database, then the project's migrations.
import { existsSync } from 'node:fs';
import { migrateProject } from '../../schema/migrations-project.ts';
import { fileOf } from '../../schema/migrations-read.ts';
import { projectFolder } from '../../schema/new.ts';
import { type DatabaseOption, note, onDatabase, type Say } from './target.ts';

export interface Options extends DatabaseOption {
  readonly folder?: string;
  readonly dryRun?: boolean;
  readonly shadow: boolean;
  readonly includeAll?: boolean;
}

export async function run(options: Options, say: Say, version: string): Promise<number> {
  const ofLoam = options.databaseUrl === undefined && options.folder === undefined;
  if (ofLoam && options.dryRun !== true) {
    const code = await (await import('../migrate.ts')).migrate(say, version);
    if (code !== 0 || !existsSync(projectFolder())) return code;
  }
  const folder = projectFolder(options.folder);
  if (ofLoam && !existsSync(folder)) return await (await import('../schema-status.ts')).schemaStatus(say);
  await onDatabase(options, async ({ session }) => {
    const { migrations, notes } = await migrateProject(session, {
      folder,
      shadow: options.shadow,
      dryRun: options.dryRun === true,
      includeAll: options.includeAll === true,
    });
    for (const line of notes) note(line);
    for (const migration of migrations)
      say(`${options.dryRun === true ? 'Would apply' : 'Applied'} ${fileOf(migration)}.`);
    if (migrations.length === 0) say(`Nothing to do: the database has every migration of ${folder}.`);
  });
  return 0;
}
