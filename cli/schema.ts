// `loam schema …`: which subcommands there are. Each is a file in cli/schema/, loaded when it is called.
import type { Command } from 'commander';
import { addMigrationCommands } from './schema/commands.ts';
import { addDescribeCommands } from './schema/describe-options.ts';
import { addProveCommand } from './schema/prove-options.ts';
import { addSeedCommand } from './schema/seed-options.ts';
import { addValidateCommand } from './schema/validate-options.ts';

export interface Terminal {
  /** A line on standard output. */
  say(line: string): void;
  readonly version: string;
}

/** What a subcommand answers is the exit code. */
export type Run = (command: () => Promise<number>) => Promise<void>;

export function addSchemaCommands(schema: Command, terminal: Terminal, run: Run): void {
  addMigrationCommands(schema, terminal, run);
  addSeedCommand(schema, terminal, run);
  addProveCommand(schema, terminal, run);
  addValidateCommand(schema, terminal, run);
  addDescribeCommands(schema, terminal, run);
}
