// Takes out what a run put in: its rows, and whatever hangs on them, children before parents, whoever wrote them. One transaction.
import { DatabaseError } from '../../core/database.ts';
import { readCatalog } from '../catalog/read.ts';
import { type Session, ToolError } from '../session.ts';
import { deleteOrder, type Graph, graphOf, type Link } from './clean-graph.ts';
import { switchOff } from './clean-switches.ts';
import { conditions, listRuns, readEntries, type Seeded } from './ledger.ts';
import { writtenByTriggers } from './order.ts';
import { uuidPrefix, uuidRange } from './random.ts';

export interface Cleaned {
  readonly tables: readonly { readonly table: string; readonly rows: number }[];
}

/** Marks rows of a table as going, by their key; answers how many are new. */
async function mark(session: Session, { nodes }: Graph, key: string, from: string): Promise<number> {
  const node = nodes.get(key);
  if (node === undefined) return 0;
  const [row] = await session.rows(
    `with new as (
       insert into pg_temp.loam_going (relation, key)
       select ${node.oid}, ${node.keyOf('t')} from ${node.name} as t ${from}
       on conflict do nothing returning 1
     ) select count(*) from new`,
  );
  return Number(row?.[0] ?? 0);
}

const going = (graph: Graph, key: string, alias: string): string => {
  const node = graph.nodes.get(key);
  return `exists (select from pg_temp.loam_going as g where g.relation = ${node?.oid} and g.key = ${node?.keyOf(alias)})`;
};

const pointsAtGoing = (graph: Graph, { columns, target, targetColumns }: Link): string =>
  `(${columns.map((name) => `t.${name}`).join(', ')}) in (
     select ${targetColumns.map((name) => `p.${name}`).join(', ')} from ${graph.nodes.get(target)?.name} as p where ${going(graph, target, 'p')})`;

/**
 * Rows that triggers wrote about ours without a foreign key. Where nothing says what a row belongs to (what an audit keeps as
 * text or JSON), it is ours when it names one of the run's uuids anywhere.
 */
async function markWritten(session: Session, graph: Graph, seed: number): Promise<readonly string[]> {
  const [low, high] = uuidRange(seed);
  const found: string[] = [];
  for (const key of graph.derived) {
    const bound = graph.links.some(({ source, nullable }) => source === key && !nullable);
    const uuids = graph.nodes.get(key)?.uuids ?? [];
    const where = bound
      ? uuids.map((name) => `t.${name} between '${low}' and '${high}'`).join(' or ')
      : `t::text like '%${uuidPrefix(seed)}-%'`;
    if (where !== '' && (await mark(session, graph, key, `where ${where}`)) > 0) found.push(key);
  }
  return found;
}

interface Followed {
  /** References that are emptied instead. */
  readonly loose: ReadonlySet<Link>;
  /** Rows that no seed has made, by table, which neither a trigger wrote nor their foreign key lets go. */
  readonly others: ReadonlyMap<string, number>;
}

/** Everything that cannot stay when these go. What may do without is let go of instead. */
async function follow(session: Session, graph: Graph, start: Iterable<string>): Promise<Followed> {
  const loose = new Set<Link>();
  const others = new Map<string, number>();
  const queue = new Set(start);
  for (const key of queue) {
    queue.delete(key);
    await session.exec('analyze pg_temp.loam_going');
    for (const link of graph.links.filter(({ target }) => target === key)) {
      if (link.action === 'set null' || link.action === 'set default') continue;
      if (link.action !== 'cascade' && link.nullable && !graph.derived.has(link.source)) {
        loose.add(link);
        continue;
      }
      const fresh = await mark(session, graph, link.source, `where ${pointsAtGoing(graph, link)}`);
      if (fresh === 0) continue;
      queue.add(link.source);
      if (link.action !== 'cascade' && !graph.derived.has(link.source))
        others.set(link.source, (others.get(link.source) ?? 0) + fresh);
    }
  }
  for (const link of loose) {
    const [row] = await session.rows(
      `select count(*) from ${graph.nodes.get(link.source)?.name} as t where not ${going(graph, link.source, 't')} and ${pointsAtGoing(graph, link)}`,
    );
    const held = Number(row?.[0] ?? 0);
    if (held > 0) others.set(link.source, (others.get(link.source) ?? 0) + held);
  }
  return { loose, others };
}

function refuseOthers(others: ReadonlyMap<string, number>): void {
  if (others.size === 0) return;
  const named = [...others].map(([table, rows]) => `${table} (${rows})`).join(', ');
  throw new ToolError(
    `Rows that no seed has made point at seeded ones, and would go or lose the reference: ${named}. Nothing was changed. Say --force if that is right.`,
  );
}

/** Empties references to what goes: those of rows that stay, or, where tables point to each other, of rows that go themselves. */
async function letGo(session: Session, graph: Graph, links: Iterable<Link>, of: 'stay' | 'go'): Promise<void> {
  for (const link of links) {
    const set = link.free.map((name) => `${name} = null`).join(', ');
    const whose = `${of === 'stay' ? 'not ' : ''}${going(graph, link.source, 't')}`;
    const name = graph.nodes.get(link.source)?.name;
    await session.exec(`update ${name} as t set ${set} where ${whose} and ${pointsAtGoing(graph, link)}`);
  }
}

async function deleteMarked(session: Session, graph: Graph, tables: readonly string[]): Promise<void> {
  for (const key of tables) {
    const node = graph.nodes.get(key);
    if (node === undefined) continue;
    await session.exec(
      `delete from ${node.name} as t where ${node.keyOf('t')} in (select key from pg_temp.loam_going where relation = ${node.oid})`,
    );
  }
}

/** From the gentlest to the one that nothing but missing rights can stop. */
const attempts = [
  // A rule such as "an owner stays" looks at rows that go by themselves, and not at those that go with everything.
  { withParents: true, triggers: true },
  { withParents: false, triggers: true },
  // Tables that only grow refuse every deletion by a trigger.
  { withParents: false, triggers: false },
] as const;

async function remove(
  session: Session,
  graph: Graph,
  entries: readonly Seeded[],
  loose: ReadonlySet<Link>,
  attempt: (typeof attempts)[number],
): Promise<void> {
  const marked = (await session.rows('select distinct relation from pg_temp.loam_going')).map(([oid]) => Number(oid));
  const keys = [...graph.nodes].filter(([, { oid }]) => marked.includes(oid)).map(([key]) => key);
  const { order, circles } = deleteOrder(graph, keys);
  const back = await switchOff(session, keys, !attempt.triggers);
  const unindexed = await indexLinks(session, graph, keys);
  await session.exec('set constraints all deferred');
  await letGo(session, graph, loose, 'stay');
  await letGo(session, graph, circles, 'go');
  const carried = new Set(entries.filter(({ cascades }) => cascades).map(({ schema, table }) => `${schema}.${table}`));
  await deleteMarked(
    session,
    graph,
    order.filter((key) => !attempt.withParents || !carried.has(key)),
  );
  await session.exec('set constraints all immediate');
  await unindexed();
  await back();
}

/** More rows than this, and each of them would read all of a table that has no index for its foreign key. */
const many = 1000;

/** Indexes for as long as rows are taken out. Answers how they go again. */
async function indexLinks(session: Session, graph: Graph, keys: readonly string[]): Promise<() => Promise<void>> {
  const counts = new Map(
    (await session.rows('select relation, count(*) from pg_temp.loam_going group by relation')).map(
      ([oid, count]) => [Number(oid), Number(count)] as const,
    ),
  );
  const owned = await session.rows(
    `select oid from pg_class where relkind in ('r', 'p') and pg_has_role(relowner, 'usage')`,
  );
  const mine = new Set(owned.map(([oid]) => Number(oid)));
  const made: string[] = [];
  for (const { source, target, columns } of graph.links) {
    const [from, to] = [graph.nodes.get(source), graph.nodes.get(target)];
    if (from === undefined || to === undefined || !keys.includes(target) || !mine.has(from.oid)) continue;
    const isLed = from.indexed.some((led) => columns.every((name) => led.slice(0, columns.length).includes(name)));
    if (isLed || (counts.get(to.oid) ?? 0) < many) continue;
    const name = `loam_clean_${made.length}`;
    await session.exec(`create index ${name} on ${from.name} (${columns.join(', ')})`);
    made.push(`${from.schema}.${name}`);
  }
  return async () => {
    if (made.length > 0) await session.exec(`drop index ${made.join(', ')}`);
  };
}

export interface CleanOptions {
  /** Takes others' rows along that point at seeded ones, and empties references that may be empty. */
  readonly force?: boolean;
}

/** Takes out what run `seed` put in. Throws ToolError when there is no such run, others' rows hang on it, or something will not go. */
export async function cleanSeed(session: Session, seed: number, options: CleanOptions = {}): Promise<Cleaned> {
  const runs = await listRuns(session);
  if (!runs.includes(seed))
    throw new ToolError(
      runs.length === 0
        ? 'Nothing in this database was seeded.'
        : `Nothing was seeded with number ${seed}; there is: ${runs.join(', ')}.`,
    );
  const entries = await readEntries(session, seed);
  const catalog = await readCatalog(session);
  const graph = graphOf(catalog, writtenByTriggers(catalog, catalog.tables));
  const cleaned: { table: string; rows: number }[] = [];
  await session.exec('begin');
  try {
    await session.exec(
      'create temporary table loam_going (relation oid not null, key text[] not null, primary key (relation, key)) on commit drop',
    );
    for (const { schema, table, foundBy } of entries) {
      let rows = 0;
      for (const where of conditions(seed, foundBy))
        rows += await mark(session, graph, `${schema}.${table}`, `where ${where}`);
      cleaned.push({ table: `${schema}.${table}`, rows });
    }
    const written = await markWritten(session, graph, seed);
    const { loose, others } = await follow(session, graph, [...cleaned.map(({ table }) => table), ...written]);
    if (options.force !== true) refuseOthers(others);
    await removeSomehow(session, graph, entries, loose);
    // Triggers may have noted that rows went.
    await deleteMarked(session, graph, await markWritten(session, graph, seed));
    await session.rows('delete from loam_seed.runs where seed = $1', [seed]);
    const left = await session.rows('select from loam_seed.runs');
    if (left.length === 0) await session.exec('drop schema loam_seed cascade');
    await session.exec('commit');
  } catch (error) {
    await session.exec('rollback');
    throw error instanceof DatabaseError ? explain(error) : error;
  }
  return { tables: cleaned };
}

async function removeSomehow(
  session: Session,
  graph: Graph,
  entries: readonly Seeded[],
  loose: ReadonlySet<Link>,
): Promise<void> {
  let refusal: unknown;
  for (const attempt of attempts) {
    await session.exec('savepoint loam_attempt');
    try {
      await remove(session, graph, entries, loose, attempt);
      return;
    } catch (error) {
      if (!(error instanceof DatabaseError)) throw error;
      // What the gentler way stumbled over says more than that the last one is not permitted.
      if (refusal === undefined || error.sqlState !== '42501') refusal = error;
      await session.exec('rollback to savepoint loam_attempt');
    }
  }
  throw refusal;
}

function explain(error: DatabaseError): ToolError {
  const detail = typeof error.cause === 'string' ? ` (${error.cause})` : '';
  const hint = error.sqlState === '42501' ? ' Clean as the owner of the tables.' : '';
  return new ToolError(`What was seeded cannot be taken out: ${error.message}${detail}. Nothing was changed.${hint}`, {
    cause: error,
  });
}
