// The provider of the gateway benchmark, in a process of its own: a 1 kB answer, or a stream of 50 pieces in one burst.
import { createServer } from 'node:http';

const words =
  'The quick brown fox jumps over the lazy dog while seven wizards quietly judge a vexing quartz sphinx. '.repeat(7);
const plain = JSON.stringify({
  id: 'chatcmpl-bench',
  object: 'chat.completion',
  created: 1_700_000_000,
  model: 'gpt-4o-mini-2024-07-18',
  choices: [
    {
      index: 0,
      message: { role: 'assistant', content: words.slice(0, 640), refusal: null },
      logprobs: null,
      finish_reason: 'stop',
    },
  ],
  usage: {
    prompt_tokens: 120,
    completion_tokens: 140,
    total_tokens: 260,
    prompt_tokens_details: { cached_tokens: 0 },
    completion_tokens_details: { reasoning_tokens: 0 },
  },
  system_fingerprint: 'fp_bench',
});
const chunk = (choices: unknown[], usage: unknown): string =>
  `data: ${JSON.stringify({ id: 'chatcmpl-bench', object: 'chat.completion.chunk', created: 1_700_000_000, model: 'gpt-4o-mini-2024-07-18', system_fingerprint: 'fp_bench', choices, usage })}\n\n`;
const pieces = Array.from({ length: 50 }, (_, index) =>
  chunk([{ index: 0, delta: { content: ` piece ${index}` }, logprobs: null, finish_reason: null }], null),
);
pieces.push(chunk([{ index: 0, delta: {}, logprobs: null, finish_reason: 'stop' }], null));
const usage = chunk([], { prompt_tokens: 120, completion_tokens: 140, total_tokens: 260 });

const server = createServer((req, res) => {
  let body = '';
  req.setEncoding('utf8');
  req.on('data', (text: string) => {
    body += text;
  });
  req.on('end', () => {
    if (req.method === 'GET') {
      res.setHeader('content-type', 'application/json');
      res.end('{"object":"list","data":[{"id":"gpt-4o-mini","object":"model"}]}');
    } else if (body.includes('"stream":true')) {
      res.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' });
      for (const piece of pieces) res.write(piece);
      if (body.includes('"include_usage":true')) res.write(usage);
      res.end('data: [DONE]\n\n');
    } else {
      res.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(plain) });
      res.end(plain);
    }
  });
});
server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  process.send?.({ port: typeof address === 'object' && address !== null ? address.port : 0 });
});
