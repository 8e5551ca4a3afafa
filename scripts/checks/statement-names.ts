// Statements are named once in the whole server, after their room, and stand in a room's queries.
import type { Source } from './sources.ts';

const pattern = /\bstatement\(\s*\{\s*name:\s*(['"`])([^'"`]*)\1/g;
const nameRule = /^[a-z][a-z0-9]*(_[a-z0-9]+)+$/;

export function checkStatementNames(sources: readonly Source[]): readonly string[] {
  const seen = new Map<string, string>();
  return sources.flatMap(({ path, text }) => {
    if (!/^(server|core|schema|cli)\/.*\.ts$/.test(path) || path.endsWith('.test.ts')) return [];
    const room = path.startsWith('server/') ? (path.split('/')[1] ?? '') : '';
    // message-queries.ts of a room holds statements about messages.
    const noun = /([a-z-]+)-queries\.ts$/.exec(path)?.[1]?.replaceAll('-', '_');
    const nouns = noun === undefined ? [room] : [room, noun, `${noun}s`];
    return [...text.matchAll(pattern)].flatMap(([, , name = '']) => {
      const other = seen.get(name);
      seen.set(name, path);
      const problems: string[] = [];
      if (other !== undefined) problems.push(`${path}: the statement ${name} is in ${other} already`);
      if (!nameRule.test(name)) problems.push(`${path}: ${name} is not lower_case_with_underscores`);
      if (name.length > 63) problems.push(`${path}: ${name} is longer than the 63 bytes that PostgreSQL keeps`);
      if (room !== '' && !nouns.some((noun) => name.startsWith(`${noun}_`)))
        problems.push(`${path}: ${name} does not begin with ${nouns[0] ?? ''}_`);
      if (room !== 'testing' && !/(^|[/-])queries\.ts$/.test(path))
        problems.push(`${path}: statements stand in queries.ts (${name})`);
      return problems;
    });
  });
}
