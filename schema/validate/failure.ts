// A statement that was not applied: what PostgreSQL said, where, and what else failed because of it.
import type { DatabaseError } from '../../core/database.ts';
import type { Place, Statement } from './source.ts';

export interface Failure extends Place {
  /**
   * syntax, schema: part of the schema is missing, so rules of the catalog saw only the rest. data: rows or calls, the schema
   * is whole. unavailable: an extension or service that a scratch database cannot have.
   */
  readonly kind: 'syntax' | 'schema' | 'data' | 'unavailable';
  readonly message: string;
  readonly text: string;
  /** The earlier failure that this one follows from. */
  readonly cause: Place | null;
  readonly sqlState?: string;
  readonly makes?: readonly string[];
}

const dataKinds = new Set([
  'InsertStmt',
  'UpdateStmt',
  'DeleteStmt',
  'SelectStmt',
  'MergeStmt',
  'CallStmt',
  'VacuumStmt',
  'RefreshMatViewStmt',
]);
/** undefined table, function, object, column, schema; invalid schema name. */
const missing = new Set(['42P01', '42883', '42704', '42703', '3F000', '42P02']);

/** What the types of stand-ins cannot do, and objects of the platform that nothing stands in for. */
const beyondScratch = [
  /^foreign-data wrapper ".*" (?:has no handler|does not support IMPORT FOREIGN SCHEMA)/,
  /data type (?:extensions\.)?(?:geography|geometry) has no default operator class|\bst_\w+\(.*\) does not exist/,
  /^(?:relation|function|type|operator|schema)? ?"?(?:auth|storage|_?realtime|vault|cron|net|graphql|graphql_public|supabase_functions|_?supabase\w*|pgsodium|pgmq|pgbouncer|tiger|topology)(?:\.|").*does not exist/,
];

/** A dump says again what extensions grant by themselves, also those that nothing stands in for. */
const ofExtension = /^(?:function|relation|type) "?extensions"?\..* does not exist/;

const nameOf = (object: string): string =>
  object.replace(/^\w+ /, '').replace(/\(.*/, '').split(' ')[0]?.split('.').at(-1) ?? '';

export function failureOf(
  statement: Statement,
  error: DatabaseError,
  earlier: readonly Failure[],
  unavailable: ReadonlySet<string>,
): Failure {
  const makes = statement.touches.filter(({ does }) => does === 'make').map(({ object }) => object);
  const cause = missing.has(error.sqlState)
    ? earlier.find((failure) => (failure.makes ?? []).some((object) => mentions(error.message, nameOf(object))))
    : undefined;
  const kind =
    statement.kind === 'CreateExtensionStmt' ||
    (statement.kind === 'GrantStmt' && ofExtension.test(error.message)) ||
    cause?.kind === 'unavailable' ||
    beyondScratch.some((each) => each.test(error.message))
      ? 'unavailable'
      : [...unavailable].some(
            (name) => mentions(statement.text, name) || (missing.has(error.sqlState) && belongsTo(name, error.message)),
          )
        ? 'unavailable'
        : dataKinds.has(statement.kind)
          ? 'data'
          : 'schema';
  const position = error.position === undefined ? 0 : Number(error.position) - 1;
  return {
    ...placeIn(statement, position),
    kind,
    message: error.message,
    text: statement.text,
    cause: cause ?? null,
    sqlState: error.sqlState,
    makes,
  };
}

const mentions = (message: string, name: string): boolean =>
  name !== '' && new RegExp(`(?<![\\w])${name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}(?![\\w])`, 'i').test(message);

/** What extensions without a stand-in bring, by the first letters of their names. */
const prefixes: Readonly<Record<string, RegExp>> = {
  timescaledb: /hypertable|time_bucket|timescale|compress/i,
  postgis: /st_|geometr|geograph/i,
  pg_partman: /partman/i,
  plv8: /plv8/i,
  plpython3u: /plpython/i,
  vectorscale: /diskann/i,
  pg_search: /bm25|paradedb/i,
  pgroonga: /pgroonga/i,
  pg_hashids: /id_encode|id_decode/i,
  rum: /rum/i,
  citext: /citext/i,
};
const belongsTo = (extension: string, message: string): boolean => prefixes[extension]?.test(message) ?? false;

function placeIn(statement: Statement, character: number): Place {
  const before = statement.text.slice(0, Math.max(0, character)).split('\n');
  const line = statement.line + before.length - 1;
  const column = (before.length === 1 ? statement.column : 1) + (before.at(-1)?.length ?? 0);
  return { file: statement.file, line, column };
}
