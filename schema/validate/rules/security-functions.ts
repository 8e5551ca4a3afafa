// Functions that run with their owner's rights, and names that a caller can bend.
import type { Catalog, Routine } from '../../catalog/model.ts';
import { quoteQualified } from '../../quote.ts';
import { isPlatform } from '../platform.ts';
import type { Rule } from '../rule.ts';
import { holders, isExposed, said } from './security-access.ts';

const identityOf = ({ schema, name, identity }: Routine): string => `${schema}.${name}(${identity})`;

const own = (catalog: Catalog): readonly Routine[] => catalog.functions.filter(({ schema }) => !isPlatform(schema));

const hasPath = ({ settings }: Routine): boolean => settings.some((each) => each.startsWith('search_path='));

const fix = (routine: Routine): string =>
  `alter ${routine.kind === 'procedure' ? 'procedure' : 'function'} ${quoteQualified(routine)}(${routine.identity}) set search_path = '';`;

export const securityDefinerSearchPath: Rule = {
  id: 'security-definer-search-path',
  level: 'error',
  category: 'security',
  title: 'A definer function without a fixed search_path',
  why: 'It runs with its owner’s rights and finds names by the caller’s search_path: whoever can make a table or operator in a schema before the real one makes it work for him.',
  mend: "Add `set search_path = ''` to the function and write every name with its schema.",
  profiles: ['greenfield', 'live'],
  reads: 'catalog',
  check: ({ catalog }) =>
    own(catalog)
      .filter((routine) => routine.definer && !hasPath(routine))
      .map((routine) => ({
        object: identityOf(routine),
        message: `${identityOf(routine)} runs with its owner’s rights and finds names by its caller’s search_path.`,
        hint: `${fix(routine)} Then every name in it needs its schema.`,
      })),
};

export const securityMutableSearchPath: Rule = {
  id: 'security-mutable-search-path',
  level: 'info',
  category: 'security',
  title: 'A function whose names depend on the caller’s search_path',
  why: 'It works or fails, or means another table, by who calls it: in a trigger, an index or a policy the caller is not who you thought.',
  mend: "Add `set search_path = ''` and write names with their schemas. A SQL function that should be inlined cannot have it: there the schemas alone are what helps.",
  profiles: ['greenfield', 'live'],
  reads: 'catalog',
  check: ({ catalog }) =>
    own(catalog)
      .filter((routine) => !routine.definer && !hasPath(routine))
      .map((routine) => ({
        object: identityOf(routine),
        message: `${identityOf(routine)} finds names by its caller’s search_path.`,
        hint: fix(routine),
      })),
};

export const securityDefinerExecutable: Rule = {
  id: 'security-definer-executable',
  level: 'warning',
  category: 'security',
  title: 'A definer function that everybody can call through the API',
  why: 'It runs with its owner’s rights, past every policy, and is an address of the API: /rest/v1/rpc/… Every function is executable by public until that is revoked.',
  mend: 'revoke execute on function … from public, anon, authenticated and grant it to those who need it; or move it to a schema that is not exposed.',
  profiles: ['greenfield', 'live'],
  reads: 'catalog',
  check: (evidence) =>
    own(evidence.catalog).flatMap((routine) => {
      if (!routine.definer || !isExposed(evidence, routine.schema)) return [];
      const roles = holders(evidence.catalog, routine.grants, 'EXECUTE');
      if (roles.length === 0) return [];
      const called = routine.returnsTrigger
        ? `is a trigger’s, which nobody can call by itself, yet ${said(roles)} may execute it`
        : `runs with its owner’s rights, and ${said(roles)} may call it`;
      return [
        {
          object: identityOf(routine),
          message: `${identityOf(routine)} ${called}.`,
          hint: `revoke execute on function ${quoteQualified(routine)}(${routine.identity}) from public, ${roles.join(', ')};`,
          ...(routine.returnsTrigger ? { level: 'info' as const } : {}),
        },
      ];
    }),
};
