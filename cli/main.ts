// The `loam` command: which subcommands there are. Each is a file; what goes wrong is said in one sentence.
import { Command } from 'commander';
import manifest from '../package.json' with { type: 'json' };
import { addProveCommand } from './schema/prove-options.ts';
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
addSchemaCommands(schema, { say, version }, (command) => run(command)());
program.command('migrate').description(`${migrating} (the same as schema migrate)`).action(run(migrate));
addProveCommand(program, { say, version }, (command) => run(command)());

program
  .command('backup')
  .description('everything that makes this installation, in one file; also while the server runs')
  .argument('[file]', 'loam-backup-<moment>.tar.gz unless said')
  .option('--without-secret', 'leave the secret out, which must then be kept elsewhere')
  .action((file, options) =>
    run(async () => await (await import('./backup.ts')).backup(file, options, say, version))(),
  );
program
  .command('restore')
  .description('put a backup in place, after all of it has been checked')
  .argument('<file>')
  .option('--replace', 'over data that is there; it goes once the restored database has opened')
  .action((file, options) =>
    run(async () => await (await import('./restore.ts')).restore(file, options, say, version))(),
  );
program
  .command('maintain')
  .description('upkeep: reindex, analyze, partitions, archive, files, alerts, summaries')
  .argument('<task>')
  .option('--table <name>', 'reindex, analyze: only this one')
  .option('--older-than <span>', 'archive, files: how old ("30 days"); partitions: detach what is older')
  .option('--drop <span>', 'partitions: drop what was detached and is older')
  .option('--database-url <url>', 'a database by its address; else the one that the settings name')
  .action((task, options) => run(async () => await (await import('./maintain.ts')).maintain(task, options, say))());

await program.parseAsync();
