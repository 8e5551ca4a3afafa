// What a function's arguments were declared as, dimensions included: the catalog forgets them, the files do not. Not a rule.
import type { CreateFunctionStmt } from 'libpg-query';
import type { Routine } from '../../catalog/model.ts';

import { as, nameList, typeOf } from '../queries/tree.ts';
import type { Source } from '../source.ts';

export interface Declared {
  readonly name: string;
  readonly type: string;
  /** The dimension of a vector. */
  readonly size: number | null;
}

/** The arguments of the last `create function` that made this one; empty where no file has it. */
export function declaredArguments(routine: Routine, sources: readonly Source[]): readonly Declared[] {
  let found: readonly Declared[] = [];
  for (const source of sources)
    for (const { node } of source.statements) {
      const create = as(node, 'CreateFunctionStmt');
      const names = nameList(create?.funcname);
      if (create === undefined || names.at(-1) !== routine.name) continue;
      if (names.length > 1 && names.at(-2) !== routine.schema) continue;
      const declared = inputs(create);
      if (sameTypes(declared, routine)) found = declared;
    }
  return found;
}

function inputs(create: CreateFunctionStmt): readonly Declared[] {
  return (create.parameters ?? []).flatMap((node) => {
    const parameter = as(node, 'FunctionParameter');
    if (parameter === undefined || parameter.mode === 'FUNC_PARAM_TABLE' || parameter.mode === 'FUNC_PARAM_OUT')
      return [];
    const type = typeOf(parameter.argType);
    return [{ name: parameter.name ?? '', type: type?.name ?? '', size: type?.size ?? null }];
  });
}

/** Vectors stand at the same places; other types may be written in many ways. */
function sameTypes(declared: readonly Declared[], routine: Routine): boolean {
  const types = routine.arguments.filter(({ mode }) => mode === 'in' || mode === 'inout' || mode === 'variadic');
  return (
    types.length === declared.length &&
    types.every(({ name, type }, index) => {
      const other = declared[index];
      return (
        other !== undefined && other.name === name && /vec/.test(other.type) === /vector|halfvec|sparsevec/.test(type)
      );
    })
  );
}
