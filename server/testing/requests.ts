// Requests through a room without a port: as a given person, with JSON in and out, and the events of a stream.

import { AppError } from '../../core/errors.ts';
import { createLog, type Log } from '../../core/log.ts';
import { answerError, toAppError } from '../http/errors.ts';
import { jsonBodies } from '../http/requests.ts';
import type { Who } from '../http/room.ts';
import { createRoom, type Room } from '../http/room.ts';
import { conformance } from './conformance.ts';
import type { TestUser } from './users.ts';

export const silentLog: Log = createLog('silent');

export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly body: unknown;
}

export interface Client {
  /** `body` as JSON; the reply's JSON, or its text where it is not JSON, or null where there is none. */
  (method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Reply>;
  raw(method: string, path: string, init?: RequestInit): Promise<Response>;
}

/** Mounts rooms as app.ts does and signs every request of a client in as its person, or as nobody. */
export function mount(
  rooms: readonly Room[],
  prefix = '/api/v1',
): (user: TestUser | null, via?: Partial<Who>) => Client {
  return (user, via = {}) => {
    const app = createRoom();
    app.use(async (c, next) => {
      c.set('requestId', 'req_test');
      c.set('log', silentLog);
      c.set('who', user === null ? null : { claims: user.claims, via: 'session', keyId: null, scopes: [], ...via });
      await next();
    });
    app.use(jsonBodies);
    for (const room of rooms) app.route(prefix, room);
    app.onError((error, c) => answerError(c, toAppError(error, silentLog)));
    app.notFound((c) => answerError(c, new AppError('not_found')));
    const raw = async (method: string, path: string, init: RequestInit = {}): Promise<Response> =>
      await app.request(path, { method, ...init });
    const conforms = conformance(app);
    const client = async (
      method: string,
      path: string,
      body?: unknown,
      headers: Record<string, string> = {},
    ): Promise<Reply> => {
      const init =
        body === undefined
          ? { headers }
          : { headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) };
      const response = await raw(method, path, init);
      const text = await response.text();
      const isJson = response.headers.get('content-type')?.includes('application/json') === true;
      const reply = {
        status: response.status,
        headers: response.headers,
        body: text === '' ? null : isJson ? JSON.parse(text) : text,
      };
      conforms(method, path, { status: reply.status, type: response.headers.get('content-type'), body: reply.body });
      return reply;
    };
    return Object.assign(client, { raw });
  };
}

/** The events of a server-sent stream; `[DONE]` is left out and must be there. */
export function parseEvents(text: string): Record<string, unknown>[] {
  const data = text.split('\n\n').flatMap((block) =>
    block
      .split('\n')
      .filter((line) => line.startsWith('data: '))
      .map((line) => line.slice(6)),
  );
  if (data.at(-1) !== '[DONE]') throw new Error('the stream does not end with [DONE]');
  return data.slice(0, -1).map((line) => JSON.parse(line) as Record<string, unknown>); // checked: events are objects by the protocol
}
