// What an answer that came in one piece says about itself. It is read for the ledger; the client gets the bytes as they came.
import { readTokens, type Tokens, textBytes } from './tokens.ts';

export interface AnswerFacts {
  readonly tokens: Tokens | null;
  /** Bytes of generated text, for an estimate. */
  readonly outputBytes: number;
  readonly modelVersion: string | null;
}

/** Only two members are read of an answer that may be megabytes of vectors: they are found, and nothing else is parsed. */
export function readAnswer(answer: Buffer): AnswerFacts {
  const tokens = findTokens(answer);
  return { tokens, outputBytes: tokens === null ? generatedBytes(answer) : 0, modelVersion: findModel(answer) };
}

const usageKey = Buffer.from('"usage"');

/** The last usable `"usage": {…}`. Inside a text its quotes would be escaped, so it is never a model's own words. */
function findTokens(answer: Buffer): Tokens | null {
  for (let at = answer.lastIndexOf(usageKey); at !== -1; at = at === 0 ? -1 : answer.lastIndexOf(usageKey, at - 1)) {
    const tokens = readTokens(
      objectBehind(answer.toString('latin1', at + usageKey.length, Math.min(answer.length, at + 4_096))),
    );
    if (tokens !== null) return tokens;
  }
  return null;
}

function objectBehind(text: string): unknown {
  const open = text.indexOf('{');
  if (open === -1 || text.slice(0, open).trim() !== ':') return null;
  let depth = 1;
  let at = open;
  while (depth > 0) {
    const close = text.indexOf('}', at + 1);
    if (close === -1) return null;
    const inner = text.indexOf('{', at + 1);
    const opens = inner !== -1 && inner < close;
    depth += opens ? 1 : -1;
    at = opens ? inner : close;
  }
  try {
    return JSON.parse(text.slice(open, at + 1));
  } catch {
    return null;
  }
}

/** Providers write it at the beginning or at the end, beside the usage. */
function findModel(answer: Buffer): string | null {
  const near = 512;
  const pattern = /"model"\s*:\s*"([^"\\]{1,300})"/;
  const found =
    pattern.exec(answer.toString('utf8', 0, near)) ??
    (answer.length > near ? pattern.exec(answer.toString('utf8', answer.length - near)) : null);
  return found?.[1] ?? null;
}

function generatedBytes(answer: Buffer): number {
  try {
    const body: unknown = JSON.parse(answer.toString());
    return typeof body === 'object' && body !== null && 'choices' in body ? textBytes(body.choices) : 0;
  } catch {
    return answer.length;
  }
}
