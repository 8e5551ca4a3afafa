// The chat room on a real database: refusals, two people with look-alike rows, asking, branching, stopping, failing.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Conversation, Message } from '../../contract/chat.ts';
import { AppError } from '../../core/errors.ts';
import { openTestDatabase, type TestDatabase } from '../testing/database.ts';
import { type ScriptedModel, scriptedModel } from '../testing/model.ts';
import { type Client, mount, parseEvents, silentLog } from '../testing/requests.ts';
import { createUser, type TestUser } from '../testing/users.ts';
import { type Chat, openChat } from './chat.ts';

let test_db: TestDatabase;
let chat: Chat;
let model: ScriptedModel;
let ada: TestUser;
let bob: TestUser;
let asAda: Client;
let asBob: Client;
let asNobody: Client;

before(async () => {
  test_db = await openTestDatabase();
  const { db } = test_db;
  await createUser(db, 'admin@example.com');
  ada = await createUser(db, 'ada@example.com');
  bob = await createUser(db, 'bob@example.com');
  model = scriptedModel();
  chat = await openChat({
    db,
    log: silentLog,
    sources: model,
    resolve: (name) => {
      const [provider, rest] = name.split('/');
      if (provider !== 'test' || rest === undefined) throw new AppError('not_found');
      return { provider, model: rest };
    },
    defaultModel: async () => 'test/one',
    describeDocuments: async () => {
      throw new AppError('not_found');
    },
  });
  const as = mount([chat.routes]);
  asAda = as(ada);
  asBob = as(bob);
  asNobody = as(null);
});
after(async () => {
  await chat.close();
  await test_db.close();
});

async function start(client: Client, title = 'Boilers'): Promise<Conversation> {
  const { status, body } = await client('POST', '/api/v1/conversations', { title });
  assert.equal(status, 201);
  return body as Conversation;
}

/** Asks and lets the model answer with these words. */
async function converse(
  client: Client,
  conversation: string,
  content: string,
  words: string,
  more: Record<string, unknown> = {},
): Promise<Message> {
  const reply = client(
    'POST',
    `/api/v1/conversations/${conversation}/messages`,
    { content, ...more },
    { accept: 'application/json' },
  );
  const call = await model.next();
  call.say(words);
  call.finish();
  const { status, body } = await reply;
  assert.equal(status, 200, JSON.stringify(body));
  return body as Message;
}

async function list(client: Client, conversation: string): Promise<Message[]> {
  const { body } = await client('GET', `/api/v1/conversations/${conversation}/messages`);
  return (body as { data: Message[] }).data;
}

test('nobody gets nothing', async () => {
  const id = crypto.randomUUID();
  for (const [method, path] of [
    ['GET', '/conversations'],
    ['POST', '/conversations'],
    ['GET', `/conversations/${id}`],
    ['GET', `/conversations/${id}/messages`],
    ['GET', `/conversations/${id}/stream`],
    ['GET', `/messages/${id}`],
    ['POST', `/messages/${id}/stop`],
  ] as const) {
    const { status } = await asNobody(
      method,
      `/api/v1${path}`,
      method === 'POST' && path === '/conversations' ? {} : undefined,
    );
    assert.equal(status, 401, `${method} ${path}`);
  }
});

test('bad input is refused with the field that is wrong, and changes nothing', async () => {
  const mine = await start(asAda, 'Untouched');
  const path = `/api/v1/conversations/${mine.id}`;
  for (const [method, to, body, field] of [
    ['POST', '/api/v1/conversations', { titel: 'x' }, 'body'],
    ['POST', '/api/v1/conversations', { title: 5 }, 'title'],
    ['POST', '/api/v1/conversations', { temperature: 3 }, 'temperature'],
    ['PATCH', path, { title: '' }, 'title'],
    ['PATCH', path, { user_id: bob.id }, 'body'],
    ['GET', '/api/v1/conversations/not-an-id', undefined, 'id'],
    ['GET', '/api/v1/conversations?limit=0', undefined, 'limit'],
    ['POST', `${path}/messages`, { content: '   ' }, 'content'],
    ['POST', `${path}/messages`, { content: 'x', role: 'assistant' }, 'body'],
    ['POST', `${path}/messages`, { content: 'x'.repeat(100_001) }, 'content'],
  ] as const) {
    const reply = await asAda(method, to, body);
    assert.equal(reply.status, 400, `${method} ${to} ${JSON.stringify(body)?.slice(0, 60)}`);
    const { error } = reply.body as { error: { code: string; details: { field: string }[]; request_id: string } };
    assert.equal(error.code, 'invalid_request');
    assert.equal(error.request_id, 'req_test');
    assert.equal(error.details[0]?.field, field);
  }
  assert.equal((await asAda('GET', '/api/v1/conversations?cursor=abc')).status, 400);
  const broken = await asAda.raw('POST', '/api/v1/conversations', {
    headers: { 'content-type': 'application/json' },
    body: '{"title":',
  });
  assert.equal(broken.status, 400);
  const form = await asAda.raw('POST', '/api/v1/conversations', {
    headers: { 'content-type': 'text/plain' },
    body: 'title',
  });
  assert.equal(form.status, 415);
  const large = await asAda.raw('POST', '/api/v1/conversations', {
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ title: 'x'.repeat(2_000_000) }),
  });
  assert.equal(large.status, 413);
  assert.deepEqual((await asAda('GET', path)).body, mine);
  assert.equal((await list(asAda, mine.id)).length, 0);
});

test('somebody else sees nothing, changes nothing and learns nothing', async () => {
  const [hers, his] = [await start(asAda, 'Same title'), await start(asBob, 'Same title')];
  const answer = await converse(asAda, hers.id, 'What voids the warranty?', 'Missing the service.');
  const lookAlike = await converse(asBob, his.id, 'What voids the warranty?', 'Missing the service.');
  const missing = crypto.randomUUID();
  for (const [method, path, body] of [
    ['GET', '/conversations/ID', undefined],
    ['PATCH', '/conversations/ID', { title: 'Taken' }],
    ['DELETE', '/conversations/ID', undefined],
    ['DELETE', '/conversations/ID?permanent=true', undefined],
    ['POST', '/conversations/ID/restore', undefined],
    ['GET', '/conversations/ID/messages', undefined],
    ['POST', '/conversations/ID/messages', { content: 'Let me in' }],
    ['GET', '/conversations/ID/stream', undefined],
  ] as const) {
    const there = await asBob(method, `/api/v1${path.replace('ID', hers.id)}`, body);
    const nowhere = await asBob(method, `/api/v1${path.replace('ID', missing)}`, body);
    assert.equal(there.status, 404, `${method} ${path}`);
    assert.deepEqual(there.body, nowhere.body, 'what is not his looks like what is not there');
  }
  for (const [method, path, body] of [
    ['GET', '/messages/ID', undefined],
    ['PATCH', '/messages/ID', { content: 'Changed' }],
    ['POST', '/messages/ID/regenerate', {}],
    ['POST', '/messages/ID/stop', undefined],
    ['PUT', '/messages/ID/feedback', { rating: 'up' }],
  ] as const) {
    for (const id of [answer.id, answer.parent_id ?? '']) {
      assert.equal((await asBob(method, `/api/v1${path.replace('ID', id)}`, body)).status, 404, `${method} ${path}`);
    }
  }
  // A question of his own under a message of hers, and a branch of his that points at one of hers.
  const under = await asBob('POST', `/api/v1/conversations/${his.id}/messages`, { content: 'x', parent_id: answer.id });
  assert.equal(under.status, 404);
  assert.equal((await asBob('PATCH', `/api/v1/conversations/${his.id}`, { active_message_id: answer.id })).status, 404);
  assert.deepEqual(
    (await list(asBob, his.id)).map(({ id }) => id),
    [lookAlike.parent_id, lookAlike.id],
  );
  const titles = ((await asBob('GET', '/api/v1/conversations')).body as { data: Conversation[] }).data;
  assert.ok(titles.every(({ id }) => id !== hers.id));
});

test('a question streams in the protocol and is there afterwards', async () => {
  const { id } = await start(asAda);
  const reply = asAda('POST', `/api/v1/conversations/${id}/messages`, { content: 'How long is the warranty?' });
  const call = await model.next();
  assert.equal(call.ask.question, 'How long is the warranty?');
  call.say('Seven ');
  call.say('years.');
  call.finish();
  const { status, headers, body } = await reply;
  assert.equal(status, 200);
  assert.equal(headers.get('x-vercel-ai-ui-message-stream'), 'v1');
  const events = parseEvents(String(body));
  assert.deepEqual(
    events.map(({ type }) => type),
    ['start', 'start-step', 'text-start', 'text-delta', 'text-delta', 'text-end', 'finish-step', 'finish'],
  );
  const [question, answer] = await list(asAda, id);
  assert.equal(events[0]?.['messageId'], answer?.id);
  assert.deepEqual([question?.content, answer?.content], ['How long is the warranty?', 'Seven years.']);
  assert.deepEqual(
    [answer?.status, answer?.tokens_used, answer?.cost_usd, answer?.model_used],
    ['completed', 15, '0.0001000000', 'test/one'],
  );
  const after_it = (await asAda('GET', `/api/v1/conversations/${id}`)).body as Conversation;
  assert.equal(after_it.total_tokens_used, 15);
  assert.equal(after_it.message_count, 2);
});

test('an untitled conversation is called by its first question', async () => {
  const { body } = await asAda('POST', '/api/v1/conversations', {});
  const { id, title } = body as Conversation;
  assert.equal(title, null);
  await converse(asAda, id, `What does   the contract say about ${'maintenance '.repeat(10)}?`, 'Much.');
  const named = (await asAda('GET', `/api/v1/conversations/${id}`)).body as Conversation;
  assert.match(named.title ?? '', /^What does the contract say about maintenance .*…$/);
  assert.ok((named.title ?? '').length <= 61);
});

test('marks of any model become citations; unknown numbers are removed', async () => {
  const { id } = await start(asAda);
  const page = 'Seven years on the compressor. Five on the rest.';
  const document = crypto.randomUUID();
  model.passages = [
    {
      number: 1,
      chunk_id: crypto.randomUUID(),
      document_id: document,
      document_name: 'quote.pdf',
      page_index: 3,
      page_number: 4,
      heading: '6. Guarantee',
      start_offset: 100,
      end_offset: 100 + page.length,
      content: page,
    },
  ];
  const reply = asAda('POST', `/api/v1/conversations/${id}/messages`, { content: 'How long?' });
  const call = await model.next();
  assert.match(call.ask.messages[0]?.content ?? '', /\[1\] \(quote\.pdf, page 4, 6\. Guarantee\)/);
  for (const part of ['Seven years', '.[', '1', '] And [7', '] more.']) call.say(part);
  call.finish();
  const events = parseEvents(String((await reply).body));
  model.passages = [];
  // The document itself is not in this database: a citation needs one, so the answer fails rather than point nowhere.
  const data = events.find(({ type }) => type === 'data-citations')?.['data'] as {
    citations: { position: number; page_number: number; passage: string }[];
  };
  assert.deepEqual(
    data.citations.map(({ position, page_number, passage }) => [position, page_number, passage]),
    [[1, 4, page]],
  );
  const text = events
    .filter(({ type }) => type === 'text-delta')
    .map(({ delta }) => delta)
    .join('');
  assert.equal(text, 'Seven years.[1] And more.');
});

test('editing makes a sibling with its own answer; branches can be chosen', async () => {
  const { id } = await start(asAda);
  const first_answer = await converse(asAda, id, 'One?', 'First.');
  await converse(asAda, id, 'Two?', 'Second.');
  const reply = asAda(
    'PATCH',
    `/api/v1/messages/${first_answer.parent_id}`,
    { content: 'One, please?' },
    { accept: 'application/json' },
  );
  const call = await model.next();
  assert.deepEqual(
    call.ask.messages.map(({ content }) => content),
    ['One, please?'],
    'the other branch is not told',
  );
  call.say('Other.');
  call.finish();
  assert.equal((await reply).status, 200);
  const edited = await list(asAda, id);
  assert.deepEqual(
    edited.map(({ content }) => content),
    ['One, please?', 'Other.'],
  );
  assert.deepEqual([edited[0]?.sibling_ids.length, edited[0]?.sibling_index], [2, 1]);
  const chosen = await asAda('PATCH', `/api/v1/conversations/${id}`, { active_message_id: edited[0]?.sibling_ids[0] });
  assert.equal(chosen.status, 200);
  assert.deepEqual(
    (await list(asAda, id)).map(({ content }) => content),
    ['One?', 'First.', 'Two?', 'Second.'],
  );
  const answers = await list(asAda, id);
  assert.equal(
    (await asAda('PATCH', `/api/v1/messages/${answers[1]?.id}`, { content: 'I never said that' })).status,
    409,
  );
  assert.equal((await asAda('POST', `/api/v1/messages/${answers[0]?.id}/regenerate`, {})).status, 409);
});

test('asking again makes a sibling of the answer', async () => {
  const { id } = await start(asAda);
  const answer = await converse(asAda, id, 'A joke?', 'No.');
  const reply = asAda('POST', `/api/v1/messages/${answer.id}/regenerate`, undefined, { accept: 'application/json' });
  const call = await model.next();
  call.say('Fine.');
  call.finish();
  const again = (await reply).body as Message;
  assert.deepEqual([again.content, again.sibling_ids, again.sibling_index], ['Fine.', [answer.id, again.id], 1]);
  assert.equal(again.parent_id, answer.parent_id);
});

test('a provider that breaks off half-way never looks like a clean finish', async () => {
  for (const how of ['breakOff', 'fail'] as const) {
    const { id } = await start(asAda);
    const reply = asAda('POST', `/api/v1/conversations/${id}/messages`, { content: 'Go on?' });
    const call = await model.next();
    call.say('Half of ');
    if (how === 'breakOff') call.breakOff();
    else call.fail(new Error('connection reset'));
    const events = parseEvents(String((await reply).body));
    assert.equal(events.at(-1)?.['type'], 'error');
    assert.ok(!events.some(({ type }) => type === 'finish'));
    const [, answer] = await list(asAda, id);
    assert.deepEqual([answer?.status, answer?.content], ['failed', 'Half of ']);
    assert.ok((answer?.error?.message ?? '').length > 10);
    const json = asAda(
      'POST',
      `/api/v1/conversations/${id}/messages`,
      { content: 'And as JSON?' },
      { accept: 'application/json' },
    );
    (await model.next()).breakOff();
    assert.equal((await json).status, 502);
  }
});

test('Stop keeps what has been said, and only the asker can stop', async () => {
  const { id } = await start(asAda);
  const response = await asAda.raw('POST', `/api/v1/conversations/${id}/messages`, {
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ content: 'Count to a thousand' }),
  });
  const call = await model.next();
  const messageId = response.headers.get('x-loam-message-id') ?? '';
  call.say('One, two, ');
  assert.equal((await asBob('POST', `/api/v1/messages/${messageId}/stop`)).status, 404);
  assert.equal(call.signal.aborted, false);
  assert.equal((await asAda('POST', `/api/v1/messages/${messageId}/stop`)).status, 204);
  const events = parseEvents(await response.text());
  assert.equal(events.at(-1)?.['type'], 'abort');
  const [, answer] = await list(asAda, id);
  assert.deepEqual([answer?.status, answer?.content], ['stopped', 'One, two, ']);
  assert.equal((await asAda('POST', `/api/v1/messages/${messageId}/stop`)).status, 204, 'stopping twice is no error');
});

test('leaving is not stopping: the answer goes on and can be resumed', async () => {
  const { id } = await start(asAda);
  assert.equal((await asAda('GET', `/api/v1/conversations/${id}/stream`)).status, 204);
  const response = await asAda.raw('POST', `/api/v1/conversations/${id}/messages`, {
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ content: 'Tell me a long story' }),
  });
  const call = await model.next();
  call.say('Once ');
  const reader = response.body?.getReader();
  await reader?.read();
  await reader?.cancel();
  const resumed = asAda('GET', `/api/v1/conversations/${id}/stream`);
  call.say('upon a time.');
  call.finish();
  const text = parseEvents(String((await resumed).body))
    .filter(({ type }) => type === 'text-delta')
    .map(({ delta }) => delta)
    .join('');
  assert.equal(text, 'Once upon a time.');
  const [, answer] = await list(asAda, id);
  assert.deepEqual([answer?.status, answer?.content], ['completed', 'Once upon a time.']);
});

test('no more than eight answers at once', async () => {
  const { id } = await start(asAda);
  const replies: Promise<unknown>[] = [];
  const calls = [];
  for (let n = 0; n < 8; n++) {
    replies.push(asAda('POST', `/api/v1/conversations/${id}/messages`, { content: `Question ${n}`, parent_id: null }));
    calls.push(await model.next());
  }
  const ninth = await asAda('POST', `/api/v1/conversations/${id}/messages`, { content: 'One more' });
  assert.equal(ninth.status, 429);
  assert.ok(ninth.headers.get('retry-after'));
  const other = await start(asBob);
  await converse(asBob, other.id, 'And me?', 'Yes.');
  for (const call of calls) call.finish();
  await Promise.all(replies);
  await converse(asAda, id, 'Now?', 'Now.');
});

test('feedback is kept, changed and taken back', async () => {
  const { id } = await start(asAda);
  const answer = await converse(asAda, id, 'Good?', 'Good.');
  const rating = async (): Promise<string | null> =>
    ((await asAda('GET', `/api/v1/messages/${answer.id}`)).body as Message).feedback;
  for (const wanted of ['up', 'down', null] as const) {
    assert.equal((await asAda('PUT', `/api/v1/messages/${answer.id}/feedback`, { rating: wanted })).status, 204);
    assert.equal(await rating(), wanted);
  }
  assert.equal((await asAda('PUT', `/api/v1/messages/${answer.parent_id}/feedback`, { rating: 'up' })).status, 404);
});

test('pages of conversations and messages meet without gaps or repeats', async () => {
  const carol = await createUser(test_db.db, 'carol@example.com');
  const asCarol = mount([chat.routes])(carol);
  const made: string[] = [];
  for (let n = 0; n < 7; n++) made.push((await start(asCarol, `Number ${n} of 100%`)).id);
  const seen: string[] = [];
  let cursor: string | null = null;
  do {
    const { body } = await asCarol('GET', `/api/v1/conversations?limit=3${cursor === null ? '' : `&cursor=${cursor}`}`);
    const page = body as { data: Conversation[]; next_cursor: string | null };
    seen.push(...page.data.map(({ id }) => id));
    cursor = page.next_cursor;
  } while (cursor !== null);
  assert.deepEqual(seen, made.reverse());
  const found = (await asCarol('GET', '/api/v1/conversations?q=3%20of%20100%25')).body as { data: Conversation[] };
  assert.equal(found.data.length, 1);
  const [one = ''] = made;
  for (let n = 0; n < 3; n++) await converse(asCarol, one, `Question ${n}`, `Answer ${n}`);
  const said: string[] = [];
  let before_it: string | null = null;
  do {
    const { body } = await asCarol(
      'GET',
      `/api/v1/conversations/${one}/messages?limit=4${before_it === null ? '' : `&cursor=${before_it}`}`,
    );
    const page = body as { data: Message[]; next_cursor: string | null };
    said.unshift(...page.data.map(({ content }) => content));
    before_it = page.next_cursor;
  } while (before_it !== null);
  assert.deepEqual(said, ['Question 0', 'Answer 0', 'Question 1', 'Answer 1', 'Question 2', 'Answer 2']);
});

test('the trash gives back what was put there', async () => {
  const { id } = await start(asAda, 'Precious');
  assert.equal((await asAda('DELETE', `/api/v1/conversations/${id}`)).status, 204);
  assert.equal((await asAda('GET', `/api/v1/conversations/${id}`)).status, 404);
  assert.equal((await asAda('POST', `/api/v1/conversations/${id}/messages`, { content: 'Still there?' })).status, 404);
  assert.equal((await asAda('POST', `/api/v1/conversations/${id}/restore`)).status, 200);
  assert.equal((await asAda('DELETE', `/api/v1/conversations/${id}?permanent=true`)).status, 204);
  assert.equal((await asAda('POST', `/api/v1/conversations/${id}/restore`)).status, 404);
});

test("the AI SDK's own body asks, edits and asks again", async () => {
  const { id } = await start(asAda);
  const path = `/api/v1/conversations/${id}/messages`;
  const part = (text: string) => ({ parts: [{ type: 'text', text }] });
  const answerTo = async (body: unknown, words: string): Promise<void> => {
    const reply = asAda('POST', path, body);
    const call = await model.next();
    call.say(words);
    call.finish();
    assert.equal((await reply).status, 200);
  };
  await answerTo({ id, trigger: 'submit-message', messages: [{ id: 'abc', role: 'user', ...part('Hello?') }] }, 'Hi.');
  const [, hi] = await list(asAda, id);
  const soFar = [
    { id: 'abc', role: 'user', ...part('Hello?') },
    { id: hi?.id, role: 'assistant', ...part('Hi.') },
  ];
  await answerTo(
    { id, trigger: 'submit-message', messages: [...soFar, { id: 'def', role: 'user', ...part('How are you?') }] },
    'Well.',
  );
  assert.deepEqual(
    (await list(asAda, id)).map(({ content }) => content),
    ['Hello?', 'Hi.', 'How are you?', 'Well.'],
  );
  await answerTo(
    { id, trigger: 'regenerate-message', messages: [...soFar, { id: 'def', role: 'user', ...part('How are you?') }] },
    'Very well.',
  );
  assert.deepEqual(
    (await list(asAda, id)).map(({ content }) => content),
    ['Hello?', 'Hi.', 'How are you?', 'Very well.'],
  );
  await answerTo(
    {
      id,
      trigger: 'submit-message',
      messageId: 'def',
      messages: [...soFar, { id: 'def', role: 'user', ...part('And you?') }],
    },
    'Fine.',
  );
  assert.deepEqual(
    (await list(asAda, id)).map(({ content }) => content),
    ['Hello?', 'Hi.', 'And you?', 'Fine.'],
  );
  const empty = await asAda('POST', path, {
    id,
    trigger: 'submit-message',
    messages: [{ id: 'x', role: 'user', parts: [] }],
  });
  assert.equal(empty.status, 400);
});
