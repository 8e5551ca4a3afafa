// What a model's name means, and which models there are.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { after, before, test } from 'node:test';
import { readConfig } from '../../core/config.ts';
import { createLog } from '../../core/log.ts';
import { mockProvider } from '../testing/gateway-server.ts';
import { type MockOpenai, openMockOpenai } from '../testing/mock-openai.ts';
import { createPrices } from './prices.ts';
import { configuredProviders } from './providers/configured.ts';
import type { Provider } from './providers/provider.ts';
import { preference } from './providers/suggested.ts';
import { createRegistry, type Registry } from './registry.ts';
import { openUpstream, type Upstream } from './upstream.ts';

const log = createLog('silent');
const prices = createPrices(async () => [], log);
let mock: MockOpenai;
let other: MockOpenai;
const opened: Upstream[] = [];
before(async () => {
  mock = await openMockOpenai(['gpt-4o-mini', 'shared', 'openai/oss-20b']);
  other = await openMockOpenai(['llama3', 'shared']);
});
after(async () => {
  await Promise.all(opened.map((upstream) => upstream.pool.destroy()));
  await Promise.all([mock.close(), other.close()]);
});
function registryOf(...providers: readonly Provider[]): Registry {
  const upstreams = providers.map(openUpstream);
  opened.push(...upstreams);
  return createRegistry(upstreams, prices, log);
}
/** An address where nothing listens. */
async function closedUrl(): Promise<string> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}/v1`;
}

test('names: unknown and ambiguous ones are refused, with what would have worked', async () => {
  const registry = registryOf(
    mockProvider(mock.url),
    mockProvider(other.url, { name: 'ollama', optional: true, priceList: null }),
  );
  await registry.refresh();
  assert.throws(() => registry.resolve('nothing'), { code: 'model_not_found' });
  assert.throws(() => registry.resolve('nobody/gpt-4o-mini'), { code: 'model_not_found' });
  assert.throws(() => registry.resolve('loam/nothing'), { code: 'model_not_found' });
  assert.throws(
    () => registry.resolve('shared'),
    (error: { code: string; details: unknown }) => {
      assert.equal(error.code, 'model_ambiguous');
      assert.deepEqual(error.details, { candidates: ['openai/shared', 'ollama/shared'] });
      return true;
    },
  );
  assert.deepEqual(registry.resolve('ollama/shared'), { provider: 'ollama', model: 'shared' });
  assert.deepEqual(registry.resolve('llama3'), { provider: 'ollama', model: 'llama3' });
  assert.deepEqual(registry.resolve('extractive'), { provider: 'loam', model: 'extractive' });
  assert.deepEqual(registry.resolve('openai/not-in-the-list'), { provider: 'openai', model: 'not-in-the-list' });
  assert.deepEqual(registry.resolve('openai/openai/oss-20b'), { provider: 'openai', model: 'openai/oss-20b' });
});

test('a server that starts later is found; one that goes has no models any more', async () => {
  const url = await closedUrl();
  const registry = registryOf(mockProvider(url, { name: 'ollama', optional: true }));
  await registry.refresh();
  assert.deepEqual(
    registry.models().map((model) => model.id),
    ['loam/extractive'],
  );
  assert.throws(() => registry.resolve('llama3'), { code: 'model_not_found', hint: /OPENAI_API_KEY/ });
  const late = createServer((_req, res) => {
    res.setHeader('content-type', 'application/json');
    res.end('{"data":[{"id":"llama3"}]}');
  });
  await new Promise<void>((resolve) => late.listen(Number(new URL(url).port), '127.0.0.1', resolve));
  await registry.refresh();
  assert.deepEqual(registry.resolve('llama3'), { provider: 'ollama', model: 'llama3' });
  await new Promise((resolve) => {
    late.close(resolve);
    late.closeAllConnections();
  });
  await registry.refresh();
  assert.deepEqual(
    registry.models().map((model) => model.id),
    ['loam/extractive'],
  );
});

test('the only provider whose list cannot be read gets the names that nobody lists', async () => {
  const lone = registryOf(mockProvider(await closedUrl()));
  await lone.refresh();
  assert.deepEqual(lone.resolve('gpt-4o-mini'), { provider: 'openai', model: 'gpt-4o-mini' });
  const two = registryOf(mockProvider(await closedUrl()), mockProvider(await closedUrl(), { name: 'anthropic' }));
  await two.refresh();
  assert.throws(() => two.resolve('gpt-4o-mini'), { code: 'model_not_found' });
});

test('what is known of a model: price and window from the list, kind from its name; nothing is invented', async () => {
  await prices.ready();
  const registry = registryOf(mockProvider(mock.url));
  await registry.refresh();
  const models = new Map(registry.models().map((model) => [model.name, model]));
  const mini = models.get('gpt-4o-mini');
  assert.deepEqual(
    [mini?.input_price_per_million, mini?.output_price_per_million, mini?.context_window],
    ['0.15', '0.6', 128000],
  );
  const shared = models.get('shared');
  assert.deepEqual(
    [shared?.input_price_per_million, shared?.context_window, shared?.display_name],
    [null, null, 'shared'],
  );
  assert.deepEqual(
    [models.get('extractive')?.built_in, models.get('extractive')?.input_price_per_million],
    [true, '0'],
  );
});

test('the newest of a main line stands first, snapshots and specialities behind', () => {
  const names = ['chatgpt-4o-latest', 'gpt-4o', 'gpt-5.1', 'gpt-5-2025-08-07', 'gpt-5', 'o3', 'gpt-5.1-codex'];
  const sorted = names.toSorted((a, b) => preference(b) - preference(a) || a.localeCompare(b));
  assert.deepEqual(sorted.slice(0, 4), ['gpt-5.1', 'gpt-5', 'gpt-4o', 'chatgpt-4o-latest']);
  assert.ok(preference('claude-sonnet-4-5') > preference('claude-opus-4-1'));
  assert.equal(preference('claude-sonnet-4-5-20250929'), 0);
});

test('providers come from the settings: a key, another address, Ollama by itself', () => {
  const names = (env: Record<string, string>): string[] =>
    configuredProviders(readConfig(env)).map((provider) => `${provider.name} ${provider.baseUrl}`);
  assert.deepEqual(names({}), ['ollama http://127.0.0.1:11434/v1']);
  assert.deepEqual(names({ OPENAI_API_KEY: 'k', ANTHROPIC_API_KEY: 'a' }).slice(0, 2), [
    'openai https://api.openai.com/v1',
    'anthropic https://api.anthropic.com/v1',
  ]);
  assert.deepEqual(names({ OPENAI_BASE_URL: 'http://127.0.0.1:8000/v1/' })[0], 'openai http://127.0.0.1:8000/v1');
  const [own] = configuredProviders(readConfig({ OPENAI_BASE_URL: 'http://127.0.0.1:8000/v1' }));
  assert.deepEqual(own?.headers, {});
});
