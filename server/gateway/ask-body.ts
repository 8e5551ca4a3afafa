// A question of ours as a request in OpenAI's protocol, with the few differences between models that refuse each other's.
import type { Ask } from './ask.ts';
import type { Target } from './registry.ts';

/** OpenAI's thinking models want another name for the limit and refuse a temperature. */
const thinks = /^(?:o\d|gpt-5)/;

export function askBody(target: Target, ask: Ask, refusesStreamOptions: boolean): Buffer {
  const thinking = target.provider === 'openai' && thinks.test(target.model);
  return Buffer.from(
    JSON.stringify({
      model: target.model,
      messages: ask.messages,
      stream: true,
      ...(refusesStreamOptions ? {} : { stream_options: { include_usage: true } }),
      ...(ask.temperature === undefined || thinking ? {} : { temperature: ask.temperature }),
      ...(ask.max_tokens === undefined ? {} : { [thinking ? 'max_completion_tokens' : 'max_tokens']: ask.max_tokens }),
    }),
  );
}
