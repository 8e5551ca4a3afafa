// Which models there are and which provider a name means. Lists come from the providers in the background: nobody waits
// for them but the very first question after the start.
import { z } from 'zod';
import type { ModelInfo, ModelKind } from '../../contract/gateway.ts';
import { AppError } from '../../core/errors.ts';
import type { Log } from '../../core/log.ts';
import { type Prices, shownPrice } from './prices.ts';
import { builtInModels } from './providers/built-in.ts';
import { howToAddProvider } from './providers/configured.ts';
import { builtInProvider } from './providers/provider.ts';
import { preference } from './providers/suggested.ts';
import { fetchSmall, type Upstream } from './upstream.ts';

export interface Target {
  readonly provider: string;
  readonly model: string;
}

export interface Registry {
  /** Throws model_not_found or model_ambiguous. Knows only what has been listed so far: `settle` first. */
  resolve(name: string): Target;
  /** Provider by provider, the newest of its main line first; the built-in ones at the end. */
  models(): ModelInfo[];
  upstreamOf(provider: string): Upstream;
  /** Resolves once every list has been tried, or after a moment: an unreachable provider holds nobody up. */
  settle(): Promise<void>;
  /** Nobody needs to wait for it any more. */
  isSettled(): boolean;
  /** Asks all providers again, now. */
  refresh(): Promise<void>;
}

interface Listed {
  readonly name: string;
  readonly displayName: string | null;
  readonly contextWindow: number | null;
  readonly maxOutput: number | null;
}
interface Catalog {
  readonly upstream: Upstream;
  /** Null until its list has been read once. */
  models: ReadonlyMap<string, Listed> | null;
  askedAt: number;
  asking: Promise<void> | null;
}

const count = z.number().int().positive().nullish().catch(null);
const listedModel = z.object({
  id: z.string().min(1).max(300),
  display_name: z.string().nullish().catch(null),
  context_length: count,
  context_window: count,
  max_model_len: count,
  max_completion_tokens: count,
});
const modelList = z.union([
  z.object({ data: z.array(listedModel) }),
  z.array(listedModel).transform((data) => ({ data })),
]);

const fresh = 5 * 60_000;
/** A server that may be started at any time is looked for more often. */
const freshWhenAbsent = 15_000;
const firstWait = 1_500;
const listTimeout = 10_000;

export function createRegistry(upstreams: readonly Upstream[], prices: Prices, log: Log): Registry {
  const catalogs = new Map<string, Catalog>(
    upstreams.map((upstream) => [upstream.provider.name, { upstream, models: null, askedAt: 0, asking: null }]),
  );

  /** What names meant since the lists last changed. */
  const resolved = new Map<string, Target>();
  let lastLook = 0;
  let settled = false;

  const ask = (catalog: Catalog): Promise<void> => {
    catalog.askedAt = Date.now();
    catalog.asking ??= readList(catalog.upstream)
      .then((models) => {
        catalog.models = models;
      })
      .catch((error: unknown) => {
        const { name, optional } = catalog.upstream.provider;
        // What was known stays in use; an optional server that has gone has no models.
        if (optional) catalog.models = null;
        else log.warn({ err: error, provider: name }, 'the list of models could not be read');
      })
      .finally(() => {
        catalog.asking = null;
        resolved.clear();
      });
    return catalog.asking;
  };
  const refreshStale = (): void => {
    const now = Date.now();
    if (now - lastLook < 1_000) return;
    lastLook = now;
    for (const catalog of catalogs.values()) {
      if (now - catalog.askedAt > (catalog.models === null ? freshWhenAbsent : fresh)) void ask(catalog);
    }
  };

  const notFound = (name: string): AppError => {
    const details = { model: name };
    if (upstreams.every((upstream) => upstream.provider.optional)) {
      return new AppError('model_not_found', { details, hint: howToAddProvider });
    }
    return new AppError('model_not_found', { details });
  };

  const resolveBare = (name: string): Target => {
    const owners = [...catalogs.values()].filter((catalog) => catalog.models?.has(name));
    const builtIn = builtInModels.some((model) => model.name === name);
    const providers = [...owners.map((owner) => owner.upstream.provider.name), ...(builtIn ? [builtInProvider] : [])];
    const [only, ...others] = providers;
    if (only !== undefined && others.length === 0) return { provider: only, model: name };
    if (only !== undefined) {
      throw new AppError('model_ambiguous', {
        details: { candidates: providers.map((provider) => `${provider}/${name}`) },
      });
    }
    // A provider whose list nobody could read may have it; if it is the only such one, the name is not ambiguous.
    const silent = [...catalogs.values()].filter(
      (catalog) => catalog.models === null && !catalog.upstream.provider.optional,
    );
    const [candidate, ...more] = silent;
    if (candidate !== undefined && more.length === 0)
      return { provider: candidate.upstream.provider.name, model: name };
    throw notFound(name);
  };

  const find = (name: string): Target => {
    const slash = name.indexOf('/');
    const provider = slash === -1 ? '' : name.slice(0, slash);
    const model = name.slice(slash + 1);
    if (provider === builtInProvider) {
      if (builtInModels.some((known) => known.name === model)) return { provider, model };
      throw notFound(name);
    }
    if (catalogs.has(provider) && model !== '') return { provider, model };
    return resolveBare(name);
  };

  return {
    resolve(name) {
      refreshStale();
      const known = resolved.get(name);
      if (known !== undefined) return known;
      const target = find(name);
      // Names with a provider may be anything: only so many are kept.
      if (resolved.size < 1_000) resolved.set(name, target);
      return target;
    },

    models() {
      refreshStale();
      const found = [...catalogs.values()].flatMap((catalog) =>
        [...(catalog.models?.values() ?? [])].map((listed) => describe(catalog.upstream, listed, prices)),
      );
      found.sort((a, b) =>
        a.provider === b.provider ? preference(b.name) - preference(a.name) || a.name.localeCompare(b.name) : 0,
      );
      return [...found, ...builtInModels];
    },

    upstreamOf(provider) {
      const catalog = catalogs.get(provider);
      if (catalog === undefined) throw notFound(provider);
      return catalog.upstream;
    },

    async settle() {
      if (settled) return;
      const first = [...catalogs.values()].filter(
        (catalog) => catalog.askedAt === 0 || (catalog.models === null && catalog.asking),
      );
      if (first.length === 0) {
        settled = true;
        return;
      }
      let timer: NodeJS.Timeout | undefined;
      const moment = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, firstWait);
      });
      await Promise.race([moment, Promise.all(first.map(ask))]);
      clearTimeout(timer);
    },

    isSettled: () => settled,

    async refresh() {
      await Promise.all([...catalogs.values()].map(ask));
    },
  };
}

async function readList(upstream: Upstream): Promise<Map<string, Listed>> {
  const outgoing = {
    method: 'GET',
    path: `/models${upstream.provider.listQuery}`,
    body: null,
    headersTimeout: listTimeout,
    idleTimeout: listTimeout,
  } as const;
  const { status, body } = await fetchSmall(upstream, outgoing, 16 * 1024 * 1024);
  if (status !== 200) throw new AppError('upstream_error', { details: { provider: upstream.provider.name, status } });
  const { data } = modelList.parse(JSON.parse(body.toString()));
  return new Map(
    data.map((model) => [
      model.id,
      {
        name: model.id,
        displayName: model.display_name ?? null,
        contextWindow: model.context_length ?? model.context_window ?? model.max_model_len ?? null,
        maxOutput: model.max_completion_tokens ?? null,
      },
    ]),
  );
}

function describe(upstream: Upstream, listed: Listed, prices: Prices): ModelInfo {
  const { name: provider, priceList } = upstream.provider;
  const known = prices.lookUp(provider, priceList, listed.name);
  const kind = kindOf(listed.name);
  return {
    id: `${provider}/${listed.name}`,
    provider,
    name: listed.name,
    display_name: listed.displayName ?? known.name ?? listed.name,
    context_window: listed.contextWindow ?? known.contextWindow,
    max_output_tokens: listed.maxOutput,
    input_price_per_million: shownPrice(known.price?.input),
    output_price_per_million: shownPrice(known.price?.output),
    capabilities: kind === 'chat' ? ['streaming'] : [],
    built_in: false,
    kind,
  };
}

const kinds: readonly (readonly [ModelKind, RegExp])[] = [
  ['embedding', /embed|(^|[/_-])(bge|e5|gte|minilm)([_:-]|$)/i],
  ['moderation', /moderation/i],
  ['image', /dall-e|image|imagen|stable-diffusion|(^|[/_-])flux/i],
  ['audio', /whisper|(^|[/_-])tts|audio|transcribe|realtime|speech/i],
  ['other', /^(babbage|davinci|sora)|-instruct-?\d*$|computer-use|deep-research/i],
];

/** Lists name models and say nothing of what they do; the names give it away. A wrong guess hides nothing: it only sorts. */
const kindOf = (name: string): ModelKind => {
  for (const [kind, pattern] of kinds) {
    if (kind === 'other' && !/^(gpt|babbage|davinci|sora|computer|o\d)/.test(name)) continue;
    if (pattern.test(name)) return kind;
  }
  return 'chat';
};
