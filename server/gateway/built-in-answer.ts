// The built-in model over HTTP, in OpenAI's shape. Passages come as a field of their own; without them it says what it is.
import { z } from 'zod';
import { type Passage, passage } from '../../contract/passages.ts';
import { AppError } from '../../core/errors.ts';
import type { GatewayCore } from './core.ts';
import type { Exchange } from './exchange.ts';
import { answerFromPassages } from './providers/extractive.ts';
import type { Target } from './registry.ts';
import { invalidField } from './request.ts';
import { estimateTokens, noTokens, textBytes } from './tokens.ts';

/** Sentences are ranked in this process: what is handed over is bounded by what that may take. */
const passageList = z.array(passage.extend({ content: z.string().max(20_000) })).max(50);

function readPassages(fields: Readonly<Record<string, unknown>>): Passage[] | null {
  const given = fields['passages'];
  if (given === undefined || given === null) return null;
  const parsed = passageList.safeParse(given);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw invalidField(['passages', ...(issue?.path ?? [])].map(String).join('.'), issue?.message ?? 'is not valid');
}

/** The text of the last message of the user: what is asked about the passages. */
function readQuestion(messages: unknown): string {
  if (!Array.isArray(messages)) return '';
  const last: unknown = messages.findLast((message: unknown) => isRole(message, 'user'));
  const content: unknown = typeof last === 'object' && last !== null && 'content' in last ? last.content : '';
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return '';
  return content
    .map((part: unknown) =>
      typeof part === 'object' && part !== null && 'text' in part && typeof part.text === 'string' ? part.text : '',
    )
    .join('\n');
}
const isRole = (message: unknown, role: string): boolean =>
  typeof message === 'object' && message !== null && 'role' in message && message.role === role;

export function answerBuiltIn(
  core: GatewayCore,
  { res, caller }: Exchange,
  target: Target,
  fields: Readonly<Record<string, unknown>>,
  stream: boolean,
): void {
  const passages = readPassages(fields);
  if (fields['tools'] !== undefined)
    throw new AppError('model_unsuitable', {
      details: { model: `${target.provider}/${target.model}`, field: 'tools' },
    });
  const question = readQuestion(fields['messages']);
  const call = core.startCall(caller, target, stream);
  const events = [...answerFromPassages(question, passages)];
  call.sawFirstToken();
  const text = events.map((event) => (event.type === 'text' ? event.text : '')).join('');
  const citations = events.filter((event) => event.type === 'citation').map(({ type: _, ...citation }) => citation);
  const tokens = {
    ...noTokens,
    input: estimateTokens(textBytes(question) + textBytes((passages ?? []).map((given) => given.content))),
    output: estimateTokens(Buffer.byteLength(text)),
  };
  const { cost } = call.end({ status: 'completed', tokens: null, estimate: () => tokens });
  const usage = {
    prompt_tokens: tokens.input,
    completion_tokens: tokens.output,
    total_tokens: tokens.input + tokens.output,
  };
  const base = {
    id: `chatcmpl-${caller.requestId}`,
    created: Math.floor(Date.now() / 1000),
    model: `${target.provider}/${target.model}`,
  };
  const headers = {
    'x-request-id': caller.requestId,
    'x-loam-provider': target.provider,
    'x-loam-model': target.model,
  };
  if (!stream) {
    const message = { role: 'assistant', content: text, refusal: null, ...(passages === null ? {} : { citations }) };
    const choices = [{ index: 0, message, logprobs: null, finish_reason: 'stop' }];
    const body = Buffer.from(JSON.stringify({ ...base, object: 'chat.completion', choices, usage }));
    res.writeHead(200, {
      ...headers,
      'content-type': 'application/json',
      'content-length': body.length,
      'x-loam-cost': cost ?? '0',
    });
    res.end(body);
    return;
  }
  const options = fields['stream_options'];
  const asked =
    typeof options === 'object' && options !== null && 'include_usage' in options && options.include_usage === true;
  const chunk = (choices: readonly unknown[], last?: unknown): string =>
    `data: ${JSON.stringify({ ...base, object: 'chat.completion.chunk', choices, ...(asked ? { usage: last ?? null } : {}) })}\n\n`;
  const choice = (delta: unknown, finish: string | null = null): readonly unknown[] => [
    { index: 0, delta, finish_reason: finish },
  ];
  res.writeHead(200, {
    ...headers,
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-cache',
    'x-accel-buffering': 'no',
  });
  res.write(chunk(choice({ role: 'assistant', content: '' })));
  res.write(
    events
      .map((event) =>
        chunk(choice(event.type === 'text' ? { content: event.text } : { citations: [{ ...event, type: undefined }] })),
      )
      .join(''),
  );
  res.write(chunk(choice({}, 'stop')));
  if (asked) res.write(chunk([], { ...usage, cost: 0 }));
  res.end('data: [DONE]\n\n');
}
