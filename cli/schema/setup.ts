// `loam schema setup`: every object of Loam's database on a target from nothing, with sample data where wanted.

import { fileOf } from '../../schema/migrations-read.ts';
import { chooseParameters, warnAbout } from '../../schema/parameters.ts';
import { findTarget, setUp } from '../../schema/setup.ts';
import { type ParameterOptions, parametersOf } from './parameters.ts';
import { sow } from './sample.ts';
import { type DatabaseOption, note, onDatabase, type Say } from './target.ts';

export interface Options extends DatabaseOption, ParameterOptions {
  readonly seed?: boolean;
}

export async function run(options: Options, say: Say, version: string): Promise<number> {
  return await onDatabase(options, async (opened) => {
    const target = chooseParameters({
      target: options.target ?? (await findTarget(opened.session, opened.engine)),
    }).target;
    const parameters = parametersOf({ ...options, target });
    for (const warning of warnAbout(parameters)) note(warning);
    const { fresh, migrated, installed } = await setUp(opened.session, { version, target, parameters });
    for (const migration of migrated) say(`Applied ${fileOf(migration)}.`);
    say(
      fresh
        ? `Set up ${[...installed.patterns].join(', ')}${installed.vectors ? '' : ', without vectors: pgvector is not there'}.`
        : 'Loam is there already; its parameters are as they were.',
    );
    return options.seed === true ? await sow(opened, say) : 0;
  });
}
