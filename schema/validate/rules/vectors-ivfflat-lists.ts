// The lists of an ivfflat index must fit the number of rows; judged only where PostgreSQL knows it.
import type { Rule } from '../rule.ts';

/** pgvector's own advice: rows / 1000 up to a million rows, the square root above. */
const advised = (rows: number): number => Math.max(1, Math.round(rows <= 1_000_000 ? rows / 1000 : Math.sqrt(rows)));
/** Within this factor a setting is a matter of taste. */
const tolerated = 10;

export const vectorsIvfflatLists: Rule = {
  id: 'vectors-ivfflat-lists',
  level: 'info',
  category: 'vectors',
  title: 'The lists of the ivfflat index are out of proportion to the rows',
  why: 'Too many lists leave a handful of rows in each, so that a search of one list misses most neighbours; too few make each search read a large part of the table.',
  mend: 'Rebuild with lists = rows / 1000 (the square root of the rows above a million), or use HNSW, which needs no such number.',
  profiles: ['greenfield', 'live'],
  reads: 'catalog',
  check: ({ catalog }) =>
    catalog.tables
      .filter(({ estimatedRows }) => estimatedRows >= 1000)
      .flatMap((table) =>
        table.indexes
          .filter(({ method }) => method === 'ivfflat')
          .flatMap((index) => {
            const option = index.options.find((each) => each.startsWith('lists='));
            const lists = option === undefined ? 100 : Number(option.slice('lists='.length));
            const ideal = advised(table.estimatedRows);
            if (lists <= ideal * tolerated && lists * tolerated >= ideal) return [];
            return [
              {
                object: `index ${table.schema}.${index.name}`,
                message: `Index ${index.name} has ${lists} lists for about ${table.estimatedRows} rows of ${table.schema}.${table.name}; about ${ideal} fit.`,
              },
            ];
          }),
      ),
};
