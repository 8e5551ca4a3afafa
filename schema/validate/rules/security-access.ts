// Who reaches what through the API: grants to visitors and to everybody signed in, also by way of roles they belong to.
// Not a rule: the security rules read it.
import type { Catalog, Grant, Policy, Table } from '../../catalog/model.ts';
import { quoteName, quoteQualified } from '../../quote.ts';
import { isPlatform } from '../platform.ts';
import type { Evidence } from '../rule.ts';

export const apiRoles = ['anon', 'authenticated'] as const;

/** The role itself, `public`, and every role that it belongs to. */
export function rolesOf(catalog: Catalog, role: string): ReadonlySet<string> {
  const found = new Set([role, 'public']);
  for (const each of found)
    for (const parent of catalog.roles.find(({ name }) => name === each)?.memberOf ?? []) found.add(parent);
  return found;
}

/** Those of anon and authenticated that hold the privilege. */
export function holders(catalog: Catalog, grants: readonly Grant[], privilege: string): readonly string[] {
  return apiRoles.filter((role) => {
    const roles = rolesOf(catalog, role);
    return grants.some((grant) => grant.privilege === privilege && roles.has(grant.grantee));
  });
}

export const isExposed = ({ exposed }: Evidence, schema: string): boolean => exposed.includes(schema);

/** Tables that hold rows themselves; partitioned ones too, which are reached by their own name. */
export const ownTables = (catalog: Catalog): readonly Table[] =>
  catalog.tables.filter(({ schema, kind }) => kind !== 'foreign' && !isPlatform(schema));

export const nameOf = ({ schema, name }: { readonly schema: string; readonly name: string }): string =>
  `${schema}.${name}`;

export const policyName = ({ schema, table, name }: Policy): string => `${schema}.${table} policy "${name}"`;

export const quotedPolicy = ({ schema, table, name }: Policy): string =>
  `${quoteName(name)} on ${quoteQualified({ schema, name: table })}`;

export const isInvoker = (options: readonly string[]): boolean =>
  options.some((each) => /^security_invoker=(?:true|on|yes|1)$/i.test(each));

/** `'anon' and 'authenticated'` in words. */
export const said = (roles: readonly string[]): string => roles.join(' and ');
