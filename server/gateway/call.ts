// One call to a model from its beginning to its line in the ledger. Whatever happens to it, it is logged once.
import type { Claims } from '../../core/database.ts';
import type { AppError } from '../../core/errors.ts';
import { newId } from '../../core/ids.ts';
import type { Ledger, UsageRow } from './ledger.ts';
import { costOf, type Price } from './prices.ts';
import { noTokens, type Tokens } from './tokens.ts';

/** Who asks and what for. */
export interface Caller {
  readonly claims: Claims;
  readonly keyId: string | null;
  readonly requestId: string;
  readonly action: string;
  readonly conversationId: string | null;
  readonly messageId: string | null;
  readonly promptVersionId: string | null;
}

export interface Outcome {
  readonly status: UsageRow['status'];
  /** What the provider reported; null when it reported nothing. */
  readonly tokens: Tokens | null;
  /** Used when `tokens` is null: what it must have been. */
  readonly estimate?: () => Tokens;
  readonly error?: AppError;
  readonly modelVersion?: string | null;
  readonly metadata?: Readonly<Record<string, unknown>>;
}

export interface Settled {
  readonly tokens: Tokens;
  readonly cost: string | null;
  readonly estimated: boolean;
}

export interface Call {
  readonly provider: string;
  readonly model: string;
  /** The first piece of the answer has come. */
  sawFirstToken(): void;
  /** What these tokens cost, for a header or an event that leaves before the call ends. */
  costOf(tokens: Tokens): string | null;
  /** Logs the call; the second time it does nothing. */
  end(outcome: Outcome): Settled;
}

interface Start {
  readonly caller: Caller;
  readonly provider: string;
  readonly model: string;
  readonly stream: boolean;
  readonly price: () => Price | null;
}

export function startCall(ledger: Ledger, start: Start): Call {
  const { caller, provider, model } = start;
  const startedAt = performance.now();
  const createdAt = Date.now();
  let firstTokenAt: number | null = null;
  let settled: Settled | null = null;

  return {
    provider,
    model,
    sawFirstToken() {
      firstTokenAt ??= performance.now();
    },
    costOf: (tokens) => costOf(start.price(), tokens),
    end(outcome) {
      if (settled !== null) return settled;
      const tokens = outcome.tokens ?? outcome.estimate?.() ?? noTokens;
      const used = tokens.input > 0 || tokens.output > 0;
      const estimated = outcome.tokens === null && used;
      // A call that was refused cost nothing, whatever its model would have cost.
      const cost = outcome.status === 'failed' && !used ? '0' : costOf(start.price(), tokens);
      settled = { tokens, cost, estimated };
      const now = performance.now();
      ledger.add({
        id: newId(),
        created_at: createdAt / 1000,
        user_id: caller.claims.sub,
        api_key_id: caller.keyId ?? undefined,
        conversation_id: caller.conversationId ?? undefined,
        message_id: caller.messageId ?? undefined,
        prompt_version_id: caller.promptVersionId ?? undefined,
        request_id: caller.requestId,
        action: caller.action,
        provider,
        model,
        model_version: outcome.modelVersion ?? undefined,
        input_tokens: tokens.input,
        output_tokens: tokens.output,
        cached_tokens: tokens.cached || undefined,
        cache_write_tokens: tokens.cacheWrite || undefined,
        reasoning_tokens: tokens.reasoning || undefined,
        cost_usd: cost ?? undefined,
        estimated: estimated || undefined,
        stream: start.stream || undefined,
        latency_ms: Math.round(now - startedAt),
        time_to_first_token_ms: firstTokenAt === null ? undefined : Math.round(firstTokenAt - startedAt),
        status: outcome.status,
        error_code: outcome.error?.code,
        error_message: outcome.error?.message,
        metadata: outcome.metadata,
      });
      return settled;
    },
  };
}
