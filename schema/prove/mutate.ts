// Runs the proof against planted faults, one at a time, each undone before the next. What does not notice a fault proves
// nothing about its place.

import { type Finding, keyOf } from './model.ts';
import type { Mutant } from './mutants.ts';
import { readRights } from './privileges.ts';
import { compareRights, findingsOf, type Tried, tryEverything } from './prove.ts';
import { rightsLines } from './rights.ts';
import { dependentsOf, type Scope } from './scope.ts';
import type { Entry, Trial } from './trial-state.ts';

export interface Verdict {
  readonly mutant: Mutant;
  /** What noticed it: a finding, a failed control, a difference to the recorded rights; null when it survived. */
  readonly killedBy: 'finding' | 'control' | 'rights' | 'refused' | null;
  readonly because: string;
}

const same = (finding: Finding): string =>
  [finding.kind, finding.object, finding.role, finding.command, finding.message].join('|');

const onlyItself = (object: string): Scope => ({
  tables: new Set([object]),
  views: new Set([object]),
  functions: new Set([object]),
});
/** Entries by the object that they are about, so that a fault looks at its own only. */
const byObject = new WeakMap<Tried, ReadonlyMap<string, readonly Entry[]>>();
const nameOf = ({ object }: Entry): string => object.replace(/\(.*$/, '');

function within(base: Tried, scope: Scope, roles: readonly string[] | null, inferring: boolean): Tried {
  const index = byObject.get(base) ?? Map.groupBy(base.entries, nameOf);
  byObject.set(base, index);
  const wanted = (entry: Entry): boolean => {
    const held =
      entry.command === 'call'
        ? scope.functions.has(nameOf(entry))
        : scope.tables.has(nameOf(entry)) || scope.views.has(nameOf(entry));
    return held && (roles === null || roles.includes(entry.actor.role));
  };
  const names = new Set([...scope.tables, ...scope.views, ...scope.functions]);
  return {
    entries: [...names].flatMap((name) => (index.get(name) ?? []).filter(wanted)),
    differences: inferring ? base.differences.filter(({ entry }) => wanted(entry)) : [],
    uncalled: [],
  };
}

/** Compares what is found with the fault to what was found without it, about the same objects and roles. */
async function compare(
  trial: Trial,
  base: Tried,
  mutant: Mutant,
  scope: Scope,
  inferring: boolean,
): Promise<Omit<Verdict, 'mutant'>> {
  const { fixture } = trial;
  const actors = trial.actors.filter(({ role }) => mutant.roles?.includes(role) !== false);
  const changed: Trial = {
    ...trial,
    actors,
    fixture: { ...fixture, catalog: { ...fixture.catalog, policies: mutant.policies } },
  };
  if (/grant|revoke/.test(mutant.sql) && !mutant.kind.startsWith('function')) {
    const relations = [...fixture.structure.shapes.values()]
      .filter(({ key }) => key === mutant.object)
      .map(({ table }) => table.oid);
    changed.rights = new Map([
      ...trial.rights,
      ...(await readRights(trial.session, relations, [...new Set(actors.map(({ role }) => role))])),
    ]);
  }
  const tried = await tryEverything(changed, scope, inferring);
  const was = within(base, scope, mutant.roles, inferring);
  const known = new Set(findingsOf({ ...trial, actors }, was, scope).map(same));
  const found = findingsOf(changed, tried, scope).filter(
    (finding) => finding.level !== 'info' && !known.has(same(finding)),
  );
  const finding = found.find(({ kind }) => kind !== 'control') ?? found[0];
  if (finding !== undefined)
    return {
      killedBy: finding.kind === 'control' ? 'control' : 'finding',
      because: `${finding.object}: ${finding.message}`,
    };
  const [difference] = compareRights(rightsLines(changed, tried.entries), rightsLines(changed, was.entries));
  return difference === undefined
    ? { killedBy: null, because: '' }
    : { killedBy: 'rights', because: difference.message };
}

/** Plants one fault, looks, and undoes it. `base` is what was tried without any. */
export async function tryMutant(trial: Trial, base: Tried, mutant: Mutant): Promise<Verdict> {
  const { session, fixture } = trial;
  await session.exec('savepoint loam_mutant');
  try {
    try {
      await session.exec(mutant.sql);
    } catch (error) {
      return { mutant, killedBy: 'refused', because: error instanceof Error ? error.message : String(error) };
    }
    const first = await compare(trial, base, mutant, onlyItself(mutant.object), false);
    if (first.killedBy !== null) return { mutant, ...first };
    return { mutant, ...(await compare(trial, base, mutant, dependentsOf(fixture.catalog, mutant.object), true)) };
  } finally {
    await session.exec('rollback to savepoint loam_mutant; release savepoint loam_mutant');
  }
}

export const mutantTables = (trial: Trial) =>
  [...trial.fixture.structure.shapes.values()]
    .map(({ table }) => table)
    .filter((table) => keyOf(table) !== trial.fixture.structure.accounts);
