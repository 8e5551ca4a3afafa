// The pages of the rules say what the rules say, and their SQL is found and not found as they claim.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { readCatalog } from '../../schema/catalog/read.ts';
import { openScratch } from '../../schema/open-session.ts';
import { type Case, tryCases } from '../../schema/validate/rules/rule-cases.ts';
import { rules } from '../../schema/validate/rules.ts';
import { readSource } from '../../schema/validate/source.ts';
import { loadParser } from '../../schema/validate/syntax.ts';
import { checkRuleDocs, ruleDocsFolder, ruleSections, sqlOf } from './rule-docs.ts';

/** Their SQL needs what a scratch engine has not: statistics, rows by the million, a foreign server, pgmq. */
const untried = new Set([
  'general-extension-outdated',
  'general-index-unused',
  'general-table-bloat',
  'security-foreign-table',
  'security-queue-exposed',
  'vectors-ivfflat-lists',
]);
/** These are about objects that stand outside of any schema of one's own. */
const ofPlatform = new Set(['security-bucket-listing', 'security-extension-in-public', 'security-storage-open']);

const pageOf = (id: string): string => readFileSync(join(ruleDocsFolder, `${id}.md`), 'utf8');

test('rule pages: a missing one, one too many', () => {
  const folder = mkdtempSync(join(tmpdir(), 'loam-rule-docs-'));
  try {
    writeFileSync(join(folder, 'no-such-rule.md'), '# no-such-rule\n');
    const problems = checkRuleDocs(rules, folder).join('\n');
    assert.match(problems, /vectors-no-index\.md: is missing/);
    assert.match(problems, /no-such-rule\.md: there is no such rule/);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('rule pages are equal to the rules', () => {
  assert.deepEqual(checkRuleDocs(rules), []);
});

tryCases(
  rules
    .filter(({ id }) => !untried.has(id) && !ofPlatform.has(id))
    .flatMap((rule): readonly Case[] =>
      ruleSections.map((section) => ({
        rule,
        says: `its page, ${section}`,
        sql: sqlOf(pageOf(rule.id), section) ?? '',
        names: [],
        profile: rule.profiles.includes('greenfield') ? 'greenfield' : 'live',
        unapplied: rule.reads === 'syntax' || rule.id.startsWith('operations-'),
        ...(section === '## Found' ? { finds: 'some' as const } : {}),
      })),
    ),
);

test('pages about the platform’s own objects', async () => {
  await loadParser();
  const session = await openScratch({ extensions: ['citext'] });
  try {
    for (const rule of rules.filter(({ id }) => ofPlatform.has(id)))
      for (const section of ruleSections) {
        const sql = sqlOf(pageOf(rule.id), section) ?? '';
        await session.exec('begin');
        await session.exec(sql);
        const catalog = await readCatalog(session);
        await session.exec('rollback');
        const sources = [readSource('page.sql', sql)];
        const found = rule.check({
          catalog,
          sources,
          notices: [],
          exposed: ['public'],
          profile: 'greenfield',
          live: null,
        });
        assert.equal(found.length > 0, section === '## Found', `${rule.id} ${section}`);
      }
  } finally {
    await session.close();
  }
});
