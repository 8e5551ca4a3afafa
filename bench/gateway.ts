// The gateway against a bare Node proxy and against Portkey's, in one run: CPU a request, added latency, memory; plain and
// streamed; on the embedded database and on a native one. Ratios, because a machine's times are its own.
// `node bench/gateway.ts`, on Linux: CPU and memory of the processes are read from /proc.
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { LoadOrder, LoadResult } from './gateway-load.ts';
import { cpuSeconds, residentMb, type Subject, startSubjects } from './gateway-subjects.ts';

const rounds = 3;
/** Requests of a round; the stream of 50 pieces costs several plain calls. Warm means that all compilers have come to rest. */
const work = {
  plain: { requests: 4_000, alone: 200, warm: 8_000 },
  stream: { requests: 600, alone: 100, warm: 1_200 },
};
const targets = { bare: 1.5, portkey: 0.25 };

const body = (stream: boolean): string =>
  JSON.stringify({
    model: 'gpt-4o-mini',
    messages: [
      { role: 'system', content: 'You are a careful assistant. '.repeat(10) },
      { role: 'user', content: 'Please explain in some detail how a gateway works. '.repeat(12) },
    ],
    ...(stream ? { stream: true } : {}),
  });

interface Figures {
  /** Microseconds of CPU a request, a value a round; what the process uses at rest is not counted. */
  readonly cpu: number[];
  /** Milliseconds, one client: to the first byte and to the last. */
  readonly first: number[];
  readonly whole: number[];
  failures: number;
  memory: number;
}

const median = (list: readonly number[]): number => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)] ?? 0;
/** Of several rounds: whatever else runs on the machine only ever adds. */
const best = (list: readonly number[]): number => Math.min(...list);

const restSeconds = 5;

/** CPU seconds a second that each process uses when nobody asks: jobs that look for work, heartbeats. */
async function atRest(subjects: readonly Subject[]): Promise<Map<string, number>> {
  const before = subjects.map(cpuSeconds);
  await new Promise((resolve) => setTimeout(resolve, restSeconds * 1000));
  return new Map(
    subjects.map((subject, index) => [subject.name, (cpuSeconds(subject) - (before[index] ?? 0)) / restSeconds]),
  );
}

async function measure(
  subjects: readonly Subject[],
  load: ChildProcess,
  stream: boolean,
  rest: ReadonlyMap<string, number>,
): Promise<Map<string, Figures>> {
  const amounts = stream ? work.stream : work.plain;
  const ending = stream ? 'data: [DONE]' : '}';
  const run = async (subject: Subject, requests: number, clients: number): Promise<LoadResult> => {
    const order: LoadOrder = {
      origin: subject.origin,
      headers: subject.headers,
      body: body(stream),
      requests,
      clients,
      ending,
    };
    load.send(order);
    const [result] = (await once(load, 'message')) as [LoadResult]; // checked: gateway-load.ts answers each order
    return result;
  };
  const figures = new Map<string, Figures>();
  for (const subject of subjects) {
    figures.set(subject.name, { cpu: [], first: [], whole: [], failures: 0, memory: 0 });
    await run(subject, amounts.warm, 8);
  }
  for (let round = 0; round < rounds; round++) {
    for (const subject of subjects) {
      const found = figures.get(subject.name);
      if (found === undefined) continue;
      const before = cpuSeconds(subject);
      const started = performance.now();
      const crowd = await run(subject, amounts.requests, 16);
      // The ledger is written within a second: its work belongs to these requests.
      if (subject.name.startsWith('Loam')) await new Promise((resolve) => setTimeout(resolve, 900));
      const resting = ((rest.get(subject.name) ?? 0) * (performance.now() - started)) / 1000;
      found.cpu.push(((cpuSeconds(subject) - before - resting) * 1e6) / amounts.requests);
      const alone = await run(subject, amounts.alone, 1);
      found.first.push(median(alone.first));
      found.whole.push(median(alone.whole));
      found.failures += crowd.failures + alone.failures;
      found.memory = residentMb(subject);
    }
  }
  return figures;
}

function report(title: string, figures: ReadonlyMap<string, Figures>): void {
  const bare = best(figures.get('bare proxy')?.cpu ?? []);
  const portkey = best(figures.get('Portkey')?.cpu ?? []);
  const direct = figures.get('direct');
  console.log(`\n${title}`);
  console.log('                      CPU/request   ÷ bare   ÷ Portkey   first byte   last byte   memory   failures');
  for (const [name, { cpu, first, whole, failures, memory }] of figures) {
    if (name === 'direct') continue;
    const each = best(cpu);
    const added = (mine: readonly number[], theirs: readonly number[]): string =>
      `+${(best(mine) - best(theirs)).toFixed(2)} ms`;
    console.log(
      `${name.padEnd(20)} ${`${each.toFixed(0)} µs`.padStart(12)} ${(each / bare).toFixed(2).padStart(8)} ${(each / portkey).toFixed(2).padStart(11)} ` +
        `${added(first, direct?.first ?? []).padStart(12)} ${added(whole, direct?.whole ?? []).padStart(11)} ${`${memory.toFixed(0)} MB`.padStart(8)} ${String(failures).padStart(10)}`,
    );
  }
  if (!title.startsWith('plain')) return;
  for (const name of ['Loam, embedded', 'Loam, native']) {
    const each = best(figures.get(name)?.cpu ?? []);
    const verdict = (ratio: number, target: number): string =>
      `${ratio.toFixed(2)} (target ${target}${ratio <= target ? '' : ', MISSED'})`;
    console.log(
      `${name}: ${verdict(each / bare, targets.bare)} of the bare proxy, ${verdict(each / portkey, targets.portkey)} of Portkey`,
    );
  }
}

export async function benchGateway(): Promise<void> {
  console.log(
    `gateway: ${cpus()[0]?.model ?? 'unknown processor'}, ${cpus().length} cores, Node ${process.version}; best of ${rounds} rounds`,
  );
  const load = fork(fileURLToPath(new URL('./gateway-load.ts', import.meta.url)));
  const { subjects, close } = await startSubjects();
  try {
    // What starting leaves to be done is no rest.
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    const rest = await atRest(subjects);
    const percent = (name: string): string => `${((rest.get(name) ?? 0) * 100).toFixed(1)} %`;
    console.log(
      `at rest: ${subjects
        .filter(({ child }) => child !== null)
        .map(({ name }) => `${name} ${percent(name)}`)
        .join(', ')} of a core; not counted below`,
    );
    report(
      'plain calls, 1 kB each way, 16 clients (latency: one client, over asking the provider directly)',
      await measure(subjects, load, false, rest),
    );
    report('streams of 50 pieces in one burst, 16 clients', await measure(subjects, load, true, rest));
    console.log(
      'Portkey runs with a preload that lets its streams through; without it, its npm build answers each stream with 500.',
    );
  } finally {
    load.kill();
    await close();
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await benchGateway();
