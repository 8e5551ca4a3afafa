// Every rule of the validator has a page in docs/reference/rules, and every page a rule; what the rule says of itself is on it.
// Below stand SQL that it finds and SQL that it does not, written by hand; rule-docs.test.ts tries them.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Rule } from '../../schema/validate/rule.ts';
import { root } from './sources.ts';

export const ruleDocsFolder = join(root, 'docs/reference/rules');

export const ruleSections = ['## Found', '## Not found'] as const;

const looksAt: Readonly<Record<Rule['reads'], string>> = {
  catalog: 'reads the catalog',
  syntax: 'reads the text',
  both: 'reads catalog and text',
};

/** The lines that a page begins with, up to what is written by hand. */
export function ruleHead(rule: Rule): string {
  const words = [`**${rule.level}**`, rule.category, `profile ${rule.profiles.join(' and ')}`, looksAt[rule.reads]];
  return `# ${rule.id}

${words.join(' · ')}

${rule.title}.

## Why

${rule.why}

## How to mend it

${rule.mend}

## How to ignore it

Where it is meant, say so with a reason: in the line above the statement, or in a \`COMMENT ON\` the object.

\`\`\`sql
-- loam-ignore: ${rule.id}: why it is right here
\`\`\`
`;
}

export const ruleRow = ({ id, level, title }: Rule): string => `| [${id}](${id}.md) | ${level} | ${title} |`;

/** The pages as a table for each group, in the order of the list. */
export function ruleIndex(rules: readonly Rule[]): string {
  const groups = [
    ['security', 'Rights and policies'],
    ['tenancy', 'Whose rows are whose'],
    ['vectors', 'Vectors and search by meaning'],
    ['operations', 'Changing tables that hold rows (profile live)'],
    ['general', 'Everything else'],
  ] as const;
  const tables = groups.map(([prefix, title]) => {
    const rows = rules.filter(({ id }) => id.startsWith(`${prefix}-`)).map(ruleRow);
    return `## ${title}\n\n| Rule | Level | What it finds |\n| --- | --- | --- |\n${rows.join('\n')}\n`;
  });
  return `# Rules of \`loam schema validate\`

${rules.length} rules. An **error** is a hole or a certain failure, a **warning** will hurt, an **info** is worth knowing and fails no
run by default. Each page says why, how to mend it and how to ignore it with a reason, with SQL that is found and SQL that is
not; both are tried by the tests.

${tables.join('\n')}`;
}

/** The SQL of a section of a page; null where it has none. */
export function sqlOf(page: string, section: (typeof ruleSections)[number]): string | null {
  const from = page.indexOf(`\n${section}\n`);
  const block =
    from === -1 ? null : /```sql\n([\s\S]*?)```/.exec(page.slice(from + section.length + 2).split('\n## ')[0] ?? '');
  return block?.[1] ?? null;
}

export function checkRuleDocs(rules: readonly Rule[], folder: string = ruleDocsFolder): readonly string[] {
  const pages = existsSync(folder)
    ? readdirSync(folder).filter((name) => name.endsWith('.md') && name !== 'README.md')
    : [];
  const ids = new Set(rules.map(({ id }) => `${id}.md`));
  const extra = pages
    .filter((page) => !ids.has(page))
    .map((page) => `docs/reference/rules/${page}: there is no such rule`);
  const problems = rules.flatMap((rule) => {
    const name = `docs/reference/rules/${rule.id}.md`;
    if (!pages.includes(`${rule.id}.md`)) return [`${name}: is missing; npm run docs:rules makes it`];
    const text = readFileSync(join(folder, `${rule.id}.md`), 'utf8');
    const head = text.startsWith(ruleHead(rule))
      ? []
      : [`${name}: does not begin with what the rule says; npm run docs:rules mends it`];
    const lacking = ruleSections
      .filter((section) => sqlOf(text, section) === null || /\bTODO\b/.test(text))
      .map((section) => `${name}: has no SQL under "${section}"`);
    return [...head, ...lacking];
  });
  const index = existsSync(join(folder, 'README.md')) ? readFileSync(join(folder, 'README.md'), 'utf8') : '';
  const list =
    index === ruleIndex(rules)
      ? []
      : ['docs/reference/rules/README.md: is not the list of rules; npm run docs:rules mends it'];
  return [...problems, ...list, ...extra];
}
