// `loam schema reset --yes`: drops what Loam installed, with everything in it, and sets up again.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { chooseParameters } from '../../schema/parameters.ts';
import { findTarget, resetDatabase } from '../../schema/setup.ts';
import { type ParameterOptions, parametersOf } from './parameters.ts';
import { sow } from './sample.ts';
import { type DatabaseOption, note, onDatabase, type Say } from './target.ts';

export interface Options extends DatabaseOption, ParameterOptions {
  readonly seed?: boolean;
  readonly yes?: boolean;
}

export async function run(options: Options, say: Say, version: string): Promise<number> {
  if (options.yes !== true) {
    note(
      "This drops every table of Loam with what is in it, and accounts too where they are not Supabase's. To do it: --yes",
    );
    return 2;
  }
  return await onDatabase(options, async (opened) => {
    const target = chooseParameters({
      target: options.target ?? (await findTarget(opened.session, opened.engine)),
    }).target;
    const parameters = parametersOf({ ...options, target });
    const { installed } = await resetDatabase(opened.session, { version, target, parameters });
    if (opened.dataDir !== null) rmSync(join(opened.dataDir, 'files'), { recursive: true, force: true });
    say(`Dropped everything and set up ${[...installed.patterns].join(', ')} again.`);
    if (target === 'supabase') say("Accounts and files in buckets are Supabase's and are still there.");
    return options.seed === true ? await sow(opened, say) : 0;
  });
}
