// What Supabase, Loam's jobs or a migrator make and change themselves, by name.

/** Schemas that are not compared. */
export const managed: ReadonlySet<string> = new Set(
  `auth storage extensions realtime _realtime vault graphql graphql_public net cron pgbouncer pgsodium pgsodium_masks pgmq
   supabase_functions supabase_migrations _analytics _supavisor pgtle tiger topology pgboss loam_partitions`.split(
    /\s+/,
  ),
);

/** In these, what users put on the platform's tables counts: policies, triggers, rights of their own roles. */
export const built: ReadonlySet<string> = new Set(['auth', 'storage', 'realtime']);

const platformRole =
  /^(public|anon|authenticated|service_role|authenticator|postgres|dashboard_user|pgbouncer|pgsodium\w*|supabase_\w+|pg_\w+)$/;
export const isPlatformRole = (role: string): boolean => platformRole.test(role);

/** Those that the platform lets into `public`. A hook of Supabase Auth needs the right for supabase_auth_admin, so that counts. */
const atHome = /^(public|anon|authenticated|service_role|postgres|dashboard_user|supabase_admin|pg_\w+)$/;
export const isAtHome = (role: string): boolean => atHome.test(role);

const extensions = new Set(
  'plpgsql pg_graphql supabase_vault pg_stat_statements pgcrypto uuid-ossp pgjwt pg_net pgsodium pg_tle'.split(' '),
);
export const isPlatformExtension = (name: string): boolean => extensions.has(name);

/** Wrappers that an extension of the same name brings. */
const wrappers = new Set(['postgres_fdw', 'file_fdw', 'dblink_fdw']);
export const isExtensionWrapper = (name: string): boolean => wrappers.has(name);
