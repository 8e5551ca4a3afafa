// Readers for what the server sends: each checks an unknown value and answers it typed. Unknown fields are ignored.

export type Read<T> = (value: unknown, at?: string) => T;
export type Shape<R> = R extends Read<infer T> ? T : never;

function refuse(at: string, expected: string): never {
  throw new TypeError(`The server's answer has no ${expected} at ${at}.`);
}

export const text: Read<string> = (value, at = 'answer') => (typeof value === 'string' ? value : refuse(at, 'text'));

export const count: Read<number> = (value, at = 'answer') => (typeof value === 'number' ? value : refuse(at, 'number'));

export const flag: Read<boolean> = (value, at = 'answer') =>
  typeof value === 'boolean' ? value : refuse(at, 'yes or no');

export const anything: Read<unknown> = (value) => value;

/** Null, and a field that is missing, both become null. */
export function maybe<T>(read: Read<T>): Read<T | null> {
  return (value, at) => (value === null || value === undefined ? null : read(value, at));
}

/** A field that is missing takes the value given here. */
export function or<T>(read: Read<T>, otherwise: T): Read<T> {
  return (value, at) => (value === null || value === undefined ? otherwise : read(value, at));
}

export function oneOf<const T extends string>(...values: T[]): Read<T> {
  return (value, at = 'answer') => values.find((known) => known === value) ?? refuse(at, `one of ${values.join(', ')}`);
}

export function list<T>(read: Read<T>): Read<T[]> {
  return (value, at = 'answer') => {
    if (!Array.isArray(value)) return refuse(at, 'list');
    return value.map((item, index) => read(item, `${at}[${index}]`));
  };
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function record<S extends Record<string, Read<unknown>>>(fields: S): Read<{ [K in keyof S]: Shape<S[K]> }> {
  return (value, at = 'answer') => {
    if (!isObject(value)) return refuse(at, 'object');
    const entries = Object.entries(fields).map(([name, read]) => [name, read(value[name], `${at}.${name}`)]);
    // Every field was read by its own reader one line above, which is what the type says.
    return Object.fromEntries(entries) as { [K in keyof S]: Shape<S[K]> };
  };
}

/** Some fields of what the contract calls W; a reader that no longer fits its field does not compile. */
export const part =
  <W>() =>
  <K extends keyof W & string>(fields: { [N in K]: Read<W[N]> }): Read<{ [N in K]: W[N] }> =>
    record(fields);

export type Page<T> = { data: T[]; next_cursor: string | null };

export function page<T>(read: Read<T>): Read<Page<T>> {
  return record({ data: list(read), next_cursor: maybe(text) });
}
