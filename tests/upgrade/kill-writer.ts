// Kills a program in the middle of its writes to a data folder, again and again, and looks for what it said was kept.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { statement } from '../../core/statement.ts';
import { openInstalled } from '../../schema/open.ts';
import { preparedDump } from '../../server/testing/database.ts';
import { createUser } from '../../server/testing/users.ts';

/** Kills in one folder, one after the other: a run of a few stays far below the runner's bound on a busy machine. */
export const killsInARow = 5;
const writer = fileURLToPath(new URL('./killed-writer.ts', import.meta.url));
const ids = statement({ name: 'testing_kill_ids', text: 'select id from conversations', columns: { id: 'uuid' } });

/** Starts the writer and kills it so many milliseconds after its first row; returns what it said was acknowledged. */
async function writeUntilKilled(folder: string, userId: string, milliseconds: number): Promise<readonly string[]> {
  const child = spawn(process.execPath, [writer, folder, userId], { stdio: ['ignore', 'pipe', 'inherit'] });
  const exit = once(child, 'exit');
  const acknowledged: string[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    if (line === 'ready') continue;
    acknowledged.push(line);
    if (acknowledged.length === 1) setTimeout(() => child.kill('SIGKILL'), milliseconds);
  }
  const [, signal] = (await exit) as [number | null, string | null]; // checked: the arguments of "exit"
  assert.equal(signal, 'SIGKILL', 'the writer did not end by itself');
  return acknowledged;
}

/** Each kill comes at a random moment, in milliseconds after the first row. */
export async function assertNothingLost(t: TestContext, moment: { from: number; to: number }): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'loam-kill-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const made = await openInstalled(
    { kind: 'pglite', dataDir: folder, from: await preparedDump() },
    { version: 'test' },
  );
  const user = await createUser(made.db, 'anna@example.com');
  await made.db.close();

  const acknowledged: string[] = [];
  for (let count = 0; count < killsInARow; count++) {
    const milliseconds = moment.from + Math.random() * (moment.to - moment.from);
    acknowledged.push(...(await writeUntilKilled(folder, user.id, milliseconds)));
  }

  const { db } = await openInstalled({ kind: 'pglite', dataDir: folder }, { version: 'test' });
  const there = new Set((await db.asUser(user.claims, ids(), { deadline: 60_000 })).map(({ id }) => id));
  await db.close();
  const lost = acknowledged.filter((id) => !there.has(id));
  t.diagnostic(`${acknowledged.length} rows acknowledged, ${there.size} there`);
  assert.ok(acknowledged.length >= killsInARow);
  assert.deepEqual(lost, []);
}
