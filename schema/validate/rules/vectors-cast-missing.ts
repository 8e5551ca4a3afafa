// An index on `(embedding::halfvec(3072))` serves queries that write exactly that cast, and no other.
import type { Column } from '../../catalog/model.ts';
import type { Rule } from '../rule.ts';
import { type Cast, indexesOn, operatorOf, searchesOf } from './vectors-searches.ts';

const written = (column: Column, cast: Cast | null): string =>
  cast === null ? column.name : `${column.name}::${cast.type}${cast.dimension === null ? '' : `(${cast.dimension})`}`;

export const vectorsCastMissing: Rule = {
  id: 'vectors-cast-missing',
  level: 'warning',
  category: 'vectors',
  title: 'The index is on a cast that the search does not write',
  why: 'An expression index serves only queries that contain its very expression. A search by the plain column, or by another dimension, reads the whole table.',
  mend: 'Write the expression of the index in ORDER BY: `embedding::halfvec(3072) <=> query::halfvec(3072)`.',
  profiles: ['greenfield', 'live'],
  reads: 'catalog',
  check: ({ catalog }) =>
    searchesOf(catalog).flatMap(({ body, distance }) => {
      const { table, column, operator, cast, call } = distance;
      const indexes = indexesOn(table, column.name).filter(({ key }) => operatorOf(key.opclass) === operator);
      const fits = (other: Cast | null): boolean =>
        (other === null &&
          (cast === null || (cast.type === column.typeName && (cast.dimension ?? column.typmod) === column.typmod))) ||
        (other !== null && cast !== null && other.type === cast.type && other.dimension === cast.dimension);
      if (call || indexes.length === 0 || indexes.some((each) => fits(each.cast))) return [];
      const [first] = indexes;
      if (first === undefined) return [];
      return [
        {
          object: body.object,
          message: `${body.name} sorts by ${written(column, cast)} ${operator} …, but ${first.index.name} is on ${written(column, first.cast)}: the index cannot be used.`,
          hint: `Sort by ${written(column, first.cast)} ${operator} ….`,
        },
      ];
    }),
};
