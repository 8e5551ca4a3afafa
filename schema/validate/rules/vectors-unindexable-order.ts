// Only `column <operator> value`, ascending, is served by an approximate index: not `1 - (…) desc`.
import type { Rule } from '../rule.ts';
import { meantExactly } from './vectors-comments.ts';
import { indexesOn, searchesOf } from './vectors-searches.ts';

export const vectorsUnindexableOrder: Rule = {
  id: 'vectors-unindexable-order',
  level: 'warning',
  category: 'vectors',
  title: 'The search sorts by an expression that no index can serve',
  why: 'An approximate index is used for ORDER BY column <=> value, ascending, and for nothing else. `order by similarity desc`, where similarity is 1 - (column <=> value), means the same rows but reads and sorts the whole table.',
  mend: 'Sort by the distance itself, `order by embedding <=> query_embedding`, and keep the similarity in the select list.',
  profiles: ['greenfield', 'live'],
  reads: 'both',
  check: (evidence) =>
    searchesOf(evidence.catalog).flatMap(({ body, distance, plain, nearest, limit }) => {
      const { table, column, operator } = distance;
      if (plain || nearest !== true || meantExactly(evidence, table, column)) return [];
      if (limit === null && indexesOn(table, column.name).length === 0) return [];
      return [
        {
          object: body.object,
          message: `${body.name} sorts by an expression around ${column.name} ${operator} …, which no index on ${table.schema}.${table.name} can serve.`,
          hint: `Write ORDER BY ${column.name} ${operator} … without anything around it; the order is the same.`,
        },
      ];
    }),
};
