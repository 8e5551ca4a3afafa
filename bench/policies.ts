// What the policies of `complete` cost: reading one's own 100 of 100,000 rows in each main table on native PostgreSQL 18, on
// analysed tables, by EXPLAIN (ANALYZE) and without planner switches. The target is a millisecond of execution.
import { Client } from 'pg';
import { nativeTemplate } from '../server/testing/native.ts';
import { fillOwned, ownedTables, person, readable } from '../tests/schema/complete-a-rows.ts';

const rounds = 7;
const target = 1;
const cloned = await nativeTemplate(18);
const client = new Client({ connectionString: cloned.adminUrl });
await client.connect();
try {
  await fillOwned((text) => client.query(text), 1000, 100);
  const claims = JSON.stringify({ sub: person(500), role: 'authenticated' });
  for (const table of ownedTables) {
    const times: number[] = [];
    let seen = 0;
    for (let round = 0; round < rounds; round++) {
      await client.query('begin');
      await client.query(`set local role authenticated`);
      await client.query(`select set_config('request.jwt.claims', $1, true)`, [claims]);
      const { rows } = await client.query(`explain (analyze, format json) select ${readable(table)} from ${table}`);
      const [report] = rows[0]['QUERY PLAN'];
      times.push(report['Execution Time']);
      seen = report.Plan['Actual Rows'];
      await client.query('rollback');
    }
    const median = times.toSorted((a, b) => a - b)[Math.floor(rounds / 2)] ?? 0;
    console.log(
      `${table}: ${seen} of 100,000 rows in ${median.toFixed(2)} ms (median of ${rounds}; target ≤ ${target} ms: ${median <= target ? 'reached' : 'NOT reached'})`,
    );
  }
} finally {
  await client.end();
  await cloned.drop();
}
