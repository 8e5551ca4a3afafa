// Rows a second that `loam schema seed` writes into the two largest tables on native PostgreSQL 18: with their triggers, and
// without. The database is installed for it and dropped afterwards.
import { openAddress } from '../schema/open-session.ts';
import { cleanSeed } from '../schema/seed/clean.ts';
import { seedDatabase } from '../schema/seed/seed.ts';
import { openNativeDatabase } from '../server/testing/database.ts';

const rows = Number(process.env['BENCH_ROWS'] ?? 100_000);
const target = 20_000;
const database = await openNativeDatabase(18);
const session = await openAddress(database.adminUrl);
try {
  for (const triggers of ['skip', 'fire'] as const) {
    const few = triggers === 'skip' ? rows : rows / 50;
    const result = await seedDatabase(session, {
      tables: ['messages', 'usage_logs'],
      rows: 1000,
      rowsOf: { messages: few, usage_logs: few },
      triggers,
    });
    const rate = result.rows / (result.ms / 1000);
    const verdict = triggers === 'fire' ? '' : `, target ${target}: ${rate >= target ? 'reached' : 'NOT reached'}`;
    console.log(
      `seed, triggers ${triggers === 'skip' ? 'left out' : 'fired'}: ${result.rows} rows in ${(result.ms / 1000).toFixed(1)} s, ${Math.round(rate)} rows/s${verdict}`,
    );
    await cleanSeed(session, 1);
  }
} finally {
  await session.close();
  await database.close();
}
