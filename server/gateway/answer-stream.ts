// A provider's answer as pieces: its words, its thoughts, why it stopped and what it used.
import { z } from 'zod';
import { AppError } from '../../core/errors.ts';
import { receive } from './answer-chunks.ts';
import type { GatewayLimits } from './limits.ts';
import { readError, refusal } from './refusal.ts';
import { readTokens, type Tokens } from './tokens.ts';
import type { Upstream } from './upstream.ts';

export interface AnswerPiece {
  readonly text: string;
  readonly reasoning: string;
  readonly finishReason: string | null;
  readonly tokens: Tokens | null;
  readonly model: string | null;
}

const text = z.string().nullish().catch(null);
const spoken = z.object({ content: text, reasoning_content: text, reasoning: text }).nullish().catch(null);
const choice = z.object({ delta: spoken, message: spoken, finish_reason: text });
const answerEvent = z.object({
  model: text,
  choices: z.array(choice).nullish().catch(null),
  usage: z.unknown().optional(),
  error: z.unknown().optional(),
});

/**
 * `bodyFor` is asked for the body, a second time when the provider refuses `stream_options`. Throws AppError; ends without
 * a finish reason when the provider broke off politely.
 */
export async function* readPieces(
  upstream: Upstream,
  bodyFor: (refusesStreamOptions: boolean) => Buffer,
  limits: GatewayLimits,
  signal: AbortSignal,
): AsyncGenerator<AnswerPiece> {
  const { provider } = upstream;
  const post = (refusesStreamOptions: boolean): ReturnType<typeof receive> => {
    const { headersTimeout, idleTimeout } = limits;
    const body = bodyFor(refusesStreamOptions);
    return receive(upstream, { method: 'POST', path: '/chat/completions', body, headersTimeout, idleTimeout }, signal);
  };
  let incoming = await post(upstream.refusesStreamOptions);
  if (incoming.status === 400 && !upstream.refusesStreamOptions) {
    const said = await readWhole(incoming.chunks, limits.answerBytes);
    if (!said.includes('stream_options')) throw refusal(400, incoming.headers, said, provider).error;
    incoming = await post(true);
    // Believed only once it is well without: the words of a refusal may be the caller's own, quoted.
    if (incoming.status === 200) upstream.refusesStreamOptions = true;
  }
  const type = incoming.headers['content-type'];
  if (incoming.status === 200 && typeof type === 'string' && type.startsWith('text/event-stream')) {
    yield* readEvents(incoming.chunks, provider.name);
    return;
  }
  const whole = await readWhole(incoming.chunks, limits.answerBytes);
  if (incoming.status !== 200) throw refusal(incoming.status, incoming.headers, whole, provider).error;
  const piece = readEvent(whole.toString(), provider.name);
  if (piece !== null) yield piece;
}

async function readWhole(chunks: AsyncIterable<Buffer>, limit: number): Promise<Buffer> {
  const taken: Buffer[] = [];
  let size = 0;
  for await (const chunk of chunks) {
    size += chunk.length;
    if (size > limit) throw new AppError('upstream_error', { message: 'The answer of the provider is too large.' });
    taken.push(chunk);
  }
  return Buffer.concat(taken);
}

/** A line longer than this is not one. */
const longestLine = 16 * 1024 * 1024;

async function* readEvents(chunks: AsyncIterable<Buffer>, provider: string): AsyncGenerator<AnswerPiece> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of chunks) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    if (rest.length > longestLine)
      throw new AppError('upstream_error', { message: 'The provider sent an event without an end.' });
    for (const line of lines) {
      const piece = readLine(line, provider);
      if (piece !== null) yield piece;
    }
  }
  const last = readLine(rest, provider);
  if (last !== null) yield last;
}

/** OpenAI's protocol puts each event on one `data:` line; names and comments say nothing that is needed. */
function readLine(line: string, provider: string): AnswerPiece | null {
  if (!line.startsWith('data:')) return null;
  const payload = line.slice('data:'.length).trim();
  return payload === '' || payload === '[DONE]' ? null : readEvent(payload, provider);
}

function readEvent(payload: string, provider: string): AnswerPiece | null {
  let json: unknown;
  try {
    json = JSON.parse(payload);
  } catch {
    // Without its cause, which quotes the answer and would bring it into the log.
    throw new AppError('upstream_error', { message: 'The provider sent an event that cannot be read.' });
  }
  const parsed = answerEvent.safeParse(json);
  if (!parsed.success) return null;
  const { data } = parsed;
  if (data.error !== undefined && data.error !== null) {
    const said = readError(Buffer.from(payload));
    throw new AppError('upstream_error', {
      details: { provider, ...(said.message === null ? {} : { message: said.message }) },
    });
  }
  const first = data.choices?.[0];
  const words = first?.delta ?? first?.message;
  return {
    text: words?.content ?? '',
    reasoning: words?.reasoning_content ?? words?.reasoning ?? '',
    finishReason: first?.finish_reason ?? null,
    tokens: readTokens(data.usage),
    model: data.model?.slice(0, 300) ?? null,
  };
}
