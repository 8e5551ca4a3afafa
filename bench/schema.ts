// The schema toolkit: `generate complete` and `validate` from a restored template, lines parsed and linted after start, and
// the reading of a whole catalog.
import { readCatalog } from '../schema/catalog/read.ts';
import { generate } from '../schema/generate.ts';
import { openScratch } from '../schema/open-session.ts';
import { chooseParameters } from '../schema/parameters.ts';
import { rules } from '../schema/validate/rules.ts';
import { readSource } from '../schema/validate/source.ts';
import { loadParser } from '../schema/validate/syntax.ts';
import { judge, validate } from '../schema/validate/validate.ts';

const seconds = (from: number): string => `${((performance.now() - from) / 1000).toFixed(2)} s`;
const milliseconds = (from: number): string => `${(performance.now() - from).toFixed(0)} ms`;

await (await openScratch()).close(); // The template is made once for each state of the platform's SQL.

const started = performance.now();
const { text } = await generate({
  patterns: ['complete'],
  parameters: chooseParameters({ target: 'supabase' }),
  version: 'bench',
});
const report = await validate([{ file: 'complete.sql', text }]);
console.log(
  `generate complete, then validate   ${seconds(started)}   ${report.lines} lines, ${report.statements} statements, ${report.rules.length} rules, ${report.findings.length} findings, ${report.failures.length} failures   (goal: ≤ 5 s, none)`,
);
for (const { rule, object } of report.findings.slice(0, 10)) console.log(`  ${rule} ${object}`);

await loadParser();
const thousand = text.split('\n').slice(0, 1_000).join('\n');
const parsing = performance.now();
readSource('thousand.sql', thousand);
console.log(`1,000 lines parsed                 ${milliseconds(parsing)}`);

const session = await openScratch();
await session.exec(`create extension vector with schema extensions; ${text}`);
const reading = performance.now();
const catalog = await readCatalog(session);
console.log(
  `catalog of complete read           ${milliseconds(reading)}   ${catalog.tables.length} tables, ${catalog.policies.length} policies, ${catalog.functions.length} functions`,
);

const linting = performance.now();
const source = readSource('complete.sql', text);
judge(
  'complete.sql',
  { sources: [source], catalog, notices: [], live: null, failures: [], statements: 0, stoodIn: [], left: [] },
  rules,
  {},
);
const took = performance.now() - linting;
console.log(
  `parsed and linted                  ${took.toFixed(0)} ms for ${report.lines} lines, ${((took / report.lines) * 1_000).toFixed(0)} ms per 1,000   (goal: ≤ 1,000)`,
);
await session.close();
