// pgvector indexes `vector` up to 2,000 dimensions and `halfvec` up to 4,000. Said before PostgreSQL refuses.
import { parseStatements } from '../queries/parse.ts';
import { as, typeOf, type WrittenType } from '../queries/tree.ts';
import type { Rule } from '../rule.ts';
import { at, type Step, steps, tableName } from './operations-steps.ts';

const limits: Readonly<Record<string, number>> = { vector: 2000, halfvec: 4000, bit: 64_000 };

export const vectorsDimensionLimit: Rule = {
  id: 'vectors-dimension-limit',
  level: 'error',
  category: 'vectors',
  title: 'The index has more dimensions than pgvector can index',
  why: 'HNSW and ivfflat take vector up to 2,000 dimensions and halfvec up to 4,000; the statement fails with "column cannot have more than 2000 dimensions". Models such as text-embedding-3-large give 3,072.',
  mend: 'Index a cast, `using hnsw ((embedding::halfvec(3072)) halfvec_cosine_ops)`, and search by the same cast; or ask the model for fewer dimensions.',
  profiles: ['greenfield', 'live'],
  reads: 'syntax',
  check: (evidence) =>
    steps(evidence).flatMap((step) => {
      const index = as(step.node, 'IndexStmt');
      if (index?.accessMethod !== 'hnsw' && index?.accessMethod !== 'ivfflat') return [];
      const table = tableName(index.relation, step.statement);
      const key = as(index.indexParams?.[0], 'IndexElem');
      const cast = typeOf(as(key?.expr, 'TypeCast')?.typeName);
      const type =
        cast ?? (key?.name === undefined ? undefined : typeOfColumn(step, table, key.name, evidence.catalog.tables));
      const limit = limits[type?.name ?? ''];
      if (type === undefined || type.size === null || limit === undefined || type.size <= limit) return [];
      const column = key?.name ?? 'the expression';
      const hint =
        type.name === 'vector' && type.size <= 4000
          ? `using ${index.accessMethod} ((${key?.name ?? 'embedding'}::halfvec(${type.size})) halfvec_cosine_ops)`
          : 'Store fewer dimensions, or index binary_quantize() and rank the candidates again by the full vectors.';
      return [
        at(
          step,
          index.idxname === undefined ? table : `index ${table.split('.')[0]}.${index.idxname}`,
          `${index.accessMethod} cannot index ${column} of ${table}: ${type.name}(${type.size}) has more than ${limit.toLocaleString('en')} dimensions.`,
          hint,
        ),
      ];
    }),
};

/** From the files, else from the catalog. */
function typeOfColumn(
  step: Step,
  table: string,
  name: string,
  tables: readonly { schema: string; name: string; columns: readonly { name: string; type: string }[] }[],
): WrittenType | undefined {
  const written = step.typeBefore(table, name);
  if (written !== undefined) return written;
  const column = tables
    .find((each) => `${each.schema}.${each.name}` === table)
    ?.columns.find((each) => each.name === name);
  const select = as(parseStatements(`select null::${column?.type ?? 'text'}`)?.[0], 'SelectStmt');
  return typeOf(as(as(select?.targetList?.[0], 'ResTarget')?.val, 'TypeCast')?.typeName);
}
