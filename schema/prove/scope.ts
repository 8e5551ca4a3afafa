// What has to be tried again when the policies of one table change: the table, and what reads it with its caller's rights.
import type { Catalog } from '../catalog/model.ts';
import { keyOf } from './model.ts';

export interface Scope {
  readonly tables: ReadonlySet<string>;
  readonly views: ReadonlySet<string>;
  /** By schema and name. */
  readonly functions: ReadonlySet<string>;
}

/** Functions with their owner's rights are past policies, so they pass nothing on. */
export function dependentsOf(catalog: Catalog, table: string): Scope {
  const tables = new Set([table]);
  const views = new Set<string>();
  const functions = new Set<string>();
  const named = (body: string): boolean =>
    [...tables, ...views, ...functions].some((key) =>
      new RegExp(`\\b${(key.split('.')[1] ?? '').replace(/\W/g, '.')}\\b`, 'i').test(body),
    );
  for (let before = -1; before !== tables.size + views.size + functions.size; ) {
    before = tables.size + views.size + functions.size;
    for (const view of catalog.views)
      if (view.relations.some((each) => tables.has(keyOf(each)) || views.has(keyOf(each)))) views.add(keyOf(view));
    for (const routine of catalog.functions)
      if (!routine.definer && !routine.returnsTrigger && named(routine.body)) functions.add(keyOf(routine));
    for (const policy of catalog.policies)
      if (
        policy.relations.some(
          (each) => keyOf(each) !== keyOf({ schema: policy.schema, name: policy.table }) && tables.has(keyOf(each)),
        ) ||
        policy.functions.some((each) => functions.has(keyOf(each)))
      )
        tables.add(`${policy.schema}.${policy.table}`);
    for (const each of catalog.tables)
      if (each.partitionOf !== null && keyOf(each.partitionOf) === table) tables.add(keyOf(each));
  }
  return { tables, views, functions };
}
