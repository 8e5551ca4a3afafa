// How `loam schema validate` is called; the command itself is loaded when it is.
import type { Command } from 'commander';
import type { Run, Terminal } from '../schema.ts';

export function addValidateCommand(schema: Command, terminal: Terminal, run: Run): void {
  schema
    .command('validate')
    .description('check SQL files or a database: rights, vectors, keys, locks')
    .argument('<input>', 'a file, a folder of migrations, or postgres://… (only read)')
    .option('--profile <profile>', 'greenfield: tables are made empty; live: they hold rows')
    .option('--format <format>', 'human, json, sarif or github', 'human')
    .option('--fail-on <level>', 'the least level that fails: error, warning or info', 'warning')
    .option('--only <rules>', 'only these rules, with commas between')
    .option('--skip <rules>', 'all rules but these')
    .option('--schemas <schemas>', 'the schemas that the API exposes (default: public)')
    .action((input: string, options: import('./validate.ts').Options) =>
      run(
        async () =>
          await (await import('./validate.ts')).validateCommand(input, options, terminal.say, terminal.version),
      ),
    );
}
