// Refuses schemas that are not there or that this login may not look into: an empty answer would look like an empty schema.
import { type Session, ToolError } from '../session.ts';

const listNames = (names: readonly string[]): string => names.map((name) => `"${name}"`).join(', ');

/** Throws ToolError: one sentence that names the schemas. */
export async function checkSchemas(session: Session, schemas: readonly string[]): Promise<void> {
  if (schemas.length === 0) throw new ToolError('No schema is named: give one or more, parted by commas.');
  const found = await session.rows(
    `select nspname, has_schema_privilege(oid, 'usage')::text, current_user::text
     from pg_namespace
     where nspname = any ($1::text[])`,
    [schemas],
  );
  const there = new Map(found.map(([name, allowed]) => [name, allowed === 'true']));
  const missing = schemas.filter((name) => !there.has(name));
  if (missing.length > 0)
    throw new ToolError(`There is no schema ${listNames(missing)} in this database. ${await whichSchemas(session)}`);
  const closed = schemas.filter((name) => there.get(name) === false);
  if (closed.length > 0)
    throw new ToolError(
      `The login "${found[0]?.[2] ?? ''}" has no right to use schema ${listNames(closed)}: grant it USAGE, or use another login.`,
    );
}

async function whichSchemas(session: Session): Promise<string> {
  const rows = await session.rows(
    `select nspname from pg_namespace where nspname !~ '^pg_' and nspname <> 'information_schema' order by nspname`,
  );
  return `It has: ${rows.map(([name]) => name).join(', ')}.`;
}
