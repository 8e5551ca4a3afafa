// What the patterns foundation, user-management, chat and rag can do by themselves: statistics for administrators, archive,
// orphaned files, months as partitions, sample data, stored files, realtime. Refusals first.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { openScratch } from '../../schema/open-session.ts';
import { choosePatterns, patternFiles } from '../../schema/patterns.ts';
import type { Session } from '../../schema/session.ts';
import { type Actor, actAs } from './act-as.ts';

const id = (n: number): string => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;
const [root, ada, bob] = [id(1), id(2), id(3)];
let session: Session;
const as = (user: string): Actor => actAs(session, user);
const service = (role: string): Actor => actAs(session, null, role);
const one = async (text: string): Promise<string> => (await session.rows(text))[0]?.[0] ?? '';

before(async () => {
  session = await openScratch();
  await session.exec('create extension if not exists vector with schema extensions');
  for (const { text } of patternFiles(choosePatterns(['complete']), { vectors: true })) await session.exec(text);
  await session.exec(`
    insert into loam.installation (version, patterns) values ('test', '{}');
    insert into auth.users (id, email, email_confirmed_at)
    values ('${root}', 'root@example.com', now()), ('${ada}', 'ada@example.com', now()), ('${bob}', 'bob@example.com', now());
    update user_profiles set role = 'admin' where id = '${root}'`);
});
after(() => session.close());

describe('statistics', () => {
  for (const view of ['performance_stats', 'user_activity_summary'])
    test(`${view} has no row for anybody but administrators and the operator`, async () => {
      assert.deepEqual(await as(ada).reads(`select * from ${view}`), []);
      assert.deepEqual(await as(ada).reads(`select * from loam.${view}()`), []);
      assert.deepEqual(await as(ada).reads(`select count(*) from ${view}`), ['0']);
      assert.equal(await actAs(session, null).writes(`select * from ${view}`), '42501');
      assert.ok(Number((await as(root).reads(`select count(*) from ${view}`))[0]) >= 3);
      assert.ok(Number(await one(`select count(*) from ${view}`)) >= 3);
    });

  test('the summary counts and shows no content', async () => {
    assert.equal(await as(ada).writes(`insert into conversations (user_id, title) values ('${ada}', 'Secret')`), 1);
    const [row] = await as(root).reads(
      `select conversation_count, message_count, s::text from user_activity_summary s where user_id = '${ada}'`,
    );
    assert.match(row ?? '', /^1,0,/);
    assert.doesNotMatch(row ?? '', /Secret/);
  });
});

describe('archive', () => {
  const talk = id(100);
  const question = id(101);
  const answer = id(102);
  const everything = `select md5(string_agg(m::text, '' order by m.seq)) from messages m where conversation_id = '${talk}'`;

  test('people cannot archive; the last day stays; pinned conversations stay', async () => {
    assert.equal(await as(ada).writes('select archive_old_messages()'), '42501');
    assert.equal(await service('loam_maintenance').writes(`select archive_old_messages('1 hour')`), '22023');
    await session.exec(`
      insert into conversations (id, user_id, title, pinned) values ('${talk}', '${ada}', 'Old', true);
      insert into messages (id, conversation_id, user_id, role, content, created_at) values ('${question}', '${talk}', '${ada}', 'user', 'Old question', now() - interval '2 years');
      insert into messages (id, conversation_id, user_id, parent_id, reply_to_id, role, content, input_tokens, output_tokens, cost_usd, created_at)
      values ('${answer}', '${talk}', '${ada}', '${question}', '${question}', 'assistant', 'Old answer', 3, 4, 0.5, now() - interval '2 years' + interval '1 minute');
      insert into documents (id, user_id, original_name, storage_path, mime_type, file_size) values ('${id(103)}', '${ada}', 'a', 'a', 'text/plain', 1);
      insert into message_citations (message_id, position, user_id, document_id, document_name, start_offset, end_offset, passage)
      values ('${answer}', 1, '${ada}', '${id(103)}', 'a', 0, 1, 'p');
      insert into message_reactions (message_id, user_id, reaction) values ('${answer}', '${ada}', '+');
      insert into message_feedback (message_id, user_id, rating) values ('${answer}', '${ada}', 'up')`);
    assert.equal(await service('loam_maintenance').writes('select archive_old_messages()'), '0');
  });

  test('what is old goes whole, is still its owner’s to read, and comes back as it was', async () => {
    await session.exec(`update conversations set pinned = false where id = '${talk}'`);
    const before = await one(everything);
    assert.equal(await service('loam_maintenance').writes('select archive_old_messages()'), '2');
    assert.equal(await service('loam_maintenance').writes('select archive_old_messages()'), '0');
    assert.deepEqual(await as(ada).reads(`select id from messages where conversation_id = '${talk}'`), []);
    assert.deepEqual(await as(ada).reads('select content from messages_archive order by seq'), [
      'Old question',
      'Old answer',
    ]);
    assert.deepEqual(await as(bob).reads('select id from messages_archive'), []);
    assert.equal(await as(bob).writes(`select restore_archived_messages('${talk}')`), 'P0002');
    assert.equal(await as(ada).writes(`delete from messages_archive`), '42501');
    assert.equal(await as(ada).writes(`select restore_archived_messages('${talk}')`), '2');
    assert.equal(await one(everything), before);
    assert.deepEqual(
      await as(ada).reads(`
        select message_count, archived, (select count(*) from message_citations), (select count(*) from message_reactions),
          (select count(*) from message_feedback), (select count(*) from messages_archive)
        from conversations where id = '${talk}'`),
      ['2,f,1,1,1,0'],
    );
  });

  test('many messages of one statement count for each conversation; an older one moves nothing back', async () => {
    const [long, short] = [id(110), id(111)];
    await session.exec(`
      insert into conversations (id, user_id, title) values ('${long}', '${ada}', 'Long'), ('${short}', '${ada}', 'Short');
      insert into messages (id, conversation_id, user_id, role, content, created_at)
      values
        ('${id(112)}', '${long}', '${ada}', 'user', 'first', '2026-01-01'),
        ('${id(113)}', '${short}', '${ada}', 'user', 'only', '2026-01-03'),
        ('${id(114)}', '${long}', '${ada}', 'user', 'second', '2026-01-02');
      insert into messages (id, conversation_id, user_id, role, content, created_at)
      values ('${id(115)}', '${short}', '${ada}', 'user', 'brought in later', '2025-01-01')`);
    assert.deepEqual(
      await as(ada).reads(`
        select c.message_count, c.last_message_at::date, p.active_message_id
        from conversations as c join conversation_participants as p on p.conversation_id = c.id
        where c.id in ('${long}', '${short}') order by c.id`),
      [`2,2026-01-02,${id(114)}`, `2,2026-01-03,${id(115)}`],
    );
    await session.exec(`delete from conversations where id in ('${long}', '${short}')`);
  });

  test('unread is what others said since one read; the words of one’s own messages are found', async () => {
    assert.deepEqual(await as(bob).reads('select * from unread_counts'), []);
    const unread = `select unread_count from unread_counts where conversation_id = '${talk}'`;
    await session.exec(`update conversation_participants set last_read_at = null where conversation_id = '${talk}'`);
    assert.deepEqual(await as(ada).reads(unread), ['1']);
    assert.equal(
      await as(ada).writes(
        `update conversation_participants set last_read_at = now() where conversation_id = '${talk}'`,
      ),
      1,
    );
    assert.deepEqual(await as(ada).reads(unread), ['0']);
    assert.deepEqual(await as(ada).reads(`select id from search_messages('old ANSWER')`), [answer]);
    assert.deepEqual(await as(ada).reads(`select id from search_messages('old', in_conversation => '${id(9)}')`), []);
    assert.deepEqual(await as(bob).reads(`select id from search_messages('old')`), []);
  });
});

describe('files', () => {
  test('people neither queue nor see what is queued; what is new or spoken of is not', async () => {
    assert.equal(await as(ada).writes('select cleanup_orphaned_files()'), '42501');
    assert.equal(await as(ada).writes('select * from file_deletions'), '42501');
    assert.equal(await service('loam_maintenance').writes(`select cleanup_orphaned_files('1 minute')`), '22023');
    await session.exec(`
      insert into storage.objects (bucket_id, name, created_at) values
        ('documents', 'new', now()), ('documents', 'orphan', now() - interval '2 days'), ('documents', 'a', now() - interval '2 days')`);
    assert.equal(await service('loam_maintenance').writes('select cleanup_orphaned_files()'), '1');
    assert.equal(await service('loam_maintenance').writes('select cleanup_orphaned_files()'), '0');
    assert.deepEqual(await service('loam_storage').reads('select bucket_id, name, reason from file_deletions'), [
      'documents,orphan,orphaned',
    ]);
    assert.equal(await service('loam_storage').writes(`delete from file_deletions`), 1);
  });

  test('the first folder says whose a file is, for whoever has the rights that Supabase gives', async () => {
    assert.deepEqual(await session.rows(`select id, public from storage.buckets order by id`), [
      ['documents', 'f'],
      ['images', 'f'],
    ]);
    await session.exec('grant select, insert, update, delete on storage.objects to authenticated');
    const put = (bucket: string, name: string): string =>
      `insert into storage.objects (bucket_id, name) values ('${bucket}', '${name}')`;
    for (const [bucket, name] of [
      ['documents', `${bob}/x.txt`],
      ['documents', 'x.txt'],
      ['documents', `x/${ada}/x.txt`],
      ['other', `${ada}/x.txt`],
    ] as const)
      assert.equal(await as(ada).writes(put(bucket, name)), '42501', name);
    for (const bucket of ['documents', 'images']) assert.equal(await as(ada).writes(put(bucket, `${ada}/x.txt`)), 1);
    assert.equal(
      await as(ada).writes(`update storage.objects set name = '${bob}/x.txt' where bucket_id = 'images'`),
      '42501',
    );
    for (const column of ['owner', 'owner_id'])
      assert.equal(
        await as(ada).writes(`update storage.objects set ${column} = '${bob}' where bucket_id = 'images'`),
        '42501',
        column,
      );
    assert.deepEqual(await as(bob).reads('select name from storage.objects'), []);
    assert.equal(await as(bob).writes('delete from storage.objects'), 0);
    assert.equal(await as(ada).writes(`delete from storage.objects where name like '${ada}/%'`), 2);
    await session.exec('revoke insert, update, delete on storage.objects from authenticated');
  });

  test('searches are counted by day, one’s own', async () => {
    await session.exec(`insert into retrieval_logs (user_id, question, method, result_count, chunk_ids, duration_ms) values
      ('${ada}', 'x', 'keyword', 0, '{}', 10), ('${ada}', 'x', 'keyword', 4, '{}', 20)`);
    assert.deepEqual(
      await as(ada).reads(
        'select searches, searches_without_result, average_results, p95_duration_ms from retrieval_statistics',
      ),
      ['2,1,2.00,20'],
    );
    assert.deepEqual(await as(bob).reads('select * from retrieval_statistics'), []);
  });
});

describe('months', () => {
  test('people make, detach and drop none; nor is the current month detached', async () => {
    for (const call of [
      `ensure_partitions()`,
      `detach_partitions('audit_logs', '1 year')`,
      `drop_detached_partitions('audit_logs', '1 year')`,
    ])
      assert.equal(await as(ada).writes(`select loam.${call}`), '42501', call);
    assert.equal(
      await service('loam_maintenance').writes(`select loam.detach_partitions('audit_logs', '1 day')`),
      '22023',
    );
  });

  test('rows that came before their month move into it when it is made', async () => {
    const year = new Date().getUTCFullYear() + 5;
    await session.exec(`
      insert into audit_logs (action, created_at) values ('early', '${year}-05-31T23:59:59Z'), ('late', '${year}-06-01T00:00:00Z');
      select loam.ensure_partition('public.audit_logs', '${year}-05-10');`);
    const where = (action: string): Promise<string> =>
      one(`select tableoid::regclass from audit_logs where action = '${action}'`);
    assert.equal(await where('early'), `loam_partitions.audit_logs_${year}05`);
    assert.equal(await where('late'), 'loam_partitions.audit_logs_default');
    await session.exec(`select loam.ensure_partition('public.audit_logs', '${year}-05-20')`);
  });

  test('what is old is detached, still closed, and only then dropped', async () => {
    await session.exec(`
      select loam.ensure_partition('public.audit_logs', '2019-01-15');
      insert into audit_logs (action, created_at) values ('old', '2019-01-20')`);
    const maintenance = service('loam_maintenance');
    assert.deepEqual(await maintenance.reads(`select loam.drop_detached_partitions('audit_logs', '1 year')`), []);
    assert.deepEqual(await maintenance.reads(`select loam.detach_partitions('audit_logs', '1 year')`), [
      'audit_logs_201901',
    ]);
    assert.equal(await one(`select count(*) from audit_logs where action = 'old'`), '0');
    assert.equal(await one(`select count(*) from loam_partitions.audit_logs_201901`), '1');
    assert.equal(await one(`select relrowsecurity from pg_class where relname = 'audit_logs_201901'`), 't');
    assert.deepEqual(await maintenance.reads(`select loam.drop_detached_partitions('audit_logs', '100 years')`), []);
    assert.deepEqual(await maintenance.reads(`select loam.drop_detached_partitions('audit_logs', '1 year')`), [
      'audit_logs_201901',
    ]);
    assert.equal(await one(`select to_regclass('loam_partitions.audit_logs_201901')`), '');
  });
});

describe('sample data', () => {
  test('is refused to people, and to everybody where the installation does not allow it', async () => {
    assert.equal(await as(root).writes('select generate_sample_data()'), '42501');
    for (const call of ['generate_sample_data()', 'cleanup_test_data()'])
      await assert.rejects(session.rows(`select ${call}`), /does not allow sample data/);
  });

  test('is made for an address, belongs to it alone, and goes without a trace', async () => {
    await session.exec(`update loam.installation set parameters = parameters || '{"sample_data": true}'`);
    await assert.rejects(session.rows(`select generate_sample_data('nobody')`), /an address is wanted/);
    const before = await one(
      `select (select count(*) from conversations) || ',' || (select count(*) from documents) || ',' || (select count(*) from auth.users)`,
    );
    const made = JSON.parse(await one(`select generate_sample_data('test@example.com')`)) as Record<string, string>; // checked: the function answers an object
    assert.deepEqual({ ...made, user_id: '' }, { conversations: 3, messages: 12, documents: 2, user_id: '' });
    const test = as(made['user_id'] ?? '');
    assert.deepEqual(await test.reads('select count(*) from messages'), ['12']);
    assert.equal((await test.reads(`select chunk_id from search_chunks('warranty')`)).length, 2);
    assert.deepEqual(await as(bob).reads('select id from messages'), []);
    await session.rows(`select generate_sample_data('bob@example.com')`);
    assert.ok(Number(await one('select cleanup_test_data()')) >= 11);
    assert.equal(
      await one(
        `select (select count(*) from conversations) || ',' || (select count(*) from documents) || ',' || (select count(*) from auth.users)`,
      ),
      before,
    );
  });
});

describe('realtime', () => {
  test('tells of tables whose key is a random id alone: of a deleted row everybody hears the key', async () => {
    const published = await session.rows(`
      select prrelid::regclass, (
        select string_agg(attname || ' ' || atttypid::regtype, ',') from pg_index join pg_attribute on attrelid = indrelid and attnum = any (indkey)
        where indrelid = prrelid and indisprimary
      ) from pg_publication_rel order by 1`);
    assert.ok(published.length >= 5);
    assert.deepEqual(
      published.filter(([, key]) => key !== 'id uuid'),
      [],
    );
  });

  test('a table is published once, and nothing happens where there is no publication', async () => {
    await session.exec(`select loam.publish_changes('public.messages')`);
    await session.exec('drop publication supabase_realtime');
    await session.exec(`select loam.publish_changes('public.messages')`);
  });
});
