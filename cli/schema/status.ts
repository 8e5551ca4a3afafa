// `loam schema status`: what is applied, pending or wrong. Exit code 1 when anything is not as it should be.
import { existsSync } from 'node:fs';
import { readProjectStatus } from '../../schema/migrations-project.ts';
import { fileOf } from '../../schema/migrations-read.ts';
import { projectFolder } from '../../schema/new.ts';
import { schemaStatus } from '../schema-status.ts';
import { type DatabaseOption, onDatabase, type Say } from './target.ts';

export interface Options extends DatabaseOption {
  readonly folder?: string;
}

export async function run(options: Options, say: Say): Promise<number> {
  const ofLoam = options.databaseUrl === undefined && options.folder === undefined;
  const code = ofLoam ? await schemaStatus(say) : 0;
  const folder = projectFolder(options.folder);
  if (ofLoam && (code !== 0 || !existsSync(folder))) return code;
  return await onDatabase(options, async ({ session }) => {
    const { applied, pending, edited, unchecked, missing, late } = await readProjectStatus(session, folder);
    say(`${folder}: ${applied.length} applied, ${pending.length} pending`);
    for (const each of pending)
      say(`  pending    ${fileOf(each)}${late.includes(each) ? ' (older than what is applied)' : ''}`);
    for (const each of edited) say(`  edited     ${fileOf(each)}`);
    for (const each of missing) say(`  no file    ${fileOf(each)}`);
    for (const each of unchecked) say(`  unchecked  ${fileOf(each)} (applied by another tool)`);
    return pending.length + edited.length + missing.length === 0 ? 0 : 1;
  });
}
