// /api/v1/me and /api/v1/setup.
import { createRoute } from '@hono/zod-openapi';
import { me, meChanges, setup } from '../../contract/profiles.ts';
import type { Config } from '../../core/config.ts';
import type { Database } from '../../core/database.ts';
import { createRoom, errors, jsonOf, type Room, sessionOnly, signedIn } from '../http/room.ts';
import { changeMe, createSetup, readMe } from './profiles.ts';

interface ProfileRoutesDeps {
  readonly db: Database;
  readonly config: Pick<Config, 'DATABASE_URL' | 'SUPABASE_URL' | 'SUPABASE_ANON_KEY' | 'LOAM_SIGNUP'>;
  readonly setupCode: string | null;
}

const tags = ['profiles'];
const security = [{ bearer: [] }];
const shown = jsonOf(me.openapi('Me'), 'You.');

const setupRoute = createRoute({
  method: 'get',
  path: '/setup',
  tags,
  responses: { 200: jsonOf(setup.openapi('Setup'), 'What a page must know before anybody has signed in.'), ...errors },
});
const readRoute = createRoute({
  method: 'get',
  path: '/me',
  tags,
  security,
  responses: { 200: shown, ...errors },
});
const changeRoute = createRoute({
  method: 'patch',
  path: '/me',
  tags,
  security,
  request: { body: { content: { 'application/json': { schema: meChanges } }, required: true } },
  responses: { 200: shown, ...errors },
});

export function profileRoutes({ db, config, setupCode }: ProfileRoutesDeps): Room {
  const room = createRoom();
  const readSetup = createSetup({ db, config, setupCode });

  room.openapi(setupRoute, async (c) => c.json(await readSetup(), 200));
  room.openapi(readRoute, async (c) => c.json(await readMe(db, signedIn(c).claims), 200));
  room.openapi(changeRoute, async (c) => c.json(await changeMe(db, sessionOnly(c).claims, c.req.valid('json')), 200));
  return room;
}
