// Vectors of two models cannot be compared; without a record of the model nobody knows which rows to embed again.
import type { Catalog, Column, Table } from '../../catalog/model.ts';
import { findNamed } from '../queries/scope.ts';
import type { Rule } from '../rule.ts';
import { isVector } from './vectors-searches.ts';

const records =
  /(^|_)(model|models|embedder|encoder)(_|$)|embedding_?(version|provider|source|type|kind)|(^|_)dimensions?$/i;
const ofParent = /embed/i;
/** Names of makers and models in the column's own name or comment: `openai_embedding`, `ada_002`. */
const named =
  /openai|ada_?002|text[-_]embedding|cohere|voyage|gemini|palm|mistral|jina|nomic|minilm|mpnet|e5|bge|gte|clip|titan|ollama|local|hugging|bert|arctic|mxbai|azure/i;

function recorded(table: Table, column: Column, catalog: Catalog): boolean {
  if (named.test(column.name) || table.columns.some((each) => records.test(each.name))) return true;
  if ([column.comment, table.comment].some((comment) => /\bmodel\b/i.test(comment ?? '') || named.test(comment ?? '')))
    return true;
  return table.constraints.some(({ kind, target }) => {
    const parent =
      kind === 'foreign key' && target !== null ? findNamed(catalog.tables, target.schema, target.name, []) : undefined;
    if (parent === undefined) return false;
    return (
      /model/i.test(parent.name) ||
      parent.columns.some(
        (each) =>
          ofParent.test(each.name) && !isVector(each) && !each.type.startsWith('timestamp') && each.type !== 'boolean',
      )
    );
  });
}

export const vectorsModelUnrecorded: Rule = {
  id: 'vectors-model-unrecorded',
  level: 'warning',
  category: 'vectors',
  title: 'Nothing records which model made the vectors',
  why: 'Distances between vectors of two models mean nothing, even where the dimensions agree. On the day the model changes, only a record tells the old rows from the new.',
  mend: 'Add `embedding_model text not null` (or a foreign key to a table of models) beside the vector, or name the model in a comment on the column.',
  profiles: ['greenfield', 'live'],
  reads: 'catalog',
  check: ({ catalog }) =>
    catalog.tables
      .filter(({ partitionOf }) => partitionOf === null)
      .flatMap((table) =>
        table.columns.filter(isVector).flatMap((column) =>
          recorded(table, column, catalog)
            ? []
            : [
                {
                  object: `${table.schema}.${table.name}.${column.name}`,
                  message: `${table.schema}.${table.name} holds vectors in ${column.name} and does not say of which model.`,
                },
              ],
        ),
      ),
};
