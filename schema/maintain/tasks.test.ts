// Upkeep by command on native PostgreSQL 18, and what is different on the embedded engine.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type NativeDatabase, openNativeDatabase } from '../../server/testing/database.ts';
import { openAddress, openScratch } from '../open-session.ts';
import { type Session, ToolError } from '../session.ts';
import { runTask, taskRequest } from './tasks.ts';

let native: NativeDatabase;
let session: Session;
let scratch: Session;

before(async () => {
  [native, scratch] = await Promise.all([openNativeDatabase(18), openScratch()]);
  session = await openAddress(native.adminUrl);
  await scratch.exec('create table public.things (id integer primary key); insert into things values (1)');
});
after(async () => {
  await session.close();
  await Promise.all([native.close(), scratch.close()]);
});

const refused = async (work: Promise<unknown>, sentence: RegExp): Promise<void> =>
  await assert.rejects(work, (error) => error instanceof ToolError && sentence.test(error.message));

test('tasks, tables, spans and patterns that are not there are said', async () => {
  assert.equal(taskRequest.safeParse({ task: 'polish' }).success, false);
  await refused(runTask(session, { task: 'reindex', table: 'nowhere' }), /There is no table nowhere/);
  await refused(runTask(session, { task: 'reindex', table: `messages'; drop` }), /not the name of a table/);
  await refused(runTask(session, { task: 'archive', olderThan: `1 day'); drop` }), /A span of time is written like/);
  await refused(runTask(scratch, { task: 'alerts' }), /needs the pattern ai-usage/);
  await refused(runTask(scratch, { task: 'partitions' }), /needs the pattern foundation/);
});

test('indexes are built anew and statistics taken, on both engines', async () => {
  const indexOid = async (): Promise<unknown> =>
    (await session.rows(`select relfilenode from pg_class where relname = 'messages_pkey'`))[0]?.[0];
  const first = await indexOid();
  assert.match(
    (await runTask(session, { task: 'reindex', table: 'messages' }))[0] ?? '',
    /1 tables anew, while they were in use/,
  );
  assert.notEqual(await indexOid(), first);
  assert.match((await runTask(scratch, { task: 'reindex' }))[0] ?? '', /anew\.$/);
  await runTask(scratch, { task: 'analyze' });
  assert.equal((await scratch.rows(`select reltuples from pg_class where relname = 'things'`))[0]?.[0], '1');
});

test('old months are detached only when asked, and dropped only when asked again', async () => {
  await session.exec(`select loam.ensure_partition('public.usage_logs', now() - interval '20 months')`);
  const attached = async (): Promise<number> =>
    Number(
      (await session.rows(`select count(*) from pg_inherits where inhparent = 'public.usage_logs'::regclass`))[0]?.[0],
    );
  const before = await attached();
  assert.equal((await runTask(session, { task: 'partitions' })).length, 1);
  assert.equal(await attached(), before);
  const [, line = ''] = await runTask(session, { task: 'partitions', olderThan: '12 months' });
  assert.match(line, /^Detached usage_logs_\d{6};/);
  assert.equal(await attached(), before - 1);
  const [, , dropped = ''] = await runTask(session, { task: 'partitions', olderThan: '12 months', drop: '12 months' });
  assert.match(dropped, /^Dropped usage_logs_\d{6}\.$/);
});

test('quiet conversations are put away, lost files queued, alerts and sums told', async () => {
  await session.exec(`
    insert into auth.users (id, email) values ('00000000-0000-4000-8000-000000000001', 'ada@example.org');
    insert into conversations (id, user_id, created_at, last_message_at)
    values ('00000000-0000-4000-8000-000000000002', '00000000-0000-4000-8000-000000000001', now() - interval '3 years', now() - interval '3 years');
    insert into messages (conversation_id, user_id, role, content, created_at)
    values ('00000000-0000-4000-8000-000000000002', '00000000-0000-4000-8000-000000000001', 'user', 'long ago', now() - interval '3 years');
    insert into storage.objects (bucket_id, name, owner, created_at)
    values ('documents', 'lost/one.md', '00000000-0000-4000-8000-000000000001', now() - interval '3 days')`);
  assert.deepEqual(await runTask(session, { task: 'archive' }), [
    'Moved 1 messages of quiet conversations to messages_archive.',
  ]);
  assert.match((await runTask(session, { task: 'files' }))[0] ?? '', /^Queued 1 files/);
  const alerts = await runTask(session, { task: 'alerts' });
  for (const name of ['slow', 'connections', 'storage', 'sign'])
    assert.ok(
      alerts.some((line) => line.includes(name)),
      name,
    );
  assert.equal((await runTask(session, { task: 'summaries' })).length, 1);
});
