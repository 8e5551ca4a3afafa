// Reading one's own rows of many: every main table is read by an index and asks once who it is, on native PostgreSQL, on
// analysed tables and without planner switches. How long it takes: bench/policies.ts.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { openAddress } from '../../schema/open-session.ts';
import type { Session } from '../../schema/session.ts';
import { type ClonedDatabase, nativeTemplate } from '../../server/testing/native.ts';
import { fillOwned, ownedTables, person, readable } from './complete-a-rows.ts';

interface Plan {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string;
  readonly 'Parent Relationship'?: string;
  readonly Plans?: readonly Plan[];
}
const nodes = (plan: Plan): readonly Plan[] => [plan, ...(plan.Plans ?? []).flatMap(nodes)];

let database: ClonedDatabase;
let session: Session;
before(async () => {
  database = await nativeTemplate(18);
  session = await openAddress(database.adminUrl);
  await fillOwned((text) => session.exec(text), 400, 25);
});
after(async () => {
  await session.close();
  await database.drop();
});

async function planOf(table: string): Promise<readonly Plan[]> {
  await session.exec('begin; set local role authenticated');
  try {
    await session.rows(`select set_config('request.jwt.claims', $1, true)`, [
      JSON.stringify({ sub: person(7), role: 'authenticated' }),
    ]);
    const [row] = await session.rows(`explain (format json) select ${readable(table)} from ${table}`);
    const [{ Plan: plan }] = JSON.parse(row?.[0] ?? '') as [{ Plan: Plan }]; // checked: what EXPLAIN answers
    return nodes(plan);
  } finally {
    await session.exec('rollback');
  }
}
/** Relations of a plan that are read from end to end though they are large. */
async function readWhole(plan: readonly Plan[]): Promise<readonly string[]> {
  const scanned = plan.flatMap((node) => (node['Node Type'] === 'Seq Scan' ? [node['Relation Name'] ?? ''] : []));
  const large = await session.rows(`select relname from pg_class where relname = any ($1) and reltuples > 1000`, [
    scanned,
  ]);
  return large.flat().map(String);
}

for (const table of ownedTables)
  test(`one's own rows of ${table} are found by an index`, async () => {
    const plan = await planOf(table);
    assert.deepEqual(await readWhole(plan), []);
    assert.ok(
      plan.some((node) => /^(Bitmap )?Index/.test(node['Node Type'])),
      table,
    );
    assert.ok(
      plan.some((node) => node['Parent Relationship'] === 'InitPlan'),
      `${table} asks once who it is`,
    );
  });

test('a policy that asks a function for each row would be noticed', async () => {
  await session.exec(
    `alter policy "people see their own documents" on documents using (loam.may_read_file(storage_path))`,
  );
  assert.deepEqual(await readWhole(await planOf('documents')), ['documents']);
});
