// Numbers that depend on nothing but what they are asked for: the same seed, table, row and column give the same bits.

/** 32 bits of a text (FNV-1a). */
export function hashText(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  return hash >>> 0;
}

/** 32 well-mixed bits of up to four numbers (the finisher of MurmurHash3 over their chain). */
export function mix(a: number, b = 0, c = 0, d = 0): number {
  let hash = 0x9e3779b9;
  for (const part of [a, b, c, d]) {
    hash = Math.imul(hash ^ (part | 0), 0x85ebca6b);
    hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
    hash ^= hash >>> 16;
  }
  return hash >>> 0;
}

/** Uniform in [0, 1), one after the other (mulberry32). */
export type Random = () => number;

export function randomFrom(start: number): Random {
  let state = start | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let bits = Math.imul(state ^ (state >>> 15), 1 | state);
    bits = (bits + Math.imul(bits ^ (bits >>> 7), 61 | bits)) ^ bits;
    return ((bits ^ (bits >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** A whole number from `low` to `high`, both included. */
export const between = (random: Random, low: number, high: number): number =>
  low + Math.floor(random() * (high - low + 1));

/** One of a list that is not empty. */
export function pick<T>(list: readonly T[], random: Random): T {
  const found = list[Math.floor(random() * list.length)];
  if (found === undefined) throw new Error('picked from an empty list');
  return found;
}

/** The last `digits` hexadecimal digits of a whole number. */
const hex = (value: number, digits: number): string => (0x1_0000_0000 + (value >>> 0)).toString(16).slice(-digits);

/** What every seeded uuid of a run begins with: `5eed` and the seed's number, so that one is known at a glance. */
export const uuidPrefix = (seed: number): string => `5eed${hex(seed & 0xffff, 4)}`;

/** A uuid of version 8: the run, the table, the row. Rows of a table sort in their order. */
export function uuidFor(seed: number, table: number, row: number, salt = 0): string {
  const high = Math.floor(row / 0x1000);
  const tail = mix(seed, table, row, salt);
  return [
    uuidPrefix(seed),
    hex(table & 0xffff, 4),
    `8${hex(high & 0xfff, 3)}`,
    `8${hex(row & 0xfff, 3)}`,
    `${hex(Math.floor(high / 0x1000) & 0xf, 1)}${hex(salt & 0xfff, 3)}${hex(tail, 8)}`,
  ].join('-');
}
