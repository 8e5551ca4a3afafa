// Search functions of a running database, each called once with a zero vector: the catalog does not know the dimension of an
// argument, and a function that compares vectors of two dimensions fails only when there is a row. Nothing is written.
import { DatabaseError } from '../../core/database.ts';
import type { Argument, Catalog, Routine } from '../catalog/model.ts';
import { quoteName } from '../quote.ts';
import type { Session } from '../session.ts';
import { type Distance, searchesOf } from './rules/vectors-searches.ts';

export interface FailedSearch {
  /** `public.f(vector, integer)`. */
  readonly object: string;
  readonly message: string;
}

/** What only a call could tell: other failures (a missing right, a null that is refused) say nothing of dimensions. */
const ofDimensions = /different (?:vector|halfvec) dimensions|expected \d+ dimensions, not \d+/;

/** In a read-only transaction that is rolled back, two seconds each. Functions that write or send are not called. */
export async function trySearches(session: Session, catalog: Catalog): Promise<readonly FailedSearch[]> {
  const failed: FailedSearch[] = [];
  const tried = new Set<Routine>();
  for (const { body, distance } of searchesOf(catalog)) {
    const { routine } = body;
    if (routine === null || routine.kind !== 'function' || tried.has(routine)) continue;
    tried.add(routine);
    if (/\b(insert|update|delete|truncate|notify|dblink|nextval|http\w*)\b|\bnet\./i.test(routine.body)) continue;
    const message = await attempt(session, routine, distance);
    if (message !== null) failed.push({ object: body.object, message });
  }
  return failed;
}

async function attempt(session: Session, routine: Routine, distance: Distance): Promise<string | null> {
  await session.exec("begin transaction read only; set local statement_timeout = '2s'");
  try {
    const dimension = await dimensionOf(session, distance);
    if (dimension === null) return null;
    const values = routine.arguments
      .filter(({ mode, hasDefault }) => !hasDefault && (mode === 'in' || mode === 'inout'))
      .map((argument) => sample(argument, dimension));
    await session.exec(
      `select from ${quoteName(routine.schema)}.${quoteName(routine.name)}(${values.join(', ')}) limit 1`,
    );
    return null;
  } catch (error) {
    if (!(error instanceof DatabaseError)) throw error;
    return ofDimensions.exec(error.message)?.[0] ?? null;
  } finally {
    await session.exec('rollback');
  }
}

/** As declared; else that of some row. Null where there is none. */
async function dimensionOf(session: Session, { table, column }: Distance): Promise<number | null> {
  if (column.typmod > 0) return column.typmod;
  const name = `${quoteName(table.schema)}.${quoteName(table.name)}`;
  const [row] = await session.rows(
    `select length(${quoteName(column.name)}::text) - length(replace(${quoteName(column.name)}::text, ',', '')) + 1
     from ${name} where ${quoteName(column.name)} is not null limit 1`,
  );
  return row?.[0] === undefined || row[0] === null ? null : Number(row[0]);
}

function sample({ type }: Argument, dimension: number): string {
  if (/(^|\.)"?(vector|halfvec)"?$/.test(type)) return `array_fill(0::real, array[${dimension}])::${type}`;
  if (/^(smallint|integer|bigint|numeric|real|double precision)$/.test(type)) return `1::${type}`;
  if (/^(text|character varying)$/.test(type)) return `''::${type}`;
  if (/^jsonb?$/.test(type)) return `'{}'::${type}`;
  return `null::${type}`;
}
