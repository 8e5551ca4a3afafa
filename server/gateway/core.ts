// What every call goes through, whether it comes over HTTP or from the chat: models, prices, slots, ledger.
import type { Database } from '../../core/database.ts';
import type { Log } from '../../core/log.ts';
import { type Call, type Caller, startCall } from './call.ts';
import { createDrains, type Drains } from './drains.ts';
import { type Ledger, openLedger } from './ledger.ts';
import { createSlots, defaultLimits, type GatewayLimits } from './limits.ts';
import { createPrices, freePrice, type Prices } from './prices.ts';
import { builtInProvider, type Provider } from './providers/provider.ts';
import { listPrices } from './queries.ts';
import { createRegistry, type Registry, type Target } from './registry.ts';
import { openUpstream, type Upstream } from './upstream.ts';

export interface GatewayCore {
  readonly log: Log;
  readonly limits: GatewayLimits;
  readonly registry: Registry;
  readonly prices: Prices;
  readonly ledger: Ledger;
  readonly drains: Drains;
  readonly slots: { take(key: string): () => void };
  /** What a name means; waits for the models' lists only just after the start. */
  find(name: string): Promise<Target>;
  startCall(caller: Caller, target: Target, stream: boolean): Call;
  close(): Promise<void>;
}

export interface CoreDeps {
  readonly db: Database;
  readonly log: Log;
  readonly providers: readonly Provider[];
  readonly limits?: Partial<GatewayLimits>;
}

/** Drains get this long when the process ends; what they have not learned by then is estimated. */
const patience = 2_000;

export function createCore(deps: CoreDeps): GatewayCore {
  const { db, log } = deps;
  const limits = { ...defaultLimits, ...deps.limits };
  const upstreams: readonly Upstream[] = deps.providers.map(openUpstream);
  const prices = createPrices(() => db.asService('ledger', listPrices()), log);
  const registry = createRegistry(upstreams, prices, log);
  const ledger = openLedger(db, log);
  const drains = createDrains(limits);
  const priceLists = new Map(deps.providers.map((provider) => [provider.name, provider.priceList]));
  // Goes on behind the start; a call that comes first waits for the list it needs.
  void registry.settle();

  return {
    log,
    limits,
    registry,
    prices,
    ledger,
    drains,
    slots: createSlots(limits.callsPerUser),
    async find(name) {
      if (!registry.isSettled()) await registry.settle();
      return registry.resolve(name);
    },
    startCall(caller, target, stream) {
      const { provider, model } = target;
      const price = () =>
        provider === builtInProvider
          ? freePrice
          : prices.lookUp(provider, priceLists.get(provider) ?? null, model).price;
      return startCall(ledger, { caller, provider, model, stream, price });
    },
    async close() {
      await drains.close(patience);
      await ledger.close();
      await Promise.all(upstreams.map((upstream) => upstream.pool.destroy()));
    },
  };
}
