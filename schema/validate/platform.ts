// Which schemas are the platform's own: what stands in them is Supabase's to mend, unless the text under check put it there.

const platformSchemas: ReadonlySet<string> = new Set([
  'auth',
  'storage',
  'extensions',
  'realtime',
  '_realtime',
  'vault',
  'cron',
  'net',
  'graphql',
  'graphql_public',
  'pgmq',
  'pgsodium',
  'pgsodium_masks',
  'pgbouncer',
  'pgtle',
  'pgboss',
  'repack',
  'tiger',
  'tiger_data',
  'topology',
  'timescaledb_information',
  '_timescaledb_catalog',
  '_timescaledb_config',
  '_timescaledb_internal',
  '_analytics',
  'supabase_functions',
  'supabase_migrations',
  'net_internal',
]);

/** The schema of an identity: `public` for `index public.i` and for `public.t policy "p"`; null for a schema or an extension. */
export function schemaOf(object: string): string | null {
  if (/^(?:schema|extension|role|bucket|database) /.test(object)) return null;
  const name = object.replace(/^(?:index|type|sequence) /, '');
  return name.includes('.') ? name.slice(0, name.indexOf('.')) : null;
}

export const isPlatform = (schema: string): boolean =>
  platformSchemas.has(schema) || /^(?:information_schema|pg_|_?supabase|tiger|pgmq)/.test(schema);
