// A page without a browser, for tests: requests are held back until the test answers them, frames until it shows them, and
// timers run when the test says so.

/** What is needed of the context of a test; this file stands in the web application and imports nothing of Node. */
type Context = { mock: { timers: { enable(options: { apis: 'setTimeout'[] }): void; tick(ms: number): void } } };
type Asked = { method: string; signal?: AbortSignal };

export interface Held {
  readonly signal: AbortSignal | undefined;
  answer(json: unknown, status?: number): Promise<void>;
  /** Answers with a stream of events, which the test writes. */
  stream(): Promise<{ say(part: unknown): Promise<void>; end(type: string): Promise<void> }>;
  fail(): Promise<void>;
}

export interface TestPage {
  /** The next request of this method and path that has not been taken yet, as `GET /documents`. */
  request(line: string): Promise<Held>;
  /** Requests that nobody has taken. */
  waiting(): string[];
  showFrame(): void;
  tick(ms: number): Promise<void>;
}

/** Lets everything go on that waits for nothing outside. */
export async function settled(): Promise<void> {
  for (let times = 0; times < 5; times += 1) await new Promise(setImmediate);
}

function hold(
  signal: AbortSignal | undefined,
  reply: (response: Response) => void,
  refuse: (error: unknown) => void,
): Held {
  return {
    signal,
    answer: (json, status = 200) => {
      reply(status === 204 ? new Response(null, { status }) : Response.json(json, { status }));
      return settled();
    },
    stream: async () => {
      const body = new TransformStream<Uint8Array, Uint8Array>();
      const writer = body.writable.getWriter();
      const abort = (): void => void writer.abort(signal?.reason).catch(() => undefined);
      signal?.addEventListener('abort', abort);
      reply(new Response(body.readable));
      await settled();
      const say = async (part: unknown): Promise<void> => {
        void writer.write(new TextEncoder().encode(`data: ${JSON.stringify(part)}\n\n`)).catch(() => undefined);
        await settled();
      };
      return {
        say,
        end: async (type) => {
          await say({ type });
          void writer.close().catch(() => undefined);
          await settled();
        },
      };
    },
    fail: () => {
      refuse(new TypeError('fetch failed'));
      return settled();
    },
  };
}

export function openPage(context: Context): TestPage {
  const held: { line: string; request: Held }[] = [];
  const frames: (() => void)[] = [];
  const kept = new Map<string, string>();
  const fetch = (path: string, { method, signal }: Asked): Promise<Response> =>
    new Promise((resolve, reject) => {
      signal?.addEventListener('abort', () => reject(signal.reason));
      const line = `${method} ${path.replace('/api/v1', '').replace(/\?.*/, '')}`;
      held.push({ line, request: hold(signal, resolve, reject) });
    });
  Object.assign(globalThis, {
    fetch,
    document: Object.assign(new EventTarget(), { hidden: false }),
    requestAnimationFrame: (frame: () => void) => frames.push(frame),
  });
  Object.defineProperty(globalThis, 'localStorage', {
    configurable: true,
    value: {
      getItem: (key: string) => kept.get(key) ?? null,
      setItem: (key: string, value: string) => kept.set(key, value),
      removeItem: (key: string) => kept.delete(key),
    },
  });
  context.mock.timers.enable({ apis: ['setTimeout'] });
  return {
    request: async (line) => {
      await settled();
      const at = held.findIndex((each) => each.line === line);
      const [found] = at === -1 ? [] : held.splice(at, 1);
      if (!found) throw new Error(`${line} was not asked for; waiting: ${held.map((each) => each.line).join(', ')}`);
      return found.request;
    },
    waiting: () => held.map((each) => each.line),
    showFrame: () => {
      for (const frame of frames.splice(0)) frame();
    },
    tick: async (ms) => {
      context.mock.timers.tick(ms);
      await settled();
    },
  };
}
