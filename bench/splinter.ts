// Findings of `loam schema validate` beside those of Supabase's splinter on the very same database, object by object, over a
// folder of projects that nobody here wrote. Neither is part of this repository:
// `node bench/splinter.ts <folder of projects> <folder of splinter's lints, an .sql file each>`; `--show` names each difference.
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { supabaseTypes } from '../schema/types/supabase-types.ts';
import { readInput } from '../schema/validate/input.ts';
import { applySources } from '../schema/validate/scratch.ts';
import { readSource } from '../schema/validate/source.ts';
import { loadParser } from '../schema/validate/syntax.ts';
import { validate } from '../schema/validate/validate.ts';

/** Which of our rules say what a lint says. */
const counterparts: Readonly<Record<string, readonly string[]>> = {
  unindexed_foreign_keys: ['general-foreign-key-unindexed'],
  auth_users_exposed: ['security-auth-users-exposed'],
  auth_rls_initplan: ['security-policy-unwrapped-call'],
  no_primary_key: ['general-primary-key-missing'],
  multiple_permissive_policies: ['security-multiple-permissive'],
  policy_exists_rls_disabled: ['security-policy-without-rls'],
  rls_enabled_no_policy: ['security-rls-without-policy'],
  duplicate_index: ['general-duplicate-index'],
  security_definer_view: ['security-view-not-invoker'],
  function_search_path_mutable: ['security-definer-search-path', 'security-mutable-search-path'],
  rls_disabled_in_public: ['security-rls-disabled'],
  extension_in_public: ['security-extension-in-public'],
  rls_references_user_metadata: ['security-policy-user-metadata'],
  materialized_view_in_api: ['security-materialized-view'],
  foreign_table_in_api: ['security-foreign-table'],
  unsupported_reg_types: ['security-reg-types'],
  insecure_queue_exposed_in_api: ['security-queue-exposed'],
  fkey_to_auth_unique: ['security-foreign-key-auth-unique'],
  sensitive_columns_exposed: ['security-sensitive-columns'],
  rls_policy_always_true: ['security-policy-always-true'],
  public_bucket_allows_listing: ['security-bucket-listing'],
  anon_security_definer_function_executable: ['security-definer-executable'],
  authenticated_security_definer_function_executable: ['security-definer-executable'],
};
const lintOf = new Map(Object.entries(counterparts).flatMap(([lint, rules]) => rules.map((rule) => [rule, lint])));

/** `public.t`, `public.f`, an extension or a bucket: what a finding is about, whatever it says of it. */
const objectOf = (object: string): string =>
  object
    .replace(/^(?:index|extension|bucket) /, '')
    .replace(/ (?:policy|constraint) .*$/, '')
    .replace(/\(.*$/s, '')
    .replace(/^([^.]+\.[^.]+)\..*$/, '$1');

type Metadata = { readonly schema?: string; readonly name?: string };

async function splinter(files: ReturnType<typeof readInput>, lints: string): Promise<ReadonlySet<string>> {
  const sources = files.files.map(({ file, text }) => readSource(file, text));
  const { session } = await applySources(sources, files.ordered);
  const found = new Set<string>();
  try {
    await session.exec(`reset all; set search_path to ''; set pgrst.db_schemas to 'public'`);
    for (const file of readdirSync(lints).filter((name) => name.endsWith('.sql'))) {
      const text = readFileSync(join(lints, file), 'utf8').trim().replace(/;$/, '');
      const rows = await session.rows(`select "name!", "metadata!"::text from (${text}) as lint`);
      for (const [name, metadata] of rows) {
        const about = JSON.parse(metadata ?? '{}') as Metadata; // checked: splinter's own shape, read as optional
        const lint = (name ?? '').replace(/^anon_(security_definer)/, 'authenticated_$1');
        const bare = /^(?:extension_in_public|public_bucket)/.test(lint);
        found.add(`${lint} ${bare ? about.name : `${about.schema}.${about.name}`}`);
      }
    }
    await supabaseTypes(session);
  } finally {
    await session.close();
  }
  return found;
}

const [folder, lints] = process.argv.slice(2).filter((each) => !each.startsWith('--'));
if (folder === undefined || lints === undefined || !existsSync(lints)) {
  console.error('node bench/splinter.ts <folder of projects> <folder of lints> [--show]');
  process.exit(2);
}
await loadParser();
const show = process.argv.includes('--show');
const totals = new Map<string, { both: number; ours: number; theirs: number }>();
let failures = 0;
for (const project of readdirSync(folder).filter((name) => statSync(join(folder, name)).isDirectory())) {
  const report = await validate(join(folder, project), { profile: 'greenfield' });
  const ours = new Set(
    report.findings.flatMap(({ rule, object }) => {
      const lint = lintOf.get(rule);
      return lint === undefined ? [] : [`${lint} ${objectOf(object)}`];
    }),
  );
  const theirs = await splinter(readInput(join(folder, project)), lints);
  const missing = [...theirs].filter((each) => !ours.has(each));
  const extra = [...ours].filter((each) => !theirs.has(each));
  failures += report.failures.length;
  console.log(
    `${project}: ${report.files.length} files, ${report.lines} lines, ${report.statements} statements, ${report.failures.length} not applied, ${report.took} ms; both ${ours.size - extra.length}, ours alone ${extra.length}, splinter alone ${missing.length}; stood in: ${report.stoodIn.join(', ')}`,
  );
  for (const { file, line, kind, text, message } of show ? report.failures : [])
    console.log(`  ! ${file}:${line} ${kind}: ${message} | ${text.slice(0, 100).replaceAll('\n', ' ')}`);
  for (const each of show ? missing : []) console.log(`  - ${each}`);
  for (const each of show ? extra : []) console.log(`  + ${each}`);
  for (const [set, key] of [
    [extra, 'ours'],
    [missing, 'theirs'],
    [[...ours].filter((each) => theirs.has(each)), 'both'],
  ] as const)
    for (const each of set) {
      const lint = each.split(' ')[0] ?? '';
      const total = totals.get(lint) ?? { both: 0, ours: 0, theirs: 0 };
      total[key]++;
      totals.set(lint, total);
    }
}
const percent = (part: number, whole: number): string =>
  whole === 0 ? '   –' : `${((100 * part) / whole).toFixed(1)} %`;
console.log(`\n${failures} statements not applied\n`);
const sum = { both: 0, ours: 0, theirs: 0 };
for (const [lint, { both, ours, theirs }] of [...totals].sort()) {
  sum.both += both;
  sum.ours += ours;
  sum.theirs += theirs;
  console.log(
    `${lint.padEnd(52)} both ${both}, ours alone ${ours}, splinter alone ${theirs}; recall ${percent(both, both + theirs)}, precision ${percent(both, both + ours)}`,
  );
}
console.log(
  `all: recall ${percent(sum.both, sum.both + sum.theirs)}, precision ${percent(sum.both, sum.both + sum.ours)} of ${sum.both + sum.theirs} objects of splinter's`,
);
