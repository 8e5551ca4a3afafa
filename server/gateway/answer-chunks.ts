// One answer of a provider as chunks to loop over. The reader sets the pace: what it has not taken yet holds the provider back.
import type { AppError } from '../../core/errors.ts';
import { type Headers, type Outgoing, send, type Upstream } from './upstream.ts';

export interface Incoming {
  readonly status: number;
  readonly headers: Headers;
  /** Ends with the answer; throws AppError when it breaks off, the signal's reason when it is aborted. */
  readonly chunks: AsyncIterable<Buffer>;
}

/** Bytes waiting to be read beyond which the provider is made to wait. */
const waitAbove = 256 * 1024;

/** Resolves once the answer begins. Leaving the loop over `chunks` ends the request. */
export async function receive(upstream: Upstream, outgoing: Outgoing, signal: AbortSignal): Promise<Incoming> {
  let waiting: Buffer[] = [];
  let size = 0;
  let head: Pick<Incoming, 'status' | 'headers'> | null = null;
  let over = false;
  let failure: AppError | null = null;
  let wake: (() => void) | null = null;
  const notify = (): void => {
    wake?.();
    wake = null;
  };
  const sending = send(upstream, outgoing, {
    head(status, headers) {
      head = { status, headers };
      notify();
    },
    data(chunk) {
      waiting.push(chunk);
      size += chunk.length;
      if (size > waitAbove) sending.pause();
      notify();
    },
    end() {
      over = true;
      notify();
    },
    fail(error) {
      over = true;
      failure = error;
      notify();
    },
  });
  signal.addEventListener('abort', notify);
  const stop = (): void => {
    signal.removeEventListener('abort', notify);
    sending.abort();
  };
  const happening = (): Promise<void> =>
    new Promise((resolve) => {
      wake = resolve;
    });

  async function* read(): AsyncGenerator<Buffer> {
    try {
      for (;;) {
        signal.throwIfAborted();
        // What arrived before a failure is handed over first; then the failure speaks.
        if (waiting.length > 0) {
          const taken = waiting;
          const held = size > waitAbove;
          waiting = [];
          size = 0;
          // Going on may hand over the next chunks at once: the counts above must be right by then.
          if (held) sending.resume();
          yield* taken;
        } else if (over) {
          if (failure !== null) throw failure;
          return;
        } else await happening();
      }
    } finally {
      stop();
    }
  }

  const begun = (): Pick<Incoming, 'status' | 'headers'> | null => head;
  try {
    for (;;) {
      signal.throwIfAborted();
      const begin = begun();
      if (begin !== null) return { ...begin, chunks: read() };
      if (failure !== null) throw failure;
      await happening();
    }
  } catch (error) {
    stop();
    throw error;
  }
}
