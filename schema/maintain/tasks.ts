// Upkeep by command: each task is a few statements of an administrator, and says what it did. The server runs those that
// come round as jobs, under the role loam_maintenance.
import { z } from 'zod';
import type { AdminSession } from '../../core/database.ts';
import { quoteText } from '../quote.ts';
import { ToolError } from '../session.ts';

export const taskNames = ['reindex', 'analyze', 'partitions', 'archive', 'files', 'alerts', 'summaries'] as const;

/** Spans are written as PostgreSQL reads them: `12 months`, `30 days`. */
export const taskRequest = z.object({
  task: z.enum(taskNames),
  /** reindex, analyze: only this table, as `table` or `schema.table`. */
  table: z.string().max(200).optional(),
  /** archive, files: how old; partitions: which are detached, none unless said. */
  olderThan: z.string().max(50).optional(),
  /** partitions: which of the detached ones are dropped, none unless said. */
  drop: z.string().max(50).optional(),
});
export type TaskRequest = z.infer<typeof taskRequest>;

export interface TaskSession extends AdminSession {
  readonly engine: 'pglite' | 'postgres';
}

const spanPattern = /^\d{1,5} (hour|day|week|month|year)s?$/;

function span(value: string): string {
  if (!spanPattern.test(value))
    throw new ToolError(`A span of time is written like "12 months" or "30 days", not "${value}".`);
  return `interval ${quoteText(value)}`;
}

async function has(session: TaskSession, name: string): Promise<boolean> {
  const [row] = await session.rows(`select to_regprocedure(${quoteText(name)}) is not null`);
  return row?.[0] === 't';
}

async function need(session: TaskSession, name: string, pattern: string): Promise<void> {
  if (!(await has(session, name)))
    throw new ToolError(`This task needs the pattern ${pattern} of this release, which is not installed.`);
}

/** Tables of `public`, or the one that is named, in quotes where needed. */
async function tablesOf(session: TaskSession, { table }: TaskRequest): Promise<readonly string[]> {
  if (table === undefined) {
    const rows = await session.rows(
      `select oid::regclass::text from pg_class
       where relkind in ('r', 'm') and not relispartition and relnamespace = 'public'::regnamespace
       union all
       select inhrelid::regclass::text from pg_inherits join pg_class as parent on parent.oid = inhparent
       where parent.relkind = 'p' and parent.relnamespace = 'public'::regnamespace
       order by 1`,
    );
    return rows.map(([name]) => name ?? '');
  }
  if (!/^[A-Za-z_]\w*(\.[A-Za-z_]\w*)?$/.test(table)) throw new ToolError(`${table} is not the name of a table.`);
  const [row] = await session.rows(`select to_regclass(${quoteText(table)})::text`);
  if (row?.[0] == null) throw new ToolError(`There is no table ${table}.`);
  return [row[0]];
}

type Task = (session: TaskSession, request: TaskRequest) => Promise<string[]>;

/** Vectors and terms are indexes like all others: built anew, they lose what deleted rows have left in them. */
const reindex: Task = async (session, request) => {
  const tables = await tablesOf(session, request);
  const how = session.engine === 'postgres' ? 'reindex table concurrently' : 'reindex table';
  for (const table of tables) await session.exec(`${how} ${table}`);
  return [
    `Built the indexes of ${tables.length} tables anew${session.engine === 'postgres' ? ', while they were in use' : ''}.`,
  ];
};

const analyze: Task = async (session, request) => {
  const tables = await tablesOf(session, request);
  for (const table of tables) await session.exec(`vacuum (analyze) ${table}`);
  return [`Cleared away deleted rows and took statistics of ${tables.length} tables.`];
};

const partitions: Task = async (session, { olderThan, drop }) => {
  await need(session, 'loam.ensure_partitions()', 'foundation');
  await session.rows('select loam.ensure_partitions()');
  const lines = ["This month's and next month's partitions are there."];
  if (olderThan === undefined && drop === undefined) return lines;
  await need(session, 'loam.detach_partitions(regclass, interval)', 'foundation');
  const each = async (name: string, age: string): Promise<readonly string[]> => {
    const rows = await session.rows(
      `select p.name from pg_class as c cross join lateral loam.${name}(c.oid::regclass, ${span(age)}) as p (name)
       where c.relkind = 'p' and c.relnamespace = 'public'::regnamespace order by 1`,
    );
    return rows.map(([partition]) => partition ?? '');
  };
  if (olderThan !== undefined) {
    const detached = await each('detach_partitions', olderThan);
    lines.push(
      detached.length === 0
        ? 'Nothing was old enough to be detached.'
        : `Detached ${detached.join(', ')}; they are in schema loam_partitions until they are dropped.`,
    );
  }
  if (drop !== undefined) {
    const dropped = await each('drop_detached_partitions', drop);
    lines.push(dropped.length === 0 ? 'Nothing was old enough to be dropped.' : `Dropped ${dropped.join(', ')}.`);
  }
  return lines;
};

const archive: Task = async (session, { olderThan }) => {
  await need(session, 'public.archive_old_messages(interval, integer)', 'chat');
  const age = span(olderThan ?? '1 year');
  let moved = 0;
  // A piece at a time: each is a transaction, and others get their turn between them.
  for (;;) {
    const [row] = await session.rows(`select public.archive_old_messages(${age}, 100)`);
    const count = Number(row?.[0] ?? 0);
    moved += count;
    if (count === 0) break;
  }
  return [`Moved ${moved} messages of quiet conversations to messages_archive.`];
};

const files: Task = async (session, { olderThan }) => {
  await need(session, 'public.cleanup_orphaned_files(interval)', 'rag');
  const [row] = await session.rows(`select public.cleanup_orphaned_files(${span(olderThan ?? '1 day')})`);
  return [`Queued ${row?.[0] ?? 0} files that nothing speaks of; the server removes them within an hour.`];
};

const alerts: Task = async (session) => {
  await need(session, 'loam.check_alerts()', 'ai-usage');
  const rows = await session.rows('select alert, state, detail from loam.check_alerts()');
  return rows.map(([alert, state, detail]) =>
    `${(state ?? '').padEnd(8)} ${(alert ?? '').padEnd(16)} ${detail ?? ''}`.trimEnd(),
  );
};

const summaries: Task = async (session) => {
  await need(session, 'loam.summarize_usage()', 'ai-usage');
  await session.rows('select loam.summarize_usage()');
  return ['The sums of usage are up to date.'];
};

const tasks: Readonly<Record<TaskRequest['task'], Task>> = {
  reindex,
  analyze,
  partitions,
  archive,
  files,
  alerts,
  summaries,
};

/** Runs a task and answers what to say about it. Throws ToolError where a table, pattern or span is not there. */
export async function runTask(session: TaskSession, request: TaskRequest): Promise<string[]> {
  return await tasks[request.task](session, request);
}
