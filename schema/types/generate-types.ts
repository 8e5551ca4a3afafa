// The types of whatever a schema command can be given, in either shape, as text.
import { readCatalog } from '../catalog/read.ts';
import { openSubject } from '../diff/subject.ts';
import { checkSchemas } from './check-schemas.ts';
import { kyselyTypes } from './kysely-types.ts';
import { supabaseTypes, type TypesOptions } from './supabase-types.ts';

export interface GenerateTypesOptions extends TypesOptions {
  /** Interfaces for Kysely in place of the types of supabase-js. */
  readonly kysely?: boolean;
}

/**
 * TypeScript for a database, file, folder or pattern (see openSubject). Byte for byte what `supabase gen types typescript`
 * writes, or Kysely's interfaces. Throws ToolError, and writes nothing anywhere.
 */
export async function generateTypes(subject: string, options: GenerateTypesOptions = {}): Promise<string> {
  const { session } = await openSubject(subject);
  try {
    if (options.kysely !== true) return await supabaseTypes(session, options);
    const schemas = options.schemas ?? ['public'];
    await checkSchemas(session, schemas);
    return kyselyTypes(await readCatalog(session), schemas);
  } finally {
    await session.close();
  }
}
