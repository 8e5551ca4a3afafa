// Models: what can answer, how much it takes and what it costs.

import type { ModelInfo } from '../../contract/gateway.ts';
import { send } from './request.ts';
import { count, flag, list, maybe, oneOf, page, part, type Shape, text } from './shape.ts';

const model = part<ModelInfo>()({
  id: text,
  provider: text,
  name: text,
  display_name: text,
  context_window: maybe(count),
  input_price_per_million: maybe(text),
  output_price_per_million: maybe(text),
  capabilities: list(text),
  built_in: flag,
  kind: oneOf('chat', 'embedding', 'image', 'audio', 'moderation', 'other'),
});
export type Model = Shape<typeof model>;

/** Every model that can chat. */
export async function listModels(): Promise<Model[]> {
  const { data } = await send('/models', page(model));
  return data.filter((each) => each.kind === 'chat');
}
