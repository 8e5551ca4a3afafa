// What is to be seeded, out of the catalog: which tables, in which order, whose rows they hold, and how each column of a key
// comes by its value. Knows no values yet.
import type { Catalog, Table } from '../catalog/model.ts';
import { isPlatform } from '../validate/platform.ts';
import { columnPlans } from './columns.ts';
import { inOrder, writtenByTriggers } from './order.ts';
import { leavesOf } from './partitions.ts';
import { keyOf, type Plan, type TablePlan } from './plan-model.ts';
import { assignRoles, draftOf, findUsers, isLink, scopesOf, standIns } from './references.ts';

const tenantName = /^(organi[sz]ations?|orgs?|tenants?|workspaces?|companies|company)$/;
/** Of Loam's own: work in progress and what the server counts or keeps for a while, and what an administrator decides. */
const passing =
  /^(answer_leases|stream_chunks|typing_indicators|rate_limits|response_cache\w*|budget_\w+|usage_pending|file_deletions|messages_archive)$/;
const decided = /^(model_providers|provider_keys|models|model_pricing|model_routes|file_type_configs)$/;
const history =
  /^(schema_migrations|seed_files|spatial_ref_sys|_+drizzle_migrations|_prisma_migrations|flyway_schema_history|knex_migrations(_lock)?|alembic_version|goose_db_version|ar_internal_metadata)$/;

/** Not the platform's and not of the toolkit. */
const isOwn = (schema: string): boolean => !isPlatform(schema) && !/^(loam|drizzle)(_|$)/.test(schema);

/** `public`; where no table is there, every schema of the project's own that has one. */
export function usualSchemas({ tables }: Catalog): readonly string[] {
  const schemas = tables
    .filter(({ kind, name }) => kind !== 'foreign' && !history.test(name))
    .map(({ schema }) => schema);
  return schemas.includes('public') ? ['public'] : [...new Set(schemas.filter(isOwn))].sort();
}

/** Come along although a reference to them may be empty: rows without an account or a bucket say little. */
const always = new Set(['auth.users', 'storage.buckets']);

/** Tables that are wanted, with those that they cannot do without. */
function withNeeded(wanted: readonly Table[], all: readonly Table[]): Table[] {
  const chosen = new Map(wanted.map((table) => [keyOf(table), table]));
  const queue = [...wanted];
  for (let table = queue.pop(); table !== undefined; table = queue.pop()) {
    for (const { target, columns } of table.constraints) {
      const must = columns.some((name) =>
        table.columns.some((column) => column.name === name && column.notNull && column.generated === null),
      );
      const found = target === null ? undefined : all.find((each) => keyOf(each) === keyOf(target));
      if (found === undefined || chosen.has(keyOf(found)) || !(must || always.has(keyOf(found)))) continue;
      chosen.set(keyOf(found), found);
      queue.push(found);
    }
  }
  return [...chosen.values()];
}

/** Reads the plan out of the catalog. `wanted` says of each table whether it is to be seeded; `left`: better not, unless named. */
export function planSeed(catalog: Catalog, wanted: (table: Table, left: boolean) => boolean): Plan {
  const all = catalog.tables.filter(({ kind, partitionOf }) => kind !== 'foreign' && partitionOf === null);
  const ours = catalog.tables.some((table) => keyOf(table) === 'loam.installation');
  const left = ({ name }: Table): boolean => history.test(name) || (ours && (passing.test(name) || decided.test(name)));
  const chosen = withNeeded(
    all.filter((table) => wanted(table, left(table))),
    all,
  );
  // Stored files are somebody's, although no foreign key says so.
  const accounts = all.find((table) => keyOf(table) === 'auth.users');
  if (
    accounts !== undefined &&
    !chosen.includes(accounts) &&
    chosen.some((table) => keyOf(table) === 'storage.objects')
  )
    chosen.push(accounts);
  const identities = all.find((table) => keyOf(table) === 'auth.identities');
  if (identities !== undefined && chosen.some((table) => keyOf(table) === 'auth.users') && !chosen.includes(identities))
    chosen.push(identities);
  const users = findUsers(chosen);
  const tenant = chosen.find(({ name }) => tenantName.test(name));
  const tenants = tenant === undefined ? null : keyOf(tenant);
  const drafts = new Map(chosen.map((table) => [keyOf(table), draftOf(table, chosen, users, tenants)]));
  const written = writtenByTriggers(catalog, chosen);
  // A row whose own trigger writes what it points to brings a value of its own.
  const before = writtenByTriggers(catalog, chosen, 'before');
  for (const [key, draft] of drafts) {
    const references = draft.references.filter(
      ({ target, nullable }) => nullable || before.get(target)?.has(key) !== true,
    );
    drafts.set(key, { ...draft, references });
  }
  const ordered = inOrder(drafts, written);
  const people = standIns(ordered, users);
  const scopes = scopesOf(ordered, people, tenants);
  const links = new Set(ordered.filter(isLink).map(({ key }) => key));
  const tables = ordered.map((draft): TablePlan => {
    const references = assignRoles(draft, people, tenants, scopes, links).map((each, index) =>
      draft.references[index]?.role === 'later' ? { ...each, role: 'later' as const } : each,
    );
    const main = references.find(({ role }) => role === 'main') ?? null;
    const { columns, keys } = columnPlans({ ...draft, references }, catalog, main !== null);
    return {
      key: draft.key,
      table: draft.table,
      scope: scopes.get(draft.key) ?? 'shared',
      columns,
      references,
      main,
      keys,
      derived: [...(written.get(draft.key) ?? [])].some((source) => drafts.has(source)),
      link: links.has(draft.key),
      leaves: leavesOf(catalog, draft.table),
    };
  });
  return { tables, users, tenants };
}
