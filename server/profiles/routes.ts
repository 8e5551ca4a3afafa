// Mounted at /api/v1: /me, /setup, and for administrators /profiles.
import { createRoute, z } from '@hono/zod-openapi';
import { me, meChanges, profile, profileChanges, setup } from '../../contract/profiles.ts';
import type { Config } from '../../core/config.ts';
import type { Database } from '../../core/database.ts';
import type { AccountServices } from '../auth/services.ts';
import {
  createRoom,
  decodeCursor,
  encodeCursor,
  errors,
  idParam,
  jsonOf,
  listOf,
  pageQuery,
  type Room,
  sessionOnly,
  signedIn,
} from '../http/room.ts';
import { administer, readProfiles } from './administration.ts';
import { changeMe, createSetup, readMe } from './profiles.ts';

interface ProfileRoutesDeps {
  readonly db: Database;
  readonly config: Pick<Config, 'DATABASE_URL' | 'SUPABASE_URL' | 'SUPABASE_ANON_KEY' | 'LOAM_SIGNUP'>;
  readonly setupCode: string | null;
  /** null on Supabase. */
  readonly own: AccountServices | null;
}

const tags = ['profiles'];
const security = [{ bearer: [] }];
const shown = jsonOf(me.openapi('Me'), 'You.');

const setupRoute = createRoute({
  method: 'get',
  path: '/setup',
  tags,
  security: [],
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

const listRoute = createRoute({
  method: 'get',
  path: '/profiles',
  tags,
  security,
  request: { query: pageQuery },
  responses: {
    200: jsonOf(listOf(profile.openapi('Profile'), 'ProfileList'), 'All accounts, newest first; for administrators.'),
    ...errors,
  },
});
const administerRoute = createRoute({
  method: 'patch',
  path: '/profiles/{id}',
  tags,
  security,
  request: { params: idParam, body: { content: { 'application/json': { schema: profileChanges } }, required: true } },
  responses: { 200: jsonOf(profile, 'The account; for administrators.'), ...errors },
});
const position = z.tuple([z.string().max(40), z.uuid()]);

export function profileRoutes({ db, config, setupCode, own }: ProfileRoutesDeps): Room {
  const room = createRoom();
  const readSetup = createSetup({ db, config, setupCode });

  room.openapi(setupRoute, async (c) => c.json(await readSetup(), 200));
  room.openapi(readRoute, async (c) => c.json(await readMe(db, signedIn(c).claims), 200));
  room.openapi(changeRoute, async (c) => c.json(await changeMe(db, sessionOnly(c).claims, c.req.valid('json')), 200));
  room.openapi(listRoute, async (c) => {
    const { limit, cursor } = c.req.valid('query');
    const after = decodeCursor(cursor, position);
    const rows = await readProfiles(
      db,
      sessionOnly(c).claims,
      after === null ? null : { time: after[0], id: after[1] },
      limit + 1,
    );
    const page = rows.slice(0, limit);
    const last = page.at(-1);
    const next = rows.length > limit && last !== undefined ? encodeCursor([last.created_at, last.id]) : null;
    return c.json({ data: page, next_cursor: next }, 200);
  });
  room.openapi(administerRoute, async (c) => {
    const { claims } = sessionOnly(c);
    return c.json(await administer({ db, own }, claims, c.req.valid('param').id, c.req.valid('json')), 200);
  });
  return room;
}
