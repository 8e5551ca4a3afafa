#!/usr/bin/env node
// `loam`: runs the command line on Node 24, also where the machine's own Node is older. Plain JavaScript that any can read.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const main = new URL('main.ts', import.meta.url);

/** The Node that npm installed beside us as an optional dependency. */
function localNode() {
  const system = process.platform === 'win32' ? 'win' : process.platform;
  try {
    const folder = dirname(createRequire(import.meta.url).resolve(`node-${system}-${process.arch}/package.json`));
    return join(folder, 'bin', system === 'win' ? 'node.exe' : 'node');
  } catch {
    return null;
  }
}

if (Number.parseInt(process.versions.node, 10) >= 24) {
  await import(main.href);
} else {
  const node = localNode();
  if (node === null || !existsSync(node)) {
    console.error(
      `Loam needs Node 24 or newer; this is ${process.version}.\n` +
        'npm brings Node 24 as an optional dependency, so optional dependencies must not be omitted: npm ci --include=optional',
    );
    process.exit(1);
  }
  const child = spawn(node, [fileURLToPath(main), ...process.argv.slice(2)], { stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('exit', (code, signal) => process.exit(code ?? (signal === null ? 1 : 130)));
}
