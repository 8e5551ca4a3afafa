// A table is written by exactly one room; the others read it through a function or view.
import type { Source } from './sources.ts';

/** Written by more, each with its reason. */
const shared: Readonly<Record<string, string>> = {
  audit_logs: 'each room notes what was done in it, and none reads or changes a note',
  rate_limits: 'accounts count, maintenance removes what is over',
};

const statements = /\bstatement\(\s*\{([\s\S]*?)\n\}\)/g;
const writes = /\b(?:insert\s+into|delete\s+from|update)\s+(?:only\s+)?([a-z_]+(?:\.[a-z_]+)?)(?=[\s(])/g;
const notTables = new Set(['set', 'of', 'skip', 'nowait']);

export function checkTableOwners(sources: readonly Source[]): readonly string[] {
  const rooms = new Map<string, Set<string>>();
  for (const { path, text } of sources) {
    const room = /^server\/([a-z]+)\/.*queries\.ts$/.exec(path)?.[1];
    if (room === undefined || room === 'testing') continue;
    for (const [, body = ''] of text.matchAll(statements))
      for (const [, table = ''] of body.matchAll(writes))
        if (!notTables.has(table)) rooms.set(table, (rooms.get(table) ?? new Set()).add(room));
  }
  return [...rooms]
    .filter(([table, writers]) => writers.size > 1 && !(table in shared))
    .map(([table, writers]) => `${table} is written by ${[...writers].join(' and ')}`);
}
