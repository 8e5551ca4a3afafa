// What happens to every request before and after its room: an id, headers that bind the browser, one line in the log.
import type { MiddlewareHandler } from 'hono';
import { AppError } from '../../core/errors.ts';
import { newRequestId } from '../../core/ids.ts';
import type { Log } from '../../core/log.ts';
import type { RoomEnv } from './room.ts';

const contentSecurityPolicy = [
  "default-src 'self'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data: blob:",
  "font-src 'self'",
  "connect-src 'self'",
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join('; ');

/** `connectTo` are origins that the page may call besides its own: a hosted Supabase. */
export function securityHeaders(connectTo: readonly string[]): Readonly<Record<string, string>> {
  return {
    'content-security-policy': contentSecurityPolicy.replace(
      "connect-src 'self'",
      ["connect-src 'self'", ...connectTo].join(' '),
    ),
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=()',
    'cross-origin-opener-policy': 'same-origin',
  };
}

export function requests(log: Log, headers: Readonly<Record<string, string>>): MiddlewareHandler<RoomEnv> {
  const fixed = Object.entries(headers);
  return async (c, next) => {
    const requestId = newRequestId();
    const started = performance.now();
    const requestLog = log.child({ request_id: requestId });
    c.set('requestId', requestId);
    c.set('log', requestLog);
    c.set('who', null);
    await next();
    // A room's own header wins: downloads bring a stricter policy.
    for (const [name, value] of fixed) if (!c.res.headers.has(name)) c.res.headers.set(name, value);
    c.res.headers.set('x-request-id', requestId);
    requestLog.info(
      {
        method: c.req.method,
        path: withoutNames(c.req.path),
        status: c.res.status,
        ms: Math.round(performance.now() - started),
        user_id: c.get('who')?.claims.sub,
      },
      'request',
    );
  };
}

/** What people call their files is theirs: it stands in the addresses of files only. */
const withoutNames = (path: string): string => path.replace(/^(\/storage\/v1\/object\/sign\/[^/]*\/).+/, '$1…');

const jsonLimit = 1024 * 1024;

/** JSON bodies up to 1 MiB, refused before they are read where their length is told, and while they are read where not. */
export const jsonBodies: MiddlewareHandler<RoomEnv> = async (c, next) => {
  const { method } = c.req;
  if (method === 'GET' || method === 'HEAD' || method === 'DELETE' || method === 'OPTIONS') return await next();
  const type = c.req.header('content-type') ?? '';
  if (type.startsWith('multipart/form-data')) return await next();
  const length = Number(c.req.header('content-length') ?? 0);
  if (length > jsonLimit) throw new AppError('body_too_large', { details: { limit_bytes: jsonLimit } });
  const bytes = await readBounded(c.req.raw.body);
  if (bytes === '') return await next();
  if (!/^application\/json\b/i.test(type)) throw new AppError('unsupported_media_type');
  if (isTooDeep(bytes)) throw new AppError('invalid_json', { hint: `Nest at most ${deepest} levels.` });
  try {
    JSON.parse(bytes);
  } catch (cause) {
    throw new AppError('invalid_json', { cause });
  }
  c.req.bodyCache.text = Promise.resolve(bytes) as unknown as string; // checked: Hono keeps promises in its cache
  return await next();
};

/** Programs that walk a value step by step into its depth fall over far below a megabyte of brackets. */
const deepest = 200;

function isTooDeep(json: string): boolean {
  let depth = 0;
  for (let at = 0; at < json.length; at += 1) {
    const char = json.charCodeAt(at);
    if (char === 0x22) at = endOfString(json, at);
    else if (char === 0x5b || char === 0x7b) {
      depth += 1;
      if (depth > deepest) return true;
    } else if (char === 0x5d || char === 0x7d) depth -= 1;
  }
  return false;
}

/** Index of the quote that closes the string opened at `open`, or the end. */
function endOfString(json: string, open: number): number {
  for (let at = open + 1; at < json.length; at += 1) {
    const char = json.charCodeAt(at);
    if (char === 0x5c) at += 1;
    else if (char === 0x22) return at;
  }
  return json.length;
}

async function readBounded(body: ReadableStream<Uint8Array> | null): Promise<string> {
  if (body === null) return '';
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of body) {
    size += part.length;
    if (size > jsonLimit) throw new AppError('body_too_large', { details: { limit_bytes: jsonLimit } });
    parts.push(part);
  }
  return new TextDecoder('utf-8').decode(Buffer.concat(parts));
}
