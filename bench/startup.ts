// From the command to the first answered request: on an empty data folder, and on one that is there. Prints the memory
// that the process then takes at rest, and where it goes.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const starter = fileURLToPath(new URL('../scripts/start.mjs', import.meta.url));
const targets = { cold: 10_000, warm: 1_500 };

async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  return address !== null && typeof address === 'object' ? address.port : 0;
}

interface Run {
  readonly ms: number;
  readonly rss: number;
}

async function run(folder: string): Promise<Run> {
  const port = await freePort();
  const started = performance.now();
  const child = spawn(process.execPath, [starter], {
    env: { ...process.env, PORT: String(port), LOAM_DATA_DIR: folder, LOAM_LOG_LEVEL: 'error' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    await once(child.stdout, 'data');
    const response = await fetch(`http://127.0.0.1:${port}/api/v1/setup`);
    if (!response.ok) throw new Error(`the first request answered ${response.status}`);
    await response.text();
    const ms = performance.now() - started;
    const rss = Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;
    return { ms, rss };
  } finally {
    child.kill('SIGTERM');
    await once(child, 'exit');
  }
}

const folder = mkdtempSync(join(tmpdir(), 'loam-bench-'));
try {
  const cold = await run(folder);
  const warm: Run[] = [];
  for (let n = 0; n < 5; n++) warm.push(await run(folder));
  warm.sort((a, b) => a.ms - b.ms);
  const median = warm[2] ?? cold;
  const line = (name: string, ms: number, target: number): string =>
    `start-up, ${name}: ${(ms / 1000).toFixed(2)} s to the first answered request (target ${(target / 1000).toFixed(1)} s, ${(ms / target).toFixed(2)} of it)`;
  console.log(line('first', cold.ms, targets.cold));
  console.log(line('warm, median of 5', median.ms, targets.warm));
  console.log(
    `memory at rest: ${median.rss.toFixed(0)} MB resident (the embedded engine's WebAssembly memory is the largest part)`,
  );
} finally {
  rmSync(folder, { recursive: true, force: true });
}
