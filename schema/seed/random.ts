// Numbers that depend on nothing but what they are asked for: the same seed, table, row and column give the same bits.

/** 32 bits of a text (FNV-1a). */
export function hashText(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  return hash >>> 0;
}

function chain(before: number, part: number): number {
  let hash = Math.imul(before ^ part, 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}

/** 32 well-mixed bits of up to four numbers (the finisher of MurmurHash3 over their chain). */
export const mix = (a: number, b = 0, c = 0, d = 0): number => chain(chain(chain(chain(0x9e3779b9, a), b), c), d) >>> 0;

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

const bytes: readonly string[] = Array.from({ length: 256 }, (_, byte) => (256 + byte).toString(16).slice(1));
const byte = (value: number): string => bytes[value & 255] ?? '';
const digit = (value: number): string => (bytes[value & 15] ?? '').slice(1);
/** Sixteen bits as four hexadecimal digits. By table: Number.toString(16) was a quarter of the whole time. */
const four = (value: number): string => byte(value >>> 8) + byte(value);

/** What every seeded uuid of a run begins with: `5eed` and the seed's number, so that one is known at a glance. */
export const uuidPrefix = (seed: number): string => `5eed${four(seed)}`;

/** The lowest and the highest uuid of a run. */
export const uuidRange = (seed: number): readonly [string, string] => [
  `${uuidPrefix(seed)}-0000-0000-0000-000000000000`,
  `${uuidPrefix(seed)}-ffff-ffff-ffff-ffffffffffff`,
];

/** A uuid of version 8: the run, the table, the row. Rows of a table sort in their order. */
export function uuidFor(seed: number, table: number, row: number, salt = 0): string {
  const high = Math.floor(row / 0x1000);
  const tail = mix(seed, table, row, salt);
  const rows = `${four(0x8000 | (high & 0xfff))}-${four(0x8000 | (row & 0xfff))}`;
  const last = digit(Math.floor(high / 0x1000)) + digit(salt >>> 8) + byte(salt) + four(tail >>> 16) + four(tail);
  return `${uuidPrefix(seed)}-${four(table)}-${rows}-${last}`;
}
