// The two programs that check from outside: Biome for format and lint, TypeScript for types.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { root } from './sources.ts';

/** What the program printed when it found something; null when all is well. */
function runTool(program: string, args: readonly string[], folder = root): string | null {
  const path = fileURLToPath(new URL(`../../node_modules/.bin/${program}`, import.meta.url));
  const { status, stdout, stderr, error } = spawnSync(path, [...args], {
    cwd: folder,
    encoding: 'utf8',
    shell: process.platform === 'win32',
  });
  return status === 0 ? null : `${stdout ?? ''}${stderr ?? ''}${error?.message ?? ''}`;
}

/** `folder` is another than the repository in tests of the rules themselves. */
export const runBiome = (folder?: string): string | null =>
  runTool('biome', ['check', '--error-on-warnings', '--colors=off', '--max-diagnostics=100', '.'], folder);

export const runTypes = (): string | null => runTool('tsc', ['--project', '.', '--pretty', 'false']);
