// The ledger on native PostgreSQL 15 and 18: several processes write at once, and every call is counted exactly once.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { newId } from '../../core/ids.ts';
import { createLog } from '../../core/log.ts';
import { statement } from '../../core/statement.ts';
import { openNativeDatabase } from '../testing/database.ts';
import { createUser } from '../testing/users.ts';
import { openLedger, type UsageRow } from './ledger.ts';

const log = createLog('silent');
const readTotals = statement({
  name: 'ledger_native_test_totals',
  text: `
    select
      (select count(*) from usage_logs) as calls,
      total_tokens_used as tokens,
      total_cost_usd as cost
    from user_profiles
    where id = $1`,
  params: { id: 'uuid' },
  columns: { calls: 'int8?', tokens: 'int8', cost: 'numeric' },
});

for (const major of [15, 18] as const) {
  test(`PostgreSQL ${major}: four writers, the same people in different orders, no deadlock and no call lost`, async () => {
    const { db, close } = await openNativeDatabase(major);
    try {
      await createUser(db, 'admin@example.com');
      const people = [await createUser(db, 'ann@example.com'), await createUser(db, 'ben@example.com')];
      const ledgers = Array.from({ length: 4 }, () => openLedger(db, log));
      for (let round = 0; round < 10; round++) {
        for (const [index, ledger] of ledgers.entries()) {
          for (const person of index % 2 === 0 ? people : people.toReversed()) {
            const row: UsageRow = {
              id: newId(),
              created_at: Date.now() / 1000,
              user_id: person.id,
              request_id: `req_${round}`,
              action: 'chat',
              provider: 'openai',
              model: 'm',
              input_tokens: 2,
              output_tokens: 1,
              cost_usd: '0.0001',
              latency_ms: 1,
              status: 'completed',
            };
            ledger.add(row);
          }
        }
        await Promise.all(ledgers.map((ledger) => ledger.flush()));
      }
      await Promise.all(ledgers.map((ledger) => ledger.close()));
      for (const person of people) {
        assert.deepEqual(await db.asUser(person.claims, readTotals({ id: person.id })), [
          { calls: 40, tokens: 120, cost: '0.0040000000' },
        ]);
      }
    } finally {
      await close();
    }
  });
}
