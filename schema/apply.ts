// One SQL file made a migration and run: validated first, copied into the folder, and taken out again when it fails.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AdminSession } from '../core/database.ts';
import { readText } from './generate-file.ts';
import { parseStatements } from './migrations-parse.ts';
import { migrateProject, readProjectStatus } from './migrations-project.ts';
import { fileOf, MigrationError, readMigrations } from './migrations-read.ts';
import { migrationPath } from './new.ts';
import { ToolError } from './session.ts';

export interface ApplyOptions {
  /** Where the project keeps its migrations. */
  readonly folder: string;
  /** Default true: errors that the validator finds keep the file from being applied. */
  readonly validate?: boolean;
  /** Default true: tried on a scratch engine first. */
  readonly shadow?: boolean;
}

export interface ApplyResult {
  /** Of the new migration. */
  readonly path: string;
  readonly notes: readonly string[];
}

/** Throws ToolError with what the validator calls an error in the file, as it comes after the folder's; returns the rest. */
async function refuseFaults(file: string, text: string, folder: string): Promise<readonly string[]> {
  const { validate } = await import('./validate/validate.ts');
  const before = readMigrations(folder, { free: true }).map((each) => ({
    file: join(folder, fileOf(each)),
    text: each.text,
  }));
  const { findings, rules } = await validate([...before, { file, text }]);
  const here = findings.filter(({ place }) => place?.file === file);
  const errors = here.filter(({ level }) => level === 'error');
  if (errors.length > 0) {
    const lines = errors.map(({ place, message, rule }) => `${file}:${place?.line ?? 1}: ${message} (${rule})`);
    throw new ToolError(
      `${lines.join('\n')}\nNothing was applied. What mends each: loam schema validate ${file}; all the same: --no-validate.`,
    );
  }
  const unsure = rules.filter(({ state }) => state !== 'evaluated').length;
  return [
    ...(here.length === 0 ? [] : [`${here.length} warnings: see loam schema validate ${file}`]),
    ...(unsure === 0 ? [] : [`${unsure} rules could not be judged on all of it: see loam schema validate ${file}`]),
  ];
}

/**
 * Runs a file under a name. Throws ToolError when it does not parse, is found wrong or would fail, MigrationError when it
 * fails or when other migrations are pending; the folder and the database are then as before.
 */
export async function applyFile(
  session: AdminSession,
  file: string,
  name: string,
  options: ApplyOptions,
): Promise<ApplyResult> {
  const text = readText(file);
  await parseStatements(file, text);
  mkdirSync(options.folder, { recursive: true });
  const { pending } = await readProjectStatus(session, options.folder);
  if (pending.length > 0)
    throw new MigrationError(
      `Other migrations are pending (${pending.map(fileOf).join(', ')}): run them first with loam schema migrate.`,
    );
  const notes = options.validate === false ? [] : await refuseFaults(file, text, options.folder);
  const path = migrationPath(options.folder, name);
  writeFileSync(path, text, { flag: 'wx' });
  try {
    const done = await migrateProject(session, { folder: options.folder, shadow: options.shadow !== false });
    return { path, notes: [...notes, ...done.notes] };
  } catch (error) {
    rmSync(path);
    throw error;
  }
}
