// A statement is static text beside its types. Values travel as text in both directions, so both drivers share one
// serialiser and one parser: tokens (int8) as number, money (numeric) as decimal string, time as ISO 8601 text.

/** Types of PostgreSQL that the server uses. `?` behind a column's or parameter's type means that it may be null. */
interface TypeMap {
  uuid: string;
  text: string;
  bool: boolean;
  int2: number;
  int4: number;
  int8: number;
  float4: number;
  float8: number;
  numeric: string;
  timestamptz: string;
  date: string;
  jsonb: unknown;
  bytea: Uint8Array;
  'uuid[]': readonly string[];
  'text[]': readonly string[];
  'int4[]': readonly number[];
  'float4[]': readonly number[];
  void: null;
}
export type SqlType = keyof TypeMap;
type Nullable = SqlType | `${SqlType}?`;
/** A jsonb column whose shape the statement itself determines. */
export interface JsonType<T> {
  readonly type: 'jsonb' | 'jsonb?';
  readonly shape?: T;
}
export type ColumnType = Nullable | JsonType<unknown>;

type Value<T> =
  T extends JsonType<infer S>
    ? S
    : T extends `${infer B}?`
      ? (B extends SqlType ? TypeMap[B] : never) | null
      : T extends SqlType
        ? TypeMap[T]
        : never;
export type RowOf<C extends Record<string, ColumnType>> = { readonly [K in keyof C]: Value<C[K]> };

/** Marks a jsonb column with the shape that the statement builds. */
export function json<T>(): JsonType<T> {
  return { type: 'jsonb' };
}
export function jsonOrNull<T>(): JsonType<T | null> {
  return { type: 'jsonb?' };
}

/** What a statement needs of the database beyond its pattern; looked up before it is run or tested. */
export type Feature = 'vectors';

interface StatementSource<P extends Record<string, Nullable>, C extends Record<string, ColumnType>> {
  /** Unique in the whole server; the name of the prepared statement. Changes with the text. */
  readonly name: string;
  /** Static SQL; `$1` is the first key of `params`, and so on. */
  readonly text: string;
  readonly params?: P;
  readonly columns?: C;
  readonly needs?: readonly Feature[];
}

/** A statement with its values: what a driver sends. */
export interface BoundQuery<R = unknown> {
  readonly statement: AnyStatement;
  readonly values: readonly (string | null)[];
  /** Carries the row type; never present at run time. */
  readonly row?: R;
}

export interface AnyStatement {
  readonly name: string;
  readonly text: string;
  readonly paramTypes: readonly Nullable[];
  readonly columnTypes: readonly (readonly [name: string, type: Nullable])[];
  readonly needs: readonly Feature[];
}

type Bind<P extends Record<string, Nullable>, R> = keyof P extends never
  ? () => BoundQuery<R>
  : (params: { readonly [K in keyof P]: Value<P[K]> }) => BoundQuery<R>;
export type Statement<P extends Record<string, Nullable>, C extends Record<string, ColumnType>> = Bind<P, RowOf<C>> & {
  readonly source: AnyStatement;
};
/** The row type of a statement: `Row<typeof listConversations>`. */
export type Row<S> = S extends (...args: never[]) => BoundQuery<infer R> ? R : never;

const registry = new Map<string, AnyStatement>();
/** Every statement of every module loaded so far; the test that prepares them all walks this. */
export const allStatements = (): readonly AnyStatement[] => [...registry.values()];

// biome-ignore lint/complexity/noBannedTypes: {} is "no parameters", which `keyof P extends never` recognises.
export function statement<P extends Record<string, Nullable> = {}, C extends Record<string, ColumnType> = {}>(
  source: StatementSource<P, C>,
): Statement<P, C> {
  const entries = Object.entries(source.params ?? {});
  const compiled: AnyStatement = {
    name: source.name,
    text: source.text,
    paramTypes: entries.map(([, type]) => type),
    columnTypes: Object.entries(source.columns ?? {}).map(([name, type]) => [
      name,
      typeof type === 'string' ? type : type.type,
    ]),
    needs: source.needs ?? [],
  };
  const other = registry.get(source.name);
  if (other !== undefined && other.text !== source.text) throw new Error(`two statements are named ${source.name}`);
  registry.set(source.name, compiled);
  const bind = (params: Record<string, unknown> = {}): BoundQuery<RowOf<C>> => ({
    statement: compiled,
    values: entries.map(([key, type]) => encode(type, params[key])),
  });
  return Object.assign(bind, { source: compiled }) as Statement<P, C>; // checked: bind has the shape that Bind<P, C> describes
}

const baseType = (type: Nullable): SqlType => (type.endsWith('?') ? type.slice(0, -1) : type) as SqlType; // checked by Nullable

function encodeArrayItem(item: unknown): string {
  if (item === null) return 'NULL';
  return typeof item === 'string' ? `"${item.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"` : String(item);
}

/** A value as PostgreSQL's text form; undefined counts as null. */
export function encode(type: Nullable, value: unknown): string | null {
  if (value === null || value === undefined) return null;
  const base = baseType(type);
  if (base === 'jsonb') return JSON.stringify(value);
  if (base === 'bytea') return `\\x${Buffer.from(value as Uint8Array).toString('hex')}`; // checked by TypeMap
  if (Array.isArray(value)) return `{${value.map(encodeArrayItem).join(',')}}`;
  return String(value);
}

/** `2026-11-21 00:36:01.123+00` as `2026-11-21T00:36:01.123Z`. The session's time zone is always UTC. */
const isoTime = (text: string): string => text.replace(' ', 'T').replace(/\+00(:00)?$/, 'Z');

function decodeArray(text: string, item: (text: string) => unknown): unknown[] {
  const items: unknown[] = [];
  const pattern = /"((?:[^"\\]|\\.)*)"|([^,{}]+)/g;
  for (const [, quoted, plain] of text.matchAll(pattern)) {
    if (quoted !== undefined) items.push(item(quoted.replace(/\\(.)/g, '$1')));
    else items.push(plain === 'NULL' ? null : item(plain ?? ''));
  }
  return items;
}

const identity = (text: string): string => text;
/** A count beyond 2^53 would be rounded without a word. */
function safeInteger(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new RangeError(`${text} does not fit into a number`);
  return value;
}
const decoders: Record<SqlType, (text: string) => unknown> = {
  uuid: identity,
  text: identity,
  numeric: identity,
  date: identity,
  bool: (text) => text === 't',
  int2: Number,
  int4: Number,
  int8: safeInteger,
  float4: Number,
  float8: Number,
  timestamptz: isoTime,
  jsonb: (text) => JSON.parse(text) as unknown,
  bytea: (text) => new Uint8Array(Buffer.from(text.slice(2), 'hex')),
  'uuid[]': (text) => decodeArray(text, identity),
  'text[]': (text) => decodeArray(text, identity),
  'int4[]': (text) => decodeArray(text, Number),
  'float4[]': (text) => decodeArray(text, Number),
  void: () => null,
};

/** Turns the text fields of one result into rows of the statement's type. */
export function decodeRows(
  of: AnyStatement,
  fields: readonly (readonly (string | null)[])[],
): Record<string, unknown>[] {
  const columns = of.columnTypes.map(([name, type]) => [name, decoders[baseType(type)]] as const);
  return fields.map((values) => {
    const row: Record<string, unknown> = {};
    for (const [index, [name, decode]] of columns.entries()) {
      const text = values[index] ?? null;
      row[name] = text === null ? null : decode(text);
    }
    return row;
  });
}
