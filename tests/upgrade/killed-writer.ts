// Writes to a data folder as fast as it can and says each row that was acknowledged, until it is killed.
import { writeSync } from 'node:fs';
import { newId } from '../../core/ids.ts';
import { statement } from '../../core/statement.ts';
import { openInstalled } from '../../schema/open.ts';

const insert = statement({
  name: 'testing_kill_insert',
  text: 'insert into conversations (id, user_id, title) values ($1, $2, $3)',
  params: { id: 'uuid', user_id: 'uuid', title: 'text' },
});

const [dataDir = '', userId = ''] = process.argv.slice(2);
const { db } = await openInstalled({ kind: 'pglite', dataDir }, { version: 'test' });
const claims = { sub: userId, role: 'authenticated' } as const;
const say = (line: string): void => void writeSync(1, `${line}\n`);

async function write(): Promise<never> {
  for (;;) {
    const id = newId();
    if (id < '8') await db.asUser(claims, insert({ id, user_id: userId, title: 'x'.repeat(500) }));
    else
      await db.asUser(claims, async (tx) => await tx.rows(insert({ id, user_id: userId, title: 'in a transaction' })));
    say(id);
  }
}
say('ready');
await Promise.all(Array.from({ length: 8 }, write));
