// The isolation proof: people are made, everything is tried as each of them, and what they reached is held against what is
// theirs. It runs attempts; it does not read policies. All of it in one transaction that is rolled back.
import type { Table } from '../catalog/model.ts';
import { readCatalog } from '../catalog/read.ts';
import { quoteName } from '../quote.ts';
import { type Session, ToolError } from '../session.ts';
import { type Difference, findDifferences, isTelling } from './absent.ts';
import { type Allowance, commentedAllowances, type Weighed, weigh } from './allow.ts';
import { carriedClaims } from './claims.ts';
import { controlTable, untested } from './control.ts';
import { type Fixture, makeFixture } from './fixture.ts';
import { judge } from './judge.ts';
import { beginProof, guardLive, undoProof } from './live.ts';
import { type Command, type Finding, keyOf, type WorldName } from './model.ts';
import { addPartitions } from './partitions.ts';
import { makeActors } from './people.ts';
import { checkTheProof } from './planted.ts';
import { readRights } from './privileges.ts';
import { rightsLines } from './rights.ts';
import type { Scope } from './scope.ts';
import { primaryKey } from './structure.ts';
import { prepareTrials } from './trial.ts';
import type { Entry, Trial } from './trial-state.ts';
import { cellOf } from './trial-state.ts';
import { prepareGone, triedFunctions, triedViews, tryFunction, trySequences, tryView } from './try-callables.ts';
import { tryInserts } from './try-inserts.ts';
import { tryTable } from './try-tables.ts';
import { worstFirst } from './verdict.ts';

export interface ProveOptions {
  /** The role of people without an account. Default `anon`. */
  readonly anonymous?: string;
  /** The role of people with one. Default `authenticated`. */
  readonly signedIn?: string;
  readonly allow?: readonly Allowance[];
  /** Rights as an earlier run wrote them: any difference is a finding. */
  readonly against?: readonly string[];
  /** Rows that others made are there too, and must not be touched. */
  readonly live?: boolean;
}

export interface Count {
  readonly role: string;
  readonly command: Command;
  readonly attempts: number;
  /** Attempts that did something. */
  readonly passed: number;
}

export interface ProofReport extends Weighed {
  readonly tables: number;
  readonly views: number;
  readonly functions: number;
  readonly rows: number;
  readonly people: readonly string[];
  readonly attempts: number;
  readonly counts: readonly Count[];
  /** Functions that could not be called, with the reason. */
  readonly uncalled: readonly { readonly object: string; readonly reason: string }[];
  readonly rights: readonly string[];
  /** What the proof failed to see of holes that it made itself. */
  readonly problems: readonly string[];
  readonly milliseconds: number;
}

export interface Tried {
  readonly entries: readonly Entry[];
  readonly differences: readonly Difference[];
  readonly uncalled: readonly { readonly object: string; readonly reason: string }[];
}

/** Makes the people and their rows. The session must be in a transaction. Throws ToolError where nothing can be proved. */
export async function prepareProof(session: Session, options: ProveOptions = {}): Promise<Trial> {
  const { anonymous = 'anon', signedIn = 'authenticated', live = false } = options;
  const read = await readCatalog(session);
  await needRoles(session, [anonymous, signedIn]);
  if (!live) await grantLikeSupabase(session, [anonymous, signedIn]);
  const catalog = !live && (await addPartitions(session, read)) ? await readCatalog(session) : read;
  const fixture = await makeFixture(session, catalog);
  await prepareTrials(session);
  const actors = makeActors(fixture.people, {
    anonymous,
    signedIn,
    services: servicesOf(fixture, [anonymous, signedIn]),
    tenants: tenantsOf(fixture),
    carried: (person) => carriedClaims(fixture.store, person),
  });
  const relations = [
    ...[...fixture.structure.shapes.values()].map(({ table }) => table.oid),
    ...catalog.views.map(({ oid }) => oid),
  ];
  const rights = await readRights(session, relations, [...new Set(actors.map(({ role }) => role))]);
  const trial: Trial = { session, fixture, actors, rights, live, digests: new Map() };
  await prepareGone(trial);
  return trial;
}

/** Hosted Supabase grants everybody everything on stored files, and policies alone decide: so they are tried. */
async function grantLikeSupabase(session: Session, roles: readonly string[]): Promise<void> {
  const [row] = await session.rows(`select to_regclass('storage.objects') is not null`);
  if (row?.[0] === 't')
    await session.exec(`grant select, insert, update, delete on storage.objects to ${roles.map(quoteName).join(', ')}`);
}

async function needRoles(session: Session, roles: readonly string[]): Promise<void> {
  for (const role of roles) {
    const found = await session.rows('select from pg_catalog.pg_roles where rolname = $1', [role]);
    if (found.length === 0)
      throw new ToolError(
        `There is no role ${role} to act as. Name the roles that your application takes with --anonymous and --signed-in.`,
      );
  }
}

/** Roles of the server's own: those that it may take besides people's, and those that policies name; none that skips policies. */
function servicesOf({ catalog }: Fixture, people: readonly string[]): readonly string[] {
  const server = catalog.roles.find(({ name }) => name === 'authenticator');
  const taken = new Set([
    'authenticator',
    ...(server?.memberOf ?? []),
    ...catalog.policies.flatMap(({ roles }) => roles),
  ]);
  return catalog.roles
    .filter(
      ({ name, superuser, bypassRls }) =>
        taken.has(name) && !superuser && !bypassRls && !people.includes(name) && name !== 'service_role',
    )
    .map(({ name }) => name)
    .sort();
}

function tenantsOf({ structure, byTable }: Fixture): Record<WorldName, string | null> {
  const container = [...structure.containers].find((key) =>
    /organi[sz]ation|tenant|workspace|compan|team|account/.test(key),
  );
  const idIn = (world: WorldName): string | null => {
    const row = (byTable.get(container ?? '') ?? []).find(
      (each) => each.world === world && each.variant === (world === 'staff' ? 'plain' : `in ${container}`),
    );
    const table = structure.shapes.get(container ?? '')?.table;
    return row === undefined || table === undefined ? null : cellOf(row, primaryKey(table)[0] ?? '');
  };
  return { a: idIn('a'), b: idIn('b'), staff: idIn('staff') };
}

const tablesOf = ({ fixture }: Trial): readonly Table[] =>
  [...fixture.structure.shapes.values()].map(({ table }) => table);

/** Runs the attempts: all of them, or those that a change to one table can have touched; with inference or without. */
export async function tryEverything(trial: Trial, scope?: Scope, inferring = true): Promise<Tried> {
  const entries: Entry[] = [];
  const uncalled: { object: string; reason: string }[] = [];
  for (const table of tablesOf(trial)) {
    if (scope?.tables.has(keyOf(table)) === false) continue;
    entries.push(...(await tryTable(trial, table, trial.actors)), ...(await tryInserts(trial, table, trial.actors)));
  }
  for (const view of triedViews(trial))
    if (scope?.views.has(keyOf(view)) !== false) entries.push(...(await tryView(trial, view, trial.actors)));
  for (const routine of triedFunctions(trial)) {
    if (scope?.functions.has(keyOf(routine)) === false) continue;
    const called = await tryFunction(trial, routine, trial.actors);
    if (typeof called === 'string') uncalled.push({ object: `${keyOf(routine)}(${routine.identity})`, reason: called });
    else entries.push(...called);
  }
  if (scope === undefined) entries.push(...(await trySequences(trial, trial.actors)));
  return {
    entries,
    differences: inferring ? await findDifferences(trial, entries.filter(isTelling)) : [],
    uncalled,
  };
}

/** Findings and failed controls of what was tried. */
export function findingsOf(trial: Trial, { entries, differences }: Tried, scope?: Scope): readonly Finding[] {
  const tables = tablesOf(trial).filter((table) => scope?.tables.has(keyOf(table)) !== false);
  return [
    ...judge(trial.fixture, entries, differences),
    ...tables.flatMap((table) => controlTable(trial, table, entries)),
  ];
}

/** What a run has to say about rights that are not those of the earlier one. */
export function compareRights(now: readonly string[], before: readonly string[]): readonly Finding[] {
  const was = new Set(before);
  const is = new Set(now);
  const finding = (line: string, message: string, level: Finding['level']): Finding => {
    const [object = '', command = 'select'] = line.split(' | ');
    const verb = (command.split(' ')[0] ?? '').replace(/^(move|set)$/, 'update');
    return {
      kind: 'control',
      level,
      object,
      role: line.split(' | ')[2] ?? '',
      command: verb as Command,
      columns: [],
      message,
      script: '',
    }; // checked: rightsLines writes commands
  };
  return [
    ...now.filter((line) => !was.has(line)).map((line) => finding(line, `was not possible before: ${line}`, 'error')),
    ...before
      .filter((line) => !is.has(line))
      .map((line) => finding(line, `is not possible any more: ${line}`, 'error')),
  ];
}

/**
 * Proves, in a transaction of its own that is rolled back, that nobody reaches what is not theirs. Throws ToolError when
 * nothing can be proved: no table, no role to act as, a login that policies apply to.
 */
export async function prove(session: Session, options: ProveOptions = {}): Promise<ProofReport> {
  const start = performance.now();
  const { anonymous = 'anon', signedIn = 'authenticated' } = options;
  if (options.live === true) await guardLive(session, await readCatalog(session), [anonymous, signedIn]);
  const transaction = await beginProof(session);
  try {
    await needRoles(session, [anonymous, signedIn]);
    const problems = await checkTheProof(session, signedIn, prepareTrials);
    const trial = await prepareProof(session, options);
    const tried = await tryEverything(trial);
    const rights = rightsLines(trial, tried.entries);
    const findings = [
      ...findingsOf(trial, tried),
      ...untested(trial),
      ...(options.against === undefined ? [] : compareRights(rights, options.against)),
    ];
    const { fixture } = trial;
    if (tried.entries.length === 0)
      throw new ToolError('Nothing was tried: no table has a row that anybody could reach for.');
    return {
      ...weigh(worstFirst(findings), [...commentedAllowances(fixture.catalog), ...(options.allow ?? [])]),
      ...{
        tables: fixture.structure.shapes.size,
        views: triedViews(trial).length,
        functions: triedFunctions(trial).length - tried.uncalled.length,
      },
      ...{
        rows: fixture.rows.length,
        people: trial.actors.map(({ name }) => name),
        uncalled: tried.uncalled,
        rights,
        problems,
      },
      attempts: tried.entries.length,
      counts: countAttempts(tried.entries),
      milliseconds: Math.round(performance.now() - start),
    };
  } finally {
    await undoProof(session, transaction);
  }
}

function countAttempts(entries: readonly Entry[]): readonly Count[] {
  const groups = Map.groupBy(entries, ({ actor, command }) => `${actor.role} ${command}`);
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    return first === undefined
      ? []
      : [
          {
            role: first.actor.role,
            command: first.command,
            attempts: group.length,
            passed: group.filter(({ passed }) => passed).length,
          },
        ];
  });
}
