// `loam schema …`: what generates, applies and keeps track of SQL.
import type { Command } from 'commander';
import type { Run, Terminal } from '../schema.ts';
import { addParameters } from './parameters.ts';

const onDatabase = (command: Command): Command =>
  command.option('--database-url <url>', 'a database by its address; else the one that the settings name');
const inFolder = (command: Command): Command =>
  command.option(
    '--folder <folder>',
    'of migrations: supabase/migrations where there is a folder supabase, else migrations',
  );

export function addMigrationCommands(schema: Command, { say, version }: Terminal, runPlainly: Run): void {
  const run: Run = (command) =>
    runPlainly(async () => {
      try {
        return await command();
      } catch (error) {
        const { UsageError } = await import('../../schema/parameters.ts');
        if (!(error instanceof UsageError)) throw error;
        process.stderr.write(`${error.message}\n`);
        return 2;
      }
    });

  addParameters(
    schema
      .command('generate')
      .description('patterns as SQL: chat, rag, multi-tenant, user-management, ai-usage, prompts, …, complete')
      .argument('[patterns...]'),
  )
    .option('--platform', 'with what Supabase brings; the default for every target but supabase')
    .option('--no-platform', 'without it')
    .option('-o, --output <file>', 'write to a file instead of standard output')
    .option('--supabase [folder]', 'write to a new migration below supabase/migrations, for target supabase')
    .option('--name <name>', 'of that migration')
    .option('--from <file>', 'with the patterns and parameters of a generated file')
    .option('--diff <file>', 'show what would change in an existing file; exit code 1 when anything would')
    .option('--force', 'overwrite a file that was changed by hand')
    .action((patterns, options) =>
      run(async () => await (await import('./generate.ts')).run(patterns, options, say, version)),
    );

  inFolder(schema.command('new').description('an empty migration from a template').argument('<name...>')).action(
    (words, options) => run(async () => await (await import('./new.ts')).run(words, options, say)),
  );

  inFolder(
    onDatabase(
      schema
        .command('apply')
        .description('validate a file, make it a migration, and run it')
        .argument('<file>')
        .argument('<name>')
        .option('--no-validate', 'without validating it first')
        .option('--no-shadow', 'without trying it on a scratch engine first'),
    ),
  ).action((file, name, options) => run(async () => await (await import('./apply.ts')).run(file, name, options, say)));

  inFolder(
    onDatabase(
      schema
        .command('migrate')
        .description("bring Loam's schema up to this release, and run the project's pending migrations")
        .option('--dry-run', 'say what would be run; the database is only read')
        .option('--no-shadow', 'without trying them on a scratch engine first')
        .option('--include-all', 'also those that are older than what is applied'),
    ),
  ).action((options) => run(async () => await (await import('./migrate.ts')).run(options, say, version)));

  inFolder(onDatabase(schema.command('status').description('what is installed, applied, pending or wrong'))).action(
    (options) => run(async () => await (await import('./status.ts')).run(options, say)),
  );

  inFolder(
    onDatabase(
      schema
        .command('repair')
        .description('correct the history; runs nothing')
        .option('--applied <versions...>', 'these are in effect')
        .option('--reverted <versions...>', 'these are undone')
        .option('--accept <versions...>', 'these files are right as they stand, though they were changed'),
    ),
  ).action((options) => run(async () => await (await import('./repair.ts')).run(options, say)));

  inFolder(
    onDatabase(
      schema
        .command('baseline')
        .description('a database that was made otherwise has all migrations up to a version')
        .argument('[version]'),
    ),
  ).action((upTo, options) => run(async () => await (await import('./baseline.ts')).run(upTo, options, say)));

  addParameters(
    onDatabase(
      schema
        .command('setup')
        .description('every object of the database from nothing')
        .option('--seed', 'with sample data'),
    ),
  ).action((options) => run(async () => await (await import('./setup.ts')).run(options, say, version)));

  addParameters(
    onDatabase(
      schema
        .command('reset')
        .description('drop what Loam installed, and set up again')
        .option('--seed', 'with sample data')
        .option('--yes', 'really'),
    ),
  ).action((options) => run(async () => await (await import('./reset.ts')).run(options, say, version)));
}
