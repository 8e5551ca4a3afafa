// The built web application: hashed assets for ever, every other address the page itself, which knows its routes.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { serveStatic } from '@hono/node-server/serve-static';
import { createRoom, type Room } from './room.ts';

export function webRoutes(folder: string): Room {
  const room = createRoom();
  const page = join(folder, 'index.html');
  const files = serveStatic({ root: folder, precompressed: true });
  room.use('/assets/*', async (c, next) => {
    await next();
    if (c.res.ok) c.res.headers.set('cache-control', 'public, max-age=31536000, immutable');
  });
  room.get('*', async (c, next) => {
    if (/\.[a-z0-9]+$/i.test(c.req.path) || c.req.path.startsWith('/api-docs')) return await files(c, next);
    return await next();
  });
  room.get('*', (c) => {
    if (
      /^\/(api|v1|auth|rest|storage|realtime)\//.test(c.req.path) ||
      /^\/assets\//.test(c.req.path) ||
      !existsSync(page)
    )
      return c.notFound();
    return c.html(readFileSync(page, 'utf8'), 200, { 'cache-control': 'no-cache' });
  });
  return room;
}
