// A distance sorted downwards, or a similarity sorted upwards, returns what is least alike.
import type { Rule } from '../rule.ts';
import { searchesOf } from './vectors-searches.ts';

export const vectorsFarthestFirst: Rule = {
  id: 'vectors-farthest-first',
  level: 'error',
  category: 'vectors',
  title: 'The search returns the farthest rows first',
  why: 'Distances grow as things differ: `order by embedding <=> query desc limit 10` returns the ten rows that are least alike. <#> is the negative inner product, so it sorts upwards too.',
  mend: 'Sort the distance ascending, or the similarity descending.',
  profiles: ['greenfield', 'live'],
  reads: 'catalog',
  check: ({ catalog }) =>
    searchesOf(catalog).flatMap(({ body, distance, nearest, limit }) => {
      if (nearest !== false || limit === null) return [];
      return [
        {
          object: body.object,
          message: `${body.name} keeps the rows of ${distance.table.schema}.${distance.table.name} that are farthest by ${distance.operator}: the sort goes the wrong way.`,
        },
      ];
    }),
};
