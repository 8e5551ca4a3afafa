// From bytes, as the parser counts, to characters, lines and columns, as people do.
import type { Place } from './source.ts';

export class Places {
  readonly #file: string;
  readonly #text: string;
  readonly #lines: readonly number[];
  /** Byte offset of each character, where the text is more than ASCII. */
  readonly #bytes: Uint32Array | null;

  constructor(file: string, text: string) {
    this.#file = file;
    this.#text = text;
    const lines = [0];
    for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) lines.push(at + 1);
    this.#lines = lines;
    this.#bytes = Buffer.byteLength(text) === text.length ? null : byteOffsets(text);
  }

  /** The character that begins at this byte, or after it. */
  character(byte: number): number {
    return this.#bytes === null ? byte : lowest(this.#bytes, byte);
  }

  byte(character: number): number {
    return this.#bytes?.[character] ?? character;
  }

  at(character: number): Place {
    const after = lowest(this.#lines, character + 1);
    const start = this.#lines[after - 1] ?? 0;
    return { file: this.#file, line: after, column: character - start + 1 };
  }

  line(number: number): string {
    const start = this.#lines[number - 1];
    if (start === undefined) return '';
    return this.#text.slice(start, this.#lines[number] ?? this.#text.length).replace(/\r?\n$/, '');
  }
}

/** The first index whose value is not below `wanted`. */
function lowest(sorted: ArrayLike<number>, wanted: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] ?? 0) < wanted) low = middle + 1;
    else high = middle;
  }
  return low;
}

function byteOffsets(text: string): Uint32Array {
  const offsets = new Uint32Array(text.length + 1);
  let bytes = 0;
  for (let at = 0; at < text.length; at++) {
    offsets[at] = bytes;
    const code = text.charCodeAt(at);
    const high = code >= 0xd800 && code < 0xdc00;
    if (high) bytes += 4;
    else if (code < 0xdc00 || code > 0xdfff) bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : 3;
  }
  offsets[text.length] = bytes;
  return offsets;
}
