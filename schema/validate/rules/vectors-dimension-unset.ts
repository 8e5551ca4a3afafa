// `vector` without a dimension takes vectors of every model, and cannot be indexed as it is.
import type { Rule } from '../rule.ts';
import { meantExactly } from './vectors-comments.ts';
import { indexesOn, isVector } from './vectors-searches.ts';

export const vectorsDimensionUnset: Rule = {
  id: 'vectors-dimension-unset',
  level: 'warning',
  category: 'vectors',
  title: 'The vector column has no dimension',
  why: 'Vectors of different models then stand side by side; comparing two of them fails at run time ("different vector dimensions"), and an index on the plain column is refused ("column does not have dimensions").',
  mend: 'Write vector(1536), the dimension of your model. For several models keep `vector` with a check on vector_dims() and one expression index a model: `(embedding::vector(1536))`.',
  profiles: ['greenfield', 'live'],
  reads: 'both',
  check: (evidence) =>
    evidence.catalog.tables
      .filter(({ partitionOf }) => partitionOf === null)
      .flatMap((table) =>
        table.columns.filter(isVector).flatMap((column) => {
          if (column.typmod > 0 || indexesOn(table, column.name).some(({ cast }) => cast !== null)) return [];
          const checked = table.constraints.some(
            (each) =>
              each.kind === 'check' && /\bvector_dims\s*\(/.test(each.text) && each.columns.includes(column.name),
          );
          if (checked || meantExactly(evidence, table, column)) return [];
          return [
            {
              object: `${table.schema}.${table.name}.${column.name}`,
              message: `${table.schema}.${table.name}.${column.name} is ${column.typeName} without a dimension: any vector fits, and no index on it can be made.`,
            },
          ];
        }),
      ),
};
