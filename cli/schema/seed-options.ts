// `loam schema seed`: its options. The work is in seed.ts, loaded when it is called.
import type { Command } from 'commander';
import type { Run, Terminal } from '../schema.ts';

const collect = (value: string, before: readonly string[]): readonly string[] => [...before, value];

export function addSeedCommand(schema: Command, { say }: Terminal, run: Run): void {
  schema
    .command('seed')
    .description('fill tables with rows that look alive, the same for the same number')
    .argument('[patterns...]', 'whose tables are filled; all of them unless said')
    .option('--all', 'every table of the schemas')
    .option('--schema <name>', 'whose tables are filled; public unless said', collect, [])
    .option('--table <name>', 'only these tables, and what they cannot do without', collect, [])
    .option('--rows <n or table=n>', 'rows a table, or of one; 60 unless said', collect, [])
    .option('--seed <number>', 'the same number makes the same rows; 1 unless said')
    .option('--tenants <n>', 'at least 2, which is usual')
    .option('--users <n>', 'accounts; three a tenant unless said')
    .option('--until <moment>', 'what the rows lead up to: now, or 2026-01-01, which is usual')
    .option('--dimensions <n>', 'of vectors whose column does not say')
    .option('--triggers <fire or skip>', 'skip: faster, needs a superuser, and what triggers keep is not kept')
    .option('--set <schema.table.column=value>', 'what a column is to hold', collect, [])
    .option('--answers <file>', 'write the planted questions and the rows that answer them, as JSON')
    .option('--clean', 'take out again what was seeded with this number')
    .option('--force', 'although there are accounts that were not seeded')
    .option('--database-url <url>', 'a database by its address; else the one that the settings name')
    .action((patterns, options) => run(async () => await (await import('./seed.ts')).run(patterns, options, say)));
}
