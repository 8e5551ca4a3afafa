// Two organizations with rows that look alike, and somebody of each role: what nobody of one learns of the other, what each
// role may not do, invitations, owners, and what leaving takes away. Refusals first.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Client } from 'pg';
import { openAddress, openScratch } from '../../schema/open-session.ts';
import { choosePatterns, patternFiles } from '../../schema/patterns.ts';
import type { Session } from '../../schema/session.ts';
import { nativeTemplate } from '../../server/testing/native.ts';
import { type Actor, actAs } from './act-as.ts';

const id = (n: number): string => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;
const people = { olga: 1, adam: 2, mia: 3, vera: 4, boris: 5, nobody: 6, zoe: 7 } as const;
type Name = keyof typeof people;

let session: Session;
let org: Record<'A' | 'B', string>;
const as = (name: Name): Actor => actAs(session, id(people[name]));
const one = async (text: string): Promise<string> => (await session.rows(text))[0]?.[0] ?? '';

async function makePeople(on: Session): Promise<void> {
  for (const [name, n] of Object.entries(people))
    await on.exec(
      `insert into auth.users (id, email, email_confirmed_at) values ('${id(n)}', '${name}@example.com', now())`,
    );
}

/** By invitation, as people do it. */
async function join(inviter: Name, to: string, name: Name, role: string): Promise<void> {
  const token = await as(inviter).writes(`select invite_member('${to}', '${name}@Example.com', '${role}')`);
  assert.equal(await as(name).writes(`select accept_invitation('${token}')`), to);
}

/** A conversation with a question, a shelf with a document and its passage, a template: the same words for everybody. */
async function furnish(name: Name, organization: string | null, base: number): Promise<void> {
  const user = id(people[name]);
  const owner = organization === null ? 'null' : `'${organization}'`;
  const path = `${user}/${base}/plan.txt`;
  await session.exec(`insert into storage.objects (bucket_id, name, owner) values ('documents', '${path}', '${user}')`);
  for (const text of [
    `insert into conversations (id, user_id, organization_id, title) values ('${id(base)}', '${user}', ${owner}, 'Plans')`,
    `insert into messages (id, conversation_id, user_id, role, content) values ('${id(base)}', '${id(base)}', '${user}', 'user', 'Which plan?')`,
    `insert into document_collections (id, user_id, organization_id, name) values ('${id(base)}', '${user}', ${owner}, 'Shelf')`,
    `insert into documents (id, user_id, organization_id, collection_id, original_name, storage_path, mime_type, file_size)
     values ('${id(base)}', '${user}', ${owner}, '${id(base)}', 'plan.txt', '${path}', 'text/plain', 9)`,
    `insert into system_prompt_templates (id, user_id, organization_id, name, content) values ('${id(base)}', '${user}', ${owner}, 'Tone', 'Brief.')`,
  ])
    assert.equal(await as(name).writes(text), 1, text);
  await session.exec(`
    insert into document_pages (document_id, page_index, user_id, organization_id, content) values ('${id(base)}', 0, '${user}', ${owner}, 'The plan');
    insert into document_chunks (id, document_id, user_id, organization_id, chunk_index, page_index, start_offset, end_offset, content)
    values ('${id(base)}', '${id(base)}', '${user}', ${owner}, 0, 0, 0, 8, 'The plan');
    update documents set processing_status = 'completed', chunk_count = 1 where id = '${id(base)}'`);
}

const shared = ['conversations', 'messages', 'document_collections', 'documents', 'document_chunks'] as const;
const all = [...shared, 'document_pages', 'chunk_terms', 'term_statistics', 'system_prompt_templates'] as const;

before(async () => {
  session = await openScratch();
  await session.exec('create extension if not exists vector with schema extensions');
  for (const { text } of patternFiles(choosePatterns(['complete']), { vectors: true })) await session.exec(text);
  await makePeople(session);
  const make = async (name: Name): Promise<string> =>
    String(await as(name).writes(`select (create_organization('Acme')).id`));
  org = { A: await make('olga'), B: await make('boris') };
  await join('olga', org.A, 'adam', 'admin');
  await join('adam', org.A, 'mia', 'member');
  await join('adam', org.A, 'vera', 'viewer');
  await furnish('mia', org.A, 100);
  await furnish('boris', org.B, 200);
  await furnish('mia', null, 300);
});
after(() => session.close());

describe('between organizations', () => {
  test('nobody of one reads a row of the other, nor of somebody’s own', async () => {
    for (const name of ['olga', 'adam', 'mia', 'vera', 'nobody'] as const)
      for (const table of all) {
        const seen = await as(name).reads(`select distinct tenant_id from ${table}`);
        const allowed = name === 'nobody' ? [] : [org.A, ...(name === 'mia' ? [id(people.mia)] : [])];
        assert.deepEqual(seen.toSorted(), allowed.toSorted(), `${name} in ${table}`);
      }
    for (const table of ['organizations', 'organization_members', 'invitations', 'teams', 'organization_people'])
      assert.deepEqual(
        await as('nobody').reads(`select * from ${table === 'invitations' ? '(select id from invitations) i' : table}`),
        [],
      );
    assert.deepEqual(await as('boris').reads('select user_id from organization_people'), [id(people.boris)]);
  });

  test('nor writes there, in any of its forms', async () => {
    const boris = as('boris');
    const self = id(people.boris);
    const refused: readonly string[] = [
      `insert into conversations (user_id, organization_id) values ('${self}', '${org.A}')`,
      `insert into document_collections (user_id, organization_id, name) values ('${self}', '${org.A}', 'x')`,
      `insert into system_prompt_templates (user_id, organization_id, name, content) values ('${self}', '${org.A}', 'x', 'x')`,
      `insert into api_keys (user_id, organization_id, name, key_hash, key_prefix) values ('${self}', '${org.A}', 'x', 'x', 'x')`,
      `insert into messages (conversation_id, user_id, role, content) values ('${id(100)}', '${self}', 'user', 'x')`,
      `insert into teams (organization_id, name) values ('${org.A}', 'x')`,
      `insert into organization_members (organization_id, user_id, role) values ('${org.A}', '${self}', 'owner')`,
      `update organization_members set role = 'owner' where user_id = '${self}'`,
      `select set_member_role('${org.A}', '${id(people.mia)}', 'viewer')`,
      `select invite_member('${org.A}', 'boris@example.com', 'admin')`,
    ];
    for (const text of refused) assert.equal(await boris.writes(text), '42501', text);
    const untouched = [
      `update conversations set title = 'x' where id = '${id(100)}'`,
      `delete from conversations where id = '${id(100)}'`,
      `update documents set original_name = 'x' where id = '${id(100)}'`,
      `update organizations set name = 'x' where id = '${org.A}'`,
      `delete from organizations where id = '${org.A}'`,
      `delete from organization_members where organization_id = '${org.A}'`,
    ];
    for (const text of untouched) assert.equal(await boris.writes(text), 0, text);
  });

  test('a document is not filed across the border, by nobody at all', async () => {
    const mine = `${id(people.boris)}/200/plan.txt`;
    const filed = (collection: string): string =>
      `insert into documents (user_id, organization_id, collection_id, original_name, storage_path, mime_type, file_size)
       values ('${id(people.boris)}', '${org.B}', '${collection}', 'x', '${mine}', 'text/plain', 1)`;
    assert.equal(await as('boris').writes(filed(id(100))), '42501');
    for (const text of [
      filed(id(100)),
      `insert into document_pages (document_id, page_index, user_id, organization_id, content) values ('${id(100)}', 1, '${id(5)}', '${org.B}', 'x')`,
      `insert into document_pages (document_id, page_index, user_id, content) values ('${id(100)}', 1, '${id(people.mia)}', 'x')`,
      `insert into team_members (organization_id, team_id, user_id) select '${org.A}', gen_random_uuid(), '${id(people.boris)}'`,
      `insert into api_keys (user_id, organization_id, name, key_hash, key_prefix) values ('${id(people.boris)}', '${org.A}', 'x', 'y', 'x')`,
    ])
      await assert.rejects(session.exec(text), /foreign key/, text);
  });

  test('search finds what is one’s own and one’s organizations’, and nothing else', async () => {
    const found = (name: Name): Promise<readonly string[]> =>
      as(name).reads(`select document_id from search_chunks('plan') order by 1`);
    assert.deepEqual(await found('nobody'), []);
    assert.deepEqual(await found('boris'), [id(200)]);
    assert.deepEqual(await found('vera'), [id(100)]);
    assert.deepEqual(await found('mia'), [id(100), id(300)]);
    assert.deepEqual(await as('mia').reads(`select id from search_messages('plan') order by 1`), [id(100), id(300)]);
    assert.deepEqual(await as('nobody').reads(`select id from search_messages('plan')`), []);
  });
});

describe('roles', () => {
  test('a viewer reads and writes nothing', async () => {
    const vera = as('vera');
    const self = id(people.vera);
    const path = `${self}/1/x.txt`;
    await session.exec(
      `insert into storage.objects (bucket_id, name, owner) values ('documents', '${path}', '${self}')`,
    );
    for (const text of [
      `insert into conversations (user_id, organization_id) values ('${self}', '${org.A}')`,
      `insert into document_collections (user_id, organization_id, name) values ('${self}', '${org.A}', 'x')`,
      `insert into documents (user_id, organization_id, original_name, storage_path, mime_type, file_size) values ('${self}', '${org.A}', 'x', '${path}', 'text/plain', 1)`,
      `insert into messages (conversation_id, user_id, role, content) values ('${id(100)}', '${self}', 'user', 'x')`,
      `insert into message_reactions (message_id, user_id, reaction) values ('${id(100)}', '${self}', '+')`,
      `insert into message_feedback (message_id, user_id, rating) values ('${id(100)}', '${self}', 'up')`,
      `insert into conversation_collections (conversation_id, collection_id) values ('${id(100)}', '${id(100)}')`,
      `insert into teams (organization_id, name) values ('${org.A}', 'x')`,
      `insert into api_keys (user_id, organization_id, name, key_hash, key_prefix) values ('${self}', '${org.A}', 'x', 'z', 'x')`,
      `select invite_member('${org.A}', 'zoe@example.com')`,
      `select set_member_role('${org.A}', '${self}', 'owner')`,
    ])
      assert.equal(await vera.writes(text), '42501', text);
    for (const table of ['conversations', 'documents', 'document_collections', 'system_prompt_templates']) {
      const column = { conversations: 'title', documents: 'original_name' }[table] ?? 'name';
      assert.equal(
        await vera.writes(`update ${table} set ${column} = 'x' where organization_id = '${org.A}'`),
        0,
        table,
      );
    }
    assert.deepEqual(await vera.reads(`select content from messages`), ['Which plan?']);
  });

  test('a member writes what is his own and changes nobody else’s; administrators change what is shared', async () => {
    assert.equal(await as('mia').writes(`update documents set original_name = 'plan2.txt' where id = '${id(100)}'`), 1);
    assert.equal(await as('adam').writes(`update documents set original_name = 'plan.txt' where id = '${id(100)}'`), 1);
    assert.equal(await as('adam').writes(`update conversations set title = 'x' where id = '${id(100)}'`), 0);
    assert.equal(
      await as('olga').writes(
        `insert into message_reactions (message_id, user_id, reaction) values ('${id(100)}', '${id(1)}', '+')`,
      ),
      1,
    );
    assert.equal(await as('mia').writes(`select invite_member('${org.A}', 'zoe@example.com')`), '42501');
    assert.equal(await as('mia').writes(`delete from organization_members where user_id <> '${id(people.mia)}'`), 0);
  });

  test('an administrator makes no owner, not even of himself, and touches none', async () => {
    const adam = as('adam');
    assert.equal(await adam.writes(`select set_member_role('${org.A}', '${id(people.adam)}', 'owner')`), '42501');
    assert.equal(await adam.writes(`select set_member_role('${org.A}', '${id(people.olga)}', 'viewer')`), '42501');
    assert.equal(await adam.writes(`select invite_member('${org.A}', 'zoe@example.com', 'owner')`), '23514');
    assert.equal(await adam.writes(`delete from organization_members where user_id = '${id(people.olga)}'`), 0);
    assert.equal(await adam.writes(`update organizations set name = 'x'`), 0);
    assert.equal(await adam.writes(`delete from organizations`), 0);
    assert.equal(await adam.writes(`select set_member_role('${org.A}', '${id(people.vera)}', 'member')`), '');
    assert.equal(await adam.writes(`select set_member_role('${org.A}', '${id(people.vera)}', 'viewer')`), '');
    assert.equal(await adam.writes(`select set_member_role('${org.A}', '${id(people.zoe)}', 'viewer')`), 'P0002');
  });

  test('what confers power has no right to be written', async () => {
    for (const [table, column] of [
      ['organization_members', 'role'],
      ['organization_members', 'user_id'],
      ['invitations', 'expires_at'],
      ['invitations', 'role'],
      ['invitations', 'email'],
      ['organizations', 'created_by'],
      ['teams', 'organization_id'],
      ['conversations', 'organization_id'],
      ['messages', 'owner_id'],
    ])
      assert.equal(
        await one(`select has_column_privilege('authenticated', '${table}', '${column}', 'update')`),
        'f',
        `${table}.${column}`,
      );
    assert.equal(await one(`select has_column_privilege('authenticated', 'invitations', 'token_hash', 'select')`), 'f');
    assert.equal(await one(`select has_table_privilege('authenticated', 'organization_members', 'insert')`), 'f');
  });

  test('visitors call none of it', async () => {
    const callable = await session.rows(`
      select oid::regprocedure from pg_proc
      where pronamespace::regnamespace::text in ('loam', 'public') and has_function_privilege('anon', oid, 'execute')
        and proname ~ 'organization|tenant|member|invit|conversation|message|stats|summary|archive|orphan|sample'`);
    assert.deepEqual(callable, []);
    const visitor = actAs(session, null);
    assert.equal(await visitor.writes('select loam.my_organization_ids()'), '42501');
    assert.equal(await visitor.writes(`select create_organization('x')`), '42501');
  });
});

describe('invitations', () => {
  const invited = async (role = 'member'): Promise<string> =>
    String(await as('adam').writes(`select invite_member('${org.A}', 'zoe@example.com', '${role}')`));
  const accepts = (name: Name, token: string): Promise<number | string> =>
    as(name).writes(`select accept_invitation('${token}')`);

  test('unknown, revoked, expired, for another address, unconfirmed: refused', async () => {
    assert.equal(await accepts('zoe', 'x'), 'P0002');
    const expired = await invited();
    await session.exec(`update invitations set expires_at = now() - interval '1 second' where accepted_at is null`);
    assert.equal(await accepts('zoe', expired), '55000');
    const superseded = await invited();
    const token = await invited();
    assert.equal(await accepts('zoe', superseded), 'P0002');
    assert.equal(await accepts('nobody', token), '42501');
    await session.exec(`update auth.users set email_confirmed_at = null where id = '${id(people.zoe)}'`);
    assert.equal(await accepts('zoe', token), '42501');
    await session.exec(`update auth.users set email_confirmed_at = now() where id = '${id(people.zoe)}'`);
    assert.equal(
      await as('adam').writes(
        `update invitations set revoked_at = now() where accepted_at is null and revoked_at is null`,
      ),
      1,
    );
    assert.equal(await accepts('zoe', token), 'P0002');
    assert.equal(
      await as('adam').writes(`select invite_member('${org.A}', 'zoe@example.com', 'member', null, '1 year')`),
      '22023',
    );
    assert.deepEqual(await as('zoe').reads('select id from organizations'), []);
  });

  test('the token is nowhere, its hash for nobody to read', async () => {
    const token = await invited();
    assert.equal(await one(`select count(*) from invitations i where to_jsonb(i)::text like '%${token}%'`), '0');
    assert.equal(await as('adam').writes('select token_hash from invitations'), '42501');
    assert.equal((await as('mia').reads('select id from invitations')).length, 0);
  });

  test('used once, it makes a member of the role it names; used twice, it does not', async () => {
    const token = await invited('viewer');
    assert.equal(await accepts('zoe', token), org.A);
    assert.equal(await accepts('zoe', token), '55000');
    assert.equal(await one(`select role from organization_members where user_id = '${id(people.zoe)}'`), 'viewer');
    // Who is there already is not raised by a second invitation.
    assert.equal(await accepts('zoe', await invited('admin')), org.A);
    assert.equal(await one(`select role from organization_members where user_id = '${id(people.zoe)}'`), 'viewer');
    assert.equal(await as('zoe').writes(`delete from organization_members where user_id = '${id(people.zoe)}'`), 1);
  });
});

describe('owners, leaving, and what is noted', () => {
  test('the last owner neither leaves nor steps down', async () => {
    const olga = as('olga');
    assert.equal(await olga.writes(`delete from organization_members where user_id = '${id(1)}'`), '55000');
    assert.equal(await olga.writes(`select set_member_role('${org.A}', '${id(1)}', 'admin')`), '55000');
    assert.equal(await olga.writes(`select set_member_role('${org.A}', '${id(people.adam)}', 'owner')`), '');
    assert.equal(await olga.writes(`select set_member_role('${org.A}', '${id(1)}', 'member')`), '');
    assert.equal(await as('adam').writes(`select set_member_role('${org.A}', '${id(1)}', 'owner')`), '');
    assert.equal(await olga.writes(`select set_member_role('${org.A}', '${id(people.adam)}', 'admin')`), '');
  });

  test('members see the teams, and nobody is in a team of an organization that he left', async () => {
    assert.equal(
      await as('adam').writes(`insert into teams (organization_id, name) values ('${org.A}', 'Kitchen')`),
      1,
    );
    const put = (user: string): string =>
      `insert into team_members (organization_id, team_id, user_id) select organization_id, id, '${user}' from teams`;
    assert.equal(await as('adam').writes(put(id(people.mia))), 1);
    assert.equal(await as('adam').writes(put(id(people.nobody))), '23503');
    assert.deepEqual(await as('vera').reads('select user_id from team_members'), [id(people.mia)]);
  });

  test('keys of an organization are made by who manages it, and go with the membership', async () => {
    const key = (name: Name, hash: string): string =>
      `insert into api_keys (user_id, organization_id, name, key_hash, key_prefix) values ('${id(people[name])}', '${org.A}', 'ci', '${hash}', 'lk')`;
    assert.equal(await as('mia').writes(key('mia', 'h1')), '42501');
    assert.equal(await as('adam').writes(key('adam', 'h2')), 1);
    assert.deepEqual(await as('olga').reads('select name from api_keys'), ['ci']);
    assert.deepEqual(await as('mia').reads('select name from api_keys'), []);
    assert.equal(await as('olga').writes(`delete from organization_members where user_id = '${id(people.adam)}'`), 1);
    assert.equal(await one('select count(*) from api_keys'), '0');
    await join('olga', org.A, 'adam', 'admin');
  });

  test('who leaves sees none of what he made there, and keeps what is his own', async () => {
    assert.deepEqual(await as('mia').reads('select id from conversations order by id'), [id(100), id(300)]);
    assert.equal(await as('mia').writes(`delete from organization_members where user_id = '${id(people.mia)}'`), 1);
    for (const table of shared) assert.deepEqual(await as('mia').reads(`select id from ${table}`), [id(300)], table);
    assert.equal(await as('mia').writes(`update conversations set title = 'x' where id = '${id(100)}'`), 0);
    assert.equal(
      await as('mia').writes(
        `insert into messages (conversation_id, user_id, role, content) values ('${id(100)}', '${id(people.mia)}', 'user', 'x')`,
      ),
      '42501',
    );
    assert.equal(await one('select count(*) from team_members'), '0');
    assert.deepEqual(await as('vera').reads('select id from conversations'), [id(100)]);
  });

  test('administrators read what was done, members do not', async () => {
    const actions = await as('adam').reads('select distinct action from audit_logs order by 1');
    for (const action of [
      'invitation.accepted',
      'invitation.created',
      'invitation.revoked',
      'member.added',
      'member.changed',
      'member.removed',
      'organization.created',
      'team.created',
      'team_member.added',
      'team_member.removed',
    ])
      assert.ok(actions.includes(action), `${action} of ${actions.join()}`);
    const changed = await as('adam').reads(
      `select user_id, resource_id, metadata ->> 'role_before', metadata ->> 'role' from audit_logs where action = 'member.changed' order by created_at limit 1`,
    );
    assert.deepEqual(changed, [`${id(people.adam)},${id(people.vera)},viewer,member`]);
    assert.deepEqual(
      await as('vera').reads(
        `select action from audit_logs where action like 'member.%' and user_id <> '${id(people.vera)}'`,
      ),
      [],
    );
  });

  test('when an account goes, its organization passes on, and with the last member it goes too', async () => {
    await session.exec(`delete from auth.users where id = '${id(people.olga)}'`);
    assert.equal(await one(`select role from organization_members where user_id = '${id(people.adam)}'`), 'owner');
    await session.exec(`delete from auth.users where id = '${id(people.boris)}'`);
    assert.equal(await one(`select count(*) from organizations where id = '${org.B}'`), '0');
    assert.equal(await one(`select count(*) from conversations where id = '${id(200)}'`), '0');
  });
});

test('two owners who leave at the same moment do not both', async () => {
  const cloned = await nativeTemplate(18);
  const admin = await openAddress(cloned.adminUrl);
  const clients = [
    new Client({ connectionString: cloned.adminUrl }),
    new Client({ connectionString: cloned.adminUrl }),
  ];
  try {
    await makePeople(admin);
    await admin.exec(`
      insert into organizations (id, name) values ('${id(900)}', 'Two');
      insert into organization_members (organization_id, user_id, role) values ('${id(900)}', '${id(1)}', 'owner'), ('${id(900)}', '${id(2)}', 'owner')`);
    const [first, second] = clients;
    assert.ok(first !== undefined && second !== undefined);
    for (const client of clients) await client.connect();
    await first.query('begin');
    await first.query(`delete from organization_members where user_id = '${id(1)}'`);
    const waiting = second.query(`delete from organization_members where user_id = '${id(2)}'`).then(
      () => 'left',
      (error: Error) => error.message,
    );
    await first.query('commit');
    assert.equal(await waiting, 'an organization keeps at least one owner');
  } finally {
    for (const client of clients) await client.end();
    await admin.close();
    await cloned.drop();
  }
});

test('without organizations everybody is his own tenant, and nothing can be put into one', async () => {
  const alone = await openScratch();
  try {
    await alone.exec('create extension if not exists vector with schema extensions');
    const patterns = choosePatterns(['complete'], false);
    assert.ok(!patterns.some(({ name }) => name === 'multi-tenant'));
    for (const { text } of patternFiles(patterns, { vectors: true })) await alone.exec(text);
    await makePeople(alone);
    const mia = actAs(alone, id(people.mia));
    assert.equal((await alone.rows(`select to_regclass('public.organizations')`))[0]?.[0], null);
    assert.equal(
      await mia.writes(`insert into conversations (user_id, organization_id) values ('${id(3)}', '${id(900)}')`),
      '42501',
    );
    assert.equal(await mia.writes(`insert into conversations (id, user_id) values ('${id(1)}', '${id(3)}')`), 1);
    assert.equal(
      await mia.writes(
        `insert into messages (conversation_id, user_id, role, content) values ('${id(1)}', '${id(3)}', 'user', 'Which plan?')`,
      ),
      1,
    );
    assert.deepEqual(await mia.reads('select loam.my_tenant_ids()'), [id(3)]);
    assert.deepEqual(await mia.reads(`select content from search_messages('plan')`), ['Which plan?']);
    assert.deepEqual(await actAs(alone, id(4)).reads('select id from messages'), []);
  } finally {
    await alone.close();
  }
});
