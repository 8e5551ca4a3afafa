// Upkeep: next month has its partition before it comes, closed to everybody, and nobody but maintenance can make one.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Client } from 'pg';
import { AppError } from '../../core/errors.ts';
import { type NativeDatabase, openNativeDatabase } from '../testing/database.ts';
import { createUser } from '../testing/users.ts';
import { ensurePartitions } from './queries.ts';
import { scheduleUsageUpkeep } from './usage.ts';

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

test('people cannot make partitions', async () => {
  const { claims } = await createUser(native.db, 'ada@example.com');
  await assert.rejects(
    native.db.asUser(claims, ensurePartitions()),
    (error) => error instanceof AppError && error.code === 'forbidden',
  );
});

test('the job makes what is missing, with row-level security on and no rights for anybody', async () => {
  const nextMonth = `to_char(now() at time zone 'utc' + interval '1 month', 'YYYYMM')`;
  const { rows } = await outside.query(`select 'usage_logs_' || ${nextMonth} as name`);
  await outside.query(`drop table if exists loam_partitions.${rows[0].name}`);
  let run = async (): Promise<void> => assert.fail('no job was scheduled');
  await scheduleUsageUpkeep(native.db, {
    schedule: async (_name, _cron, handler) => {
      run = () => handler(new AbortController().signal);
    },
  });
  await run();
  const found = await outside.query(
    `select relrowsecurity as closed, has_table_privilege('authenticated', c.oid, 'select') as readable
     from pg_class as c where c.relname = $1`,
    [rows[0].name],
  );
  assert.deepEqual(found.rows, [{ closed: true, readable: false }]);
});
