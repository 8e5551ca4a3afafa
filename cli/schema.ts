// `loam schema …`: which subcommands there are. Each is a file in cli/schema/, loaded when it is called.
import type { Command } from 'commander';

export interface Terminal {
  /** A line on standard output. */
  say(line: string): void;
  readonly version: string;
}

/** What a subcommand answers is the exit code. */
export type Run = (command: () => Promise<number>) => Promise<void>;

export function addSchemaCommands(schema: Command, terminal: Terminal, run: Run): void {
  schema
    .command('status')
    .description('what is installed, and what is pending')
    .action(() => run(async () => await (await import('./schema-status.ts')).schemaStatus(terminal.say)));
}
