// Reads pg_catalog: a query a kind, each answering with JSON in the shape of model.ts.
import { DatabaseError } from '../../core/database.ts';
import type { Session } from '../session.ts';
import type { Bucket, Catalog, Table, View } from './model.ts';
import { buckets, queries } from './queries.ts';

export interface ReadOptions {
  /** Only these schemas; default all but PostgreSQL's own. */
  readonly schemas?: readonly string[];
}

/** The whole catalog, read with an empty search path, which is put back. Throws DatabaseError when it cannot be read. */
export async function readCatalog(session: Session, options: ReadOptions = {}): Promise<Catalog> {
  const [path] = await session.rows(`select current_setting('search_path')`);
  await session.exec(`set search_path to ''`);
  try {
    const read = async (text: string): Promise<unknown> =>
      JSON.parse((await session.rows(text, [options.schemas ?? null]))[0]?.[0] ?? '{}');
    const columns = byOid<'columns'>(await read(queries.columns));
    const indexes = byOid<'indexes'>(await read(queries.indexes));
    const constraints = byOid<'constraints'>(await read(queries.constraints));
    const tables = (await read(queries.tables)) as Table[]; // checked: built so by the query, as all of these
    const views = (await read(queries.views)) as View[]; // checked: see above
    return {
      ...Object(await read(queries.whole)),
      tables: tables.map((table) => ({
        ...table,
        columns: columns[table.oid] ?? [],
        constraints: constraints[table.oid] ?? [],
        indexes: indexes[table.oid] ?? [],
      })),
      views: views.map((view) => ({ ...view, columns: columns[view.oid] ?? [], indexes: indexes[view.oid] ?? [] })),
      functions: await read(queries.functions),
      policies: await read(queries.policies),
      triggers: await read(queries.triggers),
      ...Object(await read(queries.types)),
      sequences: await read(queries.sequences),
      ...Object(await read(queries.uncommon)),
      ...(await readBuckets(session)),
    } as Catalog; // checked: queries.ts builds this shape, and read.test.ts compares it
  } finally {
    await session.rows(`select set_config('search_path', $1, false)`, [path?.[0] ?? '']);
  }
}

const byOid = <Part extends keyof Table>(value: unknown): Readonly<Record<number, Table[Part]>> =>
  value as Readonly<Record<number, Table[Part]>>; // checked: the query answers an object by oid

/** Buckets are rows, not catalog: a login may be without the right to them. */
async function readBuckets(session: Session): Promise<{ buckets: readonly Bucket[]; unreadable: readonly string[] }> {
  const [there] = await session.rows(
    `select has_schema_privilege(relnamespace, 'usage') and has_table_privilege(pg_class.oid, 'select')
     from pg_class
     join pg_namespace on pg_namespace.oid = relnamespace
     where nspname = 'storage' and relname = 'buckets'`,
  );
  if (there === undefined) return { buckets: [], unreadable: [] };
  const refused = { buckets: [], unreadable: ['storage.buckets: this login may not select from it'] };
  if (there[0] !== 't') return refused;
  try {
    const [row] = await session.rows(buckets);
    return { buckets: JSON.parse(row?.[0] ?? '[]') as readonly Bucket[], unreadable: [] }; // checked: built so by the query
  } catch (error) {
    if (error instanceof DatabaseError) return refused;
    throw error;
  }
}
