// Which functions know who is calling, and which expressions depend on it. Not a rule: the tenancy rules read it.
import type { Catalog, Routine } from '../../catalog/model.ts';
import { as, functionName, nameList, walk } from '../queries/tree.ts';

/** Said in a body: the caller by Supabase's functions, by the claims of the request, or by a setting of the application. */
const caller = /\bauth\s*\.\s*(uid|jwt|email|role)\s*\(|\bcurrent_setting\s*\(/i;

export const withoutComments = (sql: string): string => sql.replaceAll(/--[^\n]*|\/\*[\s\S]*?\*\//g, ' ');

const known = new WeakMap<Catalog, ReadonlySet<string>>();

/** `schema.name` of every function that asks who is calling, by itself or through another. */
export function identityFunctions(catalog: Catalog): ReadonlySet<string> {
  const cached = known.get(catalog);
  if (cached !== undefined) return cached;
  const found = new Set(['auth.uid', 'auth.jwt', 'auth.email', 'auth.role', 'pg_catalog.current_setting']);
  const bodies = catalog.functions.map((routine) => ({ routine, body: withoutComments(routine.body) }));
  for (let before = -1; before !== found.size; ) {
    before = found.size;
    for (const { routine, body } of bodies) {
      const name = `${routine.schema}.${routine.name}`;
      if (!found.has(name) && (caller.test(body) || callsOne(body, found, catalog))) found.add(name);
    }
  }
  known.set(catalog, found);
  return found;
}

/** Calls a function of ours that is among the found ones. */
function callsOne(body: string, found: ReadonlySet<string>, catalog: Catalog): boolean {
  return catalog.functions.some(
    ({ schema, name }) =>
      found.has(`${schema}.${name}`) &&
      body.includes(name) &&
      new RegExp(`(?<![\\w"])"?${name.replaceAll(/[^\w]/g, '\\$&')}"?\\s*\\(`).test(body),
  );
}

export const asksCaller = (routine: Routine, catalog: Catalog): boolean =>
  identityFunctions(catalog).has(`${routine.schema}.${routine.name}`);

/** The expression depends on who is calling. */
export function dependsOnCaller(root: unknown, catalog: Catalog): boolean {
  const functions = identityFunctions(catalog);
  let found = false;
  walk(root, (node) => {
    const call = as(node, 'FuncCall');
    if (call !== undefined) {
      const names = nameList(call.funcname);
      const full = names.length > 1 ? `${names.at(-2)}.${names.at(-1)}` : undefined;
      const name = functionName(call);
      if (full !== undefined ? functions.has(full) : name === 'current_setting' || functions.has(`public.${name}`))
        found = true;
    }
    if (as(node, 'SQLValueFunction')?.op?.endsWith('USER') === true) found = true;
    return !found;
  });
  return found;
}
