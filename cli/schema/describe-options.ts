// `loam schema types`, `diff` and `doc`: their options. The work is in files of their own, loaded when they are called.
import type { Command } from 'commander';
import { ToolError } from '../../schema/session.ts';
import type { Run, Terminal } from '../schema.ts';

const subject = 'postgres://…, a file or folder of SQL, or patterns such as pattern:chat,rag?dimension=768';

/** 1 is what a check or comparison found: what could not be done at all is 2. */
const orRefused =
  (command: () => Promise<number>): (() => Promise<number>) =>
  async () => {
    try {
      return await command();
    } catch (error) {
      if (!(error instanceof ToolError)) throw error;
      process.stderr.write(`${error.message}\n`);
      return 2;
    }
  };

export function addDescribeCommands(schema: Command, { say }: Terminal, run: Run): void {
  schema
    .command('types')
    .description('TypeScript as `supabase gen types` writes it, or for Kysely')
    .argument('<subject>', subject)
    .option('--schemas <names>', 'parted by commas; public unless said')
    .option('-o, --output <file>', 'write there')
    .option('--check <file>', 'exit with 1 when the file is not what would be written')
    .option('--kysely', 'interfaces for Kysely')
    .option('--postgrest-v9-compat', 'relationships without isOneToOne')
    .option('--postgrest-version <version>', 'as a hosted project names it in __InternalSupabase')
    .action((what, options) =>
      run(orRefused(async () => await (await import('./types.ts')).types(what, options, say))),
    );
  schema
    .command('diff')
    .description('the migration that turns one schema into another')
    .argument('<from>', subject)
    .argument('<to>', 'the same')
    .option('--schemas <names>', 'only these, parted by commas')
    .option('-o, --output <file>', 'write there')
    .option('--migration <name>', 'write to supabase/migrations/<14 digits>_<name>.sql')
    .option('--exit-code', 'exit with 1 when there are differences')
    .action((a, b, options) => run(orRefused(async () => await (await import('./diff.ts')).diff(a, b, options, say))));
  schema
    .command('doc')
    .description('a reference of a schema in Markdown, or its diagram')
    .argument('<subject>', subject)
    .option('--schemas <names>', 'parted by commas; all but those of the platform unless said')
    .option('--format <format>', 'markdown, mermaid or svg', 'markdown')
    .option('-o, --output <file>', 'write there')
    .action((what, options) => run(orRefused(async () => await (await import('./doc.ts')).doc(what, options, say))));
}
