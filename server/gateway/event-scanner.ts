// Reads a stream of server-sent events as it passes by: usage, length of the text, how it ended. Bytes go on untouched,
// but for the usage event that a client did not ask for. Works on whole events: half an event is of no use to anybody.
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

/** `hideUsage` drops events that carry nothing but usage. Throws RangeError when an event never ends. */
export function scanEvents(hideUsage: boolean): EventScanner {
  const facts: StreamFacts = { tokens: null, textBytes: 0, finished: false, done: false, error: false };
  let pending = nothing;
  let scanned = 0;

  const feed = (chunk: Buffer): Buffer => {
    const data = pending.length === 0 ? chunk : Buffer.concat([pending, chunk]);
    const kept: Buffer[] = [];
    let keptFrom = 0;
    let eventStart = 0;
    let lineStart = pending.length === 0 ? 0 : scanned;
    for (let end = data.indexOf(newline, lineStart); end !== -1; end = data.indexOf(newline, lineStart)) {
      const empty = end === lineStart || (end === lineStart + 1 && data[lineStart] === carriageReturn);
      if (empty && lineStart > eventStart) {
        if (readEvent(data.latin1Slice(eventStart, lineStart), data, eventStart, lineStart, facts) && hideUsage) {
          if (eventStart > keptFrom) kept.push(data.subarray(keptFrom, eventStart));
          keptFrom = end + 1;
        }
        eventStart = end + 1;
      }
      lineStart = end + 1;
    }
    pending = data.subarray(eventStart);
    scanned = lineStart - eventStart;
    if (pending.length > longestEvent) throw new RangeError('an event of the upstream has no end');
    if (kept.length === 0) return data.subarray(keptFrom, eventStart);
    if (eventStart > keptFrom) kept.push(data.subarray(keptFrom, eventStart));
    return kept.length === 1 ? (kept[0] ?? nothing) : Buffer.concat(kept);
  };

  return {
    facts,
    feed,
    rest: () => (pending.length === 0 ? nothing : feed(Buffer.from('\n\n'))),
  };
}

/** Notes what one event says; true when it carries usage and nothing else. */
function readEvent(text: string, data: Buffer, start: number, end: number, facts: StreamFacts): boolean {
  if (!text.startsWith('data:')) return readOtherEvent(text, data, start, facts);
  if (text.startsWith('[DONE]', text[5] === ' ' ? 6 : 5)) {
    facts.done = true;
    return false;
  }
  facts.textBytes += deltaBytes(text);
  if (!facts.finished && saysString(text, '"finish_reason"')) facts.finished = true;
  const usage = saysObject(text, '"usage"');
  const error = text.indexOf('"error"') !== -1 && saysValue(text, '"error"') && text.indexOf('"choices"') === -1;
  if (!usage && !error) return false;
  return readWhole(data.toString('utf8', start + 5, end), facts);
}

/** Comments, and events with a name or several lines. */
function readOtherEvent(text: string, data: Buffer, start: number, facts: StreamFacts): boolean {
  const named = /(?:^|\n)event: ?error\b/.test(text);
  const at = text.search(/(?:^|\n)data:/);
  if (named) facts.error = true;
  if (at === -1) return false;
  const from = text[at] === '\n' ? at + 1 : at;
  return readEvent(text.slice(from), data, start + from, start + text.length, facts);
}

function readWhole(payload: string, facts: StreamFacts): boolean {
  let event: unknown;
  try {
    event = JSON.parse(payload);
  } catch {
    return false;
  }
  if (typeof event !== 'object' || event === null) return false;
  if ('error' in event && event.error !== null && event.error !== undefined) facts.error = true;
  const tokens = 'usage' in event ? readTokens(event.usage) : null;
  if (tokens === null) return false;
  facts.tokens = tokens;
  return 'choices' in event && Array.isArray(event.choices) && event.choices.length === 0;
}

/** Index of the first character of the value behind `key`, or -1. */
function valueAt(text: string, key: string, from = 0): number {
  let at = text.indexOf(key, from);
  if (at === -1) return -1;
  at += key.length;
  while (text[at] === ' ') at++;
  if (text[at] !== ':') return -1;
  at++;
  while (text[at] === ' ') at++;
  return at;
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
