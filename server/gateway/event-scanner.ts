// Reads a stream of server-sent events as it passes by: usage, length of the text, how it ended. Bytes go on untouched,
// but for the usage event that a client did not ask for. Works on whole events: half an event is of no use to anybody.
import { AppError } from '../../core/errors.ts';
import { readTokens, type Tokens } from './tokens.ts';

export interface StreamFacts {
  /** The last usage that was reported, on whatever event it stood. */
  tokens: Tokens | null;
  /** Bytes of text, thinking and tool arguments, for an estimate where no usage comes. */
  textBytes: number;
  /** A choice said why it stopped. */
  finished: boolean;
  /** `[DONE]` was seen. */
  done: boolean;
  /** The upstream reported an error inside the stream. */
  error: boolean;
  /** What the provider says it ran; read where usage is. */
  modelVersion: string | null;
}

export interface EventScanner {
  readonly facts: StreamFacts;
  /** The bytes that are ready to go to the client: whole events only. */
  feed(chunk: Buffer): Buffer;
  /** What is left when the upstream has ended without a blank line behind its last event. */
  rest(): Buffer;
}

const newline = 10;
const carriageReturn = 13;
const nothing = Buffer.alloc(0);
/** An event that is longer than this is not one. */
const longestEvent = 16 * 1024 * 1024;

/**
 * `hideUsage` drops events that carry nothing but usage; `costOf` adds `cost` to the usage of those that go on, since a
 * stream's headers leave before its cost is known. Throws when an event never ends.
 */
export function scanEvents(hideUsage: boolean, costOf?: (tokens: Tokens) => string | null): EventScanner {
  const facts: StreamFacts = {
    tokens: null,
    textBytes: 0,
    finished: false,
    done: false,
    error: false,
    modelVersion: null,
  };
  let pending: Buffer = nothing;
  let scanned = 0;

  const feed = (chunk: Buffer): Buffer => {
    const data = pending.length === 0 ? chunk : Buffer.concat([pending, chunk]);
    const kept: Buffer[] = [];
    let keptFrom = 0;
    const insert = (from: number, to: number, text: string): void => {
      kept.push(data.subarray(keptFrom, from), Buffer.from(text));
      keptFrom = to;
    };
    let eventStart = 0;
    let lineStart = pending.length === 0 ? 0 : scanned;
    for (let end = data.indexOf(newline, lineStart); end !== -1; end = data.indexOf(newline, lineStart)) {
      const empty = end === lineStart || (end === lineStart + 1 && data[lineStart] === carriageReturn);
      if (empty && lineStart > eventStart) {
        // One byte a character: positions in the text are positions in the bytes.
        const text = data.toString('latin1', eventStart, lineStart);
        const usage = readEvent(text, data, eventStart, lineStart, facts);
        if (usage === 'alone' && hideUsage) insert(eventStart, end + 1, '');
        else if (usage !== 'none' && facts.tokens !== null) {
          const cost = costOf?.(facts.tokens) ?? null;
          const open = cost === null ? -1 : valueAt(text, '"usage"');
          if (open !== -1) insert(eventStart + open + 1, eventStart + open + 1, `"cost":${cost},`);
        }
        eventStart = end + 1;
      }
      lineStart = end + 1;
    }
    pending = data.subarray(eventStart);
    scanned = lineStart - eventStart;
    if (pending.length > longestEvent)
      throw new AppError('upstream_error', { message: 'The provider sent an event without an end.' });
    if (kept.length === 0) return data.subarray(0, eventStart);
    kept.push(data.subarray(keptFrom, eventStart));
    return Buffer.concat(kept);
  };

  return {
    facts,
    feed,
    rest: () => (pending.length === 0 ? nothing : feed(Buffer.from('\n\n'))),
  };
}

type UsageIn = 'none' | 'beside' | 'alone';

/** Notes what one event says, and whether usage stands in it beside a piece of the answer or alone. */
function readEvent(text: string, data: Buffer, start: number, end: number, facts: StreamFacts): UsageIn {
  if (!text.startsWith('data:')) return readOtherEvent(text, data, start, facts);
  if (text.startsWith('[DONE]', text[5] === ' ' ? 6 : 5)) {
    facts.done = true;
    return 'none';
  }
  facts.textBytes += deltaBytes(text);
  if (!facts.finished && saysString(text, '"finish_reason"')) facts.finished = true;
  const usage = saysObject(text, '"usage"');
  const error = text.indexOf('"error"') !== -1 && saysValue(text, '"error"') && text.indexOf('"choices"') === -1;
  if (!usage && !error) return 'none';
  return readWhole(data.toString('utf8', start + 5, end), facts);
}

/** Comments, and events with a name or several lines. */
function readOtherEvent(text: string, data: Buffer, start: number, facts: StreamFacts): UsageIn {
  const named = /(?:^|\n)event: ?error\b/.test(text);
  const at = text.search(/(?:^|\n)data:/);
  if (named) facts.error = true;
  if (at === -1) return 'none';
  const from = text[at] === '\n' ? at + 1 : at;
  return readEvent(text.slice(from), data, start + from, start + text.length, facts);
}

function readWhole(payload: string, facts: StreamFacts): UsageIn {
  let event: unknown;
  try {
    event = JSON.parse(payload);
  } catch {
    return 'none';
  }
  if (typeof event !== 'object' || event === null) return 'none';
  if ('error' in event && event.error !== null && event.error !== undefined) facts.error = true;
  const tokens = 'usage' in event ? readTokens(event.usage) : null;
  if (tokens === null) return 'none';
  facts.tokens = tokens;
  if ('model' in event && typeof event.model === 'string') facts.modelVersion = event.model.slice(0, 300);
  return 'choices' in event && Array.isArray(event.choices) && event.choices.length === 0 ? 'alone' : 'beside';
}

/** Index of the first character of the value behind `key`, or -1. */
function valueAt(text: string, key: string, from = 0): number {
  for (let found = text.indexOf(key, from); found !== -1; found = text.indexOf(key, found + 1)) {
    let at = found + key.length;
    while (text[at] === ' ') at++;
    // A value may be the same word; a key has a colon behind it.
    if (text[at] !== ':') continue;
    at++;
    while (text[at] === ' ') at++;
    return at;
  }
  return -1;
}
const saysString = (text: string, key: string): boolean => text[valueAt(text, key)] === '"';
const saysObject = (text: string, key: string): boolean => text[valueAt(text, key)] === '{';
const saysValue = (text: string, key: string): boolean => {
  const at = valueAt(text, key);
  return at !== -1 && !text.startsWith('null', at);
};

const textKeys = ['"content"', '"reasoning_content"', '"reasoning"', '"arguments"', '"refusal"'] as const;

/** Bytes of generated text in one event, escapes counted as written. */
function deltaBytes(text: string): number {
  let from = text.indexOf('"delta"');
  if (from === -1) return 0;
  let sum = 0;
  for (const key of textKeys) {
    const at = valueAt(text, key, from);
    if (text[at] !== '"') continue;
    const end = endOfString(text, at);
    sum += end - at - 1;
    // Plain text is by far the most frequent: one key, one look.
    if (key === '"content"' && sum > 0) return sum;
    from = Math.min(from, at);
  }
  return sum;
}

function endOfString(text: string, open: number): number {
  for (let end = text.indexOf('"', open + 1); end !== -1; end = text.indexOf('"', end + 1)) {
    let slashes = 0;
    while (text[end - 1 - slashes] === '\\') slashes++;
    if (slashes % 2 === 0) return end;
  }
  return text.length;
}
