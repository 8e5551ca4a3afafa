// How much the isolation proof notices: faults are planted one at a time in every policy, table, view and function of
// `complete`, and each must be found. Survivors are listed; those that nobody could tell from the original are named with
// the reason. `--every n` takes each n-th only,
// beginning with `--from`.
import { openSubject } from '../schema/diff/subject.ts';
import { equivalentBecause } from '../schema/prove/equivalent.ts';
import { makeMutants } from '../schema/prove/mutants.ts';
import { mutantTables, tryMutant, type Verdict } from '../schema/prove/mutate.ts';
import { prepareProof, tryEverything } from '../schema/prove/prove.ts';
import { rightsOf } from '../schema/prove/trial-state.ts';

const option = (name: string): string | undefined => {
  const at = process.argv.indexOf(name);
  return at < 0 ? undefined : process.argv[at + 1];
};
const every = Number(option('--every') ?? 1);
const from = Number(option('--from') ?? 0);
const pattern = option('--pattern') ?? 'complete';

const { session } = await openSubject(pattern);
await session.exec('begin');
const start = performance.now();
const trial = await prepareProof(session);
const base = await tryEverything(trial);
const seconds = (from: number): string => ((performance.now() - from) / 1000).toFixed(1);
console.log(`${pattern}: ${base.entries.length} attempts in ${seconds(start)} s`);

const all = makeMutants(trial.fixture.catalog, mutantTables(trial), ['anon', 'authenticated'], (role, table) =>
  rightsOf(trial, role, table.oid),
);
const chosen = all.filter((_, index) => index % every === from);
const equivalent = new Map(
  chosen.flatMap((mutant) => {
    const reason = equivalentBecause(trial, mutant);
    return reason === null ? [] : [[mutant, reason] as const];
  }),
);
const began = performance.now();
const verdicts: Verdict[] = [];
for (const mutant of chosen) {
  if (equivalent.has(mutant)) continue;
  const verdict = await tryMutant(trial, base, mutant);
  verdicts.push(verdict);
  if (verdict.killedBy === null)
    console.log(`survived: ${mutant.name}\n    ${mutant.sql.replaceAll(/\s+/g, ' ').slice(0, 300)}`);
}
await session.exec('rollback');
await session.close();

const by = (killedBy: Verdict['killedBy']): readonly Verdict[] => verdicts.filter((each) => each.killedBy === killedBy);
const [survived, refused] = [by(null), by('refused')];
const counted = verdicts.length - refused.length;
const killed = counted - survived.length;
console.log(`${chosen.length} faults of ${all.length}, ${seconds(began)} s`);
console.log(
  `noticed by a finding ${by('finding').length}, by a control ${by('control').length}, by the recorded rights ${by('rights').length}`,
);
for (const [reason, group] of Map.groupBy(equivalent, ([, why]) => why.replace(/ \(.*\)/, '')))
  console.log(`equivalent: ${group.length}, because ${reason}`);
for (const { mutant, because } of refused) console.log(`refused by PostgreSQL: ${mutant.name}: ${because}`);
const withoutRights = by('finding').length + by('control').length;
console.log(
  `${killed} of ${counted} noticed: ${((100 * killed) / counted).toFixed(1)} % (${((100 * withoutRights) / counted).toFixed(1)} % without recorded rights)`,
);
process.exitCode = killed / counted >= 0.98 ? 0 : 1;
