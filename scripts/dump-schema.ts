// `npm run schema:dump`: writes sql/schema.sql from an embedded database that has just been installed.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openPglite } from '../core/database-pglite.ts';
import { preparedDump } from '../server/testing/database.ts';
import { root } from './checks/sources.ts';
import { readCatalog } from './dump/catalog.ts';
import { printSchema } from './dump/print.ts';

const driver = await openPglite({ dataDir: null, from: await preparedDump(), sessionRole: 'authenticator' });
try {
  writeFileSync(join(root, 'sql/schema.sql'), printSchema(await readCatalog(driver.admin)));
} finally {
  await driver.close();
}
