// `loam schema seed`: fills a database with rows, says what it did, and can take them out again.
import { writeFileSync } from 'node:fs';
import { readConfig } from '../../core/config.ts';
import { targetOf } from '../../schema/open.ts';
import { openAddress, openFolder } from '../../schema/open-session.ts';
import { choosePatterns, patternFiles } from '../../schema/patterns.ts';
import { cleanSeed } from '../../schema/seed/clean.ts';
import { type SeedOptions, type SeedProgress, seedDatabase } from '../../schema/seed/seed.ts';
import { isAddress, type Session, ToolError } from '../../schema/session.ts';
import { alone } from '../locked.ts';

export interface Options {
  readonly all?: boolean;
  readonly schema: readonly string[];
  readonly table: readonly string[];
  readonly rows: readonly string[];
  readonly seed?: string;
  readonly tenants?: string;
  readonly users?: string;
  readonly until?: string;
  readonly dimensions?: string;
  readonly triggers?: string;
  readonly set: readonly string[];
  readonly answers?: string;
  readonly clean?: boolean;
  readonly force?: boolean;
  readonly databaseUrl?: string;
}

/** A session with every right to the database that is meant. */
async function onTarget<T>(url: string | undefined, work: (session: Session) => Promise<T>): Promise<T> {
  const use = async (session: Session): Promise<T> => {
    try {
      return await work(session);
    } finally {
      await session.close();
    }
  };
  if (url !== undefined) {
    if (!isAddress(url))
      throw new ToolError('The address of a database is written postgres://user:password@host:port/database.');
    return await use(await openAddress(url));
  }
  const config = readConfig();
  const target = targetOf(config);
  return await alone(config, async () =>
    use(
      target.kind === 'postgres' ? await openAddress(target.adminUrl ?? target.url) : await openFolder(config.dataDir),
    ),
  );
}

const whole = (name: string, text: string): number => {
  const value = Number(text);
  if (!/^\d[\d_]*$/.test(text)) throw new ToolError(`${name} is a whole number, not ${text}.`);
  return Number.isNaN(value) ? Number(text.replaceAll('_', '')) : value;
};

function moment(text: string): Date {
  const date = text === 'now' ? new Date() : new Date(text);
  if (Number.isNaN(date.getTime())) throw new ToolError(`--until is now or a moment such as 2026-01-01, not ${text}.`);
  return date;
}

/** `a=b` at the first equals sign. */
function pair(name: string, text: string): readonly [string, string] {
  const at = text.indexOf('=');
  if (at < 1) throw new ToolError(`${name} is written name=value, not ${text}.`);
  return [text.slice(0, at), text.slice(at + 1)];
}

/** Tables that the patterns make, read out of their text. */
function tablesOf(patterns: readonly string[]): readonly string[] {
  const texts = patternFiles(choosePatterns(patterns), { vectors: true }).map(({ text }) => text);
  const names = texts.flatMap((text) => [...text.matchAll(/^create table (?:if not exists )?([\w.]+)/gm)]);
  return names.map(([, name]) => name ?? '').filter((name) => !name.includes('.') || name.startsWith('public.'));
}

function readOptions(patterns: readonly string[], options: Options): SeedOptions {
  const { triggers } = options;
  if (triggers !== undefined && triggers !== 'fire' && triggers !== 'skip')
    throw new ToolError('--triggers is fire or skip.');
  const single = options.rows.filter((text) => !text.includes('='));
  const each = options.rows.filter((text) => text.includes('=')).map((text) => pair('--rows', text));
  const [rows] = single.slice(-1);
  const named = [...(patterns.length === 0 || options.all === true ? [] : tablesOf(patterns)), ...options.table];
  return {
    ...(options.seed === undefined ? {} : { seed: whole('--seed', options.seed) }),
    ...(rows === undefined ? {} : { rows: whole('--rows', rows) }),
    rowsOf: Object.fromEntries(each.map(([name, count]) => [name, whole('--rows', count)])),
    ...(options.tenants === undefined ? {} : { tenants: whole('--tenants', options.tenants) }),
    ...(options.users === undefined ? {} : { users: whole('--users', options.users) }),
    ...(options.until === undefined ? {} : { until: moment(options.until) }),
    ...(options.dimensions === undefined ? {} : { dimensions: whole('--dimensions', options.dimensions) }),
    ...(options.schema.length === 0 ? {} : { schemas: options.schema }),
    ...(named.length === 0 ? {} : { tables: named }),
    ...(triggers === undefined ? {} : { triggers }),
    set: Object.fromEntries(
      options.set.map((text) => pair('--set', text)).map(([name, value]) => [name, value === 'null' ? null : value]),
    ),
    force: options.force === true,
  };
}

/** A line that is written over itself, on a terminal only. */
function progressBar(): { show: (progress: SeedProgress) => void; end: () => void } {
  const { stderr } = process;
  if (!stderr.isTTY) return { show: () => {}, end: () => {} };
  const width = 28;
  return {
    show: ({ table, done, total }) => {
      const share = total === 0 ? 1 : Math.min(1, done / total);
      const filled = '█'.repeat(Math.round(share * width)).padEnd(width, '·');
      stderr.write(`\r${filled} ${String(Math.floor(share * 100)).padStart(3)} %  ${table.slice(0, 40).padEnd(40)}`);
    },
    end: () => void stderr.write(`\r${' '.repeat(width + 50)}\r`),
  };
}

async function clean(options: Options, say: (line: string) => void): Promise<number> {
  const seed = options.seed === undefined ? 1 : whole('--seed', options.seed);
  const { tables } = await onTarget(options.databaseUrl, (session) =>
    cleanSeed(session, seed, { force: options.force === true }),
  );
  const rows = tables.reduce((sum, each) => sum + each.rows, 0);
  say(`Took out what number ${seed} had put in: ${rows} rows, and what triggers had written for them.`);
  return 0;
}

export async function run(patterns: readonly string[], options: Options, say: (line: string) => void): Promise<number> {
  if (options.clean === true) return await clean(options, say);
  const wanted = readOptions(patterns, options);
  const bar = progressBar();
  const result = await onTarget(options.databaseUrl, (session) =>
    seedDatabase(session, { ...wanted, onProgress: bar.show }).finally(bar.end),
  );
  for (const { table, rows, note } of result.tables)
    say(`${String(rows).padStart(9)}  ${table}${note === null ? '' : `  (${note})`}`);
  if (options.schema.length === 0 && !result.schemas.includes('public'))
    say(`There is no table in public: filled what stands in ${result.schemas.join(', ')}.`);
  say(
    `${result.rows} rows with number ${result.seed} in ${(result.ms / 1000).toFixed(1)} s: ${Math.round(result.rows / Math.max(result.ms / 1000, 0.001))} rows/s.`,
  );
  const [first] = result.users;
  if (first !== undefined && first.password !== null)
    say(`Sign in as ${first.email} with the password "${first.password}".`);
  if (options.answers !== undefined) {
    writeFileSync(options.answers, `${JSON.stringify({ seed: result.seed, questions: result.questions }, null, 1)}\n`);
    say(`${result.questions.length} planted questions are in ${options.answers}.`);
  }
  return 0;
}
