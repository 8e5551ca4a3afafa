// Attacks on the database with nothing but one's own claims: references that tell whether somebody's row is there, tenants
// and places in conversations that are not one's own, functions with other people's ids.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Client } from 'pg';
import { type Database, DatabaseError } from '../../core/database.ts';
import { openAdmin } from '../../core/database-pg.ts';
import { AppError } from '../../core/errors.ts';
import { newId } from '../../core/ids.ts';
import { type BoundQuery, statement } from '../../core/statement.ts';
import { install } from '../../schema/install.ts';
import { platformFiles } from '../../schema/patterns.ts';
import { beginAnswer } from '../../server/chat/queries.ts';
import { openNativeDatabase, openTestDatabase, type TestDatabase } from '../../server/testing/database.ts';
import { applyRivalled, emptyNative } from '../../server/testing/native.ts';
import { createUser, type TestUser } from '../../server/testing/users.ts';
import { type CatalogSession, openCatalog } from '../schema/catalog-session.ts';

let opened: TestDatabase;
let db: Database;
let catalog: CatalogSession;
let ada: TestUser;
let bob: TestUser;

interface Things {
  readonly conversation: string;
  readonly question: string;
  readonly answer: string;
  readonly collection: string;
}

let serial = 0;
const sql = (text: string): BoundQuery => statement({ name: `security_${serial++}`, text })();

/** Ids differ, words are the same: look-alikes. */
async function furnish(on: Database, user: TestUser): Promise<Things> {
  const things = { conversation: newId(), question: newId(), answer: newId(), collection: newId() };
  await on.asUser(user.claims, [
    sql(`insert into conversations (id, user_id, title) values ('${things.conversation}', '${user.id}', 'Boilers')`),
    sql(
      `insert into messages (id, conversation_id, user_id, role, content)
       values ('${things.question}', '${things.conversation}', '${user.id}', 'user', 'How hot?')`,
    ),
    beginAnswer({
      answer_id: things.answer,
      parent_id: things.question,
      provider: 'test',
      model: 'one',
      owner_id: newId(),
    }),
    sql(
      `insert into document_collections (id, user_id, name) values ('${things.collection}', '${user.id}', 'Manuals')`,
    ),
  ]);
  return things;
}
let hers: Things;
let his: Things;

before(async () => {
  [opened, catalog] = await Promise.all([openTestDatabase(), openCatalog()]);
  db = opened.db;
  await createUser(db, 'admin@example.com');
  ada = await createUser(db, 'ada@example.com');
  bob = await createUser(db, 'bob@example.com');
  hers = await furnish(db, ada);
  his = await furnish(db, bob);
});
after(async () => {
  await Promise.all([opened.close(), catalog.close()]);
});

/** What Bob learns of an attempt: how many rows he wrote, or what he is told. */
async function told(query: BoundQuery): Promise<string> {
  try {
    return `wrote ${(await db.asUser(bob.claims, query)).length}`;
  } catch (error) {
    if (error instanceof AppError) return error.code;
    return error instanceof DatabaseError ? error.sqlState : String(error);
  }
}

test('a reference to somebody’s row is refused in the very words of one to nothing', async () => {
  const object = `${bob.id}/x/x.txt`;
  await db.asService(
    'storage',
    sql(`insert into storage.objects (bucket_id, name, owner) values ('documents', '${object}', '${bob.id}')`),
  );
  const insertDocument = (column: string, id: string): string =>
    `insert into documents (user_id, original_name, storage_path, mime_type, file_size, ${column})
     values ('${bob.id}', 'x', '${object}', 'text/plain', 1, '${id}')`;
  const message = (columns: string, values: string): string =>
    `insert into messages (user_id, role, content, ${columns}) values ('${bob.id}', 'user', 'x', ${values})`;
  const cases: Readonly<Record<string, readonly [theirs: string, text: (id: string) => string]>> = {
    'her collection in his conversation': [
      hers.collection,
      (id) =>
        `insert into conversation_collections (conversation_id, collection_id) values ('${his.conversation}', '${id}')`,
    ],
    'his collection in her conversation': [
      hers.conversation,
      (id) =>
        `insert into conversation_collections (conversation_id, collection_id) values ('${id}', '${his.collection}')`,
    ],
    'a document in her conversation': [hers.conversation, (id) => insertDocument('conversation_id', id)],
    'a document in her collection': [hers.collection, (id) => insertDocument('collection_id', id)],
    'a question in her conversation': [hers.conversation, (id) => message('conversation_id', `'${id}'`)],
    'a question under her answer': [
      hers.answer,
      (id) => message('conversation_id, parent_id', `'${his.conversation}', '${id}'`),
    ],
    'a quotation of her question': [
      hers.question,
      (id) => message('conversation_id, reply_to_id', `'${his.conversation}', '${id}'`),
    ],
    'a reaction to her answer': [
      hers.answer,
      (id) => `insert into message_reactions (message_id, user_id, reaction) values ('${id}', '${bob.id}', 'x')`,
    ],
    'feedback on her answer': [
      hers.answer,
      (id) => `insert into message_feedback (message_id, user_id, rating) values ('${id}', '${bob.id}', 'up')`,
    ],
    'typing in her conversation': [
      hers.conversation,
      (id) => `insert into typing_indicators (conversation_id, user_id) values ('${id}', '${bob.id}')`,
    ],
    'himself into her conversation': [
      hers.conversation,
      (id) => `insert into conversation_participants (conversation_id, user_id) values ('${id}', '${bob.id}')`,
    ],
    'her, unasked, into his conversation': [
      ada.id,
      (id) =>
        `insert into conversation_participants (conversation_id, user_id) values ('${his.conversation}', '${id}')`,
    ],
    'his conversation in her tenant': [
      ada.id,
      (id) => `insert into conversations (user_id, organization_id) values ('${bob.id}', '${id}')`,
    ],
    'his key in her tenant': [
      ada.id,
      (id) =>
        `insert into api_keys (user_id, organization_id, name, key_hash, key_prefix) values ('${bob.id}', '${id}', 'x', gen_random_uuid()::text, 'x')`,
    ],
    'a key of hers': [
      ada.id,
      (id) =>
        `insert into api_keys (user_id, name, key_hash, key_prefix) values ('${id}', 'x', gen_random_uuid()::text, 'x')`,
    ],
    'her active branch as his': [
      hers.question,
      (id) =>
        `update conversation_participants set active_message_id = '${id}' where conversation_id = '${his.conversation}'`,
    ],
  };
  for (const [what, [theirs, text]] of Object.entries(cases)) {
    const [real, nothing] = [await told(sql(text(theirs))), await told(sql(text(newId())))];
    assert.match(real, /^(forbidden|not_found)$/, what);
    assert.equal(real, nothing, what);
  }
});

test('the same references to one’s own rows are fine', async () => {
  const collection = sql(
    `insert into conversation_collections (conversation_id, collection_id) values ('${his.conversation}', '${his.collection}')`,
  );
  assert.equal(await told(collection), 'wrote 0');
  const document = sql(
    `insert into documents (user_id, original_name, storage_path, mime_type, file_size, conversation_id)
     values ('${bob.id}', 'x', '${bob.id}/x/x.txt', 'text/plain', 1, '${his.conversation}')`,
  );
  assert.equal(await told(document), 'wrote 0');
});

test('wherever people may write a reference, a policy asks about it', async () => {
  const unasked = await catalog.rows(`
    select conrelid::regclass || '.' || attname
    from pg_constraint k
    cross join lateral unnest(conkey) as key (number)
    join pg_attribute on attrelid = conrelid and attnum = key.number
    where contype = 'f' and conrelid::regclass::text !~ '^(auth|storage|pgboss|loam_partitions)\\.'
      and (has_column_privilege('authenticated', conrelid, attnum, 'insert') or has_column_privilege('authenticated', conrelid, attnum, 'update'))
      and not exists (
        select from pg_policy
        where polrelid = conrelid and 'authenticated'::regrole = any (polroles)
          and pg_get_expr(polwithcheck, polrelid)
            ~ ('\\m' || attname || '\\M' || '|loam\\.is_admin' || case attname when 'organization_id' then '|\\mtenant_id\\M' else '' end)
      )
      -- A key that carries the tenant leads to nobody else's row where a policy asks whose tenant it is.
      and not (
        cardinality(conkey) > 1
        and exists (
          select from pg_attribute as t
          where t.attrelid = conrelid and t.attnum = any (conkey) and t.attname in ('organization_id', 'tenant_id')
        )
        and exists (
          select from pg_policy
          where polrelid = conrelid and pg_get_expr(polwithcheck, polrelid) ~ '\\m(organization_id|tenant_id)\\M'
        )
      )
    order by 1`);
  // The first three are held inside their conversation by a key of two columns. Whom one follows is for the community's
  // pages to decide; until then it tells of an id, which nobody can guess, that it is somebody's.
  assert.deepEqual(unasked.flat(), [
    'conversation_participants.active_message_id',
    'messages.parent_id',
    'messages.reply_to_id',
    // A version of the same prompt, whose own reference carries the tenant.
    'prompt_answers.prompt_id',
    'prompt_answers.version_id',
    'prompt_labels.prompt_id',
    'prompt_labels.version_id',
    'prompt_templates.prompt_id',
    'prompt_templates.version_id',
    'user_follows.following_id',
  ]);
});

test('functions that look past the policies say nothing of somebody else’s things', async () => {
  const answers = (text: string): Promise<string> =>
    db
      .asUser(bob.claims, statement({ name: `security_${serial++}`, text, columns: { said: 'text?' } })())
      .then((rows) => rows.map(({ said }) => said).join(), String);
  for (const name of ['may_read_conversation', 'owns_conversation'])
    assert.equal(await answers(`select loam.${name}('${hers.conversation}')::text as said`), 'false', name);
  assert.equal(await answers(`select loam.may_read_message('${hers.answer}')::text as said`), 'false');
  assert.equal(await answers(`select loam.request_stop('${hers.answer}')::text as said`), 'false');
  assert.equal(await answers(`select loam.latest_leaf('${hers.question}')::text as said`), '');
  assert.equal(await answers(`select id::text as said from loam.message_path('${hers.answer}', 9)`), '');
  const begin = `loam.begin_answer(gen_random_uuid(), '${hers.question}', 'x', 'x', gen_random_uuid())`;
  assert.match(await answers(`select ${begin}::text as said`), /There is nothing here/);
  if (db.installed.vectors)
    assert.equal(await answers(`select id::text as said from search_similar_chunks('[1]', '${ada.id}')`), '');
});

test('people may call these functions and no others', async () => {
  const callable = await catalog.rows(`
    select p.oid::regprocedure::text
    from pg_proc p
    where pronamespace::regnamespace::text in ('public', 'loam') and not exists (select from pg_depend where objid = p.oid and deptype = 'e')
      and (has_function_privilege('authenticated', p.oid, 'execute') or has_function_privilege('anon', p.oid, 'execute'))
    order by p.proname`);
  assert.deepEqual(
    callable
      .flat()
      .map((name) => name?.replace(/\(.*/, '') ?? '')
      .toSorted(),
    [
      // Prompts, usage and search of everything: with the caller's rights, or of what is published or asks for administrators.
      'error_clusters',
      'get_popular_templates',
      'increment_likes_count',
      'increment_uses_count',
      'latency_percentiles',
      'loam.calls_of_everybody',
      'loam.count_use',
      'loam.error_shape',
      'loam.everything_terms',
      'loam.excerpt',
      'loam.find_templates',
      'loam.period_start',
      'loam.question_applies',
      'loam.template_words',
      'loam.visitors_may_read_prompts',
      'price_at',
      'project_month_cost',
      'publish_prompt',
      'questions_to_ask',
      'search_everything',
      'search_templates',
      'unpublish_prompt',
      'usage_against_quotas',
      'usage_by_model',
      'what_if_cost',
      'loam.active_embedding_model',
      'loam.begin_answer',
      'content',
      'embedding',
      'embedding',
      'extracted_text',
      'loam.is_admin',
      'loam.latest_leaf',
      'loam.may_read_conversation',
      'loam.may_read_message',
      'loam.message_path',
      'loam.my_shared_conversation_ids',
      'loam.my_tenant_ids',
      // Triggers of people's own writes call it; no statement of the server does.
      'loam.notify_change',
      'loam.owns_conversation',
      'loam.parseable',
      'loam.question_terms',
      'loam.rank_passages',
      'loam.request_stop',
      'search_chunks',
      'search_similar_chunks',
      'search_similar_messages',
      'loam.searchable',
      // Profiles: empty to everybody but administrators.
      'loam.performance_stats',
      'loam.user_activity_summary',
      // Chat.
      'loam.may_write_conversation',
      'loam.my_shared_message_ids',
      'loam.restore_archived_messages',
      'restore_archived_messages',
      'search_messages',
      // Organizations.
      'accept_invitation',
      'create_organization',
      'invite_member',
      'loam.accept_invitation',
      'loam.create_organization',
      'loam.invite',
      'loam.may_mark_message',
      'loam.may_read_file',
      'loam.my_organization_ids',
      'loam.organization_people',
      'loam.set_member_role',
      'set_member_role',
    ].toSorted(),
  );
});

test('who asks many times at the same moment gets no more answers than one after the other', async () => {
  const native = await openNativeDatabase(18);
  try {
    const user = await createUser(native.db, 'ada@example.com');
    const { question } = await furnish(native.db, user);
    const asked = await Promise.allSettled(
      Array.from({ length: 24 }, () =>
        native.db.asUser(
          user.claims,
          beginAnswer({ answer_id: newId(), parent_id: question, provider: 'x', model: 'x', owner_id: newId() }),
        ),
      ),
    );
    // One runs since furnishing.
    assert.equal(asked.filter(({ status }) => status === 'fulfilled').length, 7);
  } finally {
    await native.close();
  }
});

test('what Supabase grants by default does not reach our tables, and stays as it was for others', async () => {
  const empty = await emptyNative(15);
  const outside = new Client({ connectionString: empty.url });
  await outside.connect();
  const session = await openAdmin(empty.url);
  const defaults = `select defaclnamespace::regnamespace::text, defaclobjtype, defaclacl::text from pg_default_acl order by 1, 2`;
  const may = async (what: string): Promise<unknown> => (await outside.query(`select ${what} as may`)).rows[0].may;
  try {
    await applyRivalled(session.exec, platformFiles());
    for (const kind of ['tables', 'functions', 'sequences'])
      await outside.query(
        `alter default privileges in schema public grant all on ${kind} to anon, authenticated, service_role`,
      );
    const before = (await outside.query(defaults)).rows;
    await install(session, { target: 'supabase', version: 'test' });
    assert.equal(await may(`has_column_privilege('authenticated', 'user_profiles', 'role', 'update')`), false);
    assert.equal(await may(`has_column_privilege('authenticated', 'documents', 'storage_path', 'update')`), false);
    assert.equal(await may(`has_table_privilege('anon', 'user_profiles', 'select')`), false);
    assert.equal(
      await may(`has_function_privilege('anon', 'search_chunks(text, int, uuid[], uuid[], boolean)', 'execute')`),
      false,
    );
    assert.deepEqual((await outside.query(defaults)).rows, before);
  } finally {
    await session.close();
    await outside.end();
    await empty.drop();
  }
});
