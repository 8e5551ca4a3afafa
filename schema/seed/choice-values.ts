// Values out of lists: allowed words, enums, booleans; and the accounts that Supabase must be able to sign in.

import type { ColumnPlan } from './plan-model.ts';
import { hashText, mix, pick, randomFrom } from './random.ts';
import { cellOf, type Maker, placeOf, type TableState, type World } from './state.ts';
import type { Voices } from './voices.ts';

/** Values that somebody has set for columns, by `schema.table.column`; null stands for NULL. */
export type Fixed = ReadonlyMap<string, string | null>;

export interface Making {
  readonly world: World;
  readonly voices: Voices;
  readonly fixed: Map<string, string | null>;
}

/** What is left undone, or went wrong, is left out where anything else may be said. */
const unusual =
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

/** What the accounts of Supabase need so that people can sign in, and their identities. */
export function accountMaker(making: Making, state: TableState, { column }: ColumnPlan): Maker | null {
  const { world, voices } = making;
  if (state.plan.key !== 'auth.users' && state.plan.key !== 'auth.identities') return null;
  const personOf = (row: number) => voices.people[row % voices.people.length];
  const created = (row: number): string => new Date(placeOf(world, state, row).createdAt).toISOString();
  const idOf = (row: number): string | null => cellOf(world.states.get('auth.users') ?? state, row, 'id');
  const json = (value: unknown): string => JSON.stringify(value);
  const users: Readonly<Record<string, Maker>> = {
    instance_id: () => '00000000-0000-0000-0000-000000000000',
    aud: () => 'authenticated',
    role: () => 'authenticated',
    email_confirmed_at: created,
    last_sign_in_at: created,
    raw_app_meta_data: () => json({ provider: 'email', providers: ['email'] }),
    raw_user_meta_data: (row) => {
      const person = personOf(row);
      const name = `${person?.first ?? ''} ${person?.last ?? ''}`;
      return json({ display_name: name, full_name: name });
    },
    phone: () => null,
    is_sso_user: () => 'false',
    is_anonymous: () => 'false',
    email_change_confirm_status: () => '0',
  };
  const identities: Readonly<Record<string, Maker>> = {
    provider: () => 'email',
    provider_id: idOf,
    identity_data: (row) => json({ sub: idOf(row), email: personOf(row)?.email, email_verified: true }),
    last_sign_in_at: created,
  };
  const known = (state.plan.key === 'auth.users' ? users : identities)[column.name];
  if (known !== undefined) return known;
  // The accounts service of Supabase does not read NULL in these.
  if (state.plan.key === 'auth.users' && /_token(_new|_current)?$|^(email|phone)_change$/.test(column.name))
    return () => '';
  return state.plan.key === 'auth.users' &&
    /_at$|_until$|is_super_admin|phone/.test(column.name) &&
    !/created|updated/.test(column.name)
    ? () => null
    : null;
}
