// Killed in the middle of writes, twenty times at random moments: nothing that was acknowledged is lost.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { statement } from '../../core/statement.ts';
import { openInstalled } from '../../schema/open.ts';
import { preparedDump } from '../../server/testing/database.ts';
import { createUser } from '../../server/testing/users.ts';

const kills = 20;
const writer = fileURLToPath(new URL('./killed-writer.ts', import.meta.url));
const ids = statement({ name: 'testing_kill_ids', text: 'select id from conversations', columns: { id: 'uuid' } });

/** Starts the writer and kills it some time after its first row; returns what it said was acknowledged. */
async function writeUntilKilled(folder: string, userId: string): Promise<readonly string[]> {
  const child = spawn(process.execPath, [writer, folder, userId], { stdio: ['ignore', 'pipe', 'inherit'] });
  const exit = once(child, 'exit');
  const acknowledged: string[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    if (line === 'ready') continue;
    acknowledged.push(line);
    if (acknowledged.length === 1) setTimeout(() => child.kill('SIGKILL'), Math.random() * 400);
  }
  const [, signal] = (await exit) as [number | null, string | null]; // checked: the arguments of "exit"
  assert.equal(signal, 'SIGKILL', 'the writer did not end by itself');
  return acknowledged;
}

test(`${kills} times killed in the middle of writes`, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'loam-kill-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const made = await openInstalled(
    { kind: 'pglite', dataDir: folder, from: await preparedDump() },
    { version: 'test' },
  );
  const user = await createUser(made.db, 'anna@example.com');
  await made.db.close();

  const acknowledged: string[] = [];
  for (let count = 0; count < kills; count++) acknowledged.push(...(await writeUntilKilled(folder, user.id)));

  const { db } = await openInstalled({ kind: 'pglite', dataDir: folder }, { version: 'test' });
  const there = new Set((await db.asUser(user.claims, ids(), { deadline: 60_000 })).map(({ id }) => id));
  await db.close();
  const lost = acknowledged.filter((id) => !there.has(id));
  t.diagnostic(`${acknowledged.length} rows acknowledged, ${there.size} there`);
  assert.ok(acknowledged.length >= kills);
  assert.deepEqual(lost, []);
});
