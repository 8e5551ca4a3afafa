// Ten thousand messages in a conversation change nothing in the work of asking: the same statements touch the same number
// of pages, by index, at ten messages and at ten thousand. Counted by EXPLAIN on native PostgreSQL, so no clock is asked.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Client } from 'pg';
import { newId } from '../../core/ids.ts';
import type { BoundQuery } from '../../core/statement.ts';
import { type NativeDatabase, openNativeDatabase } from '../testing/database.ts';
import { createUser, type TestUser } from '../testing/users.ts';
import * as sql from './queries.ts';

let native: NativeDatabase;
let outside: Client;
let ada: TestUser;

before(async () => {
  native = await openNativeDatabase();
  outside = new Client({ connectionString: native.adminUrl });
  await outside.connect();
  await createUser(native.db, 'admin@example.com');
  ada = await createUser(native.db, 'ada@example.com');
});
after(async () => {
  await outside.end();
  await native.close();
});

/** A conversation of one long branch, each message under the one before. Returns its id and its last message's. */
async function grow(messages: number): Promise<{ id: string; leaf: string }> {
  const id = newId();
  await outside.query('insert into conversations (id, user_id, title) values ($1, $2, $3)', [id, ada.id, 'Long']);
  // Ten thousand counts of one row in one transaction would be its own story: triggers are for messages that are said.
  await outside.query('set session_replication_role = replica');
  await outside.query(
    `with numbered as (select n, gen_random_uuid() as id from generate_series(1, $2::int) as n)
     insert into messages (id, conversation_id, user_id, owner_id, parent_id, role, content, created_at)
     select id, $1, $3, $3, lag(id) over (order by n), case when n % 2 = 1 then 'user' else 'assistant' end, 'Message ' || n, now() + n * interval '1 ms'
     from numbered order by n`,
    [id, messages, ada.id],
  );
  await outside.query('set session_replication_role = origin');
  const { rows } = await outside.query(
    'select id from messages where conversation_id = $1 order by created_at desc, seq desc limit 1',
    [id],
  );
  await outside.query('update conversation_participants set active_message_id = $2 where conversation_id = $1', [
    id,
    rows[0].id,
  ]);
  return { id, leaf: rows[0].id };
}

interface Plan {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string;
  readonly Plans?: readonly Plan[];
}
const scans = (plan: Plan): string[] => [
  ...(plan['Node Type'] === 'Seq Scan' ? [plan['Relation Name'] ?? ''] : []),
  ...(plan.Plans ?? []).flatMap(scans),
];

/** Pages touched by a statement as the user would run it, and tables read from end to end. */
async function work(query: BoundQuery): Promise<{ pages: number; scans: string[] }> {
  await outside.query('begin');
  try {
    await outside.query(
      `select set_config('role', 'authenticated', true), set_config('request.jwt.claims', $1, true)`,
      [JSON.stringify(ada.claims)],
    );
    const { rows } = await outside.query(`explain (analyze, buffers, format json) ${query.statement.text}`, [
      ...query.values,
    ]);
    const [{ Plan: plan }] = rows[0]['QUERY PLAN'];
    return { pages: plan['Shared Hit Blocks'] + plan['Shared Read Blocks'], scans: scans(plan) };
  } finally {
    await outside.query('rollback');
  }
}

test('asking and opening touch as much at ten messages as at ten thousand', async () => {
  const short = await grow(60);
  const long = await grow(10_000);
  await outside.query('analyze');
  for (const [name, query] of Object.entries({
    'read the conversation': ({ id }: { id: string }) => sql.getConversation({ id }),
    'put the question': ({ id }: { id: string }) =>
      sql.insertQuestion({
        id: newId(),
        conversation_id: id,
        parent_id: null,
        after_active: true,
        content: 'Next?',
        attachments: [],
      }),
    'tell the model': ({ leaf }: { leaf: string }) => sql.listContext({ leaf_id: leaf, limit: 40 }),
    'open the newest page': ({ id }: { id: string }) =>
      sql.listMessages({ conversation_id: id, leaf_id: null, limit: 51 }),
  })) {
    const [few, many] = [await work(query(short)), await work(query(long))];
    assert.ok(!many.scans.includes('messages'), `${name} reads all messages`);
    assert.ok(
      many.pages <= few.pages * 1.5 + 20,
      `${name}: ${few.pages} pages at 60 messages, ${many.pages} at 10,000`,
    );
  }
});
