// One row of a user in every table, made from the catalog, so that a table of tomorrow has one too. All its keys are one
// uuid: the user's, the conversation's, the document's. So any parameter that asks for an id can be given that one.
import type { PGlite } from '@electric-sql/pglite';

interface Column {
  readonly table: string;
  readonly name: string;
  readonly type: string;
  readonly required: boolean;
  readonly checks: string;
}

/** Where the catalog does not tell what a value must look like: SQL, `$user` and `$mark` stand for the row's own. */
const special: Readonly<Record<string, string>> = {
  'auth.users.email': `'$mark@example.com'`,
  'user_profiles.email': `'$mark@example.com'`,
  'chunk_embeddings.embedding': `'[1,0,0]'`,
  'message_embeddings.embedding': `'[1,0,0]'`,
  'user_follows.following_id': 'gen_random_uuid()',
  'evaluations.models': `array['$mark']`,
  'document_chunks.end_offset': '6',
  'chunk_embeddings.dimensions': '3',
  'message_embeddings.dimensions': '3',
  'notifications.link': `'/'`,
  'invitations.email': `'$mark@example.com'`,
  'budgets.limit_usd': '1',
  'usage_quotas.role': 'null',
  'response_cache.request_hash': `repeat('0', 64)`,
  'response_cache_embeddings.embedding': `'[1,0,0]'`,
  'response_cache_embeddings.dimensions': '3',
  'prompt_templates.search': `''`,
  'prompt_templates.is_published': 'false',
  'storage.objects.name': `'$user/$mark.txt'`,
  'storage.objects.bucket_id': `'documents'`,
  'documents.processing_status': `'completed'`,
  'messages.status': `'completed'`,
  'documents.storage_path': `'$user/$mark.txt'`,
};
/** Left empty: a filled one would hide the row, make a circle, or put it into an organization. */
const leftEmpty =
  /^(deleted_at|revoked_at|purge_after|ended_at|parent_id|reply_to_id|organization_id|stop_requested_at|banned_until|not_after)$/;
/** Not anybody's: the installation's own. */
const notSeeded =
  /^(rate_limits|achievements|loam\.|file_type_configs|models$|model_|experiments|provider_keys|storage\.buckets|auth\.)/;

function literalOf({ table, name, type, required, checks }: Column): string | null {
  const known = special[`${table}.${name}`];
  if (known !== undefined) return known;
  if (leftEmpty.test(name) && !required) return null;
  if (type === 'uuid') return `'$user'`;
  if (type === 'uuid[]') return `array['$user'::uuid]`;
  const allowed = /= ANY \(ARRAY\['([^']*)'/.exec(checks)?.[1] ?? /= '([^']*)'/.exec(checks)?.[1];
  if (/^(text|character varying.*|name)$/.test(type)) return allowed === undefined ? `'$mark'` : `'${allowed}'`;
  if (!required) return null;
  if (/^(integer|bigint|smallint|numeric|real|double)/.test(type)) return '1';
  if (type === 'jsonb') return checks.includes(`'array'`) ? `'[]'` : `'{}'`;
  if (type.startsWith('timestamp') || type === 'date') return 'now()';
  if (type === 'boolean') return 'false';
  if (type === 'regconfig') return `'english'`;
  if (type === 'text[]') return `'{}'`;
  return null;
}

/** Tables that hold what belongs to somebody. */
export async function personalTables(engine: PGlite): Promise<readonly string[]> {
  const { rows } = await engine.query<{ name: string }>(
    `select oid::regclass::text as name from pg_class
     where relkind in ('r', 'p') and not relispartition and relnamespace::regnamespace::text in ('public', 'storage') order by oid`,
  );
  return rows.map(({ name }) => name).filter((name) => !notSeeded.test(name));
}

/** `mark` is a word that stands in every text of the rows and nowhere else. */
export async function seedRows(engine: PGlite, user: string, mark: string): Promise<void> {
  const { rows: columns } = await engine.query<Column>(
    `select attrelid::regclass::text as "table", attname as name, format_type(atttypid, atttypmod) as type,
       attnotnull and not atthasdef as required,
       coalesce((
         select string_agg(pg_get_constraintdef(k.oid), ' ') from pg_constraint k
         where contype = 'c' and conrelid = attrelid and conkey = array[attnum]
       ), '') as checks
     from pg_attribute
     where attnum > 0 and not attisdropped and attgenerated = '' and attidentity = ''`,
  );
  // Neither triggers nor foreign keys: each table gets its row by itself.
  await engine.exec(`set session_replication_role = replica`);
  for (const table of ['auth.users', ...(await personalTables(engine))]) {
    const filled = columns.flatMap((column) => {
      const value = column.table === table ? literalOf(column) : null;
      return value === null ? [] : [[column.name, value.replaceAll('$user', user).replaceAll('$mark', mark)] as const];
    });
    const [names, values] = [
      filled.map(([name]) => `"${name}"`).join(', '),
      filled.map(([, value]) => value).join(', '),
    ];
    await engine.exec(`insert into ${table} (${names}) values (${values})`).catch((error: Error) => {
      throw new Error(`${table} cannot be seeded (${error.message}): say in seed-rows.ts what its columns look like`);
    });
  }
  await engine.exec(`set session_replication_role = origin`);
}
