// What an answer that came in one piece says about itself. It is read for the ledger; the client gets the bytes as they came.
import { readTokens, type Tokens, textBytes } from './tokens.ts';

export interface AnswerFacts {
  readonly tokens: Tokens | null;
  /** Bytes of generated text, for an estimate. */
  readonly outputBytes: number;
  readonly modelVersion: string | null;
}

/** Above this an answer is vectors, and parsing a million numbers to read two of them is waste. */
const parseUpTo = 256 * 1024;

export function readAnswer(answer: Buffer): AnswerFacts {
  if (answer.length > parseUpTo) {
    return { tokens: readTokens(findUsage(answer)), outputBytes: 0, modelVersion: null };
  }
  let body: unknown;
  try {
    body = JSON.parse(answer.toString());
  } catch {
    return { tokens: null, outputBytes: answer.length, modelVersion: null };
  }
  if (typeof body !== 'object' || body === null) return { tokens: null, outputBytes: answer.length, modelVersion: null };
  const tokens = 'usage' in body ? readTokens(body.usage) : null;
  return {
    tokens,
    outputBytes: tokens === null && 'choices' in body ? textBytes(body.choices) : 0,
    modelVersion: 'model' in body && typeof body.model === 'string' ? body.model.slice(0, 300) : null,
  };
}

/** The last `"usage": {…}`: providers write it behind the vectors or before them. */
function findUsage(answer: Buffer): unknown {
  const at = answer.lastIndexOf('"usage"');
  if (at === -1) return null;
  const text = answer.toString('utf8', at + '"usage"'.length, Math.min(answer.length, at + 4_096));
  const open = text.indexOf('{');
  for (let close = text.indexOf('}', open); open !== -1 && close !== -1; close = text.indexOf('}', close + 1)) {
    try {
      return JSON.parse(text.slice(open, close + 1));
    } catch {
      // An inner bracket: the object goes on.
    }
  }
  return null;
}
