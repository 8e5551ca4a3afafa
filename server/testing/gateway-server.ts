// A gateway on a port for tests: real HTTP, a real database, one mock provider, people who are known by a word.
import { createServer, type Server } from 'node:http';
import type { Database } from '../../core/database.ts';
import { AppError } from '../../core/errors.ts';
import { newRequestId } from '../../core/ids.ts';
import { createLog } from '../../core/log.ts';
import { statement } from '../../core/statement.ts';
import { createGateway, type Gateway } from '../gateway/gateway.ts';
import { gatewayHandler } from '../gateway/handler.ts';
import type { GatewayLimits } from '../gateway/limits.ts';
import type { Provider } from '../gateway/providers/provider.ts';
import type { Who } from '../http/room.ts';
import { openTestDatabase } from './database.ts';
import { type MockOpenai, openMockOpenai } from './mock-openai.ts';
import { createUser, type TestUser } from './users.ts';

export const mockProvider = (url: string, more: Partial<Provider> = {}): Provider => ({
  name: 'openai',
  displayName: 'Mock',
  baseUrl: url,
  headers: { authorization: 'Bearer sk-upstream-secret' },
  priceList: 'openai',
  optional: false,
  listQuery: '',
  ...more,
});

export interface GatewayServer {
  readonly db: Database;
  readonly gateway: Gateway;
  readonly mock: MockOpenai;
  /** Where it listens; `/v1` comes behind it. */
  readonly url: string;
  /** Two people who are not the administrator; their keys are `key-ann` and `key-ben`. */
  readonly ann: TestUser;
  readonly ben: TestUser;
  /** POST with Ann's key unless another is named. */
  post(path: string, body: unknown, headers?: Record<string, string>): Promise<Response>;
  /** Her rows of the ledger in the order of their time, as she sees them, once there are `count`. */
  usageOf(user: TestUser): Promise<readonly UsageSeen[]>;
  close(): Promise<void>;
}

const readUsage = statement({
  name: 'testing_read_usage',
  text: `
    select
      user_id, api_key_id, conversation_id, message_id, request_id, action, provider, model, model_version, input_tokens,
      output_tokens, cached_tokens, reasoning_tokens, tokens_used, cost_usd, estimated, stream, latency_ms,
      time_to_first_token_ms, status, error_code
    from usage_logs
    order by created_at, id`,
  columns: {
    user_id: 'uuid?',
    api_key_id: 'uuid?',
    conversation_id: 'uuid?',
    message_id: 'uuid?',
    request_id: 'text',
    action: 'text',
    provider: 'text',
    model: 'text',
    model_version: 'text?',
    input_tokens: 'int8',
    output_tokens: 'int8',
    cached_tokens: 'int8',
    reasoning_tokens: 'int8',
    tokens_used: 'int8?',
    cost_usd: 'numeric?',
    estimated: 'bool',
    stream: 'bool',
    latency_ms: 'int4',
    time_to_first_token_ms: 'int4?',
    status: 'text',
    error_code: 'text?',
  },
});
export interface UsageSeen {
  readonly user_id: string | null;
  readonly api_key_id: string | null;
  readonly conversation_id: string | null;
  readonly message_id: string | null;
  readonly request_id: string;
  readonly action: string;
  readonly provider: string;
  readonly model: string;
  readonly model_version: string | null;
  readonly input_tokens: number;
  readonly output_tokens: number;
  readonly cached_tokens: number;
  readonly reasoning_tokens: number;
  readonly tokens_used: number | null;
  readonly cost_usd: string | null;
  readonly estimated: boolean;
  readonly stream: boolean;
  readonly latency_ms: number;
  readonly time_to_first_token_ms: number | null;
  readonly status: string;
  readonly error_code: string | null;
}

export const annsKeyId = '00000000-0000-4000-8000-00000000000a';

export async function openGatewayServer(
  options: {
    limits?: Partial<GatewayLimits>;
    providers?: (mock: MockOpenai) => readonly Provider[];
    database?: () => Promise<{ db: Database; close(): Promise<void> }>;
  } = {},
): Promise<GatewayServer> {
  const [{ db, close: closeDatabase }, mock] = await Promise.all([
    (options.database ?? openTestDatabase)(),
    openMockOpenai(),
  ]);
  await createUser(db, 'admin@example.com');
  const ann = await createUser(db, 'ann@example.com');
  const ben = await createUser(db, 'ben@example.com');
  const providers = options.providers?.(mock) ?? [mockProvider(mock.url)];
  const log = createLog('silent');
  const gateway = createGateway({
    db,
    log,
    providers,
    ...(options.limits === undefined ? {} : { limits: options.limits }),
  });
  const people: Readonly<Record<string, Who>> = {
    'key-ann': { claims: ann.claims, via: 'api_key', keyId: annsKeyId, scopes: ['gateway'] },
    'key-ben': { claims: ben.claims, via: 'session', keyId: null, scopes: [] },
    'key-chat': { claims: ben.claims, via: 'api_key', keyId: annsKeyId, scopes: ['chat'] },
  };
  const handler = gatewayHandler({
    gateway,
    async authenticate(authorization) {
      if (authorization === undefined) return null;
      const who = people[authorization.replace(/^Bearer /, '')];
      if (who === undefined) throw new AppError('api_key_invalid');
      return who;
    },
  });
  const server: Server = createServer((req, res) => void handler(req, res, { requestId: newRequestId(), log }));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const url = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
  return {
    db,
    gateway,
    mock,
    url,
    ann,
    ben,
    post: (path, body, headers = {}) =>
      fetch(url + path, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: 'Bearer key-ann', ...headers },
        body: typeof body === 'string' ? body : JSON.stringify(body),
      }),
    async usageOf(user) {
      await gateway.core.ledger.flush();
      return db.asUser(user.claims, readUsage());
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await gateway.close();
      await mock.close();
      await closeDatabase();
    },
  };
}
