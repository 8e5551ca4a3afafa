// Everything that can be said of the code without running it.
import { test } from 'node:test';
import { checkBorders } from '../scripts/checks/borders.ts';
import { checkErrorDocs, checkErrorUse } from '../scripts/checks/error-docs.ts';
import { checkHeaders, checkSizes } from '../scripts/checks/sizes.ts';
import { readSources } from '../scripts/checks/sources.ts';
import { checkStatementNames } from '../scripts/checks/statement-names.ts';
import { checkTableOwners } from '../scripts/checks/table-owners.ts';
import { runBiome, runTypes } from '../scripts/checks/tools.ts';

const sources = readSources();

/** Fails with the findings alone: where the assertion stands in this file helps nobody. */
function none(problems: readonly string[] | string | null): void {
  if (problems === null || problems.length === 0) return;
  const error = new Error(typeof problems === 'string' ? problems : problems.join('\n'));
  error.stack = error.message;
  throw error;
}

test('format and lint', () => none(runBiome()));
test('types', () => none(runTypes()));
test('imports point the right way', () => none(checkBorders(sources)));
test('no file passes 500 lines', () => none(checkSizes(sources)));
test('every file says what it is for', () => none(checkHeaders(sources)));
test('statements are named once, after their room', () => none(checkStatementNames(sources)));
test('a table is written by one room', () => none(checkTableOwners(sources)));
test('every error code has its page', () => none(checkErrorDocs()));
test('every error code is said by something', () => none(checkErrorUse(sources)));
