// Statements are named once in the whole server, after their room, and stand in a room's queries.
import type { Source } from './sources.ts';

const pattern = /\bstatement\(\s*\{\s*name:\s*(['"`])([^'"`]*)\1/g;
const nameRule = /^[a-z][a-z0-9]*(_[a-z0-9]+)+$/;

export function checkStatementNames(sources: readonly Source[]): readonly string[] {
  const seen = new Map<string, string>();
  return sources.flatMap(({ path, text }) => {
    if (!/^(server|core|schema|cli)\/.*\.ts$/.test(path) || path.endsWith('.test.ts')) return [];
    const room = path.startsWith('server/') ? (path.split('/')[1] ?? '') : '';
    return [...text.matchAll(pattern)].flatMap(([, , name = '']) => {
      const other = seen.get(name);
      seen.set(name, path);
      const problems: string[] = [];
      if (other !== undefined) problems.push(`${path}: the statement ${name} is in ${other} already`);
      if (!nameRule.test(name)) problems.push(`${path}: ${name} is not lower_case_with_underscores`);
      if (name.length > 63) problems.push(`${path}: ${name} is longer than the 63 bytes that PostgreSQL keeps`);
      if (room !== '' && !name.startsWith(`${room}_`)) problems.push(`${path}: ${name} does not begin with ${room}_`);
      if (room !== 'testing' && !/(^|[/-])queries\.ts$/.test(path))
        problems.push(`${path}: statements stand in queries.ts (${name})`);
      return problems;
    });
  });
}
