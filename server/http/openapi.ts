// /api/v1/openapi.json: made from the routes' own schemas, so that it cannot say anything else than they do.
import { createRoom, type Room } from './room.ts';

export function openApiRoutes(app: Room): Room {
  const room = createRoom();
  let document: unknown;
  room.get('/openapi.json', (c) => {
    document ??= app.getOpenAPI31Document({
      openapi: '3.1.0',
      info: {
        title: 'Loam',
        version: '1',
        description: 'Chat, documents, search, models and accounts. Sign in at /auth/v1, or use an API key as bearer.',
        license: { name: 'MIT' },
      },
      servers: [{ url: '/' }],
      security: [{ bearer: [] }],
    });
    return c.json(document as object); // checked: the generator makes an object
  });
  app.openAPIRegistry.registerComponent('securitySchemes', 'bearer', {
    type: 'http',
    scheme: 'bearer',
    description: 'An access token of a signed-in person, or an API key (loam_…).',
  });
  return room;
}
