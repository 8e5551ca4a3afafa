// The AI SDK's own chat with its default transport, unchanged, against the whole server and a provider that speaks
// OpenAI's wire format: asking, citations of an uploaded document, regenerating, resuming, refusals, a provider that dies.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { Chat } from '@ai-sdk/react';
import { DefaultChatTransport, type UIMessage } from 'ai';
import { type MockOpenai, openMockOpenai, replyStream, scriptedStream } from '../server/testing/mock-openai.ts';
import { startTestServer, type TestServer } from '../server/testing/server.ts';

let upstream: MockOpenai;
let server: TestServer;
let ada: string;
let bob: string;

before(async () => {
  upstream = await openMockOpenai();
  server = await startTestServer({ OPENAI_API_KEY: 'sk-test', OPENAI_BASE_URL: upstream.url });
  await server.signUp('admin@example.com');
  ada = await server.signUp('ada@example.com');
  bob = await server.signUp('bob@example.com');
});
after(async () => {
  await server.close();
  await upstream.close();
});

async function api(token: string, method: string, path: string, body?: unknown): Promise<Record<string, unknown>> {
  const response = await fetch(`${server.url}/api/v1${path}`, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      ...(body === undefined || body instanceof FormData ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: body instanceof FormData ? body : JSON.stringify(body) }),
  });
  assert.ok(response.ok, `${method} ${path}: ${response.status}`);
  return response.status === 204 ? {} : ((await response.json()) as Record<string, unknown>); // checked: our API answers objects
}

/** What useChat holds, with the transport that it makes by default when told where the API is. */
async function openChat(token: string, settings: Record<string, unknown> = {}): Promise<Chat<UIMessage>> {
  const { id } = await api(token, 'POST', '/conversations', {
    model: 'openai/gpt-4o-mini',
    document_chat: false,
    ...settings,
  });
  return chatOn(token, String(id));
}
function chatOn(token: string, id: string): Chat<UIMessage> {
  const base = `${server.url}/api/v1/conversations`;
  return new Chat({
    id,
    transport: new DefaultChatTransport({
      api: `${base}/${id}/messages`,
      headers: { authorization: `Bearer ${token}` },
      prepareReconnectToStreamRequest: () => ({ api: `${base}/${id}/stream` }),
    }),
  });
}
const textOf = (message: UIMessage | undefined): string =>
  (message?.parts ?? []).map((part) => (part.type === 'text' ? part.text : '')).join('');
const roles = (chat: Chat<UIMessage>): string[] => chat.messages.map(({ role }) => role);

test('somebody else cannot ask in it, and the chat says so', async () => {
  const own = await openChat(ada);
  const intruder = chatOn(bob, own.id);
  await intruder.sendMessage({ text: 'Let me in' });
  assert.equal(intruder.status, 'error');
  assert.match(intruder.error?.message ?? '', /not_found/);
});

test('a question is streamed, kept, and made again', async () => {
  const chat = await openChat(ada);
  await chat.sendMessage({ text: 'Hello?' });
  assert.equal(chat.status, 'ready');
  assert.deepEqual(roles(chat), ['user', 'assistant']);
  assert.equal(textOf(chat.messages[1]), 'Hello from the mock.');
  const metadata = chat.messages[1]?.metadata as Record<string, unknown>; // checked: by what is asserted of it
  assert.equal(metadata['provider'], 'openai');
  await chat.sendMessage({ text: 'And again?' });
  await chat.regenerate();
  assert.deepEqual(roles(chat), ['user', 'assistant', 'user', 'assistant']);
  const { data } = await api(ada, 'GET', `/conversations/${chat.id}/messages`);
  const kept = data as { content: string; sibling_ids: string[]; id: string }[]; // checked: our own list
  assert.deepEqual(
    kept.map(({ content }) => content),
    ['Hello?', 'Hello from the mock.', 'And again?', 'Hello from the mock.'],
  );
  assert.equal(kept[3]?.sibling_ids.length, 2);
  assert.equal(chat.messages[3]?.id, kept[3]?.id, 'the message keeps the id that the server gave it');
});

test('a provider that dies half-way is an error, never a clean finish', async () => {
  const chat = await openChat(ada);
  upstream.once('/chat/completions', replyStream({ pieces: ['Half ', 'of ', 'it ', 'all'], end: 'reset' }));
  await chat.sendMessage({ text: 'Go on?' });
  assert.equal(chat.status, 'error');
  assert.equal(textOf(chat.messages[1]).trim(), 'Half of');
});

test('another tab resumes what the first one asked', async () => {
  const first = await openChat(ada);
  const script = scriptedStream();
  upstream.once('/chat/completions', script.reply);
  const sent = first.sendMessage({ text: 'A story?' });
  await script.started;
  script.say('Once ');
  const second = chatOn(ada, first.id);
  const resumed = second.resumeStream();
  while (!textOf(second.messages.at(-1)).includes('Once')) await setImmediate();
  script.say('upon a time.');
  script.finish();
  await Promise.all([sent, resumed]);
  assert.equal(textOf(first.messages.at(-1)), 'Once upon a time.');
  assert.equal(textOf(second.messages.at(-1)), 'Once upon a time.');
});

test('marks of a provider become citations of the document it was given', async () => {
  const form = new FormData();
  form.set(
    'file',
    new File(['# Guarantee\n\nThe contractor guarantees the compressor for seven years.\n'], 'quote.md', {
      type: 'text/markdown',
    }),
  );
  const { id } = await api(ada, 'POST', '/documents', form);
  const chat = await openChat(ada, { document_chat: true });
  upstream.once(
    '/chat/completions',
    replyStream({ pieces: ['Seven', ' years', '.[', '1', '] Not', ' more [', '8', '].'] }),
  );
  await chat.sendMessage(
    { text: 'How long is the compressor guaranteed?' },
    { body: { attachments: [{ document_id: id }] } },
  );
  assert.equal(textOf(chat.messages[1]), 'Seven years.[1] Not more.');
  const sources = chat.messages[1]?.parts.filter(({ type }) => type === 'source-document') ?? [];
  assert.equal(sources.length, 1);
  const { data } = await api(ada, 'GET', `/conversations/${chat.id}/messages`);
  const [, answer] = data as {
    citations: {
      document_id: string;
      page_number: number | null;
      start_offset: number;
      end_offset: number;
      passage: string;
      position: number;
    }[];
  }[]; // checked: our own list
  const [cited] = answer?.citations ?? [];
  assert.deepEqual([answer?.citations.length, cited?.document_id, cited?.position], [1, id, 1]);
  assert.match(cited?.passage ?? '', /guarantees the compressor for seven years/);
  const { data: pages } = await api(ada, 'GET', `/documents/${id}/pages`);
  const [page] = pages as { content: string }[]; // checked: our own list
  assert.equal([...(page?.content ?? '')].slice(cited?.start_offset, cited?.end_offset).join(''), cited?.passage);
});
