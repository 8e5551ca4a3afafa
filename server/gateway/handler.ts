// /v1/*: OpenAI's protocol on Node's own request and response. It stands before the router, because between a provider
// and a client each layer costs more than all our work.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { AppError } from '../../core/errors.ts';
import { toAppError } from '../http/errors.ts';
import type { Who } from '../http/room.ts';
import { completeChat, embedOverHttp } from './completions.ts';
import type { GatewayCore } from './core.ts';
import type { Exchange, HandlerContext } from './exchange.ts';
import type { Gateway } from './gateway.ts';
import { answerModel, answerModels } from './model-list.ts';
import { type ModelRequest, parseRequest, readBody } from './request.ts';
import { sendError } from './wire.ts';

export interface HandlerDeps {
  readonly gateway: Gateway;
  readonly authenticate: (authorization: string | undefined) => Promise<Who | null>;
}
export type GatewayHandler = (req: IncomingMessage, res: ServerResponse, context: HandlerContext) => Promise<void>;

/** The scope that an API key needs for this room, if it has scopes at all. */
export const gatewayScope = 'gateway';

type Post = (core: GatewayCore, exchange: Exchange, request: ModelRequest) => Promise<void>;
const posts: Readonly<Record<string, readonly [action: string, run: Post]>> = {
  '/v1/chat/completions': ['chat', completeChat],
  '/v1/embeddings': ['embedding', embedOverHttp],
};

/** Resolves when the client has its answer, or has gone. Never rejects. */
export function gatewayHandler({ gateway, authenticate }: HandlerDeps): GatewayHandler {
  const { core } = gateway;

  const post = async (
    req: IncomingMessage,
    res: ServerResponse,
    context: HandlerContext,
    who: Who,
    path: string,
  ): Promise<void> => {
    const [action, run] = posts[path] ?? ['', null];
    if (run === null) throw new AppError('not_found');
    const release = core.slots.take(who.claims.sub);
    try {
      const request = parseRequest(await readBody(req, core.limits.requestBytes));
      if (!core.prices.isReady()) await core.prices.ready();
      const caller = {
        claims: who.claims,
        keyId: who.keyId,
        requestId: context.requestId,
        action,
        conversationId: null,
        messageId: null,
        promptVersionId: null,
      };
      await run(core, { req, res, context, caller }, request);
    } finally {
      release();
    }
  };

  return async (req, res, context) => {
    try {
      const url = req.url ?? '/';
      const question = url.indexOf('?');
      const path = question === -1 ? url : url.slice(0, question);
      const wanted = methodOf(path);
      if (wanted === null) throw new AppError('not_found');
      if (req.method !== wanted) {
        res.setHeader('allow', wanted);
        throw new AppError('method_not_allowed', { hint: `Use ${wanted}.` });
      }
      const who = await authenticate(req.headers.authorization);
      if (who === null) throw new AppError('not_signed_in');
      if (who.scopes.length > 0 && !who.scopes.includes(gatewayScope)) {
        throw new AppError('scope_missing', { details: { scope: gatewayScope } });
      }
      if (wanted === 'POST') await post(req, res, context, who, path);
      else if (path === '/v1/models') await answerModels(core, res, context.requestId);
      else await answerModel(core, res, context.requestId, path.slice('/v1/models/'.length));
    } catch (error) {
      sendError(req, res, toAppError(error, context.log), context.requestId);
    }
  };
}

function methodOf(path: string): 'GET' | 'POST' | null {
  if (Object.hasOwn(posts, path)) return 'POST';
  return path === '/v1/models' || path.startsWith('/v1/models/') ? 'GET' : null;
}
