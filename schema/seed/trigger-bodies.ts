// What the functions of triggers say, with what they call: the only place where a database tells what it does with a row.
import type { Catalog } from '../catalog/model.ts';
import { isPlatform } from '../validate/platform.ts';
import { keyOf } from './plan-model.ts';

export interface TriggerBody {
  /** The table that it hangs on. */
  readonly table: string;
  readonly timing: 'before' | 'after' | 'instead of';
  /** Its function's text and that of all that is called, without comments. */
  readonly body: string;
}

const bare = (text: string): string => text.replace(/\/\*[\s\S]*?\*\//g, ' ').replace(/--[^\n]*/g, ' ');

/** Of all triggers that are enabled, in the catalog's order. */
export function triggerBodies(catalog: Catalog): readonly TriggerBody[] {
  const bodies = new Map(catalog.functions.map((routine) => [keyOf(routine), bare(routine.body)]));
  const calls = catalog.functions
    .filter(({ schema, name }) => !isPlatform(schema) && /^\w+$/.test(name))
    .map((routine) => ({ key: keyOf(routine), called: new RegExp(`(?<![\\w"])${routine.name}"?\\s*\\(`) }));
  const bodyOf = (key: string, seen: Set<string>): string => {
    if (seen.has(key)) return '';
    seen.add(key);
    const body = bodies.get(key) ?? '';
    const called = calls.filter((each) => each.called.test(body)).map((each) => bodyOf(each.key, seen));
    return [body, ...called].join('\n');
  };
  return catalog.triggers
    .filter(({ enabled }) => enabled !== 'D')
    .map(({ schema, table, timing, function: routine }) => ({
      table: keyOf({ schema, name: table }),
      timing,
      body: bodyOf(keyOf(routine), new Set()),
    }));
}
