// An approximate index serves one operator: that of its class. Searched by another, the table is read whole.
import type { Rule } from '../rule.ts';
import { indexesOn, opclassFor, operatorOf, searchesOf } from './vectors-searches.ts';

export const vectorsOperatorClass: Rule = {
  id: 'vectors-operator-class',
  level: 'warning',
  category: 'vectors',
  title: 'The vector index serves another operator than the search uses',
  why: 'An index of class vector_l2_ops is used for <-> alone, vector_cosine_ops for <=>, vector_ip_ops for <#>, vector_l1_ops for <+>. With any other operator PostgreSQL reads and sorts the whole table and says nothing.',
  mend: 'Build the index with the operator class of the operator that the search uses, or search with the operator of the index.',
  profiles: ['greenfield', 'live'],
  reads: 'catalog',
  check: ({ catalog }) =>
    searchesOf(catalog).flatMap(({ body, distance }) => {
      const { table, column, operator, call } = distance;
      const indexes = indexesOn(table, column.name);
      if (call || indexes.length === 0) return [];
      if (indexes.some(({ key }) => operatorOf(key.opclass) === operator)) return [];
      const [first] = indexes;
      if (first === undefined) return [];
      const wanted = opclassFor(first.cast?.type ?? column.typeName, operator);
      return [
        {
          object: body.object,
          message: `${body.name} sorts ${table.schema}.${table.name}.${column.name} by ${operator}, but its index ${first.index.name} has class ${first.key.opclass}, which serves ${operatorOf(first.key.opclass) ?? 'another operator'}.`,
          hint: `Rebuild ${first.index.name} with ${wanted}, or sort by ${operatorOf(first.key.opclass) ?? 'its operator'}.`,
        },
      ];
    }),
};
