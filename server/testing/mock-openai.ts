// A local server that speaks OpenAI's wire format, for tests and benchmarks. What it answers is set by the test, request by
// request; scripted streams write when the test says so, so nothing depends on time.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';

export interface MockRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly raw: string;
  readonly body: Readonly<Record<string, unknown>>;
}

export interface MockUsage {
  readonly prompt_tokens?: number;
  readonly completion_tokens?: number;
  readonly total_tokens?: number;
  readonly prompt_tokens_details?: Readonly<Record<string, number>>;
  readonly completion_tokens_details?: Readonly<Record<string, number>>;
}

/** Writes one answer; the default answers everything well. */
export type MockReply = (request: MockRequest, res: ServerResponse) => void;

export interface MockOpenai {
  /** Base address, `/v1` included. */
  readonly url: string;
  /** In the order of their arrival. */
  readonly requests: MockRequest[];
  /** The next request to this path is answered so, once. */
  once(path: string, reply: MockReply): void;
  close(): Promise<void>;
}

export const mockUsage: MockUsage = {
  prompt_tokens: 11,
  completion_tokens: 7,
  total_tokens: 18,
  prompt_tokens_details: { cached_tokens: 4 },
  completion_tokens_details: { reasoning_tokens: 2 },
};

export const mockModels = ['gpt-4o-mini', 'text-embedding-3-small', 'mock-model'];

const words = ['Hello', ' from', ' the', ' mock', '.'];

export async function openMockOpenai(models: readonly string[] = mockModels): Promise<MockOpenai> {
  const requests: MockRequest[] = [];
  const waiting = new Map<string, MockReply[]>();
  const server = createServer((req, res) => {
    void readRequest(req).then((request) => {
      requests.push(request);
      const reply =
        waiting.get(request.path)?.shift() ??
        defaults[request.path] ??
        (() => sendJson(res, 404, openaiError('Unknown path')));
      reply(request, res);
    });
  });
  const defaults: Readonly<Record<string, MockReply>> = {
    '/v1/models': (_request, res) =>
      sendJson(res, 200, {
        object: 'list',
        data: models.map((id) => ({ id, object: 'model', created: 1_700_000_000, owned_by: 'mock' })),
      }),
    '/v1/chat/completions': (request, res) =>
      request.body['stream'] === true ? replyStream()(request, res) : replyPlain()(request, res),
    '/v1/embeddings': replyVectors,
  };
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}/v1`,
    requests,
    once(path, reply) {
      waiting.set(`/v1${path}`, [...(waiting.get(`/v1${path}`) ?? []), reply]);
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function readRequest(req: IncomingMessage): Promise<MockRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of req) chunks.push(chunk as Buffer); // checked: no encoding is set, so chunks are buffers
  const raw = Buffer.concat(chunks).toString();
  let body: Readonly<Record<string, unknown>> = {};
  if (raw !== '') body = JSON.parse(raw) as Readonly<Record<string, unknown>>; // checked: tests send objects
  return { method: req.method ?? '', path: (req.url ?? '').split('?')[0] ?? '', headers: req.headers, raw, body };
}

export function sendJson(
  res: ServerResponse,
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): void {
  const text = JSON.stringify(body);
  res.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
    'openai-processing-ms': '5',
    'set-cookie': '__cf=mock; path=/',
    ...headers,
  });
  res.end(text);
}

export const openaiError = (message: string, code: string | null = null, type = 'invalid_request_error'): unknown => ({
  error: { message, type, param: null, code },
});

/** An error answer as OpenAI gives it. */
export const replyError =
  (
    status: number,
    message: string,
    code: string | null = null,
    headers: Readonly<Record<string, string>> = {},
  ): MockReply =>
  (_request, res) =>
    sendJson(res, status, openaiError(message, code), headers);

const completion = (request: MockRequest, text: string): Record<string, unknown> => ({
  id: 'chatcmpl-mock',
  object: 'chat.completion',
  created: 1_700_000_000,
  model: `${String(request.body['model'])}-2026-01-01`,
  choices: [
    { index: 0, message: { role: 'assistant', content: text, refusal: null }, logprobs: null, finish_reason: 'stop' },
  ],
  system_fingerprint: 'fp_mock',
});

export const replyPlain =
  (text = words.join(''), usage: MockUsage | null = mockUsage): MockReply =>
  (request, res) =>
    sendJson(res, 200, { ...completion(request, text), ...(usage === null ? {} : { usage }) });

const replyVectors: MockReply = (request, res) => {
  const input = request.body['input'];
  const texts = Array.isArray(input) ? input : [input];
  const vector = (index: number): number[] => [0.1 + index, 0.2, 0.3];
  const encode = (values: number[]): unknown =>
    request.body['encoding_format'] === 'base64'
      ? Buffer.from(new Float32Array(values).buffer).toString('base64')
      : values;
  sendJson(res, 200, {
    object: 'list',
    data: texts.map((_, index) => ({ object: 'embedding', index, embedding: encode(vector(index)) })),
    model: request.body['model'],
    usage: { prompt_tokens: 5, total_tokens: 5 },
  });
};

interface StreamOptions {
  readonly pieces?: readonly string[];
  /** Where usage stands: on a chunk of its own when asked for, on the last chunk beside a choice, on every chunk, nowhere. */
  readonly usage?: 'asked' | 'beside' | 'every' | 'none';
  readonly end?: 'done' | 'silent' | 'reset' | 'error' | 'truncated';
}

const head = { 'content-type': 'text/event-stream; charset=utf-8', 'openai-processing-ms': '5' };

const event = (request: MockRequest, choices: readonly unknown[], extra: Record<string, unknown> = {}): string =>
  `data: ${JSON.stringify({
    id: 'chatcmpl-mock',
    object: 'chat.completion.chunk',
    created: 1_700_000_000,
    model: `${String(request.body['model'])}-2026-01-01`,
    choices,
    ...extra,
  })}\n\n`;
const choice = (delta: unknown, finish: string | null = null): unknown[] => [
  { index: 0, delta, logprobs: null, finish_reason: finish },
];

/** `reset` cuts the connection half-way, `truncated` closes it politely half-way, `silent` leaves out [DONE]. */
export const replyStream =
  ({ pieces = words, usage = 'asked', end = 'done' }: StreamOptions = {}): MockReply =>
  (request, res) => {
    const options = request.body['stream_options'];
    const asked =
      typeof options === 'object' && options !== null && 'include_usage' in options && options.include_usage === true;
    const nulls =
      usage === 'asked' && asked
        ? { usage: null }
        : usage === 'every'
          ? { usage: { ...mockUsage, completion_tokens: 1, total_tokens: 12, completion_tokens_details: {} } }
          : {};
    res.writeHead(200, head);
    res.write(event(request, choice({ role: 'assistant', content: '' }), nulls));
    const half = Math.ceil(pieces.length / 2);
    for (const piece of end === 'done' || end === 'silent' ? pieces : pieces.slice(0, half))
      res.write(event(request, choice({ content: piece }), nulls));
    if (end === 'reset') {
      // Only once the bytes have left: what was delivered must arrive before the connection breaks.
      res.write(': last words\n\n', () => res.destroy());
      return;
    }
    if (end === 'error') {
      res.end(`data: ${JSON.stringify(openaiError('The server had an error', 'server_error', 'server_error'))}\n\n`);
      return;
    }
    if (end === 'truncated') {
      res.end();
      return;
    }
    const last = usage === 'beside' || usage === 'every' ? { usage: mockUsage } : nulls;
    res.write(event(request, choice({}, 'stop'), last));
    if (usage === 'asked' && asked) res.write(event(request, [], { usage: mockUsage }));
    res.end(end === 'silent' ? '' : 'data: [DONE]\n\n');
  };

/** Accepts the request and never answers. */
export const replyNever: MockReply = () => {};

export interface MockScript {
  readonly reply: MockReply;
  /** Resolves when the request is there. */
  readonly started: Promise<MockRequest>;
  /** Resolves when whoever asked has closed the connection. */
  readonly closed: Promise<void>;
  say(text: string): void;
  /** Usage of its own, [DONE], end. */
  finish(): void;
  reset(): void;
}

/** A stream that goes on when the test says so. */
export function scriptedStream(): MockScript {
  let request: MockRequest | null = null;
  let response: ServerResponse | null = null;
  let onStart: (request: MockRequest) => void = () => {};
  let onClose: () => void = () => {};
  const started = new Promise<MockRequest>((resolve) => {
    onStart = resolve;
  });
  const closed = new Promise<void>((resolve) => {
    onClose = resolve;
  });
  const write = (choices: readonly unknown[], extra: Record<string, unknown> = {}): void => {
    if (request !== null) response?.write(event(request, choices, extra));
  };
  return {
    started,
    closed,
    reply(asked, res) {
      request = asked;
      response = res;
      res.on('close', onClose);
      res.writeHead(200, head);
      res.flushHeaders();
      onStart(asked);
    },
    say: (text) => write(choice({ content: text })),
    finish() {
      write(choice({}, 'stop'));
      write([], { usage: mockUsage });
      response?.end('data: [DONE]\n\n');
    },
    reset: () => response?.destroy(),
  };
}
