// Prompts: who may write what, versions that never change, what publishing shows to whom, likes and uses that count once.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { openSpeaker, type Speaker } from './speak-as.ts';

const anna = 'aaaaaaaa-0000-4000-8000-000000000001';
const berta = 'bbbbbbbb-0000-4000-8000-000000000002';
const cora = 'cccccccc-0000-4000-8000-000000000003';
/** Look-alikes: the same words, different ids. */
const prompts = { [anna]: 'aaaaaaaa-1111-4000-8000-000000000001', [berta]: 'bbbbbbbb-1111-4000-8000-000000000002' };
const hers = prompts[anna] ?? '';
const his = prompts[berta] ?? '';
const missing = 'dddddddd-1111-4000-8000-000000000004';

const denied = '42501';
const noSuchKey = '23503';

let db: Speaker;
before(async () => {
  db = await openSpeaker();
  for (const [id, name] of [
    [anna, 'anna'],
    [berta, 'berta'],
    [cora, 'cora'],
  ] as const)
    await db.addPerson(id, `${name}@example.com`);
  for (const [user, prompt] of Object.entries(prompts)) {
    await db.as(
      user,
      `insert into prompts (id, title, goal, template) values ('${prompt}', 'Quote', 'Write a quote', 'For {{who}}')`,
    );
    await db.as(
      user,
      `insert into prompt_questions (prompt_id, question_id, question_text, kind, options, position, condition) values
         ('${prompt}', 'who', 'Who is it for?', 'text', '[]', 1, null),
         ('${prompt}', 'kind', 'Which kind?', 'choice', '["firm", "person"]', 2, null),
         ('${prompt}', 'vat', 'Which VAT number?', 'text', '[]', 3, '{"question_id": "kind", "operator": "equals", "value": "firm"}')`,
    );
    await db.as(user, `insert into prompt_versions (prompt_id) values ('${prompt}')`);
  }
});
after(() => db.close());

const setting = (value: boolean): Promise<unknown> =>
  db.as('owner', `update loam.installation set parameters = parameters || '{"public_prompts": ${value}}'`);

test('nobody reads, changes or removes somebody else’s prompt and what hangs below it', async () => {
  for (const table of ['prompts', 'prompt_versions', 'prompt_questions'])
    assert.equal(await db.ask(berta, `select count(*) from ${table} where user_id = '${anna}'`), '0', table);
  assert.equal(await db.attempt(berta, `update prompts set title = 'Mine' where id = '${hers}'`), '0');
  assert.equal(await db.attempt(berta, `delete from prompts where id = '${hers}'`), '0');
  assert.equal(await db.attempt(berta, `delete from prompt_questions where prompt_id = '${hers}'`), '0');
  assert.equal(await db.attempt(berta, `update prompts set user_id = '${anna}' where id = '${his}'`), denied);
  assert.equal(
    await db.attempt(berta, `insert into prompts (user_id, title, goal) values ('${anna}', 'x', 'x')`),
    denied,
  );
  assert.equal(
    await db.attempt(berta, `insert into prompts (organization_id, title, goal) values ('${anna}', 'x', 'x')`),
    denied,
  );
});

test('below somebody else’s prompt nothing can be hung, in the words of one that is not there', async () => {
  const rows: readonly ((prompt: string) => string)[] = [
    (prompt) => `insert into prompt_questions (prompt_id, question_id, question_text) values ('${prompt}', 'q', 'q?')`,
    (prompt) =>
      `insert into prompt_answers (prompt_id, question_id, question_text, answer) values ('${prompt}', 'q', 'q?', 'a')`,
    (prompt) => `insert into test_cases (prompt_id, name) values ('${prompt}', 'case')`,
    (prompt) => `insert into prompt_versions (prompt_id) values ('${prompt}')`,
    (prompt) => `select publish_prompt('${prompt}')`,
    (prompt) =>
      `insert into prompt_labels (prompt_id, label, version_id) select '${prompt}', 'live', id from prompt_versions where prompt_id = '${his}'`,
  ];
  for (const row of rows) {
    assert.equal(await db.attempt(berta, row(hers)), noSuchKey, row('hers'));
    assert.equal(await db.attempt(berta, row(missing)), noSuchKey, row('missing'));
  }
  // Nor under another's name, nor with another's version.
  assert.equal(
    await db.attempt(berta, `insert into test_cases (prompt_id, user_id, name) values ('${hers}', '${anna}', 'case')`),
    denied,
  );
  const version = await db.ask('owner', `select id from prompt_versions where prompt_id = '${hers}'`);
  assert.equal(
    await db.attempt(
      berta,
      `insert into prompt_labels (prompt_id, label, version_id) values ('${his}', 'live', '${version}')`,
    ),
    noSuchKey,
  );
});

test('a version never changes, not even for its owner or the database’s', async () => {
  assert.equal(await db.attempt(anna, `update prompt_versions set note = 'x'`), denied);
  assert.equal(await db.attempt(anna, 'delete from prompt_versions'), denied);
  assert.equal(await db.attempt('owner', `update prompt_versions set user_template = 'x'`), '23001');
  assert.equal(
    await db.attempt(anna, `insert into prompt_versions (prompt_id, version) values ('${hers}', 9)`),
    denied,
  );
  assert.equal(
    await db.attempt(anna, `insert into prompt_versions (prompt_id, is_published) values ('${hers}', true)`),
    denied,
  );
});

test('a version keeps the draft and its questions as they were', async () => {
  await db.as(anna, `update prompts set template = 'For {{who}}, soon' where id = '${hers}'`);
  await db.as(anna, `insert into prompt_versions (prompt_id, note) values ('${hers}', 'sooner')`);
  assert.deepEqual(
    await db.as(
      anna,
      `select version, user_template, jsonb_array_length(questions) as questions, note from prompt_versions where prompt_id = '${hers}' order by version`,
    ),
    [
      { version: 1, user_template: 'For {{who}}', questions: 3, note: null },
      { version: 2, user_template: 'For {{who}}, soon', questions: 3, note: 'sooner' },
    ],
  );
});

test('questions are asked while their condition holds', async () => {
  const asked = (answers: string): Promise<string | null> =>
    db.ask(
      anna,
      `select string_agg(question_id, ' ' order by position) from questions_to_ask('${hers}', '${answers}')`,
    );
  assert.equal(await asked('{}'), 'who kind');
  assert.equal(await asked('{"kind": "person"}'), 'who');
  assert.equal(await asked('{"kind": "firm", "who": "Novak"}'), 'vat');
  assert.equal(await db.ask(berta, `select count(*) from questions_to_ask('${hers}')`), '0');
  assert.equal(
    await db.attempt(
      anna,
      `insert into prompt_questions (prompt_id, question_id, question_text, kind) values ('${hers}', 'c', 'c?', 'choice')`,
    ),
    '23514',
  );
});

test('results are written by the service that ran the test, for the prompt’s own tenant', async () => {
  const result = (user: string): string =>
    `insert into test_results (prompt_id, user_id, model, temperature, resolved_prompt, passed) values ('${hers}', '${user}', 'm', 0.5, 'x', true)`;
  assert.equal(await db.attempt(anna, result(anna)), denied);
  assert.equal(await db.attempt('loam_ledger', result(berta)), noSuchKey);
  assert.equal(await db.attempt('loam_ledger', result(anna)), '1');
  assert.equal(await db.ask(berta, 'select count(*) from test_results'), '0');
  assert.equal(await db.ask(anna, 'select count(*) from test_results'), '1');
  assert.equal(await db.attempt(anna, 'update test_results set passed = true'), denied);
});

test('a gated label goes only to a version whose cases all passed the last time', async () => {
  await db.as(anna, `update prompts set gated_labels = '{production}' where id = '${hers}'`);
  const label = (name: string): Promise<string> =>
    db.attempt(
      anna,
      `insert into prompt_labels (prompt_id, label, version_id) select prompt_id, '${name}', id from prompt_versions where prompt_id = '${hers}' and version = 2`,
    );
  assert.equal(await label('production'), '23514');
  assert.equal(await label('draft'), '1');
  await db.as(anna, `insert into test_cases (prompt_id, name) values ('${hers}', 'names the firm')`);
  const ran = (passed: boolean): Promise<unknown> =>
    db.as(
      'owner',
      `insert into test_results (prompt_id, version_id, test_case_id, user_id, model, temperature, resolved_prompt, passed)
       select c.prompt_id, v.id, c.id, c.user_id, 'm', 0, 'x', ${passed}
       from test_cases c join prompt_versions v using (prompt_id) where c.prompt_id = '${hers}' and v.version = 2`,
    );
  assert.equal(await label('production'), '23514');
  await ran(true);
  await ran(false);
  assert.equal(await label('production'), '23514');
  await ran(true);
  assert.equal(await label('production'), '1');
  assert.equal(
    await db.attempt(
      anna,
      `update prompt_labels set version_id = (select id from prompt_versions where prompt_id = '${hers}' and version = 1) where label = 'production'`,
    ),
    '23514',
  );
});

test('what is not published is nobody else’s; what is shows one version, whatever is edited later', async () => {
  assert.equal(await db.ask(cora, 'select count(*) from prompt_templates'), '0');
  const template = await db.ask(anna, `select publish_prompt('${hers}', 'business', '{quotes,firms}')`);
  const shown = (): Promise<unknown> =>
    db.as(cora, 'select title, template, category, likes_count from prompt_templates');
  const first = [{ title: 'Quote', template: 'For {{who}}, soon', category: 'business', likes_count: 0 }];
  assert.deepEqual(await shown(), first);
  assert.equal(await db.ask(cora, 'select count(*) from prompt_versions'), '1');
  assert.equal(await db.ask(cora, `select count(*) from prompts where id = '${hers}'`), '0');
  await db.as(anna, `update prompts set title = 'Offer', template = 'Changed' where id = '${hers}'`);
  assert.deepEqual(await shown(), first);

  assert.equal(await db.attempt(cora, `update prompt_templates set category = 'x'`), '0');
  assert.equal(await db.attempt(anna, `update prompt_templates set template = 'x'`), denied);
  assert.equal(
    await db.attempt(
      berta,
      `insert into prompt_templates (prompt_id, version_id) select '${his}', version_id from prompt_templates`,
    ),
    noSuchKey,
  );

  assert.equal(await db.ask(berta, `select unpublish_prompt('${hers}')`), 'false');
  assert.equal(await db.ask(anna, `select unpublish_prompt('${hers}')`), 'true');
  assert.deepEqual(await shown(), []);
  assert.equal(await db.ask(cora, 'select count(*) from prompt_versions'), '0');
  assert.equal(await db.ask(anna, `select publish_prompt('${hers}')`), template);
  assert.deepEqual(await shown(), [{ title: 'Offer', template: 'Changed', category: 'business', likes_count: 0 }]);
});

test('a like counts once a person, a use once a person and hour, and neither is written by hand', async () => {
  const template = await db.ask(anna, 'select id from prompt_templates');
  assert.equal(await db.attempt(anna, 'update prompt_templates set likes_count = 1000'), denied);
  assert.equal(await db.attempt(anna, 'update prompt_templates set uses_count = 1000'), denied);
  assert.equal(
    await db.attempt(berta, `insert into template_likes (template_id, user_id) values ('${template}', '${cora}')`),
    denied,
  );
  for (const who of [berta, berta, cora, berta]) await db.as(who, `select increment_likes_count('${template}')`);
  assert.equal(await db.attempt(berta, `insert into template_likes (template_id) values ('${template}')`), '23505');
  const use = `select increment_uses_count('${template}')`;
  await db.as(berta, `${use}; ${use}`); // One transaction is one moment: no hour ends between the two.
  await db.as(cora, use);
  const counts = (): Promise<unknown> =>
    db.as(cora, 'select likes_count, uses_count, updated_at > created_at as touched from prompt_templates');
  assert.deepEqual(await counts(), [{ likes_count: 2, uses_count: 2, touched: true }]);
  assert.equal(await db.ask(cora, 'select count(*) from template_likes'), '1');
  await db.as(berta, 'delete from template_likes');
  assert.deepEqual(await counts(), [{ likes_count: 1, uses_count: 2, touched: true }]);
  await db.as(anna, `select unpublish_prompt('${hers}')`);
  await db.as(berta, `select increment_likes_count('${template}'); select increment_uses_count('${template}')`);
  assert.deepEqual(await db.as(anna, 'select likes_count, uses_count from prompt_templates'), [
    { likes_count: 1, uses_count: 2 },
  ]);
  await db.as(anna, `select publish_prompt('${hers}')`);
});

test('favourites are one’s own, of what one can see', async () => {
  const template = await db.ask(anna, 'select id from prompt_templates');
  assert.equal(
    await db.attempt(berta, `insert into user_favorites (template_id, user_id) values ('${template}', '${cora}')`),
    denied,
  );
  assert.equal(await db.attempt(berta, `insert into user_favorites (template_id) values ('${missing}')`), denied);
  assert.equal(await db.attempt(berta, `insert into user_favorites (template_id) values ('${template}')`), '1');
  assert.equal(await db.ask(anna, 'select count(*) from user_favorites'), '0');
});

test('popular templates and search find what is published, without a category too', async () => {
  await db.as(berta, `update prompts set title = 'Poem', goal = 'Write a sad poem about boilers' where id = '${his}'`);
  await db.as(berta, `select publish_prompt('${his}')`);
  const titles = (text: string): Promise<string | null> => db.ask(cora, `select string_agg(title, ' ') from ${text}`);
  assert.equal(await titles('get_popular_templates()'), 'Offer Poem');
  assert.equal(await titles(`get_popular_templates(10, 'business')`), 'Offer');
  assert.equal(await titles('get_popular_templates(1)'), 'Offer');
  assert.equal(await titles('get_popular_templates(-5)'), null);
  assert.equal(
    await db.ask(cora, `select count(*) from get_popular_templates(limit_count => null, category_filter => null)`),
    '2',
  );
  // Stems, any of the words, tags.
  assert.equal(await titles(`search_templates('which boiler is it, please')`), 'Poem');
  assert.equal(await titles(`search_templates('firms')`), 'Offer');
  assert.equal(await titles(`search_templates('boiler', 'business')`), null);
  assert.equal(await titles(`search_templates('')`), 'Offer Poem');
  assert.equal(await titles(`search_templates('''; drop table prompts; -- & | ! :*')`), null);
  await db.as(berta, `select unpublish_prompt('${his}')`);
  assert.equal(await titles(`search_templates('boiler')`), null);
});

test('visitors see nothing unless the installation shows it, and then what is public alone', async () => {
  await db.as(berta, `update prompts set is_public = true where id = '${his}'`);
  const seen = (): Promise<readonly unknown[]> =>
    Promise.all(
      [
        'select count(*) from prompts',
        'select count(*) from prompt_templates',
        'select count(*) from get_popular_templates()',
        `select count(*) from search_templates('offer')`,
        `select count(*) from loam.find_templates('offer', null, 9)`,
      ].map((text) => db.ask('anon', text)),
    );
  assert.deepEqual(await seen(), ['0', '0', '0', '0', '0']);
  await setting(true);
  assert.deepEqual(await seen(), ['1', '1', '1', '1', '1']);
  for (const text of [
    'select user_id from prompts',
    'select user_id from prompt_templates',
    'select 1 from prompt_versions',
    `update prompts set title = 'x'`,
  ])
    assert.equal(await db.attempt('anon', text), denied, text);
  await setting(false);
  assert.deepEqual(await seen(), ['0', '0', '0', '0', '0']);
  assert.equal(await db.ask(anna, `select title from prompts where user_id = '${berta}'`), 'Poem');
});

test('a prompt in the trash is public no more, and taking it out does not publish it', async () => {
  await db.as(berta, `select publish_prompt('${his}')`);
  await db.as(berta, `update prompts set deleted_at = now() where id = '${his}'`);
  assert.equal(await db.ask(anna, `select count(*) from prompts where user_id = '${berta}'`), '0');
  assert.equal(await db.ask(anna, `select count(*) from prompt_templates where user_id = '${berta}'`), '0');
  await db.as(berta, `update prompts set deleted_at = null where id = '${his}'`);
  assert.equal(await db.ask(anna, `select count(*) from prompt_templates where user_id = '${berta}'`), '0');
});

test('prompts of an organization: viewers read, members write, who manages it publishes, who left sees nothing', async () => {
  const house = 'eeeeeeee-0000-4000-8000-000000000005';
  const shared = 'eeeeeeee-1111-4000-8000-000000000005';
  const dora = 'dddddddd-0000-4000-8000-000000000006';
  await db.addPerson(dora, 'dora@example.com');
  await db.as('owner', `insert into organizations (id, name) values ('${house}', 'House')`);
  for (const [who, role] of [
    [anna, 'owner'],
    [berta, 'member'],
    [cora, 'viewer'],
  ] as const)
    await db.as(
      'owner',
      `insert into organization_members (organization_id, user_id, role) values ('${house}', '${who}', '${role}')`,
    );
  const insert = `insert into prompts (id, organization_id, title, goal) values ('${shared}', '${house}', 'Shared', 'x')`;
  assert.equal(await db.attempt(cora, insert), denied);
  assert.equal(await db.attempt(dora, insert), denied);
  assert.equal(await db.attempt(berta, insert), '1');
  const question = `insert into prompt_questions (prompt_id, question_id, question_text) values ('${shared}', 'q', 'q?')`;
  assert.equal(await db.attempt(dora, question), noSuchKey);
  assert.equal(await db.attempt(cora, question), denied);
  assert.equal(await db.attempt(anna, question), '1');
  assert.equal(await db.attempt(cora, `update prompts set title = 'x' where id = '${shared}'`), '0');
  assert.equal(await db.attempt(anna, `update prompts set title = 'Chimney' where id = '${shared}'`), '1');
  assert.equal(await db.attempt(cora, `insert into prompt_versions (prompt_id) values ('${shared}')`), noSuchKey);
  assert.equal(await db.attempt(anna, `insert into prompt_versions (prompt_id) values ('${shared}')`), '1');
  assert.equal(
    await db.ask(
      cora,
      `select concat_ws(' ', v.user_id = '${berta}', v.title, q.organization_id = '${house}') from prompt_versions v join prompt_questions q using (prompt_id) where v.prompt_id = '${shared}'`,
    ),
    't Chimney t',
  );
  assert.equal(await db.attempt(berta, `select publish_prompt('${shared}')`), denied);
  assert.equal(await db.attempt(anna, `select publish_prompt('${shared}')`), '1');
  assert.equal(await db.ask(dora, `select count(*) from prompts where id = '${shared}'`), '0');
  assert.equal(await db.ask(cora, `select kind from search_everything('chimneys')`), 'prompt');
  assert.equal(await db.ask(dora, `select count(*) from search_everything('chimneys')`), '0');
  assert.equal(await db.attempt(berta, `update prompts set organization_id = null where id = '${shared}'`), denied);

  await db.as('owner', `delete from organization_members where user_id = '${berta}'`);
  for (const table of ['prompts', 'prompt_questions'])
    assert.equal(await db.ask(berta, `select count(*) from ${table} where organization_id = '${house}'`), '0', table);
  assert.equal(await db.attempt(berta, `delete from prompts where id = '${shared}'`), '0');
  assert.equal(await db.attempt(anna, `delete from prompts where id = '${shared}'`), '1');
});

test('an account that goes takes its prompts with it, versions and all', async () => {
  await db.as('owner', `delete from auth.users where id = '${berta}'`);
  for (const table of ['prompts', 'prompt_versions', 'prompt_questions', 'template_likes', 'user_favorites'])
    assert.equal(await db.ask('owner', `select count(*) from ${table} where user_id = '${berta}'`), '0', table);
  assert.equal(await db.ask('owner', 'select count(*) from prompts'), '1');
});
