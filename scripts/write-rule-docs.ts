// `npm run docs:rules`: brings the heads of docs/reference/rules and their index up to the rules; a new rule gets a page to be
// written. What stands from "## Found" on is a person's and is left as it is.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { rules } from '../schema/validate/rules.ts';
import { ruleDocsFolder, ruleHead, ruleIndex, ruleSections } from './checks/rule-docs.ts';

mkdirSync(ruleDocsFolder, { recursive: true });
for (const rule of rules) {
  const path = join(ruleDocsFolder, `${rule.id}.md`);
  const old = existsSync(path) ? readFileSync(path, 'utf8') : '';
  const from = old.indexOf(`\n${ruleSections[0]}\n`);
  const body =
    from === -1 ? ruleSections.map((section) => `\n${section}\n\n\`\`\`sql\nTODO\n\`\`\`\n`).join('') : old.slice(from);
  writeFileSync(path, `${ruleHead(rule)}${body}`);
}
writeFileSync(join(ruleDocsFolder, 'README.md'), ruleIndex(rules));
