// A sample of the faults that bench/mutations.ts plants in all of `complete`: here in what people have of their own. And
// how conditions are taken apart for it.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { openSubject } from '../../schema/diff/subject.ts';
import { equivalentBecause } from '../../schema/prove/equivalent.ts';
import { conditionMutants, makeMutants, splitCondition } from '../../schema/prove/mutants.ts';
import { mutantTables, tryMutant } from '../../schema/prove/mutate.ts';
import { prepareProof, type Tried, tryEverything } from '../../schema/prove/prove.ts';
import { rightsOf, type Trial } from '../../schema/prove/trial-state.ts';
import type { Session } from '../../schema/session.ts';

let session: Session;
let trial: Trial;
let base: Tried;
before(async () => {
  ({ session } = await openSubject('user-management'));
  await session.exec('begin');
  trial = await prepareProof(session);
  base = await tryEverything(trial);
});
after(() => session.close());

test('conditions are split where their outermost words are', () => {
  assert.deepEqual(splitCondition(`((a = 'x AND y') AND (b OR c))`), {
    operator: 'AND',
    operands: [`(a = 'x AND y')`, '(b OR c)'],
  });
  assert.deepEqual(splitCondition('(a = b)'), { operator: null, operands: ['a = b'] });
  assert.equal(splitCondition('a BETWEEN 1 AND 2').operator, null);
  assert.equal(splitCondition('CASE WHEN a AND b THEN c ELSE d END').operator, null);
  assert.deepEqual(
    conditionMutants('(a) OR (b)').map(({ kind, text }) => `${kind}: ${text}`),
    [
      'negate: not ((a) OR (b))',
      'or to and: ((a)) AND ((b))',
      'drop a disjunct: ((b))',
      'negate: (not ((a))) OR ((b))',
      'drop a disjunct: ((a))',
      'negate: ((a)) OR (not ((b)))',
    ],
  );
});

test('of a sample of faults every one is noticed', async () => {
  const all = makeMutants(trial.fixture.catalog, mutantTables(trial), ['anon', 'authenticated'], (role, table) =>
    rightsOf(trial, role, table.oid),
  );
  assert.ok(all.length > 200, `${all.length}`);
  const sample = all.filter((mutant, index) => index % 7 === 3 && equivalentBecause(trial, mutant) === null);
  const survived: string[] = [];
  for (const mutant of sample) {
    const { killedBy } = await tryMutant(trial, base, mutant);
    if (killedBy === null) survived.push(mutant.name);
  }
  assert.ok(sample.length >= 20, `${sample.length}`);
  assert.deepEqual(survived, []);
});

test('a change that changes nothing is noticed by nobody', async () => {
  const same = {
    name: 'same',
    kind: 'same',
    object: 'public.user_metadata',
    sql: 'select',
    roles: null,
    policies: trial.fixture.catalog.policies,
  };
  assert.equal((await tryMutant(trial, base, same)).killedBy, null);
});
