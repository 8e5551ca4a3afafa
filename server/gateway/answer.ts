// Answers for the chat room: the same models, limits and ledger as the API, read as events instead of bytes.
import { AppError } from '../../core/errors.ts';
import { readPieces } from './answer-stream.ts';
import type { AnswerEvent, Ask } from './ask.ts';
import { askBody } from './ask-body.ts';
import type { Caller, Settled } from './call.ts';
import type { GatewayCore } from './core.ts';
import { answerFromPassages } from './providers/extractive.ts';
import { builtInProvider } from './providers/provider.ts';
import type { Target } from './registry.ts';
import { estimateTokens, noTokens, type Tokens, textBytes } from './tokens.ts';

/**
 * The last event is `finish`; whatever ends otherwise throws: AppError, or the signal's reason once it is aborted. Leaving
 * the loop early stops the provider as well. The call is logged in each case.
 */
export async function* answer(
  core: GatewayCore,
  ask: Ask,
  caller: Caller,
  signal: AbortSignal,
): AsyncGenerator<AnswerEvent> {
  signal.throwIfAborted();
  const target = await core.find(ask.model);
  await core.prices.ready();
  const release = core.slots.take(caller.claims.sub);
  try {
    yield* target.provider === builtInProvider
      ? answerBuiltIn(core, ask, caller, target, signal)
      : answerUpstream(core, ask, caller, target, signal);
  } finally {
    release();
  }
}

function finished(target: Target, reason: string, { tokens, cost, estimated }: Settled): AnswerEvent {
  return {
    type: 'finish',
    reason,
    provider: target.provider,
    model: target.model,
    input_tokens: tokens.input,
    output_tokens: tokens.output,
    cost_usd: cost,
    estimated,
  };
}

async function* answerBuiltIn(
  core: GatewayCore,
  ask: Ask,
  caller: Caller,
  target: Target,
  signal: AbortSignal,
): AsyncGenerator<AnswerEvent> {
  const call = core.startCall(caller, target, true);
  let outputBytes = 0;
  const estimate = (): Tokens => ({
    ...noTokens,
    input: estimateTokens(textBytes(ask.question) + textBytes((ask.passages ?? []).map((passage) => passage.content))),
    output: estimateTokens(outputBytes),
  });
  let ended = false;
  try {
    for (const event of answerFromPassages(ask.question, ask.passages)) {
      signal.throwIfAborted();
      call.sawFirstToken();
      if (event.type === 'text') outputBytes += Buffer.byteLength(event.text);
      yield event;
    }
    ended = true;
    yield finished(target, 'stop', call.end({ status: 'completed', tokens: null, estimate }));
  } finally {
    if (!ended) call.end({ status: 'stopped', tokens: null, estimate });
  }
}

async function* answerUpstream(
  core: GatewayCore,
  ask: Ask,
  caller: Caller,
  target: Target,
  signal: AbortSignal,
): AsyncGenerator<AnswerEvent> {
  const upstream = core.registry.upstreamOf(target.provider);
  const call = core.startCall(caller, target, true);
  let outputBytes = 0;
  let tokens: Tokens | null = null;
  let modelVersion: string | null = null;
  let reason: string | null = null;
  let failure: AppError | null = null;
  let ended = false;
  const estimate = (): Tokens => ({
    ...noTokens,
    input: estimateTokens(textBytes(ask.messages)),
    output: estimateTokens(outputBytes),
  });
  const bodyFor = (refusesStreamOptions: boolean): Buffer => askBody(target, ask, refusesStreamOptions);
  try {
    for await (const piece of readPieces(upstream, bodyFor, core.limits, signal)) {
      if (piece.tokens !== null) tokens = piece.tokens;
      modelVersion = piece.model ?? modelVersion;
      reason = piece.finishReason ?? reason;
      if (piece.text === '' && piece.reasoning === '') continue;
      call.sawFirstToken();
      outputBytes += Buffer.byteLength(piece.text) + Buffer.byteLength(piece.reasoning);
      if (piece.reasoning !== '') yield { type: 'reasoning', text: piece.reasoning };
      if (piece.text !== '') yield { type: 'text', text: piece.text };
    }
    if (reason === null) throw new AppError('upstream_interrupted', { details: { provider: target.provider } });
    ended = true;
    yield finished(target, reason, call.end({ status: 'completed', tokens, estimate, modelVersion }));
  } catch (error) {
    signal.throwIfAborted();
    failure = error instanceof AppError ? error : new AppError('upstream_error', { cause: error });
    throw failure;
  } finally {
    // A refusal before the first word used nothing; all else used what was asked and what was said so far.
    const used = outputBytes > 0 || failure === null ? { estimate } : {};
    const error = failure === null ? {} : { error: failure };
    if (!ended) call.end({ status: failure === null ? 'stopped' : 'failed', tokens, modelVersion, ...used, ...error });
  }
}
