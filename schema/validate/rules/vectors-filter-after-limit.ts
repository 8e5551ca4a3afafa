// The nearest k are taken first and filtered afterwards: whoever owns few rows gets few answers, or none.
import type { Node } from 'libpg-query';
import { originOf, type Query } from '../queries/scope.ts';
import { all, as, conjuncts, isNull, lastName } from '../queries/tree.ts';
import type { Rule } from '../rule.ts';
import { isThreshold, searchesOf } from './vectors-searches.ts';

/** The first table and column that a query filters by, joins and thresholds aside. */
function filterOf(query: Query): string | undefined {
  const conditions: Node[] = [...conjuncts(query.select.whereClause)];
  for (const condition of conditions) {
    if (isThreshold(condition, query) || as(condition, 'NullTest') !== undefined) continue;
    const origins = all(condition, 'ColumnRef').flatMap((ref) => originOf({ node: { ColumnRef: ref }, query }) ?? []);
    const expression = as(condition, 'A_Expr');
    const join = lastName(expression?.name) === '=' && new Set(origins.map(({ table }) => table)).size > 1;
    const [first] = origins;
    if (first !== undefined && !join && !isNull(expression?.rexpr)) return `${first.table.name}.${first.column.name}`;
  }
  return undefined;
}

export const vectorsFilterAfterLimit: Rule = {
  id: 'vectors-filter-after-limit',
  level: 'warning',
  category: 'vectors',
  title: 'The search is filtered after its LIMIT',
  why: 'A sub-query takes the nearest k of all rows, and the query around it then drops those of other tenants, other documents or other models. What is dropped is not replaced, so fewer than k rows come back although k exist.',
  mend: 'Put the condition beside the ORDER BY, inside of the query that has the LIMIT.',
  profiles: ['greenfield', 'live'],
  reads: 'catalog',
  check: ({ catalog }) =>
    searchesOf(catalog).flatMap(({ body, query }) => {
      if (query.select.limitCount === undefined) return [];
      for (const outer of body.queries) {
        const takes = [...outer.relations.values()].some((each) => each.kind === 'query' && each.query === query);
        const filter = takes ? filterOf(outer) : undefined;
        if (filter !== undefined)
          return [
            {
              object: body.object,
              message: `${body.name} takes the nearest rows first and filters by ${filter} afterwards: fewer than LIMIT rows can come back.`,
            },
          ];
      }
      return [];
    }),
};
