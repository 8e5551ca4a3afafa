// In which order tables are written: after what they point to and after what writes into them by trigger.
import type { Catalog, Table } from '../catalog/model.ts';
import { ToolError } from '../session.ts';
import { type Draft, keyOf, type Reference } from './plan-model.ts';
import { triggerBodies } from './trigger-bodies.ts';

/** Tables that triggers write into, by what their functions say, and those whose triggers do: all of them, or those that come `only` before a row. */
export function writtenByTriggers(
  catalog: Catalog,
  tables: readonly Table[],
  only?: 'before',
): ReadonlyMap<string, ReadonlySet<string>> {
  const written = new Map<string, Set<string>>();
  for (const { table: source, body, timing } of triggerBodies(catalog)) {
    if (only !== undefined && timing !== only) continue;
    for (const [, name] of body.toLowerCase().matchAll(/insert\s+into\s+([\w."]+)/g)) {
      const bare = (name ?? '').replaceAll('"', '');
      const target = tables.find((table) => keyOf(table) === bare || (!bare.includes('.') && table.name === bare));
      if (target === undefined || keyOf(target) === source) continue;
      written.set(keyOf(target), (written.get(keyOf(target)) ?? new Set()).add(source));
    }
  }
  return written;
}

/** Each table after those that it points to or is written by; a circle is broken where a reference may be null. */
export function inOrder(drafts: Map<string, Draft>, written: ReadonlyMap<string, ReadonlySet<string>>): Draft[] {
  for (;;) {
    const ordered = tryOrder(drafts, written);
    if (ordered !== null) return ordered;
  }
}

/** Null when a circle had to be broken behind us: then from the beginning. */
function tryOrder(drafts: Map<string, Draft>, written: ReadonlyMap<string, ReadonlySet<string>>): Draft[] | null {
  const done: Draft[] = [];
  const state = new Map<string, 'open' | 'done'>();
  const visit = (draft: Draft, path: readonly string[]): boolean => {
    if (state.get(draft.key) === 'done') return true;
    state.set(draft.key, 'open');
    for (const [index, reference] of draft.references.entries()) {
      const target = drafts.get(reference.target);
      if (target === undefined || target === draft || reference.role === 'later') continue;
      if (state.get(target.key) !== 'open') {
        if (!visit(target, [...path, draft.key])) return false;
      } else if (reference.nullable) draft.references[index] = { ...reference, role: 'later' };
      else if (!reference.soft && !mayWait(draft, reference)) {
        breakCircle(drafts, [...path, draft.key], target.key);
        return false;
      }
    }
    for (const source of written.get(draft.key) ?? []) {
      const target = drafts.get(source);
      if (target !== undefined && state.get(source) === undefined && !visit(target, [...path, draft.key])) return false;
    }
    state.set(draft.key, 'done');
    done.push(draft);
    return true;
  };
  return [...drafts.values()].every((draft) => visit(draft, [])) ? done : null;
}

const mayWait = ({ table }: Draft, { columns }: Reference): boolean =>
  table.constraints.some(
    (each) => each.kind === 'foreign key' && each.deferrable && each.columns.join() === columns.join(),
  );

/** The circle runs from `start` along the path back to itself: one of its references that may be null waits. */
function breakCircle(drafts: Map<string, Draft>, path: readonly string[], start: string): void {
  const circle = path.slice(path.indexOf(start));
  for (const [index, key] of circle.entries()) {
    const draft = drafts.get(key);
    const next = circle[(index + 1) % circle.length];
    const at =
      draft?.references.findIndex(({ target, nullable, role }) => target === next && nullable && role !== 'later') ??
      -1;
    const found = draft?.references[at];
    if (draft === undefined || found === undefined) continue;
    draft.references[at] = { ...found, role: 'later' };
    return;
  }
  throw new ToolError(
    `${circle.join(' → ')} → ${start} point to each other and none of these references may be null or is deferrable, so that no first row can be written.`,
  );
}
