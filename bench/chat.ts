// The first byte of a chat answer against the same upstream asked directly, and what opening a chat costs in requests
// and statements. Embedded engine, real HTTP on loopback, a mock upstream in this process.
import { openMockOpenai } from '../server/testing/mock-openai.ts';
import { startTestServer } from '../server/testing/server.ts';
import { machineName, median, report } from './machine.ts';

const rounds = 40;
const upstream = await openMockOpenai();
const server = await startTestServer({ OPENAI_API_KEY: 'sk-bench', OPENAI_BASE_URL: upstream.url });
try {
  await server.signUp('admin@example.com');
  const token = await server.signUp('bench@example.com');
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const post = (path: string, body: unknown): Promise<Response> =>
    fetch(`${server.url}/api/v1${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
  const conversation = (await (
    await post('/conversations', { model: 'openai/gpt-4o-mini', document_chat: false })
  ).json()) as { id: string }; // checked: our own API
  const ask = { model: 'gpt-4o-mini', stream: true, messages: [{ role: 'user', content: 'Hello?' }] };

  /** Milliseconds until the first words of the answer are there; the rest is read before the next round. */
  async function firstWords(send: () => Promise<Response>): Promise<number> {
    const started = performance.now();
    const response = await send();
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    let text = '';
    let ms = 0;
    for (let part = await reader?.read(); part?.done === false; part = await reader?.read()) {
      text += part.value;
      if (ms === 0 && text.includes('Hello')) ms = performance.now() - started;
    }
    if (ms === 0) throw new Error(`no words in: ${text.slice(0, 200)}`);
    return ms;
  }
  const direct: number[] = [];
  const chat: number[] = [];
  for (let n = 0; n < rounds + 5; n++) {
    const [a, b] = [
      await firstWords(() =>
        fetch(`${upstream.url}/chat/completions`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify(ask),
        }),
      ),
      await firstWords(() =>
        post(`/conversations/${conversation.id}/messages`, { content: 'Hello?', parent_id: null }),
      ),
    ];
    if (n < 5) continue; // Warming up.
    direct.push(a);
    chat.push(b);
  }
  console.log(`chat (${machineName()}), median of ${rounds}`);
  report('first words of a chat answer, later than from the upstream itself', median(chat) - median(direct), 'ms', 20);
} finally {
  await server.close();
  await upstream.close();
}
