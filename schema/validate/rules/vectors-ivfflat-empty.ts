// ivfflat chooses the centres of its lists from the rows that are there when it is built: from none, it finds little.
import { as } from '../queries/tree.ts';
import type { Rule } from '../rule.ts';
import { at, steps, tableName } from './operations-steps.ts';

export const vectorsIvfflatEmpty: Rule = {
  id: 'vectors-ivfflat-empty',
  level: 'warning',
  category: 'vectors',
  title: 'The ivfflat index is built on an empty table',
  why: 'ivfflat learns its lists from the rows present at CREATE INDEX. Built on an empty table the centres are random, and searches miss most neighbours for ever; PostgreSQL only gives a notice ("little data").',
  mend: 'Use HNSW, which needs no rows to begin with: `using hnsw (embedding vector_cosine_ops)`; or create the ivfflat index after the first load.',
  profiles: ['greenfield', 'live'],
  reads: 'syntax',
  check: (evidence) =>
    steps(evidence).flatMap((step, position, list) => {
      const index = as(step.node, 'IndexStmt');
      if (index?.accessMethod !== 'ivfflat') return [];
      const table = tableName(index.relation, step.statement);
      // A table of an earlier file holds rows by now, where tables do at all.
      if (evidence.profile === 'live' && !step.isNew(table)) return [];
      const filled = list.slice(0, position).some((other) => {
        const insert = as(other.node, 'InsertStmt') ?? as(other.node, 'CopyStmt');
        return insert !== undefined && tableName(insert.relation, other.statement) === table;
      });
      if (filled) return [];
      const object = index.idxname === undefined ? table : `index ${table.split('.')[0]}.${index.idxname}`;
      return [
        at(
          step,
          object,
          `The ivfflat index on ${table} is built before there are rows, so its lists are random.`,
          `create index … on ${table} using hnsw (…): the same operator class, no rows needed.`,
        ),
      ];
    }),
};
