// What a call costs: rows of model_pricing first, then the price list that the package brings along; unknown is null.
// The list is loaded when first asked for and never refreshed from the network.
import type { Log } from '../../core/log.ts';
import { formatCost, formatPrice, parsePrice } from './money.ts';
import type { Tokens } from './tokens.ts';

/** One price, higher once a call's input passes `start` tokens. In billionths of a dollar for a million tokens. */
interface Rate {
  readonly base: bigint;
  readonly tiers: readonly { readonly start: number; readonly price: bigint }[];
}

export interface Price {
  readonly input: Rate;
  readonly output: Rate;
  readonly cached: Rate | null;
  readonly cacheWrite: Rate | null;
  /** Of one call, in 10^-15 dollars. */
  readonly call: bigint;
}

/** A row of model_pricing that is valid now; prices as decimal text for a million tokens. */
export interface PriceRow {
  readonly provider: string;
  readonly model: string;
  readonly input_price_per_million: string;
  readonly output_price_per_million: string;
  readonly cached_input_price_per_million: string | null;
  readonly cache_write_price_per_million: string | null;
  readonly price_per_call: string | null;
}

/** What the list knows of a model beside its price. */
export interface ListedModel {
  readonly price: Price | null;
  readonly name: string | null;
  readonly contextWindow: number | null;
}

export interface Prices {
  /** Resolves when prices can be looked up. Never rejects. */
  ready(): Promise<void>;
  /** Nobody needs to wait for it any more. */
  isReady(): boolean;
  /** `listName` is the provider's name in the price list, or null when its prices are nobody's but ours. */
  lookUp(provider: string, listName: string | null, model: string): ListedModel;
  /** Reads model_pricing again. */
  refresh(): Promise<void>;
}

const rateAt = (rate: Rate, input: number): bigint =>
  rate.tiers.reduce((price, tier) => (input > tier.start ? tier.price : price), rate.base);

/** Cost as decimal dollars. Cached tokens without a price of their own cost what input costs. */
export function costOf(price: Price | null, tokens: Tokens): string | null {
  if (price === null) return null;
  const { input, output, cached, cacheWrite } = tokens;
  const rate = (of: Rate | null): bigint => rateAt(of ?? price.input, input);
  const plain = Math.max(0, input - cached - cacheWrite);
  return formatCost(
    BigInt(plain) * rate(price.input) +
      BigInt(cached) * rate(price.cached) +
      BigInt(cacheWrite) * rate(price.cacheWrite) +
      BigInt(output) * rateAt(price.output, input) +
      price.call,
  );
}

/** The lowest tier's price, as the model list shows it. */
export const shownPrice = (rate: Rate | undefined): string | null =>
  rate === undefined ? null : formatPrice(rate.base);

const flat = (base: bigint): Rate => ({ base, tiers: [] });
export const freePrice: Price = { input: flat(0n), output: flat(0n), cached: null, cacheWrite: null, call: 0n };

function fromRow(row: PriceRow): Price | null {
  const input = parsePrice(row.input_price_per_million);
  const output = parsePrice(row.output_price_per_million);
  if (input === null || output === null) return null;
  const optional = (text: string | null): Rate | null => {
    const value = text === null ? null : parsePrice(text);
    return value === null ? null : flat(value);
  };
  const call = row.price_per_call === null ? null : parsePrice(row.price_per_call);
  return {
    input: flat(input),
    output: flat(output),
    cached: optional(row.cached_input_price_per_million),
    cacheWrite: optional(row.cache_write_price_per_million),
    call: (call ?? 0n) * 1_000_000n,
  };
}

type ListRate =
  | number
  | { readonly base: number; readonly tiers: readonly { readonly start: number; readonly price: number }[] };

function fromListRate(rate: ListRate | undefined): Rate | null {
  if (rate === undefined) return null;
  // A JavaScript number prints as the shortest decimal that it stands for: 0.075 is '0.075'.
  const parse = (value: number): bigint => parsePrice(String(value)) ?? 0n;
  if (typeof rate === 'number') return flat(parse(rate));
  return { base: parse(rate.base), tiers: rate.tiers.map((tier) => ({ start: tier.start, price: parse(tier.price) })) };
}

type PriceList = typeof import('@pydantic/genai-prices');

function fromList(list: PriceList, listName: string, model: string): ListedModel {
  const found = list.calcPrice({ input_tokens: 0, output_tokens: 0 }, model, { providerId: listName });
  if (found === null) return unknownModel;
  const rates = found.model_price;
  const input = fromListRate(rates['input_mtok']);
  const perThousandCalls = rates['requests_kcount'];
  const price: Price | null =
    input === null
      ? null
      : {
          input,
          output: fromListRate(rates['output_mtok']) ?? flat(0n),
          cached: fromListRate(rates['cache_read_mtok']),
          cacheWrite: fromListRate(rates['cache_write_mtok']),
          call: typeof perThousandCalls === 'number' ? (parsePrice(String(perThousandCalls)) ?? 0n) * 1_000n : 0n,
        };
  return { price, name: found.model.name ?? null, contextWindow: found.model.context_window ?? null };
}

const unknownModel: ListedModel = { price: null, name: null, contextWindow: null };
/** Prices change by the date and, at some providers, by the hour. */
const cacheFor = 60_000;
const cachedModels = 5_000;

export function createPrices(readRows: () => Promise<readonly PriceRow[]>, log: Log): Prices {
  let list: PriceList | null = null;
  let rows = new Map<string, Price>();
  let cache = new Map<string, Map<string, ListedModel>>();
  let cachedAt = 0;
  let loading: Promise<void> | null = null;

  const refresh = async (): Promise<void> => {
    try {
      const read = await readRows();
      const next = new Map<string, Price>();
      for (const row of read) {
        const price = fromRow(row);
        if (price !== null) next.set(`${row.provider}/${row.model}`, price);
      }
      rows = next;
      cache = new Map();
    } catch (error) {
      log.warn({ err: error }, 'model_pricing could not be read; the prices known before stay in use');
    }
  };
  const load = async (): Promise<void> => {
    try {
      const [module] = await Promise.all([import('@pydantic/genai-prices'), refresh()]);
      list = module;
    } catch (error) {
      log.error({ err: error }, 'the price list could not be loaded; calls are logged without a cost');
    }
  };
  const listed = (provider: string, listName: string | null, model: string): ListedModel => {
    const known = list === null || listName === null ? unknownModel : fromList(list, listName, model);
    const own = rows.get(`${provider}/${model}`);
    return own === undefined ? known : { ...known, price: own };
  };

  return {
    ready() {
      loading ??= load();
      return loading;
    },
    isReady: () => list !== null,
    refresh,
    lookUp(provider, listName, model) {
      const now = Date.now();
      if (now - cachedAt > cacheFor) {
        // The old rows answer this call; the new ones are there for the next.
        if (cachedAt > 0 && list !== null) void refresh();
        cache = new Map();
        cachedAt = now;
      }
      let models = cache.get(provider);
      if (models === undefined) {
        models = new Map();
        cache.set(provider, models);
      }
      let found = models.get(model);
      if (found === undefined) {
        found = listed(provider, listName, model);
        if (list !== null && models.size < cachedModels) models.set(model, found);
      }
      return found;
    },
  };
}
