// `loam schema migrate`: a fresh database gets everything, an installed one what is pending.
import { readConfig } from '../core/config.ts';
import { openInstalled, targetOf } from '../schema/open.ts';
import { alone } from './locked.ts';

export async function migrate(say: (line: string) => void, version: string): Promise<number> {
  const config = readConfig();
  await alone(config, async () => {
    const { db, fresh, migrated } = await openInstalled(targetOf(config), { version });
    const patterns = [...db.installed.patterns].join(', ');
    await db.close();
    for (const each of migrated) say(`Applied ${each.version}_${each.name}.`);
    if (fresh) say(`Installed ${patterns}${db.installed.vectors ? '' : ', without vectors: pgvector is not there'}.`);
    else if (migrated.length === 0) say('Nothing to do: the schema is that of this release.');
  });
  return 0;
}
