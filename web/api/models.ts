// Models: what can answer, how much it takes and what it costs.

import { send } from './request.ts';
import { count, flag, list, maybe, or, page, record, type Shape, text } from './shape.ts';

const model = record({
  id: text,
  provider: text,
  name: text,
  display_name: or(text, ''),
  context_window: maybe(count),
  input_price_per_million: maybe(text),
  output_price_per_million: maybe(text),
  capabilities: or(list(text), []),
  built_in: or(flag, false),
  kind: or(text, 'chat'),
});
export type Model = Shape<typeof model>;

/** Every model that can chat. */
export async function listModels(): Promise<Model[]> {
  const { data } = await send('/models', page(model));
  return data.filter((each) => each.kind === 'chat');
}
