// The type vector is pgvector's: somebody has to install it before the first use, on Supabase too.
import { all, as, typeOf } from '../queries/tree.ts';
import type { Rule } from '../rule.ts';
import { at, steps } from './operations-steps.ts';

const types = new Set(['vector', 'halfvec', 'sparsevec']);

export const vectorsExtensionMissing: Rule = {
  id: 'vectors-extension-missing',
  level: 'error',
  category: 'vectors',
  title: 'Vector types are used and nothing installs pgvector',
  why: 'No PostgreSQL has the type vector by itself; Supabase brings the extension but does not enable it. A new database stops at this statement.',
  mend: 'Begin with `create extension if not exists vector with schema extensions;`.',
  profiles: ['greenfield', 'live'],
  reads: 'syntax',
  check: (evidence) => {
    // A file that alters what others made is applied where the extension is already.
    if (evidence.profile === 'live') return [];
    for (const step of steps(evidence)) {
      const made = as(step.node, 'CreateExtensionStmt')?.extname ?? '';
      // Some extensions bring pgvector with them by CASCADE.
      if (made === 'vector' || /^(vectorscale|ai|pg_vectorize|vectorize)$/.test(made)) return [];
      if (
        step.statement.touches.some(
          ({ object, does }) => does === 'make' && /^type .*\.(vector|halfvec|sparsevec)$/.test(object),
        )
      )
        return [];
      if (/create\s+extension[^;]*\bvector\b/i.test(step.statement.text)) return [];
      const used = all(step.node, 'ColumnDef').find((column) => types.has(typeOf(column.typeName)?.name ?? ''));
      const argument = as(step.node, 'CreateFunctionStmt')?.parameters?.find((node) =>
        types.has(typeOf(as(node, 'FunctionParameter')?.argType)?.name ?? ''),
      );
      if (used === undefined && argument === undefined) continue;
      const object = step.statement.touches[0]?.object ?? step.source.file;
      return [
        at(step, object, `${object} uses a vector type, and no statement before it installs the extension vector.`),
      ];
    }
    return [];
  },
};
