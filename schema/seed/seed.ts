// Fills a database with rows that look alive, out of its own catalog. The same number gives the same rows, byte for byte;
// at least two tenants have look-alike rows that tell their owner, so that what is seeded also shows whether tenants are apart.
import { DatabaseError } from '../../core/database.ts';
import type { Catalog, Table } from '../catalog/model.ts';
import { readCatalog } from '../catalog/read.ts';
import { type Session, ToolError } from '../session.ts';
import { loadParser } from '../validate/syntax.ts';
import { accountKeys } from './account-keys.ts';
import { collectAnswers, type PlantedQuestion } from './answers.ts';
import type { Making } from './choice-values.ts';
import { highestNumbers, readPool, rowCounts } from './existing.ts';
import { closeCircles } from './later.ts';
import { countOthers, listRuns, noteRun, type Seeded } from './ledger.ts';
import { load } from './load.ts';
import { pathShapes } from './object-paths.ts';
import { planSeed, usualSchemas } from './plan.ts';
import { keyOf, type Plan, type TablePlan } from './plan-model.ts';
import { probeChecks } from './probe.ts';
import { hashText } from './random.ts';
import type { Sizes, TableState, World } from './state.ts';
import { seededPassword } from './text-values.ts';
import { triggerBodies } from './trigger-bodies.ts';
import { makersFor } from './values.ts';
import { drawVoices } from './voices.ts';
import { quoteTable } from './write.ts';

export interface SeedOptions {
  /** 1 to 65,535; 1 unless said. The same number on the same schema gives the same bytes. */
  readonly seed?: number;
  /** Rows a table; 60 unless said. Tables of accounts and tenants have their own counts. */
  readonly rows?: number;
  /** Rows of single tables, by `table` or `schema.table`. */
  readonly rowsOf?: Readonly<Record<string, number>>;
  /** At least 2. */
  readonly tenants?: number;
  /** Accounts, rounded up to a multiple of `tenants`; three a tenant unless said, more where tables are large. */
  readonly users?: number;
  /** The moment that the rows lead up to; the beginning of 2026 unless said, so that a run can be repeated. */
  readonly until?: Date;
  /** Dimensions of vector columns that do not say their own; those of an index on them, else 384. */
  readonly dimensions?: number;
  /** Schemas whose tables are seeded; unless said `public`, or where no table is there all of the project's own. */
  readonly schemas?: readonly string[];
  /** Only these tables, by `table` or `schema.table`, and what they cannot do without. */
  readonly tables?: readonly string[];
  /** `skip` writes without triggers and without checking foreign keys, which needs a superuser (or Supabase's postgres). */
  readonly triggers?: 'fire' | 'skip';
  /** Values for columns, by `schema.table.column`. */
  readonly set?: Readonly<Record<string, string | null>>;
  /** Seeds although there are accounts that were not seeded. */
  readonly force?: boolean;
  readonly onProgress?: (progress: SeedProgress) => void;
}

export interface SeedProgress {
  readonly table: string;
  readonly rows: number;
  /** Of all tables together. */
  readonly done: number;
  readonly total: number;
}

export interface SeedResult {
  readonly seed: number;
  /** Whose tables were filled. */
  readonly schemas: readonly string[];
  readonly tables: readonly { readonly table: string; readonly rows: number; readonly note: string | null }[];
  readonly rows: number;
  /** Milliseconds of writing, analysing left out. */
  readonly ms: number;
  readonly questions: readonly PlantedQuestion[];
  readonly users: readonly { readonly email: string; readonly password: string | null }[];
}

const defaultUntil = Date.UTC(2026, 0, 1);

function sizesOf(options: SeedOptions, catalog: Catalog): Sizes {
  const seed = options.seed ?? 1;
  if (!Number.isInteger(seed) || seed < 1 || seed > 65_535)
    throw new ToolError('--seed is a whole number from 1 to 65535.');
  const tenants = options.tenants ?? 2;
  if (!Number.isInteger(tenants) || tenants < 2)
    throw new ToolError('--tenants is at least 2: one alone cannot be told from another.');
  const most = Math.max(options.rows ?? 60, ...Object.values(options.rowsOf ?? {}));
  if (!Number.isInteger(most) || (options.rows ?? 60) < 0) throw new ToolError('--rows is a whole number.');
  const usual = tenants * Math.min(300, Math.max(3, Math.round(most / 4000)));
  const users = Math.max(tenants, Math.ceil((options.users ?? usual) / tenants) * tenants);
  const said = catalog.tables
    .flatMap(({ indexes }) => indexes)
    .map(({ text }) => /(?:vector|halfvec)\((\d+)\)/.exec(text)?.[1])
    .find(Boolean);
  return {
    seed,
    tenants,
    users,
    until: (options.until ?? new Date(defaultUntil)).getTime(),
    dimensions: options.dimensions ?? Number(said ?? 384),
  };
}

function wantedTables(options: SeedOptions, among: readonly string[]): (table: Table, left: boolean) => boolean {
  const schemas = new Set(among);
  const only = options.tables === undefined ? null : new Set(options.tables);
  return (table, left) =>
    only === null
      ? schemas.has(table.schema) && !left
      : only.has(keyOf(table)) || (schemas.has(table.schema) && only.has(table.name));
}

/** Rows that a table is to get: accounts and tenants by their number, others as asked and at least one an owner. */
function plannedRows(plan: TablePlan, whole: Plan, sizes: Sizes, options: SeedOptions): number {
  if (plan.leaves?.length === 0) return 0;
  const said = options.rowsOf?.[plan.key] ?? options.rowsOf?.[plan.table.name];
  if (plan.key === whole.users) return sizes.users;
  if (plan.key === whole.tenants) return sizes.tenants;
  if (plan.key === 'storage.buckets') return said ?? 1;
  if (said !== undefined) return said;
  const { scope, references } = plan;
  const people = references.some(({ role, target }) => role === 'one to one' && target === whole.users);
  if (people || plan.key === 'auth.identities') return sizes.users;
  const rows = options.rows ?? 60;
  return rows === 0 ? 0 : Math.max(rows, scope === 'user' ? sizes.users : scope === 'tenant' ? sizes.tenants : 1);
}

function openWorld(plan: Plan, sizes: Sizes, options: SeedOptions): World {
  const states = new Map(
    plan.tables.map((table): [string, TableState] => {
      const planned = plannedRows(table, plan, sizes, options);
      const step = table.scope === 'user' ? sizes.users : table.scope === 'tenant' ? sizes.tenants : 1;
      const number = hashText(table.key) & 0x3ff;
      return [
        table.key,
        {
          plan: table,
          number,
          step,
          planned,
          count: planned,
          salts: new Map(),
          makers: new Map(),
          pool: null,
          base: 0,
        },
      ];
    }),
  );
  return { sizes, plan, states };
}

/** Refuses what looks like somebody's data. */
async function refuseProduction(session: Session, plan: Plan, options: SeedOptions): Promise<void> {
  const users = plan.tables.find(({ key }) => key === plan.users);
  const [key] = users?.table.constraints.find(({ kind }) => kind === 'primary key')?.columns ?? [];
  if (users === undefined || key === undefined || options.force === true) return;
  const isUuid = users.table.columns.some(({ name, typeName }) => name === key && typeName === 'uuid');
  const others = await countOthers(session, users.key, key, isUuid);
  if (others > 0)
    throw new ToolError(
      `${users.key} holds ${others === 1 ? 'an account' : `${others} accounts`} that no seed has made: this looks like a database in use. Use another one, or --force.`,
    );
}

/** Seeds in one transaction: all of it is there afterwards, or nothing. Throws ToolError, and DatabaseError for what nobody foresaw. */
export async function seedDatabase(session: Session, options: SeedOptions = {}): Promise<SeedResult> {
  await loadParser();
  const catalog = await readCatalog(session);
  const sizes = sizesOf(options, catalog);
  const schemas = options.schemas ?? usualSchemas(catalog);
  const plan = planSeed(catalog, wantedTables(options, schemas));
  if (plan.tables.length === 0)
    throw new ToolError('There is no table to seed. Install or migrate first, or name the schema with --schema.');
  if ((await listRuns(session)).includes(sizes.seed))
    throw new ToolError(
      `This database was seeded with number ${sizes.seed} already. Remove it with --clean, or choose another --seed.`,
    );
  await refuseProduction(session, plan, options);
  const world = openWorld(plan, sizes, options);
  const bodies = triggerBodies(catalog);
  const bodyOf = (key: string): string => bodies.flatMap(({ table, body }) => (table === key ? [body] : [])).join('\n');
  const making: Making = {
    world,
    voices: await drawVoices(sizes),
    fixed: new Map(Object.entries(options.set ?? {})),
    filled: new Set(['storage.objects.bucket_id']),
    accountKeys: plan.users === 'auth.users' ? accountKeys(catalog, bodies) : [],
    paths: pathShapes(catalog, bodies, plan.tenants),
  };
  const before = await rowCounts(session, plan);
  for (const state of world.states.values()) await prepare(session, making, state, before, catalog);
  const started = performance.now();
  const seeded: Seeded[] = [];
  const report: { table: string; rows: number; note: string | null }[] = [];
  const answers = collectAnswers(world);
  const total = [...world.states.values()].reduce((sum, { planned, pool }) => sum + (pool === null ? planned : 0), 0);
  let done = 0;
  await session.exec('begin');
  try {
    if (options.triggers === 'skip') await skipTriggers(session);
    for (const state of world.states.values()) {
      const note = state.pool === null ? await lookAtTriggers(session, making, state, before) : 'left as it is';
      const written =
        note === null
          ? await load(session, state, seeded, {
              making,
              body: options.triggers === 'skip' ? '' : bodyOf(state.plan.key),
              see: answers.see,
              onRows: (rows) => options.onProgress?.({ table: state.plan.key, rows, done: done + rows, total }),
            })
          : 0;
      done += written;
      report.push({ table: state.plan.key, rows: written, note });
    }
    await closeCircles(session, world);
    await noteRun(session, sizes.seed, { ...options, onProgress: undefined }, seeded);
    await session.exec('commit');
  } catch (error) {
    await session.exec('rollback').catch(() => {});
    throw error instanceof DatabaseError ? explainEnd(error) : error;
  }
  const ms = performance.now() - started;
  // Triggers have written too; what they wrote into is among the tables.
  for (const { plan: each } of world.states.values())
    if (each.derived) await session.exec(`analyze ${quoteTable(each)}`);
  const hasPasswords = plan.users === 'auth.users';
  return {
    seed: sizes.seed,
    schemas,
    tables: report,
    rows: report.reduce((sum, { rows }) => sum + rows, 0),
    ms,
    questions: answers.list(),
    users:
      plan.users === null
        ? []
        : making.voices.people.map(({ email }) => ({ email, password: hasPasswords ? seededPassword : null })),
  };
}

/** What is refused once all rows are there: a reference that closes a circle, or what waits for the end of the transaction. */
function explainEnd(error: DatabaseError): ToolError {
  const detail = typeof error.cause === 'string' ? ` (${error.cause})` : '';
  const constraint = error.constraint === undefined ? '' : `, constraint "${error.constraint}"`;
  return new ToolError(
    `All rows together are refused${constraint}: ${error.message}${detail}. Nothing was written. Say what to write with --set <schema.table.column>=<value>, or leave triggers out with --triggers skip.`,
    { cause: error },
  );
}

async function skipTriggers(session: Session): Promise<void> {
  try {
    await session.exec('set local session_replication_role = replica');
  } catch (error) {
    throw new ToolError('Writing without triggers needs a superuser; seed with --triggers fire.', { cause: error });
  }
}

/** Before anything is written: which rows are there, where numbers begin, and whether the checks are satisfied. */
async function prepare(
  session: Session,
  making: Making,
  state: TableState,
  before: ReadonlyMap<string, number>,
  catalog: Catalog,
): Promise<void> {
  const { plan } = state;
  // Buckets may have an owner, and are the project's all the same.
  const scope = plan.key === 'storage.buckets' ? 'shared' : plan.scope;
  if (scope === 'shared' && (before.get(plan.key) ?? 0) > 0)
    state.pool = await readPool(session, making.world, { ...plan, scope });
  if (plan.derived && !plan.link && plan.references.length === 0) state.pool ??= { rows: [], byOwner: null };
  state.base = await highestNumbers(session, plan);
  state.makers = makersFor(making, state);
  if (state.pool === null) await probeChecks(session, making, state, catalog);
}

/** What triggers have written since the beginning is taken as it is. Answers why nothing is added, or null. */
async function lookAtTriggers(
  session: Session,
  making: Making,
  state: TableState,
  before: ReadonlyMap<string, number>,
): Promise<string | null> {
  const { plan } = state;
  if (plan.leaves?.length === 0) return 'has no partition';
  if (!plan.derived) return null;
  // Some triggers wait for the end of the transaction: now is that.
  await session.exec('set constraints all immediate; set constraints all deferred');
  const now = (await rowCounts(session, { ...making.world.plan, tables: [plan] })).get(plan.key) ?? 0;
  if (now === (before.get(plan.key) ?? 0) || plan.link) return null;
  const primary = plan.table.constraints.find(({ kind }) => kind === 'primary key')?.columns ?? [];
  const single = plan.references.some(
    ({ role, soft, columns }) =>
      role === 'one to one' && !soft && primary.length > 0 && primary.every((name) => columns.includes(name)),
  );
  if (single) state.count = Math.min(state.planned, now);
  else state.pool = await readPool(session, making.world, plan);
  return 'written by triggers';
}
