// The largest files are what make a codebase tiring: none may pass the limit. Move something out; do not raise it.
import type { Source } from './sources.ts';

const limit = 500;
const limitOfTests = 800;
/** Made by a program. */
const generated = new Set(['sql/schema.sql']);

export function checkSizes(sources: readonly Source[]): readonly string[] {
  return sources.flatMap(({ path, text }) => {
    const lines = text.split('\n').length - 1;
    const most = path.endsWith('.test.ts') ? limitOfTests : limit;
    return lines <= most || generated.has(path) ? [] : [`${path}: ${lines} lines, more than ${most}`];
  });
}

/** A header says what a file is for and what it must not do. */
export function checkHeaders(sources: readonly Source[]): readonly string[] {
  return sources.flatMap(({ path, text }) => {
    if (!/\.(ts|tsx|mjs)$/.test(path) || path.endsWith('.d.ts')) return [];
    const [first = ''] = text.replace(/^#!.*\n/, '').split('\n');
    return first.startsWith('//') ? [] : [`${path}: has no header comment`];
  });
}
