// The AI SDK's UI message stream protocol: events as JSON in server-sent events, `[DONE]` at the end. A body that ends
// without finish, error or abort looks like success to the SDK, so an answer always ends with one of them.

/** One event. Extra fields are allowed by the protocol, unknown types are not. */
export type UiEvent = { readonly type: string } & Readonly<Record<string, unknown>>;

export const uiStreamHeaders = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-cache, no-transform',
  'x-accel-buffering': 'no',
  'x-vercel-ai-ui-message-stream': 'v1',
} as const;

const encoder = new TextEncoder();
const frame = (data: string): Uint8Array => encoder.encode(`data: ${data}\n\n`);
const comment = encoder.encode(':\n\n');
const isLast = (event: UiEvent): boolean => event.type === 'finish' || event.type === 'error' || event.type === 'abort';

/** Long thinking sends comments, so that nothing between here and the reader takes silence for death. */
const heartbeat = 15_000;

/** Events as a response body. When the reader leaves, `events` is returned; whoever produces them goes on. */
export function uiStreamBody(events: AsyncIterable<UiEvent>): ReadableStream<Uint8Array> {
  const iterator = events[Symbol.asyncIterator]();
  let beat: NodeJS.Timeout | undefined;
  return new ReadableStream({
    async pull(controller) {
      beat = setInterval(() => controller.enqueue(comment), heartbeat);
      const { done, value } = await iterator.next().finally(() => clearInterval(beat));
      if (done === true) {
        controller.enqueue(frame('[DONE]'));
        controller.close();
      } else controller.enqueue(frame(JSON.stringify(value)));
    },
    async cancel() {
      // At once: a silent answer hears of the leaving with its next event, and a beat into a closed body is thrown at nobody.
      clearInterval(beat);
      await iterator.return?.();
    },
  });
}

/** Passes events on and makes sure that the last one says how it ended. */
export async function* untilEnd(events: AsyncIterable<UiEvent>): AsyncGenerator<UiEvent> {
  for await (const event of events) {
    yield event;
    if (isLast(event)) return;
  }
  yield { type: 'error', errorText: 'The answer ended without a word. Reload to see what has arrived.' };
}
