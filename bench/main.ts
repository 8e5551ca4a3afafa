// `npm run bench`: every benchmark, one after the other, each in a process of its own. Figures are ratios within a run or
// counts wherever they can be; the machine's name stands on top. Name some to run only those: `npm run bench -- chat`.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { machineName } from './machine.ts';

const all = [
  'startup',
  'pages',
  'chat',
  'bm25',
  'retrieval',
  'extractive',
  'policies',
  'seed',
  'gateway',
  'schema',
  'mutations',
];
const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !all.includes(name));
if (unknown.length > 0) {
  console.error(`Unknown: ${unknown.join(', ')}. There are: ${all.join(', ')}.`);
  process.exit(1);
}

console.log(`Loam benchmarks on ${machineName()}\n`);
let failed = false;
for (const name of wanted.length > 0 ? wanted : all) {
  console.log(`── ${name}`);
  const { status } = spawnSync(process.execPath, [fileURLToPath(new URL(`${name}.ts`, import.meta.url))], {
    stdio: 'inherit',
  });
  failed ||= status !== 0;
  console.log('');
}
process.exitCode = failed ? 1 : 0;
