// A similarity threshold written into the function drops rows that its callers asked for.
import { as, conjuncts, constantOf } from '../queries/tree.ts';
import type { Rule } from '../rule.ts';
import { isThreshold, searchesOf } from './vectors-searches.ts';

export const vectorsHiddenThreshold: Rule = {
  id: 'vectors-hidden-threshold',
  level: 'info',
  category: 'vectors',
  title: 'The search has a similarity threshold that callers cannot see',
  why: 'Distances of one model say nothing about those of another: 0.78 keeps nothing with one and everything with the next. Written as a constant beside a LIMIT it silently returns fewer rows than asked for.',
  mend: 'Make the threshold an argument with default null: `where match_threshold is null or 1 - (embedding <=> query_embedding) >= match_threshold`.',
  profiles: ['greenfield', 'live'],
  reads: 'catalog',
  check: ({ catalog }) =>
    searchesOf(catalog).flatMap(({ body, query, limit }) => {
      if (body.routine === null || limit === null) return [];
      const around = body.queries.filter((outer) =>
        [...outer.relations.values()].some((each) => each.kind === 'query' && each.query === query),
      );
      for (const each of [query, ...around])
        for (const condition of conjuncts(each.select.whereClause)) {
          const expression = as(condition, 'A_Expr');
          const constant = constantOf(expression?.lexpr) ?? constantOf(expression?.rexpr);
          if (constant !== undefined && isThreshold(condition, each))
            return [
              {
                object: body.object,
                message: `${body.name} drops rows by the fixed threshold ${constant}, so that fewer than LIMIT rows come back.`,
              },
            ];
        }
      return [];
    }),
};
