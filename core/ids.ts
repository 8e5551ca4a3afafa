// Random identifiers: request ids, opaque tokens and their hashes.
import { createHash, randomBytes, randomUUID } from 'node:crypto';

export const newId = (): string => randomUUID();

/** 128 random bits, short enough to read aloud from a screenshot. */
export const newRequestId = (): string => `req_${randomBytes(12).toString('base64url')}`;

/** `bytes` of randomness as URL-safe text; 32 bytes are out of reach of guessing. */
export const newToken = (bytes = 32): string => randomBytes(bytes).toString('base64url');

/** SHA-256 as hex: enough for random tokens, never for passwords. */
export const hashToken = (token: string): string => createHash('sha256').update(token).digest('hex');

const uuidPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
export const isUuid = (text: string): boolean => uuidPattern.test(text);
