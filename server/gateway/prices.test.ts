// Money to the last digit, prices from the list and the table, usage in all its spellings.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { calcPrice } from '@pydantic/genai-prices';
import { createLog } from '../../core/log.ts';
import { formatCost, formatPrice, parseCost, parsePrice } from './money.ts';
import { costOf, createPrices, type PriceRow } from './prices.ts';
import { noTokens, readTokens } from './tokens.ts';

const log = createLog('silent');

test('decimals go in and come out exactly', () => {
  for (const text of ['0', '0.075', '12.5', '0.000000001', '123456789.123456789'])
    assert.equal(formatPrice(parsePrice(text) ?? -1n), text);
  assert.equal(formatPrice(parsePrice('7.5e-2') ?? -1n), '0.075');
  for (const text of ['', '-1', '1,5', 'x', '1e99', 'NaN', 'Infinity']) assert.equal(parsePrice(text), null, text);
  const tenth = parseCost('0.1') ?? 0n;
  assert.equal(formatCost(Array.from({ length: 10 }, () => tenth).reduce((sum, part) => sum + part, 0n)), '1');
});

test('the arithmetic agrees with the price list’s own, tiers and cached tokens included', async () => {
  const prices = createPrices(async () => [], log);
  await prices.ready();
  const usages = [
    { input: 1_000, output: 10, cached: 0, cacheWrite: 0, reasoning: 0 },
    { input: 250_000, output: 5_000, cached: 100_000, cacheWrite: 0, reasoning: 0 },
    { input: 250_000, output: 5_000, cached: 1_000, cacheWrite: 2_000, reasoning: 0 },
  ];
  for (const [provider, model] of [
    ['openai', 'gpt-4o-mini'],
    ['openai', 'gpt-5'],
    ['anthropic', 'claude-sonnet-4-5'],
    ['openai', 'text-embedding-3-small'],
  ] as const) {
    for (const usage of usages) {
      const theirs = calcPrice(
        {
          input_tokens: usage.input,
          output_tokens: usage.output,
          cache_read_tokens: usage.cached,
          cache_write_tokens: usage.cacheWrite,
        },
        model,
        { providerId: provider },
      );
      const ours = Number(costOf(prices.lookUp(provider, provider, model).price, usage));
      assert.ok(
        theirs !== null && Math.abs(ours - theirs.total_price) < 1e-9,
        `${model} ${ours} ${theirs?.total_price}`,
      );
    }
  }
});

test('a row of the table wins; what nobody prices is null, never 0', async () => {
  const row: PriceRow = {
    provider: 'openai',
    model: 'gpt-4o-mini',
    input_price_per_million: '1.000000000',
    output_price_per_million: '2.000000000',
    cached_input_price_per_million: null,
    cache_write_price_per_million: null,
    price_per_call: '0.01',
  };
  const prices = createPrices(async () => [row], log);
  assert.equal(prices.lookUp('openai', 'openai', 'gpt-4o-mini').price, null, 'not loaded yet');
  await prices.ready();
  const { price, contextWindow } = prices.lookUp('openai', 'openai', 'gpt-4o-mini');
  assert.equal(costOf(price, { ...noTokens, input: 1_000_000, output: 500_000 }), '2.01');
  assert.equal(contextWindow, 128_000);
  assert.equal(costOf(prices.lookUp('ollama', null, 'llama3').price, { ...noTokens, input: 5 }), null);
  assert.equal(prices.lookUp('openai', 'openai', 'no-such-model').price, null);
});

test('a table that cannot be read leaves the list in use', async () => {
  const prices = createPrices(() => Promise.reject(new Error('away')), log);
  await prices.ready();
  assert.notEqual(prices.lookUp('openai', 'openai', 'gpt-5').price, null);
});

test('usage is read under all its names', () => {
  const cases: readonly (readonly [unknown, readonly number[] | null])[] = [
    [null, null],
    [{}, null],
    ['12', null],
    [{ prompt_tokens: 'many' }, null],
    [{ prompt_tokens: 3, completion_tokens: 2 }, [3, 2, 0, 0]],
    [{ prompt_tokens: 5, total_tokens: 5 }, [5, 0, 0, 0]],
    [{ input_tokens: 3, output_tokens: 2, input_tokens_details: { cached_tokens: 1 } }, [3, 2, 1, 0]],
    [{ prompt_tokens: 3, completion_tokens: 2, prompt_cache_hit_tokens: 2 }, [3, 2, 2, 0]],
    [
      { prompt_tokens: 3, completion_tokens: 9, completion_tokens_details: { reasoning_tokens: 7 }, total_tokens: 12 },
      [3, 9, 0, 7],
    ],
    // Thinking that stands only in the total is billed as output.
    [
      { prompt_tokens: 3, completion_tokens: 2, completion_tokens_details: { reasoning_tokens: 7 }, total_tokens: 12 },
      [3, 9, 0, 7],
    ],
    [{ prompt_tokens: -3, completion_tokens: 2 }, [0, 2, 0, 0]],
  ];
  for (const [usage, expected] of cases) {
    const tokens = readTokens(usage);
    assert.deepEqual(
      tokens === null ? null : [tokens.input, tokens.output, tokens.cached, tokens.reasoning],
      expected,
      JSON.stringify(usage),
    );
  }
});
