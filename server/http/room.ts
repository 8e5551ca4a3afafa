// What every room's routes are made of: a Hono app that knows who asks, parses at the border and answers one error shape.

import type { HttpBindings } from '@hono/node-server';
import { OpenAPIHono, z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import type { Claims } from '../../core/database.ts';
import { AppError } from '../../core/errors.ts';
import type { Log } from '../../core/log.ts';

/** Who asks, as verified: a signed-in session, or an API key acting for its owner within its scopes. */
export interface Who {
  readonly claims: Claims;
  readonly via: 'session' | 'api_key';
  readonly keyId: string | null;
  /** Empty means everything the owner may do. */
  readonly scopes: readonly string[];
}

export interface RoomEnv {
  Bindings: HttpBindings;
  Variables: { requestId: string; log: Log; who: Who | null };
}
export type Room = OpenAPIHono<RoomEnv>;
export type RoomContext = Context<RoomEnv>;

/** An empty room. A request that fails its schema is refused as `invalid_request` with the fields that are wrong. */
export function createRoom(): Room {
  return new OpenAPIHono<RoomEnv>({
    defaultHook: (result) => {
      if (!result.success)
        throw invalidRequest(
          result.error,
          result.target === 'json' || result.target === 'form' ? 'body' : result.target,
        );
    },
  });
}

/** Of a choice of shapes, what is wrong with the one that fits best: "no shape fits" helps nobody. */
function closestArm(issue: z.core.$ZodIssue): readonly z.core.$ZodIssue[] {
  if (issue.code !== 'invalid_union') return [issue];
  const [closest] = issue.errors.toSorted((a, b) => a.length - b.length);
  if (closest === undefined) return [issue];
  return closest.flatMap(closestArm).map((inner) => ({ ...inner, path: [...issue.path, ...inner.path] }));
}

/** A request can be wrong in a hundred thousand places; nobody reads more than these. */
const mostProblems = 20;
const longestProblem = 300;

export function invalidRequest(error: z.ZodError, where = 'body'): AppError {
  const details = error.issues
    .slice(0, mostProblems)
    .flatMap(closestArm)
    .slice(0, mostProblems)
    .map((issue) => ({
      field: issue.path.length === 0 ? where : issue.path.map(String).join('.').slice(0, longestProblem),
      problem: issue.message.slice(0, longestProblem),
    }));
  return new AppError('invalid_request', { details });
}

/** The verified caller; throws `not_signed_in`. Every route that touches data begins with it. */
export function signedIn(c: RoomContext): Who {
  const who = c.get('who');
  if (who === null) throw new AppError('not_signed_in');
  return who;
}

/** As signedIn, and the caller must have come with a session: API keys may not manage accounts or other keys. */
export function sessionOnly(c: RoomContext): Who {
  const who = signedIn(c);
  if (who.via !== 'session') throw new AppError('forbidden', { hint: 'Sign in; an API key cannot do this.' });
  return who;
}

/** `?limit=&cursor=` of every list. */
export const pageQuery = z.object({
  limit: z.coerce.number().int().min(1).max(100).default(30),
  cursor: z.string().max(200).optional(),
});

/** The body of every list. */
export const listOf = <T extends z.ZodType>(item: T, name: string) =>
  z.object({ data: z.array(item), next_cursor: z.string().nullable() }).openapi(name);

export const idParam = z.object({ id: z.uuid() });

export const errorResponse = z
  .object({
    error: z.object({
      code: z.string(),
      message: z.string(),
      hint: z.string().optional(),
      details: z.unknown().optional(),
      request_id: z.string(),
    }),
  })
  .openapi('Error');

/** Response entries for a route: its success, and the one error shape for all else. */
export const errors = {
  default: { description: 'An error.', content: { 'application/json': { schema: errorResponse } } },
} as const;
export const jsonOf = <T extends z.ZodType>(schema: T, description: string) => ({
  description,
  content: { 'application/json': { schema } },
});

/** A cursor is the position of the last row as JSON in base64url; it carries no rights. */
export function encodeCursor(position: readonly (string | number)[]): string {
  return Buffer.from(JSON.stringify(position)).toString('base64url');
}
export function decodeCursor<T extends z.ZodType>(cursor: string | undefined, shape: T): z.infer<T> | null {
  if (cursor === undefined) return null;
  try {
    return shape.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString()));
  } catch (cause) {
    throw new AppError('invalid_cursor', { cause });
  }
}
