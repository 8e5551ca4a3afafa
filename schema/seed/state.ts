// Where a row stands: whose it is, below which parents, what it is about. A pure function of its number, so that millions of
// rows need no memory and a child finds its parent's values by asking again.

import type { ColumnPlan, Plan, Reference, TablePlan } from './plan-model.ts';
import { mix } from './random.ts';

export interface Sizes {
  readonly seed: number;
  readonly tenants: number;
  /** A multiple of `tenants`: user n belongs to tenant n % tenants. */
  readonly users: number;
  /** Of vector columns that do not say their own. */
  readonly dimensions: number;
  /** Milliseconds since 1970; no seeded moment is later, except ends that lie in the future by their nature. */
  readonly until: number;
}

/** What a row is about. */
export interface Place {
  /** Number among the rows of its owner; rows of equal number are look-alikes. */
  readonly turn: number;
  /** Row of the main parent; -1 without one. */
  readonly parent: number;
  /** Number among the rows of the main parent. */
  readonly position: number;
  readonly topic: number;
  /** 0, 1, 2: the planted best answers to their topic's question, in this order; -1: none. */
  readonly rank: number;
  readonly inTenant: boolean;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
}

export type Maker = (row: number, salt: number) => string | null;

export interface Pool {
  readonly rows: readonly Readonly<Record<string, string | null>>[];
  /** Row numbers by the number of their owner; null where rows are anybody's. */
  readonly byOwner: ReadonlyMap<number, readonly number[]> | null;
}

export interface TableState {
  readonly plan: TablePlan;
  readonly number: number;
  /** 1, the number of tenants or that of users: rows with equal remainder have one owner. */
  readonly step: number;
  /** Rows that were asked for: what moments and turns are measured by. */
  readonly planned: number;
  /** Rows that are there, or to come: what references may point to. */
  count: number;
  /** Rows that needed another attempt to be unique. */
  readonly salts: Map<number, number>;
  makers: ReadonlyMap<string, Maker>;
  /** Rows that somebody else has made and that references may point to, by column; null while there are none. */
  pool: Pool | null;
  /** What numbered keys begin at. */
  base: number;
}

export interface World {
  readonly sizes: Sizes;
  readonly plan: Plan;
  readonly states: ReadonlyMap<string, TableState>;
}

export const topicCount = 12;
const day = 86_400_000;
const places = new WeakMap<TableState, { row: number; place: Place }>();

export const ownerOf = (world: World, state: TableState, row: number): number =>
  state.plan.scope === 'user' ? row % world.sizes.users : -1;

export const tenantOf = (world: World, state: TableState, row: number): number =>
  state.plan.scope === 'shared' || world.plan.tenants === null ? -1 : row % world.sizes.tenants;

/** How many rows of `state` have this remainder. */
const share = (state: TableState, remainder: number): number =>
  remainder < state.count ? Math.floor((state.count - 1 - remainder) / state.step) + 1 : 0;

/** The rows of a pool that `row` may point to. */
function pooled(world: World, state: TableState, row: number, pool: Pool): readonly number[] {
  if (pool.byOwner === null) return pool.rows.map((_, index) => index);
  return pool.byOwner.get(ownerOf(world, state, row)) ?? [];
}

export function placeOf(world: World, state: TableState, row: number): Place {
  const last = places.get(state);
  if (last?.row === row) return last.place;
  const place = makePlace(world, state, row);
  places.set(state, { row, place });
  return place;
}

function makePlace(world: World, state: TableState, row: number): Place {
  const { until } = world.sizes;
  const turn = Math.floor(row / state.step);
  const single = state.plan.references.find(({ role, soft }) => role === 'one to one' && !soft);
  const near = state.plan.main ?? single;
  const target = near === undefined ? undefined : world.states.get(near.target);
  const ownShare = Math.max(1, Math.ceil((state.planned - (row % state.step)) / state.step));
  const choice = target?.pool == null ? [] : pooled(world, state, row, target.pool);
  if (near === undefined || target === undefined || target.pool !== null || target === state) {
    return {
      turn,
      parent: choice[turn % choice.length] ?? -1,
      position: choice.length === 0 ? 0 : Math.floor(turn / choice.length),
      topic: turn % topicCount,
      rank: rankOf(Math.floor(turn / topicCount)),
      inTenant: turn % 2 === 1,
      createdAt: Math.floor(until - 85 * day * (1 - turn / ownShare) - day),
    };
  }
  const remainder = row % target.step;
  const siblings = near.role === 'main' ? Math.max(1, share(target, remainder)) : Number.MAX_SAFE_INTEGER;
  // A table with a finer division than its parent's counts within the parent's.
  const within = near.role === 'main' ? Math.floor(row / target.step) : row;
  const parent = near.role === 'main' ? remainder + target.step * (within % siblings) : row;
  const position = Math.floor(within / siblings);
  const above = placeOf(world, target, parent);
  const most = Math.ceil(ownShare / Math.min(siblings, ownShare)) + 1;
  const pace = Math.min(90_000, (until - above.createdAt) / (most + 1));
  return {
    turn,
    parent,
    position,
    topic: above.topic,
    rank: position === 0 ? above.rank : -1,
    inTenant: above.inTenant,
    createdAt: Math.floor(above.createdAt + (position + 1) * pace),
  };
}

const rankOf = (round: number): number => (round < 3 ? round : -1);

/** The row of `reference`'s table that `row` points to; -1 for none; null when there is none and there must be. */
export function parentRow(
  world: World,
  state: TableState,
  reference: Reference,
  row: number,
  salt: number,
): number | null {
  const target = world.states.get(reference.target);
  const none = reference.nullable ? -1 : null;
  if (target === undefined) return none;
  const bits = mix(world.sizes.seed, state.number, row * 31 + salt, reference.columns[0]?.length ?? 0);
  if (target.pool !== null) {
    if (reference.role === 'main')
      return placeOf(world, state, row).parent < 0 ? none : placeOf(world, state, row).parent;
    const choice = pooled(world, state, row, target.pool);
    return choice[bits % choice.length] ?? none;
  }
  if (reference.role === 'self') return earlierRow(world, state, reference, row, none);
  if (target.count === 0) return none;
  const place = placeOf(world, state, row);
  if (reference.role === 'main') return place.parent;
  if (reference.role === 'one to one') return row < target.count ? row : null;
  if (reference.role === 'tenant') {
    const always = !reference.nullable || state.plan.scope === 'tenant';
    return always || place.inTenant ? row % world.sizes.tenants : -1;
  }
  const kin = nextOfKin(world, state, reference, target, row, bits);
  if (kin !== null) return kin;
  const remainder = row % target.step;
  const there = share(target, remainder);
  if (reference.role === 'owner') return there === 0 ? none : remainder;
  if (reference.role === 'other user' && reference.nullable) return -1;
  if (reference.role === 'other user') return otherUser(world, row, salt, target, none);
  if (there === 0) return none;
  // What need not be there is there two times out of three; what only a name asks for, always.
  if (reference.nullable && !reference.soft && bits % 3 === 0) return -1;
  return remainder + target.step * (bits % there);
}

/**
 * What two references lead to must agree: a message beside a conversation is one of that conversation's, and a conversation
 * beside a message is that message's. Null where nothing of the kind is known.
 */
function nextOfKin(
  world: World,
  state: TableState,
  reference: Reference,
  target: TableState,
  row: number,
  bits: number,
): number | null {
  const { main, references } = state.plan;
  if (reference.role !== 'plain' && reference.role !== 'later') return null;
  const shared = target.plan.main?.target;
  const parents = main === null ? undefined : world.states.get(main.target);
  if (main !== null && shared === main.target && parents !== undefined && parents.pool === null) {
    const { parent } = placeOf(world, state, row);
    const stride = parents.step * Math.max(1, share(parents, parent % parents.step));
    const there = parent < target.count ? Math.floor((target.count - 1 - parent) / stride) + 1 : 0;
    return there === 0 ? -1 : parent + stride * (bits % there);
  }
  for (const other of references) {
    const through = world.states.get(other.target);
    if (other === reference || through === undefined || through.pool !== null || through === state) continue;
    if (through.plan.main?.target !== reference.target || !['main', 'plain'].includes(other.role)) continue;
    const at = parentRow(world, state, other, row, 0);
    if (at !== null && at >= 0) return placeOf(world, through, at).parent;
  }
  return null;
}

function otherUser({ sizes }: World, row: number, salt: number, target: TableState, none: -1 | null): number | null {
  const { tenants, users } = sizes;
  const colleagues = users / tenants - 1;
  const own = row % users;
  if (colleagues < 1) return none;
  const found = (own + tenants * (1 + ((Math.floor(row / users) + salt) % colleagues))) % users;
  return found < target.count ? found : none;
}

/** The row before it below the same parent; without a parent, one half as far from the beginning, so that a tree grows. */
function earlierRow(
  world: World,
  state: TableState,
  { columns }: Reference,
  row: number,
  none: -1 | null,
): number | null {
  const place = placeOf(world, state, row);
  const { main } = state.plan;
  const target = main === null ? undefined : world.states.get(main.target);
  if (main !== null && target !== undefined && place.parent >= 0) {
    if (place.position === 0) return none;
    // Every row follows another; few quote one.
    if (/reply|quote|forward/.test(columns.join()) && place.position % 8 !== 7) return none;
    return row - target.step * Math.max(1, share(target, row % target.step));
  }
  return place.turn === 0 ? none : (row % state.step) + state.step * ((place.turn - 1) >> 1);
}

/** The value of a column, whether it is generated here, made by somebody else, or a key that a reference brings. */
export function cellOf(state: TableState, row: number, column: string): string | null {
  if (state.pool !== null) return state.pool.rows[row]?.[column] ?? null;
  const maker = state.makers.get(column);
  return maker === undefined ? null : maker(row, state.salts.get(row) ?? 0);
}

export const columnOf = (plan: TablePlan, name: string): ColumnPlan | undefined =>
  plan.columns.find(({ column }) => column.name === name);
