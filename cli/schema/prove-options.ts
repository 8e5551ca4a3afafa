// `loam schema prove`: its options. The work is in prove.ts, loaded when it is called.
import type { Command } from 'commander';
import type { Run, Terminal } from '../schema.ts';
import type { Options } from './prove.ts';

const collect = (value: string, before: readonly string[]): readonly string[] => [...before, value];

export function addProveCommand(parent: Command, { say, version }: Terminal, run: Run): void {
  parent
    .command('prove')
    .description('try, as people and strangers, to reach what is not theirs')
    .argument('<what...>', 'postgres://… (rolled back), a file or folder of SQL, or patterns: complete')
    .option('--format <format>', 'human, json or sarif', 'human')
    .option('--allow <file>', 'what is meant to be so: lines of "object kind [role]: reason"', collect, [])
    .option('--rights <file>', 'write who can do what, as tried')
    .option('--against <file>', 'rights of an earlier run: any difference fails')
    .option('--anonymous <role>', 'the role of people without an account; anon unless said')
    .option('--signed-in <role>', 'the role of people with one; authenticated unless said')
    .action((what: readonly string[], options: Options) =>
      run(async () => await (await import('./prove.ts')).run(what, options, say, version)),
    );
}
