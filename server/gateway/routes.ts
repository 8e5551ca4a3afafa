// GET /api/v1/models: what the model picker offers.
import { createRoute, z } from '@hono/zod-openapi';
import { modelInfo } from '../../contract/gateway.ts';
import { createRoom, errors, jsonOf, listOf, type Room, signedIn } from '../http/room.ts';
import type { Gateway } from './gateway.ts';

const kindQuery = z.object({ kind: modelInfo.shape.kind.optional() });

const list = createRoute({
  method: 'get',
  path: '/models',
  tags: ['models'],
  summary: 'Models that can be used',
  request: { query: kindQuery },
  responses: { 200: jsonOf(listOf(modelInfo.openapi('Model'), 'ModelList'), 'All of them, on one page.'), ...errors },
});

export function modelRoutes({ gateway }: { gateway: Pick<Gateway, 'listModels'> }): Room {
  const room = createRoom();
  room.openapi(list, async (c) => {
    const who = signedIn(c);
    const { kind } = c.req.valid('query');
    const models = await gateway.listModels(who.claims);
    return c.json(
      { data: models.filter((model) => kind === undefined || model.kind === kind), next_cursor: null },
      200,
    );
  });
  return room;
}
