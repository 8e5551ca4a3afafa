// The one path to models. The chat and every other room come in here; clients of OpenAI's protocol through handler.ts.
import type { ModelInfo } from '../../contract/gateway.ts';
import type { Claims } from '../../core/database.ts';
import { answer } from './answer.ts';
import type { AnswerEvent, Ask } from './ask.ts';
import type { Caller } from './call.ts';
import { type CoreDeps, createCore, type GatewayCore } from './core.ts';
import { type Embedded, type EmbedInput, embed } from './embed.ts';
import { listModels } from './model-list.ts';
import type { Target } from './registry.ts';

export type { AnswerEvent, Ask } from './ask.ts';
export type { Embedded, EmbedInput } from './embed.ts';

export interface CallContext {
  readonly claims: Claims;
  readonly requestId: string;
  readonly conversationId?: string | null;
  readonly messageId?: string | null;
  readonly promptVersionId?: string | null;
  readonly keyId?: string | null;
  /** What the call is for, as the ledger says it; `chat` or `embedding` unless said. */
  readonly action?: string;
}

export interface Gateway {
  readonly core: GatewayCore;
  /** Ends with `finish` or throws: AppError, or the signal's reason. Leaving the loop stops the provider. */
  answer(ask: Ask, context: CallContext & { readonly signal: AbortSignal }): AsyncIterable<AnswerEvent>;
  embed(input: EmbedInput, context: CallContext): Promise<Embedded>;
  /** What this person can use. */
  listModels(claims: Claims): Promise<ModelInfo[]>;
  /** Throws model_not_found or model_ambiguous. */
  resolve(name: string): Target;
  /** Loads the prices before somebody has to wait for them. */
  warm(): Promise<void>;
  /** Ends what is under way for clients that have gone and writes the ledger. */
  close(): Promise<void>;
}

const callerOf = (context: CallContext, action: string): Caller => ({
  claims: context.claims,
  keyId: context.keyId ?? null,
  requestId: context.requestId,
  action: context.action ?? action,
  conversationId: context.conversationId ?? null,
  messageId: context.messageId ?? null,
  promptVersionId: context.promptVersionId ?? null,
});

export function createGateway(deps: CoreDeps): Gateway {
  const core = createCore(deps);
  return {
    core,
    answer: (ask, context) => answer(core, ask, callerOf(context, 'chat'), context.signal),
    embed: (input, context) => embed(core, input, callerOf(context, 'embedding')),
    listModels: () => listModels(core),
    resolve: (name) => core.registry.resolve(name),
    warm: () => core.prices.ready(),
    close: () => core.close(),
  };
}
