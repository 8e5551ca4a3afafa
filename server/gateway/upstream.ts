// One request to a provider over a pool of connections. Callbacks instead of streams: this is the hot path.
import type { Transform } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate, createZstdDecompress } from 'node:zlib';
import { type Dispatcher, Pool } from 'undici';
import { AppError } from '../../core/errors.ts';
import type { Provider } from './providers/provider.ts';

export interface Upstream {
  readonly provider: Provider;
  readonly pool: Pool;
  /** Path of the base address: `/v1`. */
  readonly prefix: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Learned from a refusal: it does not know `stream_options`. */
  refusesStreamOptions: boolean;
}

export type Headers = Readonly<Record<string, string | string[] | undefined>>;

/** Gets one answer. After `end` or `fail`, or once aborted, nothing more is called. */
export interface Sink {
  head(status: number, headers: Headers): void;
  data(chunk: Buffer): void;
  end(): void;
  fail(error: AppError): void;
}

export interface Sending {
  abort(): void;
  pause(): void;
  resume(): void;
}

export interface Outgoing {
  readonly method: 'GET' | 'POST';
  /** Behind the base address: `/chat/completions`. */
  readonly path: string;
  readonly body: Buffer | null;
  readonly headersTimeout: number;
  readonly idleTimeout: number;
}

export function openUpstream(provider: Provider): Upstream {
  const url = new URL(provider.baseUrl);
  return {
    provider,
    pool: new Pool(url.origin, {
      connections: 512,
      allowH2: false,
      connect: { timeout: 10_000 },
      keepAliveTimeout: 20_000,
    }),
    prefix: url.pathname.replace(/\/+$/, ''),
    // Nothing that a client sent is ever passed on: not its authorization, not its cookies, and no idempotency key,
    // since two people may choose the same and share our account at the provider.
    headers: {
      ...provider.headers,
      'content-type': 'application/json',
      'user-agent': 'loam',
    },
    refusesStreamOptions: false,
  };
}

export function send(upstream: Upstream, outgoing: Outgoing, sink: Sink): Sending {
  let controller: Dispatcher.DispatchController | null = null;
  let over = false;
  let begun = false;
  let decoder: Transform | null = null;

  const fail = (error: Error): void => {
    if (over) return;
    over = true;
    decoder?.destroy();
    sink.fail(upstreamFailure(error, upstream.provider, begun));
  };
  const data = (chunk: Buffer): void => {
    if (over) return;
    try {
      sink.data(chunk);
    } catch (error) {
      fail(error instanceof Error ? error : new Error('an answer could not be read', { cause: error }));
      controller?.abort(new Error('no longer wanted'));
    }
  };
  const end = (): void => {
    if (over) return;
    over = true;
    sink.end();
  };

  upstream.pool.dispatch(
    {
      method: outgoing.method,
      path: upstream.prefix + outgoing.path,
      headers: upstream.headers,
      body: outgoing.body,
      headersTimeout: outgoing.headersTimeout,
      bodyTimeout: outgoing.idleTimeout,
    },
    {
      onRequestStart(started) {
        controller = started;
        if (over) started.abort(new Error('no longer wanted'));
      },
      onResponseStart(started, status, headers) {
        if (over || status < 200) return;
        begun = true;
        decoder = decoderFor(headers['content-encoding']);
        decoder
          ?.on('data', data)
          .on('end', end)
          .on('error', fail)
          .on('drain', () => started.resume());
        sink.head(status, headers);
      },
      onResponseData(started, chunk) {
        if (decoder === null) data(chunk);
        else if (!decoder.write(chunk)) started.pause();
      },
      onResponseEnd() {
        if (decoder === null) end();
        else decoder.end();
      },
      onResponseError(_started, error) {
        fail(error);
      },
    },
  );

  return {
    abort() {
      if (over) return;
      over = true;
      decoder?.destroy();
      controller?.abort(new Error('no longer wanted'));
    },
    pause: () => (decoder === null ? controller?.pause() : decoder.pause()),
    resume: () => (decoder === null ? controller?.resume() : decoder.resume()),
  };
}

/** We do not ask for compression; some proxies compress all the same. */
function decoderFor(encoding: string | string[] | undefined): Transform | null {
  switch (typeof encoding === 'string' ? encoding.trim().toLowerCase() : '') {
    case 'gzip':
    case 'x-gzip':
      return createGunzip();
    case 'br':
      return createBrotliDecompress();
    case 'deflate':
      return createInflate();
    case 'zstd':
      return createZstdDecompress();
    default:
      return null;
  }
}

const unreachable = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]);
const silent = new Set(['UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT', 'ETIMEDOUT']);

function upstreamFailure(error: Error, provider: Provider, begun: boolean): AppError {
  if (error instanceof AppError) return error;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  const details = { provider: provider.name };
  if (unreachable.has(code)) return new AppError('upstream_unreachable', { cause: error, details });
  if (silent.has(code)) return new AppError('upstream_timeout', { cause: error, details });
  return new AppError(begun ? 'upstream_interrupted' : 'upstream_error', { cause: error, details });
}

/** A small answer as a whole, for everything that is not on the hot path. */
export function fetchSmall(
  upstream: Upstream,
  outgoing: Outgoing,
  limit: number,
): Promise<{ status: number; headers: Headers; body: Buffer }> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    let status = 0;
    let headers: Headers = {};
    const sending = send(upstream, outgoing, {
      head(code, received) {
        status = code;
        headers = received;
      },
      data(chunk) {
        size += chunk.length;
        chunks.push(chunk);
        if (size <= limit) return;
        sending.abort();
        reject(new AppError('upstream_error', { details: { provider: upstream.provider.name, limit } }));
      },
      end: () => resolve({ status, headers, body: Buffer.concat(chunks) }),
      fail: reject,
    });
  });
}
