// One search over messages, prompts and passages: nobody finds another's, nothing in the trash, and counts that stay exact.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { openSpeaker, type Speaker } from './speak-as.ts';

const anna = 'aaaaaaaa-0000-4000-8000-000000000001';
const berta = 'bbbbbbbb-0000-4000-8000-000000000002';
const denied = '42501';

let db: Speaker;
before(async () => {
  db = await openSpeaker();
  for (const [id, name] of [
    [anna, 'anna'],
    [berta, 'berta'],
  ] as const) {
    await db.addPerson(id, `${name}@example.com`);
    // Look-alikes: the same words, different ids, and one word that only this person has.
    await db.as(
      id,
      `insert into conversations (user_id, title) values ('${id}', 'Heating');
       insert into messages (conversation_id, user_id, role, content)
       select id, user_id, 'user', content from conversations, unnest(array['How hot does the boiler of ${name} run?', 'What is for dinner?']) as content;
       insert into prompts (title, goal, template) values ('Boiler notes', 'Summarise notes on a boiler', 'For ${name}: {{notes}}'), ('Poem', 'A poem', '');`,
    );
    await db.as(
      'owner',
      `insert into documents (id, user_id, original_name, storage_path, mime_type, file_size, processing_status, chunk_count)
       values ('${id}', '${id}', 'boiler-manual.pdf', '${id}/x/boiler-manual.pdf', 'application/pdf', 1, 'completed', 1);
       insert into document_chunks (document_id, user_id, chunk_index, page_index, start_offset, end_offset, content)
       values ('${id}', '${id}', 0, 0, 0, 60, 'The boiler runs at 70 degrees, says the manual of ${name}.')`,
    );
  }
});
after(() => db.close());

const found = (who: string, question: string, more = ''): Promise<readonly unknown[]> =>
  db.as(who, `select kind, title from search_everything('${question}'${more})`);
/** Counts as they are kept, and as they would be counted now. */
const statistics = (): Promise<readonly unknown[]> =>
  Promise.all(
    [
      'select coalesce(jsonb_agg(s order by tenant_id, lexeme), $$[]$$) from (select tenant_id, lexeme, entry_count::int from search_term_statistics) s',
      'select coalesce(jsonb_agg(s order by tenant_id, lexeme), $$[]$$) from (select tenant_id, lexeme, count(*)::int as entry_count from search_terms group by 1, 2) s',
      'select jsonb_agg(s order by tenant_id, language) from (select tenant_id, language, entry_count::int, term_count::int from search_statistics) s',
      `select jsonb_agg(s order by tenant_id, language) from (
         select e.tenant_id, e.language, count(distinct e.id)::int as entry_count, sum(t.frequency)::int as term_count
         from search_entries e left join search_terms t on t.entry_id = e.id group by 1, 2
       ) s`,
    ].map((text) => db.as('owner', text).then(([row]) => JSON.stringify(Object.values(row ?? {})[0]))),
  );
async function assertExact(): Promise<void> {
  const [kept, counted, totals, recounted] = await statistics();
  assert.equal(kept, counted);
  assert.equal(totals, recounted);
}

test('nobody writes the index, and nobody finds another’s words in it', async () => {
  for (const table of ['search_entries', 'search_terms', 'search_term_statistics', 'search_statistics']) {
    assert.equal(await db.attempt(anna, `delete from ${table}`), denied, table);
    assert.equal(await db.ask(anna, `select count(*) from ${table} where tenant_id = '${berta}'`), '0', table);
    assert.notEqual(await db.ask(anna, `select count(*) from ${table}`), '0', table);
    assert.equal(await db.attempt('anon', `select * from ${table}`), denied, table);
  }
  assert.deepEqual(await found(anna, 'berta'), []);
  assert.equal(await db.attempt('anon', `select * from search_everything('boiler')`), denied);
});

test('one list of all three kinds, best first, each read from its own table', async () => {
  const rows = await db.as(
    anna,
    `select kind, id, parent_id, title, content, score from search_everything('Which boiler has anna?')`,
  );
  assert.deepEqual(rows.map(({ kind }) => String(kind)).toSorted(), ['message', 'passage', 'prompt']);
  for (const row of rows) assert.match(String(row['content']), /anna/);
  const scores = rows.map(({ score }) => Number(score));
  assert.deepEqual(
    scores,
    scores.toSorted((a, b) => b - a),
  );
  assert.equal(rows.find(({ kind }) => kind === 'passage')?.['parent_id'], anna);
  assert.deepEqual(await found(anna, 'anna', `, 20, '{prompt}'`), [{ kind: 'prompt', title: 'Boiler notes' }]);
  assert.equal((await found(anna, 'boiler', ', 1')).length, 1);
  assert.deepEqual(await found(anna, 'din'), []);
  assert.deepEqual(await found(anna, 'din', ', 20, null, true'), [{ kind: 'message', title: 'Heating' }]);
  assert.deepEqual(await found(anna, `''; & | ! :* <->`), []);
});

test('an answer is found once it is finished, a changed prompt by its new words only', async () => {
  await db.as(
    'owner',
    `insert into messages (conversation_id, user_id, role, status) select id, user_id, 'assistant', 'pending' from conversations where user_id = '${anna}'`,
  );
  await db.as('owner', `update messages set content = 'Zebra', status = 'streaming' where status = 'pending'`);
  assert.deepEqual(await found(anna, 'zebra'), []);
  await db.as(
    'loam_answer',
    `update messages set content = 'Zebra stripes', status = 'completed' where status = 'streaming'`,
  );
  assert.deepEqual(await found(anna, 'zebra'), [{ kind: 'message', title: 'Heating' }]);
  await db.as(anna, `update prompts set title = 'Sonnet', goal = 'A sonnet' where title = 'Poem'`);
  assert.deepEqual(await found(anna, 'poem'), []);
  assert.deepEqual(await found(anna, 'sonnets'), [{ kind: 'prompt', title: 'Sonnet' }]);
  await assertExact();
});

test('what lies in the trash is not found, and is again when it is taken out', async () => {
  await db.as(anna, `update conversations set deleted_at = now()`);
  await db.as(anna, `update prompts set deleted_at = now() where title = 'Sonnet'`);
  assert.deepEqual(await found(anna, 'zebra sonnet'), []);
  await db.as(anna, `update conversations set deleted_at = null`);
  await db.as(anna, `update prompts set deleted_at = null where title = 'Sonnet'`);
  assert.equal((await found(anna, 'zebra sonnet')).length, 2);
  await assertExact();
});

test('scripts without spaces, and text of nothing but spaces', async () => {
  await db.as(
    anna,
    `insert into messages (conversation_id, user_id, role, content) select id, user_id, 'user', content from conversations, unnest(array['锅炉的温度是多少', '   ', '…']) as content`,
  );
  assert.deepEqual(await found(anna, '温度'), [{ kind: 'message', title: 'Heating' }]);
  await assertExact();
});

test('many at once, some taken back, constraints made immediate: each is found once, and counts stay exact', async () => {
  const write = (from: number, to: number): string =>
    `insert into messages (conversation_id, user_id, role, content)
     select c.id, c.user_id, 'user', 'okapi number ' || n from conversations as c, generate_series(${from}, ${to}) as n where c.user_id = '${anna}'`;
  await db.as(
    'owner',
    `${write(1, 750)};
     savepoint before; ${write(1000, 1030)}; rollback to savepoint before;
     update messages set deleted_at = now() where content = 'okapi number 7';
     set constraints all immediate;
     ${write(751, 760)}; set constraints all deferred; ${write(761, 762)}`,
  );
  assert.equal(
    await db.ask('owner', `select count(*) from search_terms where lexeme = 'okapi' and tenant_id = '${anna}'`),
    '761',
  );
  await assertExact();
  await db.as('owner', `update messages set deleted_at = now() where content like 'okapi%'`);
  assert.deepEqual(await found(anna, 'okapi'), []);
  await assertExact();
});

test('whoever names rows to be indexed changes nothing: another’s stay as they are, nonsense fails his own transaction', async () => {
  const before = await db.as('owner', `select id, tenant_id from search_entries order by id`);
  const hers = await db.ask('owner', `select id from messages where user_id = '${berta}' limit 1`);
  const write = `insert into messages (conversation_id, user_id, role, content) select id, user_id, 'user', 'x' from conversations where user_id = '${anna}' limit 1`;
  await db.as(anna, `set local loam.unindexed = ',${hers}'; ${write}`);
  assert.equal(await db.attempt(anna, `set local loam.unindexed = ',nonsense'; ${write}`), '22P02');
  await db.as('owner', `delete from messages where content = 'x'`);
  assert.deepEqual(await db.as('owner', `select id, tenant_id from search_entries order by id`), before);
  await assertExact();
});

test('what is removed leaves no word behind', async () => {
  await db.as(anna, `delete from conversations where user_id = '${anna}'`);
  assert.deepEqual(await found(anna, 'zebra'), []);
  assert.equal(await db.ask('owner', `select count(*) from search_term_statistics where lexeme = 'zebra'`), '0');
  await assertExact();
  await db.as('owner', `delete from auth.users where id = '${anna}'`);
  for (const table of ['search_entries', 'search_terms', 'search_term_statistics', 'search_statistics'])
    assert.equal(await db.ask('owner', `select count(*) from ${table} where tenant_id = '${anna}'`), '0', table);
  await assertExact();
  assert.equal((await found(berta, 'boiler')).length, 3);
});

// The table of pictures is small: it shares this database.
test('pictures are written by the service that asked for them, seen and binned by their owner', async () => {
  const picture = (user: string): string =>
    `insert into generated_images (user_id, prompt, provider, model, storage_path, width, height, format, generation_time_ms, cost_usd)
     values ('${user}', 'a boiler', 'p', 'm', '${user}/1.png', 1024, 768, 'png', 2100, 0.04)`;
  const cora = 'cccccccc-0000-4000-8000-000000000003';
  await db.addPerson(cora, 'cora@example.com');
  assert.equal(await db.attempt(berta, picture(berta)), denied);
  for (const user of [berta, cora]) assert.equal(await db.attempt('loam_answer', picture(user)), '1');
  assert.deepEqual(await db.as(berta, 'select user_id, dimensions, format from generated_images'), [
    { user_id: berta, dimensions: '1024x768', format: 'png' },
  ]);
  assert.equal(await db.attempt(berta, 'update generated_images set cost_usd = 0'), denied);
  assert.equal(await db.attempt(berta, 'delete from generated_images'), denied);
  assert.equal(
    await db.attempt(berta, `update generated_images set deleted_at = now() where user_id = '${cora}'`),
    '0',
  );
  assert.equal(await db.attempt(berta, 'update generated_images set deleted_at = now()'), '1');
  assert.equal(await db.attempt('loam_maintenance', 'delete from generated_images'), '1');
  assert.equal(await db.ask(cora, 'select count(*) from generated_images'), '1');
  assert.equal(await db.attempt('loam_answer', picture(cora)), '23505');
});
