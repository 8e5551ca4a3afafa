// Files by signed address: the token is the right. Nothing that a browser could run is ever shown on our origin.
import { createRoute, z } from '@hono/zod-openapi';
import { createRoom, errors, type Room } from '../http/room.ts';
import { contentDisposition } from './names.ts';
import { parseRange } from './range.ts';
import { type Storage, statObject, verifySignature } from './storage.ts';

/** Types that a browser shows without running anything. PDF viewers do not start in a sandbox. */
const shown = new Set(['application/pdf', 'image/png', 'image/jpeg', 'image/gif', 'image/webp', 'image/avif']);
const shownText = new Set(['text/plain', 'text/markdown', 'text/csv']);

const signedFile = createRoute({
  method: 'get',
  path: '/object/sign/{bucket}/{path}',
  tags: ['storage'],
  summary: 'Read a file by its signed address',
  request: {
    params: z.object({ bucket: z.string().max(100), path: z.string().max(400) }),
    query: z.object({ token: z.string().max(2000).default('') }),
  },
  responses: {
    200: {
      description: 'The file.',
      content: { 'application/octet-stream': { schema: z.string().openapi({ format: 'binary' }) } },
    },
    206: { description: 'The part that was asked for.' },
    ...errors,
  },
});

export function storageRoutes(storage: Storage): Room {
  const room = createRoom();
  room.openAPIRegistry.registerPath(signedFile);
  // A path has slashes, which OpenAPI's parameters cannot say.
  room.get('/object/sign/:bucket/:path{.+}', async (c) => {
    const bucket = c.req.param('bucket');
    const path = c.req.param('path');
    const { download } = await verifySignature(storage, `${bucket}/${path}`, c.req.query('token') ?? '');
    const { mimeType, eTag } = await statObject(storage, bucket, path);
    const name = download ?? path.split('/').at(-1) ?? 'file';
    const inPlace = download === null && (shown.has(mimeType) || shownText.has(mimeType));
    const headers: Record<string, string> = {
      'content-type': shownText.has(mimeType)
        ? 'text/plain; charset=utf-8'
        : shown.has(mimeType)
          ? mimeType
          : 'application/octet-stream',
      'content-disposition': contentDisposition(inPlace ? 'inline' : 'attachment', name),
      'x-content-type-options': 'nosniff',
      'content-security-policy':
        mimeType === 'application/pdf'
          ? "default-src 'none'; style-src 'unsafe-inline'"
          : "default-src 'none'; sandbox",
      'cross-origin-resource-policy': 'same-origin',
      'referrer-policy': 'no-referrer',
      'cache-control': 'private, max-age=300',
      'accept-ranges': 'bytes',
      ...(eTag === '' ? {} : { etag: eTag }),
    };
    if (eTag !== '' && c.req.header('if-none-match') === eTag) return c.body(null, 304, headers);
    const { size } = await storage.files.peek(`${bucket}/${path}`, 0);
    const range = parseRange(c.req.header('range'), size);
    if (range === 'unsatisfiable') return c.body(null, 416, { ...headers, 'content-range': `bytes */${size}` });
    if (range === null) {
      const { stream } = await storage.files.open(`${bucket}/${path}`);
      return c.body(stream, 200, { ...headers, 'content-length': String(size) });
    }
    const { stream } = await storage.files.open(`${bucket}/${path}`, range);
    return c.body(stream, 206, {
      ...headers,
      'content-length': String(range.end - range.start + 1),
      'content-range': `bytes ${range.start}-${range.end}/${size}`,
    });
  });
  return room;
}
