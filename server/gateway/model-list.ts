// GET /v1/models and /v1/models/{id} in OpenAI's shape.
import type { ServerResponse } from 'node:http';
import type { ModelInfo } from '../../contract/gateway.ts';
import { AppError } from '../../core/errors.ts';
import type { GatewayCore } from './core.ts';

/** `created` is required by the protocol; lists do not agree on it, and nothing depends on it. */
const shape = (model: ModelInfo): object => ({
  id: model.id,
  object: 'model',
  created: 0,
  owned_by: model.provider,
  display_name: model.display_name,
  context_window: model.context_window,
  max_output_tokens: model.max_output_tokens,
});

function answer(res: ServerResponse, requestId: string, body: object): void {
  const bytes = Buffer.from(JSON.stringify(body));
  res.writeHead(200, { 'content-type': 'application/json', 'content-length': bytes.length, 'x-request-id': requestId });
  res.end(bytes);
}

export async function listModels(core: GatewayCore): Promise<ModelInfo[]> {
  await Promise.all([core.registry.settle(), core.prices.ready()]);
  return core.registry.models();
}

export async function answerModels(core: GatewayCore, res: ServerResponse, requestId: string): Promise<void> {
  answer(res, requestId, { object: 'list', data: (await listModels(core)).map(shape) });
}

/** Takes the same names as a call does, without a provider where that is unambiguous. */
export async function answerModel(
  core: GatewayCore,
  res: ServerResponse,
  requestId: string,
  id: string,
): Promise<void> {
  const models = await listModels(core);
  let name: string;
  try {
    name = decodeURIComponent(id);
  } catch (cause) {
    throw new AppError('model_not_found', { cause });
  }
  const target = core.registry.resolve(name);
  const found = models.find((model) => model.provider === target.provider && model.name === target.model);
  if (found === undefined) throw new AppError('model_not_found', { details: { model: name } });
  answer(res, requestId, shape(found));
}
