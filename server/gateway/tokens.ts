// Tokens of one call: read from whatever shape a provider reports them in, or estimated where it reports nothing.

export interface Tokens {
  /** All input, the cached part included. */
  readonly input: number;
  readonly output: number;
  readonly cached: number;
  readonly cacheWrite: number;
  /** The part of `output` that was thinking. */
  readonly reasoning: number;
}

export const noTokens: Tokens = { input: 0, output: 0, cached: 0, cacheWrite: 0, reasoning: 0 };

type Fields = Readonly<Record<string, unknown>>;
const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function count(fields: Fields | undefined, ...names: readonly string[]): number | undefined {
  for (const name of names) {
    const value = fields?.[name];
    if (typeof value === 'number' && Number.isFinite(value) && value >= 0) return Math.round(value);
  }
  return undefined;
}
const part = (fields: Fields, ...names: readonly string[]): Fields | undefined => {
  for (const name of names) {
    const value = fields[name];
    if (isFields(value)) return value;
  }
  return undefined;
};

/** The `usage` object of an answer; null when it says nothing usable. Names differ by provider, the sums must not. */
export function readTokens(usage: unknown): Tokens | null {
  if (!isFields(usage)) return null;
  const input = count(usage, 'prompt_tokens', 'input_tokens');
  const total = count(usage, 'total_tokens');
  let output = count(usage, 'completion_tokens', 'output_tokens');
  if (output === undefined && total !== undefined && input !== undefined) output = Math.max(0, total - input);
  if (input === undefined && output === undefined) return null;
  const inputParts = part(usage, 'prompt_tokens_details', 'input_tokens_details');
  const outputParts = part(usage, 'completion_tokens_details', 'output_tokens_details');
  const reasoning = count(outputParts, 'reasoning_tokens') ?? count(usage, 'reasoning_tokens') ?? 0;
  // Some providers leave thinking out of completion_tokens and show it only in the total: it is billed all the same.
  if (reasoning > 0 && total === (input ?? 0) + (output ?? 0) + reasoning) output = (output ?? 0) + reasoning;
  const cached = count(inputParts, 'cached_tokens') ?? count(usage, 'prompt_cache_hit_tokens', 'cached_tokens') ?? 0;
  return {
    input: input ?? 0,
    output: output ?? 0,
    cached: Math.min(cached, input ?? 0),
    cacheWrite: count(inputParts, 'cache_write_tokens', 'cache_creation_tokens') ?? 0,
    reasoning: Math.min(reasoning, output ?? 0),
  };
}

/** Four bytes of UTF-8 a token: within a third for most scripts, and never slow. Only for calls that reported nothing. */
export const estimateTokens = (bytes: number): number => Math.ceil(bytes / 4);

/** Bytes of the text that a request carries: its messages or its input, however they are nested. */
export function textBytes(value: unknown, depth = 0): number {
  if (typeof value === 'string') return value.startsWith('data:') ? 0 : Buffer.byteLength(value);
  if (depth > 8 || typeof value !== 'object' || value === null) return 0;
  let sum = 0;
  for (const item of Object.values(value)) sum += textBytes(item, depth + 1);
  return sum;
}
