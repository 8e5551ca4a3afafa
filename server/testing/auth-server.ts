// For tests: the accounts and profiles rooms on a loopback port, over a given database, as app.ts mounts them.
import type { AddressInfo } from 'node:net';
import { serve } from '@hono/node-server';
import { createClient } from '@supabase/supabase-js';
import { type Config, readConfig } from '../../core/config.ts';
import type { Database } from '../../core/database.ts';
import { createLog } from '../../core/log.ts';
import { apiKeyRoutes } from '../auth/api-key-routes.ts';
import { type Auth, openAuth } from '../auth/auth.ts';
import { authRoutes } from '../auth/routes.ts';
import { authentication } from '../http/authenticate.ts';
import { answerError, toAppError } from '../http/errors.ts';
import { jsonBodies, requests } from '../http/requests.ts';
import { createRoom } from '../http/room.ts';
import { profileRoutes } from '../profiles/routes.ts';
import { conformance } from './conformance.ts';

export const testSecret = 'a secret for tests, 32 characters or more';

export interface AuthServer {
  readonly url: string;
  readonly auth: Auth;
  readonly config: Config;
  /** A client of its own, without a session, as a browser tab would have. */
  newClient(): ReturnType<typeof createClient>;
  /** A request as JSON; `body` undefined sends none. */
  send(
    method: string,
    path: string,
    options?: { body?: unknown; token?: string; headers?: Record<string, string> },
  ): Promise<Answer>;
  close(): Promise<void>;
}
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers without knowing their shape.
  readonly body: any;
}

export async function startAuthServer(db: Database, settings: Record<string, string> = {}): Promise<AuthServer> {
  const config = readConfig({ LOAM_SECRET: testSecret, LOAM_LOG_LEVEL: 'silent', ...settings });
  const log = createLog(config.LOAM_LOG_LEVEL);
  const auth = await openAuth({ db, config, log });
  const app = createRoom();
  app.use(requests(log, {}));
  app.use('/api/*', authentication(auth.authenticate), jsonBodies);
  if (auth.own !== null) app.route('/auth/v1', authRoutes({ own: auth.own, authenticate: auth.authenticate, config }));
  app.route('/api/v1', apiKeyRoutes({ db, apiKeys: auth.apiKeys, config }));
  app.route('/api/v1', profileRoutes({ db, config, setupCode: auth.setupCode, own: auth.own }));
  app.onError((error, c) => answerError(c, toAppError(error, log)));

  const conforms = conformance(app);
  const server = await new Promise<ReturnType<typeof serve>>((resolve) => {
    const started = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, () => resolve(started));
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`; // checked: it listens on a port
  return {
    url,
    auth,
    config,
    newClient: () =>
      createClient(url, 'loam', {
        auth: { autoRefreshToken: false, persistSession: false, detectSessionInUrl: false },
      }),
    async send(method, path, { body, token, headers } = {}) {
      const response = await fetch(`${url}${path}`, {
        method,
        headers: {
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
          ...headers,
        },
        ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      });
      const text = await response.text();
      const answer = {
        status: response.status,
        headers: response.headers,
        body: text === '' ? null : JSON.parse(text),
      };
      conforms(method, path, { status: answer.status, type: answer.headers.get('content-type'), body: answer.body });
      return answer;
    },
    async close() {
      await new Promise((resolve) => server.close(resolve));
      await auth.close();
    },
  };
}

/** Signs somebody up over the wire and returns the session. */
export async function signUp(server: AuthServer, email: string, password = 'correct horse battery') {
  const { status, body } = await server.send('POST', '/auth/v1/signup', { body: { email, password } });
  if (status !== 200) throw new Error(`sign-up failed: ${JSON.stringify(body)}`);
  return {
    id: String(body.user.id),
    email,
    password,
    token: String(body.access_token),
    refreshToken: String(body.refresh_token),
  };
}
