// POST /v1/chat/completions: to a provider as it is, or to the built-in model.
import { AppError } from '../../core/errors.ts';
import { answerBuiltIn } from './built-in-answer.ts';
import type { GatewayCore } from './core.ts';
import type { Exchange } from './exchange.ts';
import { builtInProvider } from './providers/provider.ts';
import { relay } from './relay.ts';
import { invalidField, type ModelRequest, withFields } from './request.ts';
import { textBytes } from './tokens.ts';

/** We check what we act on; the provider checks the rest, and in its own words. */
export async function completeChat(core: GatewayCore, exchange: Exchange, request: ModelRequest): Promise<void> {
  const { fields, raw } = request;
  const messages = fields['messages'];
  if (!Array.isArray(messages) || messages.length === 0)
    throw invalidField('messages', 'must be a list with at least one message');
  const stream = fields['stream'] ?? false;
  if (typeof stream !== 'boolean') throw invalidField('stream', 'must be true or false');
  const options = fields['stream_options'] ?? null;
  if (typeof options !== 'object' || Array.isArray(options)) throw invalidField('stream_options', 'must be an object');
  const target = await core.find(request.model);
  if (target.provider === builtInProvider) {
    answerBuiltIn(core, exchange, target, fields, stream);
    return;
  }
  if ('passages' in fields) throw invalidField('passages', 'only the built-in model takes passages');

  const upstream = core.registry.upstreamOf(target.provider);
  const asked = options !== null && 'include_usage' in options && options.include_usage === true;
  const rename = target.model === request.model ? {} : { model: target.model };
  const plainBody = Object.keys(rename).length === 0 ? raw : withFields(raw, rename);
  const addUsage = stream && !asked && !upstream.refusesStreamOptions;
  const body = addUsage
    ? withFields(raw, { ...rename, stream_options: { ...options, include_usage: true } })
    : plainBody;
  await relay({
    upstream,
    call: core.startCall(exchange.caller, target, stream),
    path: '/chat/completions',
    body,
    plainBody: addUsage ? plainBody : null,
    hideUsage: stream && !asked,
    inputBytes: () => textBytes(messages),
    req: exchange.req,
    res: exchange.res,
    context: exchange.context,
    limits: core.limits,
    drains: core.drains,
  });
}

/** POST /v1/embeddings. */
export async function embedOverHttp(core: GatewayCore, exchange: Exchange, request: ModelRequest): Promise<void> {
  const { fields, raw } = request;
  const input = fields['input'];
  if (typeof input !== 'string' && !Array.isArray(input))
    throw invalidField('input', 'must be a text or a list of texts');
  const target = await core.find(request.model);
  if (target.provider === builtInProvider)
    throw new AppError('model_unsuitable', { details: { model: request.model } });
  await relay({
    upstream: core.registry.upstreamOf(target.provider),
    call: core.startCall(exchange.caller, target, false),
    path: '/embeddings',
    body: target.model === request.model ? raw : withFields(raw, { model: target.model }),
    plainBody: null,
    hideUsage: false,
    inputBytes: () => textBytes(input),
    req: exchange.req,
    res: exchange.res,
    context: exchange.context,
    limits: core.limits,
    drains: core.drains,
  });
}
