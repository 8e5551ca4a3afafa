// The way of an answer from a provider to a client: bytes as they are, one line in the ledger at the end, whatever the end.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { AppError } from '../../core/errors.ts';
import { readAnswer } from './answer-body.ts';
import type { Call, Outcome } from './call.ts';
import type { Drain, Drains } from './drains.ts';
import { type EventScanner, scanEvents } from './event-scanner.ts';
import type { HandlerContext } from './exchange.ts';
import type { GatewayLimits } from './limits.ts';
import { refusal } from './refusal.ts';
import { estimateTokens, noTokens, type Tokens } from './tokens.ts';
import { type Headers, type Sending, send, type Upstream } from './upstream.ts';
import { errorEvent, sendError } from './wire.ts';

export interface Relay {
  readonly upstream: Upstream;
  readonly call: Call;
  readonly path: string;
  readonly body: Buffer;
  /** Sent instead when the provider refuses `stream_options`; null when we did not add it. */
  readonly plainBody: Buffer | null;
  /** Drop the usage event: the client did not ask for it. */
  readonly hideUsage: boolean;
  /** Bytes of text in the request, for an estimate. */
  readonly inputBytes: () => number;
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  readonly context: HandlerContext;
  readonly limits: GatewayLimits;
  readonly drains: Drains;
}

const done = Buffer.from('data: [DONE]\n\n');

/** Resolves when the client has its answer or has gone; reading on for the ledger may take longer. */
export function relay(to: Relay): Promise<void> {
  const { call, res } = to;
  return new Promise((resolve) => {
    let sending: Sending | null = null;
    let body = to.body;
    let status = 0;
    let headers: Headers = {};
    let scanner: EventScanner | null = null;
    let chunks: Buffer[] = [];
    let size = 0;
    let gone = false;
    let wrote = false;
    let drain: Drain | null = null;

    const estimate = (): Tokens => ({
      ...noTokens,
      input: estimateTokens(to.inputBytes()),
      output: scanner === null ? 0 : estimateTokens(scanner.facts.textBytes),
    });
    const settle = (outcome: Outcome): void => {
      drain?.end();
      // The client did not wait for it, however it went.
      call.end(gone ? { ...outcome, status: 'abandoned' } : outcome);
      resolve();
    };
    const breakOff = (error: AppError): void => {
      to.context.log.warn(
        { err: error.cause ?? error, code: error.code, provider: call.provider },
        'the answer broke off',
      );
      const begun = scanner !== null;
      settle({ status: 'failed', tokens: scanner?.facts.tokens ?? null, error, ...(begun ? { estimate } : {}) });
      if (gone) return;
      if (begun && res.headersSent) res.end(errorEvent(error, to.context.requestId));
      else sendError(to.req, res, error, to.context.requestId);
    };

    const endStream = (events: EventScanner): void => {
      const rest = events.rest();
      const { facts } = events;
      if (!facts.error && !facts.done && !facts.finished) {
        if (!gone && rest.length > 0) res.write(rest);
        breakOff(new AppError('upstream_interrupted', { details: { provider: call.provider } }));
        return;
      }
      if (facts.error) {
        const error = new AppError('upstream_error', { details: { provider: call.provider } });
        settle({ status: 'failed', tokens: facts.tokens, estimate, error });
      } else settle({ status: 'completed', tokens: facts.tokens, estimate, modelVersion: facts.modelVersion });
      if (gone) return;
      if (rest.length > 0) res.write(rest);
      // Some providers end without it; clients wait for it.
      if (!facts.error && !facts.done) res.write(done);
      res.end();
    };
    const endPlain = (): void => {
      const answer = Buffer.concat(chunks);
      chunks = [];
      if (status === 400 && to.plainBody !== null && body !== to.plainBody && answer.includes('stream_options')) {
        body = to.plainBody;
        start();
        return;
      }
      if (status !== 200) {
        refuse(answer);
        return;
      }
      const { tokens, outputBytes, modelVersion } = readAnswer(answer);
      call.sawFirstToken();
      const settled = call.end({
        status: gone ? 'abandoned' : 'completed',
        tokens,
        estimate: () => ({ ...noTokens, input: estimateTokens(to.inputBytes()), output: estimateTokens(outputBytes) }),
        modelVersion,
      });
      drain?.end();
      resolve();
      if (gone) return;
      res.writeHead(200, answerHeaders(to, headers, answer.length, settled.cost));
      endWith(res, answer);
    };
    const refuse = (answer: Buffer): void => {
      const { error, pass } = refusal(status, headers, answer, to.upstream.provider);
      if (error.status >= 500)
        to.context.log.warn({ code: error.code, status, provider: call.provider }, 'the provider failed');
      settle({ status: 'failed', tokens: null, error });
      if (gone) return;
      if (!pass) {
        sendError(to.req, res, error, to.context.requestId);
        return;
      }
      const retry = { 'x-should-retry': String(error.retryAfter !== undefined), 'x-loam-error': error.code };
      res.writeHead(status, { ...answerHeaders(to, headers, answer.length, null), ...retry });
      res.end(answer);
    };

    const start = (): void => {
      const { headersTimeout, idleTimeout } = to.limits;
      sending = send(
        to.upstream,
        { method: 'POST', path: to.path, body, headersTimeout, idleTimeout },
        {
          head(code, received) {
            status = code;
            headers = received;
            // Believed only once it is well without: the words of a refusal may be the caller's own, quoted.
            if (status === 200 && body === to.plainBody) to.upstream.refusesStreamOptions = true;
            const type = received['content-type'];
            if (status !== 200 || typeof type !== 'string' || !type.startsWith('text/event-stream')) return;
            scanner = scanEvents(to.hideUsage, call.costOf);
            if (gone) return;
            res.writeHead(200, streamHeaders(to, received));
            // Mostly the first event is here already, and both leave as one.
            setImmediate(() => {
              if (!wrote && !res.destroyed) res.flushHeaders();
            });
          },
          data(chunk) {
            drain?.read(chunk.length);
            if (scanner === null) {
              size += chunk.length;
              if (size <= to.limits.answerBytes) chunks.push(chunk);
              else {
                sending?.abort();
                breakOff(
                  new AppError('upstream_error', {
                    details: { provider: call.provider, limit: to.limits.answerBytes },
                  }),
                );
              }
              return;
            }
            const events = scanner.feed(chunk);
            if (scanner.facts.textBytes > 0) call.sawFirstToken();
            if (gone || events.length === 0) return;
            wrote = true;
            if (!res.write(events)) sending?.pause();
          },
          end: () => (scanner === null ? endPlain() : endStream(scanner)),
          fail: breakOff,
        },
      );
    };

    res.on('drain', () => sending?.resume());
    res.on('close', () => {
      if (res.writableFinished || gone) return;
      gone = true;
      resolve();
      const giveUp = (): void => {
        sending?.abort();
        call.end({ status: 'abandoned', tokens: scanner?.facts.tokens ?? null, estimate });
      };
      drain = to.drains.start(giveUp);
      if (drain === null) giveUp();
      else sending?.resume();
    });
    start();
  });
}

/** A short answer as text of one byte a character: it leaves in one piece with its headers, as bytes it would be two. */
function endWith(res: ServerResponse, answer: Buffer): void {
  if (answer.length < 16_384) res.end(answer.toString('latin1'), 'latin1');
  else res.end(answer);
}

const passedOn = ['openai-processing-ms', 'openai-version', 'retry-after', 'retry-after-ms'] as const;

/** A list of what may pass, never of what may not: length, encoding, connection and cookies are between two hosts. */
function sharedHeaders(to: Relay, received: Headers): Record<string, string | number> {
  const headers: Record<string, string | number> = {
    'x-request-id': to.context.requestId,
    'x-loam-provider': to.call.provider,
    'x-loam-model': to.call.model,
  };
  for (const name of passedOn) {
    const value = received[name];
    if (typeof value === 'string') headers[name] = value;
  }
  for (const name in received) {
    const value = received[name];
    if (name.startsWith('x-ratelimit-') && typeof value === 'string') headers[name] = value;
  }
  return headers;
}

function answerHeaders(
  to: Relay,
  received: Headers,
  length: number,
  cost: string | null,
): Record<string, string | number> {
  const headers = sharedHeaders(to, received);
  headers['content-type'] = 'application/json';
  headers['content-length'] = length;
  if (cost !== null) headers['x-loam-cost'] = cost;
  return headers;
}

function streamHeaders(to: Relay, received: Headers): Record<string, string | number> {
  const headers = sharedHeaders(to, received);
  headers['content-type'] = 'text/event-stream; charset=utf-8';
  headers['cache-control'] = 'no-cache';
  headers['x-accel-buffering'] = 'no';
  return headers;
}
