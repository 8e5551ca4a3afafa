// A search without LIMIT returns every row that the caller may read, sorted.
import type { Routine } from '../../catalog/model.ts';
import type { Rule } from '../rule.ts';
import { searchesOf } from './vectors-searches.ts';

/** PostgreSQL puts such a function's text into the calling query, so that the caller's LIMIT reaches it. */
const inlines = (routine: Routine): boolean =>
  routine.language === 'sql' &&
  routine.returnsSet &&
  routine.volatility !== 'volatile' &&
  !routine.definer &&
  !routine.strict &&
  routine.settings.length === 0;

export const vectorsNoLimit: Rule = {
  id: 'vectors-no-limit',
  level: 'warning',
  category: 'vectors',
  title: 'The search function sorts all rows and has no LIMIT',
  why: 'Without LIMIT no approximate index is used, every row is compared and returned, and a LIMIT of the caller comes too late: the function has already built its whole result.',
  mend: 'Give the function an argument such as match_count and end the query with `limit least(match_count, 200)`.',
  profiles: ['greenfield', 'live'],
  reads: 'catalog',
  check: ({ catalog }) =>
    searchesOf(catalog).flatMap(({ body, query, distance, limit, nearest }) => {
      if (body.routine === null || limit !== null || nearest === null || query.outer !== null || inlines(body.routine))
        return [];
      const taken = body.queries.some((other) =>
        [...other.relations.values()].some((relation) => relation.kind === 'query' && relation.query === query),
      );
      if (taken || query.select.intoClause !== undefined || !body.routine.returnsSet) return [];
      return [
        {
          object: body.object,
          message: `${body.name} sorts ${distance.table.schema}.${distance.table.name} by distance and returns all of it: there is no LIMIT.`,
        },
      ];
    }),
};
