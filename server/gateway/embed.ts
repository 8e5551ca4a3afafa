// Vectors for rooms that search by meaning: the same models, limits and ledger as the API.
import { z } from 'zod';
import { AppError } from '../../core/errors.ts';
import type { Caller } from './call.ts';
import type { GatewayCore } from './core.ts';
import { builtInProvider } from './providers/provider.ts';
import { refusal } from './refusal.ts';
import { estimateTokens, noTokens, readTokens, textBytes } from './tokens.ts';
import { fetchSmall } from './upstream.ts';

export interface EmbedInput {
  readonly model: string;
  readonly texts: readonly string[];
  /** Where the model can give fewer than it has. */
  readonly dimensions?: number;
}

export interface Embedded {
  /** One for each text, in their order. */
  readonly vectors: readonly (readonly number[])[];
  readonly provider: string;
  readonly model: string;
  readonly input_tokens: number;
  readonly cost_usd: string | null;
}

const vectorAnswer = z.object({
  data: z.array(z.object({ index: z.number().int().optional(), embedding: z.array(z.number()).min(1) })),
  usage: z.unknown().optional(),
});

/** Throws AppError; the call is logged in each case. */
export async function embed(core: GatewayCore, input: EmbedInput, caller: Caller): Promise<Embedded> {
  const target = await core.find(input.model);
  if (target.provider === builtInProvider) throw new AppError('model_unsuitable', { details: { model: input.model } });
  await core.prices.ready();
  const upstream = core.registry.upstreamOf(target.provider);
  const release = core.slots.take(caller.claims.sub);
  const call = core.startCall(caller, target, false);
  try {
    const { headersTimeout, idleTimeout } = core.limits;
    const dimensions = input.dimensions === undefined ? {} : { dimensions: input.dimensions };
    const body = Buffer.from(
      JSON.stringify({ model: target.model, input: input.texts, encoding_format: 'float', ...dimensions }),
    );
    const outgoing = { method: 'POST', path: '/embeddings', body, headersTimeout, idleTimeout } as const;
    const got = await fetchSmall(upstream, outgoing, core.limits.answerBytes);
    if (got.status !== 200) throw refusal(got.status, got.headers, got.body, upstream.provider).error;
    const { data, usage } = parseVectors(got.body, input.texts.length);
    const settled = call.end({
      status: 'completed',
      tokens: readTokens(usage),
      estimate: () => ({ ...noTokens, input: estimateTokens(textBytes(input.texts)) }),
    });
    return { vectors: data, ...target, input_tokens: settled.tokens.input, cost_usd: settled.cost };
  } catch (error) {
    const failure = error instanceof AppError ? error : new AppError('upstream_error', { cause: error });
    call.end({ status: 'failed', tokens: null, error: failure });
    throw failure;
  } finally {
    release();
  }
}

function parseVectors(body: Buffer, expected: number): { data: number[][]; usage: unknown } {
  const parsed = vectorAnswer.parse(JSON.parse(body.toString()));
  const data: number[][] = [];
  for (const [place, item] of parsed.data.entries()) data[item.index ?? place] = item.embedding;
  if (data.length !== expected || parsed.data.length !== expected) {
    throw new AppError('upstream_error', { message: 'The provider did not return one vector for each text.' });
  }
  return { data, usage: parsed.usage };
}
