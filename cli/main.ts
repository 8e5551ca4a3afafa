// The `loam` command: which subcommands there are. Each is a file; what goes wrong is said in one sentence.
import { Command } from 'commander';
import manifest from '../package.json' with { type: 'json' };
import { addSchemaCommands } from './schema.ts';

const { version } = manifest;
const say = (line: string): void => void process.stdout.write(`${line}\n`);

/** What a subcommand answers is the exit code; only its own file is loaded. */
const run =
  (command: () => Promise<number>): (() => Promise<void>) =>
  async () => {
    try {
      process.exitCode = await command();
    } catch (error) {
      process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
      process.exitCode = 1;
    }
  };

const program = new Command('loam')
  .description('Everything an LLM application needs, in one Postgres and one process.')
  .version(version, '-v, --version')
  .showHelpAfterError();

program
  .command('version')
  .description('print the version')
  .action(() => say(version));
program
  .command('status')
  .description('say whether a server runs here, and where')
  .action(run(async () => await (await import('./status.ts')).status(say)));
program
  .command('doctor')
  .description('check settings, data, schema and models')
  .action(run(async () => await (await import('./doctor.ts')).doctor(say)));

const migrate = async (): Promise<number> => await (await import('./migrate.ts')).migrate(say, version);
const migrating = 'install the schema, or bring it up to this release';
const schema = program.command('schema').description('the database');
schema.command('migrate').description(migrating).action(run(migrate));
addSchemaCommands(schema, { say, version }, (command) => run(command)());
program.command('migrate').description(`${migrating} (the same as schema migrate)`).action(run(migrate));

await program.parseAsync();
