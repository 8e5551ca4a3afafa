// Random identifiers: request ids, opaque tokens and their hashes.
import { hash, randomBytes, randomFillSync, randomUUID } from 'node:crypto';

export const newId = (): string => randomUUID();

/** Asking the system for randomness costs as much as parsing a request: it is asked for a hundred ids at a time. */
const idBytes = 12;
const drawn = Buffer.alloc(100 * idBytes);
let used = drawn.length;

/** 96 random bits, short enough to read aloud from a screenshot. */
export function newRequestId(): string {
  if (used === drawn.length) {
    randomFillSync(drawn);
    used = 0;
  }
  used += idBytes;
  return `req_${drawn.toString('base64url', used - idBytes, used)}`;
}

/** `bytes` of randomness as URL-safe text; 32 bytes are out of reach of guessing. */
export const newToken = (bytes = 32): string => randomBytes(bytes).toString('base64url');

/** SHA-256 as hex: enough for random tokens, never for passwords. */
export const hashToken = (token: string): string => hash('sha256', token);

const uuidPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
export const isUuid = (text: string): boolean => uuidPattern.test(text);
