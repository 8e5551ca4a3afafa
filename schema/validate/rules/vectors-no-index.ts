// A vector column without an approximate index is read whole by every search, unless that is meant.
import type { Column } from '../../catalog/model.ts';
import type { Rule } from '../rule.ts';
import { meantExactly } from './vectors-comments.ts';
import { indexesOn, isVector } from './vectors-searches.ts';

function advice(column: Column): string {
  const { typmod: dimension, typeName } = column;
  if (typeName === 'vector' && dimension > 4000)
    return `hnsw takes no ${dimension} dimensions: index binary_quantize(${column.name})::bit(${dimension}), or use a model with fewer.`;
  if (typeName === 'vector' && dimension > 2000)
    return `create index … using hnsw ((${column.name}::halfvec(${dimension})) halfvec_cosine_ops): vector goes to 2,000 dimensions, halfvec to 4,000.`;
  return `create index … using hnsw (${column.name} ${typeName}_cosine_ops), or say in a comment on the column that search is exact.`;
}

export const vectorsNoIndex: Rule = {
  id: 'vectors-no-index',
  level: 'warning',
  category: 'vectors',
  title: 'The vector column has no index, and nothing says that exact search is meant',
  why: 'Without an index every search compares every row. That is right for small tenants, and then a comment says so; otherwise it grows slower with each document.',
  mend: "Create an HNSW index with the operator class of your search, or say `comment on column … is 'searched exactly: …'`.",
  profiles: ['greenfield', 'live'],
  reads: 'both',
  check: (evidence) =>
    evidence.catalog.tables
      .filter(({ kind, partitionOf }) => kind !== 'foreign' && partitionOf === null)
      .flatMap((table) =>
        table.columns.filter(isVector).flatMap((column) => {
          if (indexesOn(table, column.name).length > 0 || meantExactly(evidence, table, column)) return [];
          // An index on binary_quantize(column) is one too.
          if (
            table.indexes.some(
              (index) =>
                index.method === 'hnsw' &&
                index.keys.some((key) => new RegExp(`\\b${column.name}\\b`).test(key.expression)),
            )
          )
            return [];
          return [
            {
              object: `${table.schema}.${table.name}.${column.name}`,
              message: `${table.schema}.${table.name}.${column.name} is ${column.type} and has no index: each search compares all rows.`,
              hint: advice(column),
            },
          ];
        }),
      ),
};
