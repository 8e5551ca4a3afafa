// Values out of lists: allowed words, enums, booleans.
import type { AccountKey } from './account-keys.ts';
import type { PathShape } from './object-paths.ts';
import type { ColumnPlan } from './plan-model.ts';
import { hashText, mix, pick, randomFrom } from './random.ts';
import { type Maker, placeOf, type TableState, type World } from './state.ts';
import type { Voices } from './voices.ts';

/** Values that somebody has set for columns, by `schema.table.column`; null stands for NULL. */
export type Fixed = ReadonlyMap<string, string | null>;

export interface Making {
  readonly world: World;
  readonly voices: Voices;
  readonly fixed: Map<string, string | null>;
  /** Columns of foreign keys that may not stay empty although they might, by `schema.table.column`. */
  readonly filled: Set<string>;
  /** What triggers want to know of an account. */
  readonly accountKeys: readonly AccountKey[];
  /** How names of stored files are built, by bucket. */
  readonly paths: ReadonlyMap<string, PathShape>;
}

/** What is left undone, or went wrong, is left out where anything else may be said. */
export const unusual =
  /^(pending|queued|running|processing|in_progress|streaming|started|draft|failed|error|errored|stopped|abandoned|cancell?ed|deleted|archived|suspended|revoked|expired|rejected|disabled|inactive|banned|blocked|admin|super_?admin|moderator|service_role|system|tool)$/;

/** Lists of allowed values and enums. */
export function choiceMaker(making: Making, state: TableState, columnPlan: ColumnPlan): Maker | null {
  const all = columnPlan.rule.allowed ?? columnPlan.labels;
  if (columnPlan.type === 'bool') return booleanMaker(columnPlan);
  const [first] = all ?? [];
  if (all === null || all === undefined || first === undefined) return null;
  const { world } = making;
  const { name } = columnPlan.column;
  if (all.includes('user') && all.includes('assistant'))
    return (row) => (placeOf(world, state, row).position % 2 === 0 ? 'user' : 'assistant');
  if (all.includes('owner')) return (row) => memberRole(all, world, state, row);
  const usual = all.filter((value) => !unusual.test(value));
  const settled = /status|state/.test(name)
    ? usual.filter((value) =>
        /^(complete|completed|done|ok|succeeded|success|active|ready|accepted|published|paid|sent|delivered|open|enabled|current)$/.test(
          value,
        ),
      )
    : [];
  const choices = settled.length > 0 ? settled : usual.length > 0 ? usual : all;
  const seed = mix(world.sizes.seed, hashText(name));
  return (row, salt) => pick(salt > 0 ? all : choices, randomFrom(mix(seed, placeOf(world, state, row).turn, salt)));
}

/** The first of a tenant owns, the second administers, the others are members: of a table with a parent, by position. */
function memberRole(all: readonly string[], world: World, state: TableState, row: number): string {
  const place = placeOf(world, state, row);
  const rank = place.parent >= 0 ? place.position : Math.floor((row % world.sizes.users) / world.sizes.tenants);
  const order = ['owner', 'admin', 'member', 'viewer', 'editor', 'user'].filter((role) => all.includes(role));
  return order[Math.min(rank, Math.max(0, order.length - 1))] ?? all[0] ?? 'owner';
}

function booleanMaker({ column, rule }: ColumnPlan): Maker {
  const must = rule.allowed?.[0];
  if (must !== undefined) return () => must;
  const usual = /^(is_)?(active|enabled|visible|verified|success|succeeded|document_chat)/.test(column.name)
    ? 'true'
    : 'false';
  const value = column.default === 'true' || column.default === 'false' ? column.default : usual;
  return (_, salt) => (salt % 2 === 0 ? value : value === 'true' ? 'false' : 'true');
}
