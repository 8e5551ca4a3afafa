// Generated SQL as a file: what somebody changed by hand is not overwritten unless he says so.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { readHeader } from './generate.ts';
import { ToolError } from './session.ts';

/** The text of a file. Throws ToolError when it cannot be read. */
export function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new ToolError(`${path} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** Throws ToolError where a file is there that was not generated, or was changed since. */
export function writeGenerated(path: string, text: string, options: { readonly force?: boolean } = {}): void {
  if (existsSync(path) && options.force !== true) {
    const header = readHeader(readText(path));
    if (header === null)
      throw new ToolError(`${path} is there and was not made by generate. Choose another name, or say --force.`);
    if (header.edited)
      throw new ToolError(
        `${path} was changed by hand since it was generated. See what would be lost with --diff ${path}, then say --force.`,
      );
  }
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}
