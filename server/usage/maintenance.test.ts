// What comes round: which jobs there are under which settings, and that the role they run under may do their work.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Client } from 'pg';
import { type NativeDatabase, openNativeDatabase } from '../testing/database.ts';
import { silentLog } from '../testing/requests.ts';
import { createUser } from '../testing/users.ts';
import { type Keeping, scheduleMaintenance } from './maintenance.ts';

let native: NativeDatabase;
let outside: Client;

before(async () => {
  native = await openNativeDatabase();
  outside = new Client({ connectionString: native.adminUrl });
  await outside.connect();
});
after(async () => {
  await outside.end();
  await native.close();
});

type Handler = (signal: AbortSignal) => Promise<void>;
async function jobsUnder(keeping: Keeping): Promise<ReadonlyMap<string, Handler>> {
  const found = new Map<string, Handler>();
  const jobs = { schedule: async (name: string, _cron: string, handler: Handler) => void found.set(name, handler) };
  await scheduleMaintenance(native.db, jobs, silentLog, keeping);
  return found;
}

test('nothing is put away or detached unless the settings say so', async () => {
  assert.deepEqual(
    [...(await jobsUnder({ logMonths: null, archiveDays: null })).keys()],
    ['usage.summaries', 'usage.alerts'],
  );
  await assert.rejects(
    native.db.asUser(
      (await createUser(native.db, 'eve@example.org')).claims,
      (await import('./queries.ts')).archiveMessages({ days: 1 }),
    ),
  );
});

test('the jobs do their work under the role of maintenance', async () => {
  const { id } = await createUser(native.db, 'ada@example.org');
  await outside.query(`select loam.ensure_partition('public.usage_logs', now() - interval '30 months')`);
  await outside.query(
    `with c as (insert into conversations (user_id, created_at, last_message_at) values ($1, now() - interval '9 years', now() - interval '9 years') returning id)
     insert into messages (conversation_id, user_id, role, content, created_at) select c.id, $1, 'user', 'old', now() - interval '9 years' from c`,
    [id],
  );
  const jobs = await jobsUnder({ logMonths: 24, archiveDays: 365 });
  for (const handler of jobs.values()) await handler(new AbortController().signal);
  const { rows } = await outside.query(
    `select (select count(*) from messages_archive) as archived,
       (select count(*) from pg_class where relname ~ '^usage_logs_' and relnamespace = 'loam_partitions'::regnamespace and not relispartition and relkind = 'r') as detached`,
  );
  assert.deepEqual(rows, [{ archived: '1', detached: '1' }]);
});
