// Loads every room's statements, so that allStatements() knows them all.
import { globSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type AnyStatement, allStatements } from '../../core/statement.ts';
import { root } from '../../scripts/checks/sources.ts';

/** Statements of the server, in the order of their names; those of tests and of testing are not among them. */
export async function loadStatements(): Promise<readonly AnyStatement[]> {
  const files = globSync('{server,core,schema}/**/{queries,*-queries}.ts', { cwd: root }).toSorted();
  if (files.length === 0) throw new Error('there are no statements');
  for (const file of files) await import(pathToFileURL(join(root, file)).href);
  return allStatements()
    .filter(({ name }) => !/^(test|testing)_/.test(name))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
}
