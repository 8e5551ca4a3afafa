// One request of a client with its answer, and who asks.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Log } from '../../core/log.ts';
import type { Caller } from './call.ts';

export interface HandlerContext {
  readonly requestId: string;
  /** Read only when there is something to say: give a getter where making it costs. */
  readonly log: Log;
}

export interface Exchange {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  readonly context: HandlerContext;
  readonly caller: Caller;
}
