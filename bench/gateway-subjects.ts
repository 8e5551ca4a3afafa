// The processes of the gateway benchmark: the provider, and everything that is measured in front of it.
import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';

const here = (file: string): string => fileURLToPath(new URL(file, import.meta.url));

export interface Subject {
  readonly name: string;
  readonly origin: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Null for the provider asked directly: its CPU is nobody's overhead. */
  readonly child: ChildProcess | null;
}

interface Started {
  readonly port: number;
  readonly key?: string;
}

/** Starts one of our own children; it says its port when it is ready. */
async function start(file: string, args: readonly string[]): Promise<{ child: ChildProcess; started: Started }> {
  const child = fork(here(file), [...args], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  const ended = once(child, 'exit').then(() => {
    throw new Error(`${file} ended before it was ready`);
  });
  const [started] = (await Promise.race([once(child, 'message'), ended])) as [Started]; // checked: the child's first message
  return { child, started };
}

async function startPortkey(): Promise<{ child: ChildProcess; port: number }> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  probe.close();
  await once(probe, 'close');
  const program = here('../node_modules/@portkey-ai/gateway/build/start-server.js');
  const args = ['--import', here('./gateway-portkey.mjs'), program, `--port=${port}`, '--headless'];
  const child = spawn(process.execPath, args, {
    stdio: 'ignore',
    env: { ...process.env, TRUSTED_CUSTOM_HOSTS: '127.0.0.1,localhost' },
  });
  for (let tries = 0; tries < 200; tries++) {
    if (
      await fetch(`http://127.0.0.1:${port}/`).then(
        () => true,
        () => false,
      )
    )
      return { child, port };
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  child.kill();
  throw new Error('Portkey did not start');
}

/** `close` ends them all and waits until the databases of ours are gone. */
export async function startSubjects(): Promise<{ subjects: Subject[]; close(): Promise<void> }> {
  const children: ChildProcess[] = [];
  const loams: ChildProcess[] = [];
  const close = async (): Promise<void> => {
    for (const child of loams) {
      if (child.exitCode !== null || !child.connected) continue;
      const gone = once(child, 'exit');
      child.send('close');
      await gone;
    }
    for (const child of children) child.kill();
  };
  const json = { 'content-type': 'application/json' };
  try {
    const mock = await start('./gateway-mock.ts', []);
    children.push(mock.child);
    const provider = `http://127.0.0.1:${mock.started.port}`;
    const subjects: Subject[] = [{ name: 'direct', origin: provider, headers: json, child: null }];
    const bare = await start('./gateway-bare.ts', [String(mock.started.port)]);
    children.push(bare.child);
    subjects.push({
      name: 'bare proxy',
      origin: `http://127.0.0.1:${bare.started.port}`,
      headers: json,
      child: bare.child,
    });
    for (const target of ['embedded', 'native']) {
      const loam = await start('./gateway-loam.ts', [target, `${provider}/v1`]);
      loams.push(loam.child);
      const headers = { ...json, authorization: `Bearer ${loam.started.key ?? ''}` };
      subjects.push({
        name: `Loam, ${target}`,
        origin: `http://127.0.0.1:${loam.started.port}`,
        headers,
        child: loam.child,
      });
    }
    const portkey = await startPortkey();
    children.push(portkey.child);
    const theirs = {
      ...json,
      authorization: 'Bearer sk-bench',
      'x-portkey-provider': 'openai',
      'x-portkey-custom-host': `${provider}/v1`,
    };
    subjects.push({
      name: 'Portkey',
      origin: `http://127.0.0.1:${portkey.port}`,
      headers: theirs,
      child: portkey.child,
    });
    return { subjects, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** CPU seconds that a process has used, all its threads together. */
export function cpuSeconds({ child }: Subject): number {
  if (child === null) return 0;
  const stat = readFileSync(`/proc/${child.pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

export function residentMb({ child }: Subject): number {
  if (child === null) return 0;
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;
}
