// Reads a server-sent event stream from a response: used for live changes and for answers alike.

export type ServerEvent = { event: string; data: string };

function parseBlock(block: string): ServerEvent | null {
  let event = 'message';
  const data: string[] = [];
  for (const line of block.split('\n')) {
    if (line.startsWith(':')) continue;
    const colon = line.indexOf(':');
    const field = colon === -1 ? line : line.slice(0, colon);
    const value = colon === -1 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (field === 'event') event = value;
    if (field === 'data') data.push(value);
  }
  return data.length === 0 ? null : { event, data: data.join('\n') };
}

/** The server sends comments, at least every 25 seconds: a stream that is silent for longer is dead, though nobody has said so. */
const longestSilenceMs = 60_000;

type Reader = ReadableStreamDefaultReader<string>;

async function readBeforeSilence(reader: Reader): ReturnType<Reader['read']> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const silence = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('Nothing was heard for a minute.')), longestSilenceMs);
  });
  try {
    return await Promise.race([reader.read(), silence]);
  } finally {
    clearTimeout(timer);
  }
}

/** Yields each event as it arrives; ends when the body does, and fails when nothing comes for a minute. */
export async function* readServerEvents(response: Response): AsyncGenerator<ServerEvent> {
  if (!response.body) return;
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let waiting = '';
  try {
    for (;;) {
      const { done, value } = await readBeforeSilence(reader);
      if (done) return;
      waiting = (waiting + value).replaceAll('\r\n', '\n');
      for (let end = waiting.indexOf('\n\n'); end !== -1; end = waiting.indexOf('\n\n')) {
        const parsed = parseBlock(waiting.slice(0, end));
        waiting = waiting.slice(end + 2);
        if (parsed) yield parsed;
      }
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}
