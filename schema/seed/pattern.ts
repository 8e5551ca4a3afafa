// A text that fits a regular expression of the simple kind that CHECKs have: anchors, literals, classes, groups, counts.
import { between, pick, type Random } from './random.ts';

const letters = 'abcdefghijklmnopqrstuvwxyz';
const digits = '0123456789';
const escapes: Readonly<Record<string, string>> = { d: digits, w: `${letters}${digits}`, s: ' ' };

interface Piece {
  readonly make: (random: Random) => string;
}

/** Throws when the expression has what is not understood here. */
function readPieces(pattern: string, start: number): { alternatives: Piece[][]; end: number } {
  const alternatives: Piece[][] = [[]];
  let at = start;
  while (at < pattern.length && pattern[at] !== ')') {
    const char = pattern[at] ?? '';
    if (char === '|') {
      alternatives.push([]);
      at += 1;
      continue;
    }
    if (char === '^' || char === '$') {
      at += 1;
      continue;
    }
    const atom = readAtom(pattern, at);
    const { low, high, end } = readCount(pattern, atom.end);
    alternatives.at(-1)?.push({
      make: (random) => Array.from({ length: between(random, low, high) }, () => atom.make(random)).join(''),
    });
    at = end;
  }
  return { alternatives, end: at };
}

const oneOf =
  (alternatives: readonly Piece[][]) =>
  (random: Random): string =>
    pick(alternatives, random)
      .map(({ make }) => make(random))
      .join('');

function readAtom(pattern: string, start: number): Piece & { end: number } {
  const char = pattern[start] ?? '';
  if (char === '(') {
    const inner = pattern.startsWith('(?:', start) ? start + 3 : start + 1;
    if (pattern[inner] === '?') throw new Error('look-around');
    const { alternatives, end } = readPieces(pattern, inner);
    return { make: oneOf(alternatives), end: end + 1 };
  }
  if (char === '[') return readClass(pattern, start + 1);
  if (char === '.') return { make: (random) => pick([...letters], random), end: start + 1 };
  if (char === '\\') {
    const next = pattern[start + 1] ?? '';
    const set = escapes[next];
    if (set === undefined && /[A-Za-z0-9]/.test(next)) throw new Error(`escape ${next}`);
    return { make: (random) => (set === undefined ? next : pick([...set], random)), end: start + 2 };
  }
  return { make: () => char, end: start + 1 };
}

function readClass(pattern: string, start: number): Piece & { end: number } {
  const not = pattern[start] === '^';
  let at = not ? start + 1 : start;
  let set = '';
  while (at < pattern.length && (pattern[at] !== ']' || set === '')) {
    const char = pattern[at] ?? '';
    const to = pattern[at + 2] ?? '';
    if (char === '[') throw new Error('named class');
    if (char === '\\') {
      const next = pattern[at + 1] ?? '';
      set += escapes[next] ?? next;
      at += 2;
    } else if (pattern[at + 1] === '-' && to !== ']' && to !== '') {
      for (let code = char.charCodeAt(0); code <= to.charCodeAt(0); code++) set += String.fromCharCode(code);
      at += 3;
    } else {
      set += char;
      at += 1;
    }
  }
  const allowed = not ? [...letters].filter((char) => !set.includes(char)) : [...set];
  const usual = allowed.filter((char) => letters.includes(char) || digits.includes(char));
  return { make: (random) => pick(usual.length > 0 ? usual : allowed, random), end: at + 1 };
}

function readCount(pattern: string, start: number): { low: number; high: number; end: number } {
  const [whole = '', low = '', comma, high = ''] = /^\{(\d+)(,)?(\d*)\}/.exec(pattern.slice(start)) ?? [];
  if (whole !== '') {
    const least = Number(low);
    const most = comma === undefined ? least : Math.min(high === '' ? least + 8 : Number(high), Math.max(least, 12));
    return { low: least, high: most, end: start + whole.length };
  }
  const counts: Readonly<Record<string, readonly [number, number]>> = { '*': [0, 8], '+': [4, 10], '?': [0, 1] };
  const [least, most] = counts[pattern[start] ?? ''] ?? [1, 1];
  return { low: least, high: most, end: start + (counts[pattern[start] ?? ''] === undefined ? 0 : 1) };
}

/** Null where the pattern is beyond what is read here, or the result would not fit it. */
export function textFor(pattern: string, random: Random): string | null {
  try {
    const made = oneOf(readPieces(pattern, 0).alternatives)(random);
    return new RegExp(pattern).test(made) ? made : null;
  } catch {
    return null;
  }
}
