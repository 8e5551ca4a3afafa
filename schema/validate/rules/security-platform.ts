// What touches the platform's own: buckets, auth's keys, extensions and types that stop an upgrade.
import type { Policy } from '../../catalog/model.ts';
import { parseExpression } from '../queries/parse.ts';
import { as, constantOf, lastName, stringOf } from '../queries/tree.ts';
import type { Rule } from '../rule.ts';
import { apiRoles, nameOf, ownTables } from './security-access.ts';
import { alwaysTrue } from './security-policies.ts';
import { foreignKeys } from './tenancy-tables.ts';

/** Whether the policy shows every file of the bucket: no condition, a constant one, or the bucket's name alone. */
function lists({ command, permissive, roles, using }: Policy, bucket: string): boolean {
  if (!permissive || (command !== 'select' && command !== 'all')) return false;
  if (!roles.some((role) => role === 'public' || apiRoles.some((api) => api === role))) return false;
  if (using === null) return true;
  const node = parseExpression(using);
  if (alwaysTrue(node)) return true;
  const equal = as(node, 'A_Expr');
  const column = stringOf(as(equal?.lexpr, 'ColumnRef')?.fields?.at(-1));
  return lastName(equal?.name) === '=' && column === 'bucket_id' && constantOf(equal?.rexpr) === bucket;
}

export const securityBucketListing: Rule = {
  id: 'security-bucket-listing',
  level: 'warning',
  category: 'security',
  title: 'Everybody can list a public bucket',
  why: 'Files of a public bucket are served by their address without any policy. A policy that lets people select its rows only adds the list of all file names.',
  mend: 'Drop the policy for reading, or compare the folder with the caller in it.',
  profiles: ['greenfield', 'live'],
  reads: 'catalog',
  needsBuckets: true,
  check: ({ catalog }) =>
    catalog.buckets
      .filter((bucket) => bucket.public)
      .flatMap(({ id }) => {
        const policies = catalog.policies.filter(
          (policy) => policy.schema === 'storage' && policy.table === 'objects' && lists(policy, id),
        );
        if (policies.length === 0) return [];
        return [
          {
            object: `bucket ${id}`,
            message: `The public bucket ${id} can be listed: ${policies.map(({ name }) => `"${name}"`).join(', ')} shows every file of it.`,
          },
        ];
      }),
};

export const securityForeignKeyToAuth: Rule = {
  id: 'security-foreign-key-auth-unique',
  level: 'error',
  category: 'correctness',
  title: 'A foreign key to a column of auth that is not the key',
  why: 'Supabase promises the primary keys of its auth schema alone; other unique columns change with its releases, and an upgrade then fails on this constraint.',
  mend: 'Reference auth.users (id).',
  profiles: ['greenfield', 'live'],
  reads: 'catalog',
  check: ({ catalog }) =>
    ownTables(catalog).flatMap((table) =>
      foreignKeys(table)
        .filter(({ target, index }) => {
          const auth = catalog.tables.find(({ schema, name }) => schema === target?.schema && name === target.name);
          const used = auth?.indexes.find(({ name }) => name === index);
          return target?.schema === 'auth' && used?.unique === true && !used.primary;
        })
        .map(({ name, target }) => ({
          object: `${nameOf(table)} constraint "${name}"`,
          message: `${nameOf(table)} references ${target?.schema ?? ''}.${target?.name ?? ''} (${(target?.columns ?? []).join(', ')}), which is not its primary key.`,
        })),
    ),
};

export const securityExtensionInPublic: Rule = {
  id: 'security-extension-in-public',
  level: 'warning',
  category: 'security',
  title: 'An extension in the schema of the API',
  why: 'Its functions become addresses of the API, and its objects stand between your own.',
  mend: 'create extension … with schema extensions.',
  profiles: ['greenfield', 'live'],
  reads: 'catalog',
  check: ({ catalog }) =>
    catalog.extensions
      .filter(({ name, schema }) => schema === 'public' && name !== 'plpgsql')
      .map(({ name }) => ({
        object: `extension ${name}`,
        message: `The extension ${name} is installed in public.`,
        hint: `create extension "${name}" with schema extensions; where it is installed already: alter extension "${name}" set schema extensions;`,
      })),
};

const upgradable = new Set(['regclass', 'regrole', 'regtype']);

export const securityRegTypes: Rule = {
  id: 'security-reg-types',
  level: 'warning',
  category: 'migration',
  title: 'A column of a type that stops an upgrade',
  why: 'pg_upgrade refuses a database that stores regproc, regnamespace and the like: what they hold is a number that the new server does not know.',
  mend: 'Store the name as text.',
  profiles: ['greenfield', 'live'],
  reads: 'catalog',
  check: ({ catalog }) =>
    ownTables(catalog).flatMap((table) =>
      table.columns
        .filter(
          ({ typeSchema, typeName }) =>
            typeSchema === 'pg_catalog' && /^reg/.test(typeName) && !upgradable.has(typeName),
        )
        .map(({ name, type }) => ({
          object: `${nameOf(table)}.${name}`,
          message: `${nameOf(table)}.${name} is ${type}, which pg_upgrade does not carry over.`,
        })),
    ),
};
