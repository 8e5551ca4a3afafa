// Types as `supabase gen types typescript` writes them, by the same generator; only the way to the database is ours.
import { generateTypescript, sortGeneratorMetadata } from '@supabase/postgrest-typegen/generation';
import { introspect } from '@supabase/postgrest-typegen/introspection';
import type { Session } from '../session.ts';
import { checkSchemas } from './check-schemas.ts';

export interface TypesOptions {
  /** Default `public`. */
  readonly schemas?: readonly string[];
  /** `--postgrest-v9-compat` of Supabase's command line: relationships without `isOneToOne`. */
  readonly postgrestV9?: boolean;
  /** As hosted projects have it in `__InternalSupabase`; left out by default, as for a local project. */
  readonly postgrestVersion?: string;
}

type Queryable = Parameters<typeof introspect>[0];

/** Rows as JSON, so that arrays, booleans and numbers arrive as what they are; one query at a time. */
function queryableOf(session: Session): Queryable {
  let last: Promise<unknown> = Promise.resolve();
  const ask = async (sql: string): Promise<{ rows: Record<string, unknown>[] }> => {
    const found = await session.rows(`select row_to_json(each) from (\n${sql}\n) as each`);
    return { rows: found.map(([row]) => JSON.parse(row ?? 'null') as Record<string, unknown>) }; // checked: row_to_json makes objects
  };
  return {
    query: (sql) => {
      const mine = last.then(() => ask(sql));
      last = mine.catch(() => {});
      return mine;
    },
  };
}

/**
 * The TypeScript text, formatted, with a line break at its end. Throws ToolError when a schema is not there or
 * this login has no rights on it.
 */
export async function supabaseTypes(session: Session, options: TypesOptions = {}): Promise<string> {
  const schemas = options.schemas ?? ['public'];
  await checkSchemas(session, schemas);
  const metadata = await introspect(queryableOf(session), { includedSchemas: [...schemas] });
  return await generateTypescript(sortGeneratorMetadata(metadata), {
    detectOneToOneRelationships: options.postgrestV9 !== true,
    ...(options.postgrestVersion === undefined ? {} : { postgrestVersion: options.postgrestVersion }),
  });
}
